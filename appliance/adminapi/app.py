"""The application: routes behind the door."""

import grp
from typing import TYPE_CHECKING

from aiohttp import web

from appliance.adminapi import (
    checks,
    codes,
    examinations,
    feed,
    flows,
    identity,
    keys,
    nodes,
    overview,
    people,
    records,
    sendings,
    setup,
    studies,
)
from appliance.adminapi.door import DESK, Desk, faults_as_json, only_peers
from appliance.config.settings import Settings
from appliance.domain.errors import Unavailable

if TYPE_CHECKING:
    from appliance.bootstrap import House

BODY_BYTES = 256 * 1024
MODULES = (
    overview, checks, nodes, examinations, studies, codes, people, keys, records, identity, feed, flows, setup,
    sendings,
)  # fmt: skip


def build_app(house: "House", settings: Settings) -> web.Application:
    """Return the application; the caller binds it to a socket. Raise `Unavailable` ``admin_group``."""
    reason = settings.admin.root_needs_reason and not settings.demo
    door = only_peers(_group(settings.admin.group), root_needs_reason=reason)
    app = web.Application(middlewares=[faults_as_json, door], client_max_size=BODY_BYTES)
    app[DESK] = Desk(house, settings, house.clock.now(), set())
    for module in MODULES:
        app.router.add_routes(module.routes)
    return app


def _group(name: str) -> int | None:
    if not name:
        return None
    try:
        return grp.getgrnam(name).gr_gid
    except KeyError as exc:
        raise Unavailable("admin_group") from exc

"""Can doctors see images now: the verdict, the alarms and their remedies, the figures behind them."""

import os
import platform
import shutil
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime, timedelta

from aiohttp import web

from appliance.adminapi import peer, views
from appliance.adminapi.door import PEER, Desk, told, work
from appliance.adminapi.processes import services
from appliance.config.version import running_version
from appliance.contract.nodes import NodeView
from appliance.contract.overview import AboutView, AlarmView, DueView, OverviewView, ServiceView, StorageView
from appliance.contract.wire import Level, Saying
from appliance.domain.errors import Malformed, Refused
from appliance.domain.journal import Actor
from appliance.usecases.ports import Page

MOST_DAYS = 3650
NEARLY_FULL = 0.8
FULL = 0.95
_RECENT = Page(0, 6)
routes = web.RouteTableDef()


@routes.get("/v1/overview", allow_head=False)
async def overview(request: web.Request) -> web.Response:
    """The state of the appliance."""
    return told(await work(request, lambda desk, _: _overview(desk)))


@routes.get("/v1/storage", allow_head=False)
async def storage(request: web.Request) -> web.Response:
    """Room on the disk of the images."""
    return told(await work(request, lambda desk, _: room(desk)))


@routes.get("/v1/storage/due", allow_head=False)
async def due(request: web.Request) -> web.Response:
    """What goes within so many days (R-J); nothing is changed."""
    days = request.query.get("days", "0")
    if not days.isdecimal() or int(days) > MOST_DAYS:
        raise Malformed("days", most=MOST_DAYS)

    def verb(desk: Desk, _: Actor) -> DueView:
        house = desk.house
        at = house.clock.now() + timedelta(days=int(days))
        gone = asdict(house.forgetting.due(at))
        return DueView(at=at, images=house.retention.due(at), months=len(house.segments.due(at)), **gone)

    return told(await work(request, verb))


@routes.get("/v1/about", allow_head=False)
async def about(request: web.Request) -> web.Response:
    """What runs here."""
    user = peer.actor(request[PEER]).label

    def verb(desk: Desk, _: Actor) -> AboutView:
        settings = desk.settings
        return AboutView(
            hospital=settings.brand.name,
            host=platform.node(),
            user=user,
            version=running_version(),
            python=platform.python_version(),
            system=f"{platform.system()} {platform.release()}",
            database="SQLite" if settings.database_url.startswith("sqlite") else "PostgreSQL",
            objects=settings.objects_place,
            aet=settings.dicom.aet,
            since=desk.since,
            demo=settings.demo,
        )

    return told(await work(request, verb))


def room(desk: Desk) -> StorageView:
    """Return the room of the disk that holds the images, or the bucket alone."""
    if desk.settings.objects.kind != "folder":
        return StorageView(place=desk.settings.objects_place)
    folder = desk.settings.objects_dir
    usage = shutil.disk_usage(folder if folder.exists() else os.path.dirname(folder))
    return StorageView(
        used_bytes=usage.total - usage.free, free_bytes=usage.free, total_bytes=usage.total, place=str(folder)
    )


def standing(desk: Desk) -> tuple[ServiceView, ...]:
    """Return the four services; a bridge on another host is up while it is connected to the database."""
    here = services()
    if desk.settings.dicom.bridge == "here":
        return here
    there = ServiceView(name="bridge", state="up" if desk.house.database.speaks("bridge") else "absent")
    return tuple(there if one.name == "bridge" else one for one in here)


def _overview(desk: Desk) -> OverviewView:
    now = desk.house.clock.now()
    nodes = tuple(views.node(one) for one in desk.house.nodes.listed())
    running, jobs, disk = standing(desk), desk.house.queue.counts(), room(desk)
    alarms = (*_alarms(nodes, running, jobs, disk), *_waiting(desk), *_limits(desk), *_cards(desk, now))
    level, verdict = _verdict(nodes, running)
    return OverviewView(
        level=level,
        verdict=verdict,
        services=running,
        nodes=nodes,
        alarms=alarms,
        jobs=dict(jobs),
        storage=disk if disk.total_bytes else None,
        codes=tuple(views.entry(one) for one in desk.house.journal.listed(_RECENT, "", "code")[0]),
        log_ins=tuple(views.entry(one) for one in desk.house.journal.listed(_RECENT, "", "login")[0]),
        opened_per_hour=_opened(desk, now),
    )


def _verdict(nodes: tuple[NodeView, ...], running: tuple[ServiceView, ...]) -> tuple[Level, Saying]:
    absent = {one.name for one in running if one.state == "absent"}
    silent = [one.name for one in nodes if one.state == "silent"]
    if "web" in absent:
        return "bad", Saying(id="verdict.no_web")
    if "bridge" in absent:
        return "bad", Saying(id="verdict.no_bridge")
    if not nodes:
        return "warn", Saying(id="verdict.no_node")
    if len(silent) == len(nodes):
        return "warn", Saying(id="verdict.no_pacs")
    if silent:
        return "warn", Saying(id="verdict.partly", facts={"name": silent[0]})
    return "ok", Saying(id="verdict.good")


def _alarms(
    nodes: tuple[NodeView, ...], running: tuple[ServiceView, ...], jobs: Mapping[str, int], disk: StorageView
) -> tuple[AlarmView, ...]:
    found = [_alarm("service", "bad", "about", name=s.name) for s in running if s.state == "absent"]
    found += [_alarm("node", "bad", "nodes", n.unreachable_since, name=n.name) for n in nodes if n.state == "silent"]
    share = disk.used_bytes / max(1, disk.total_bytes)
    if share > NEARLY_FULL:
        found.append(_alarm("disk", "bad" if share > FULL else "warn", "about", percent=round(share * 100)))
    if dead := jobs.get("dead", 0):
        found.append(_alarm("jobs", "warn", "jobs", n=dead))
    return tuple(sorted(found, key=lambda alarm: alarm.level != "bad"))


def _waiting(desk: Desk) -> list[AlarmView]:
    """Return what waits for somebody: identities in doubt, messages of the feed that could not be read."""
    found = []
    if doubted := desk.house.identity.count():
        found.append(_alarm("identity", "warn", "codes", n=doubted))
    if reports := desk.house.attaching.count():
        found.append(_alarm("reports", "warn", "codes", n=reports))
    if rejected := desk.house.feed.standing()[0]:
        found.append(_alarm("hl7", "warn", "journal", n=rejected))
    return found


def _limits(desk: Desk) -> list[AlarmView]:
    """Return what is only told: guessing, SMS spent, bulk access (R-I), methods without homologation."""
    found = []
    if failed := desk.house.sharing.guessing():
        found.append(_alarm("guessing", "warn", "journal", n=failed))
    if sent := desk.house.sign_in.sms_spent():
        found.append(_alarm("sms", "warn", "journal", n=sent))
    for one in desk.house.exams.bulk.standing():
        kind = f"bulk.{one.way}.paused" if one.paused else f"bulk.{one.way}"
        found.append(_alarm(kind, "bad" if one.paused else "warn", "journal", name=one.label))
    if missing := desk.house.sign_in.policy.methods.unreferenced():
        found.append(_alarm("homologation", "warn", "about", n=len(missing)))
    return found


def _cards(desk: Desk, now: datetime) -> list[AlarmView]:
    """Return what stops log-ins by card, or soon will: lists of revocations that nobody brings."""
    if not desk.settings.card.public_url:
        return []
    try:
        known = desk.house.card_trust.standing(now)
    except Refused:
        known = ()
    if not known:
        return [_alarm("trust", "bad", "about")]
    bad = [_alarm("list", "bad", "about", one.until, name=one.authority) for one in known if one.cause]
    half = [one for one in known if not one.cause and one.half_over(now)]
    return bad + [_alarm("list.half", "warn", "about", name=one.authority) for one in half]


def _alarm(kind: str, level: Level, page: str, since: datetime | None = None, **facts: str | int) -> AlarmView:
    return AlarmView(
        id=f"{kind}:{facts.get('name', '')}",
        level=level,
        text=Saying(id=f"alarm.{kind}", facts=dict(facts)),
        remedy=Saying(id=f"alarm.{kind}.do", facts=dict(facts)),
        page=page,
        since=since,
    )


def _opened(desk: Desk, now: datetime) -> tuple[int, ...]:
    """Return the exams opened in each of the last twelve hours, the present one last."""
    hours = [0] * 12
    records, _ = desk.house.journal.listed(Page(0, 500), "", "access")
    for record in records:
        back = (now - record.at) // timedelta(hours=1)
        if 0 <= back < 12:
            hours[11 - back] += 1
    return tuple(hours)

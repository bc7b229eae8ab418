"""The one door of every image route: it asks whether this session may see this study now.

The gate judges by the digest of the token (the session's cookie, or a bearer token) in one query.
Foreign and unknown look the same. A view is journaled once a session and study, committed before
the first byte leaves.
"""

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from aiohttp import web

from appliance.bootstrap import House
from appliance.domain.errors import Malformed, Refused
from appliance.domain.identifiers import SeriesUID, SopUID, StudyUID, series_uid, sop_uid, study_uid
from appliance.domain.sign_in import OpenSession
from appliance.store.gate import SqliteGate
from appliance.usecases.ports import FrameFacts, InstanceRow, StudyRow
from webui.executors import in_db
from webui.keys import HOUSE
from webui.middlewares.origins import address
from webui.middlewares.session import session_token

_REMEMBERED = 10_000


@dataclass(frozen=True, slots=True)
class Named:
    """What an address names; raises `Refused` ``not_found`` when it can name nothing."""

    study: StudyUID
    series: SeriesUID | None = None
    sop: SopUID | None = None


def named(texts: Mapping[str, str]) -> Named:
    """Return what ``study``, ``series`` and ``instance`` name; raise `Refused` ``not_found``."""
    try:
        return Named(
            study_uid(texts["study"]),
            series_uid(texts["series"]) if "series" in texts else None,
            sop_uid(texts["instance"]) if "instance" in texts else None)
    except Malformed as exc:
        raise Refused("not_found") from exc


class Door:
    """Authorisation of one set of routes. It remembers only which views are already journaled."""

    def __init__(self) -> None:
        self._viewed: OrderedDict[tuple[bytes, StudyUID], None] = OrderedDict()

    async def instance(self, request: web.Request, wanted: Named | None = None) -> InstanceRow:
        """Return the instance of the route (or `wanted`), its view journaled.

        Raises
        ------
        Refused
            ``session`` (with the fact ``end``) or ``not_found``.
        """
        one = wanted or named(request.match_info)
        token = token_of(request)
        house = request.app[HOUSE]
        digest = house.secrets.hashed(token)
        found = await _frame_facts(request, house, digest, one)
        try:
            row = house.exams.instance(digest, one.study, found)
        except Refused:
            await session_of(request)  # over: 401 and why; else the thing itself is not there
            raise
        if one.series not in (None, row.series_uid):
            raise Refused("not_found")
        await self._journaled(request, digest, one.study)
        return row

    async def study(self, request: web.Request, uid: StudyUID | None = None) -> StudyUID:
        """Return the study of the route (or `uid`), its view journaled; raises as `instance`."""
        study = uid if uid is not None else named(request.match_info).study
        await self.session_may_see(request, study)
        await self._journaled(request, request.app[HOUSE].secrets.hashed(token_of(request)), study)
        return study

    async def known(self, request: web.Request) -> None:
        """Let pass whoever is logged in; raise `Refused` ``session``."""
        await session_of(request)

    async def visible(self, request: web.Request) -> Sequence[StudyRow]:
        """Return every study open to the requester now, newest first; raise `Refused` ``session``."""
        session = await session_of(request)
        house = request.app[HOUSE]
        digest = house.secrets.hashed(token_of(request))
        return await in_db(request, house.exams.visible, digest, session.requester.id)

    async def session_may_see(self, request: web.Request, study: StudyUID) -> None:
        """Raise `Refused` ``session`` or ``not_found`` unless the study is open to the requester."""
        house = request.app[HOUSE]
        digest = house.secrets.hashed(token_of(request))
        if not await _judged(request, house, digest, study):
            await session_of(request)
            raise Refused("not_found")

    async def take(self, request: web.Request, study: StudyUID) -> None:
        """Let pass whoever may take whole files of the study, already seen to be open to him.

        Raises
        ------
        Refused
            ``downloads_off`` when every share that opens it is for looking only.
        """
        house = request.app[HOUSE]
        digest = house.secrets.hashed(token_of(request))
        if not await in_db(request, house.exams.may_take, digest, study):
            raise Refused("downloads_off")

    async def _journaled(self, request: web.Request, digest: bytes, study: StudyUID) -> None:
        key = (digest, study)
        if key in self._viewed:
            self._viewed.move_to_end(key)
            return
        session = await session_of(request)
        await in_db(request, request.app[HOUSE].exams.viewed, session.requester, study)
        self._viewed[key] = None
        while len(self._viewed) > _REMEMBERED:
            self._viewed.popitem(last=False)


def token_of(request: web.Request) -> str:
    """Return the session's token; raise `Refused` ``session`` when the request has none."""
    kind, _, bearer = request.headers.get("Authorization", "").partition(" ")
    token = bearer.strip() if kind.lower() == "bearer" else session_token(request)
    if not token or len(token) > 512:
        raise Refused("session", end="none")
    return token


async def session_of(request: web.Request) -> OpenSession:
    """Return the session of the token; raise `Refused` ``session`` with why it is over."""
    house = request.app[HOUSE]
    return await in_db(request, house.sign_in.session, token_of(request), address(request))


async def _frame_facts(request: web.Request, house: House, digest: bytes, one: Named) -> FrameFacts:
    """Ask the gate: on SQLite in place (11 µs beat a change of thread), else in the pool."""
    if one.sop is None:
        raise Refused("not_found")
    if isinstance(house.gate, SqliteGate):
        return house.gate.frame(digest, one.study, one.sop)
    return await in_db(request, house.gate.frame, digest, one.study, one.sop)


async def _judged(request: web.Request, house: House, digest: bytes, study: StudyUID) -> bool:
    if isinstance(house.gate, SqliteGate):
        return house.exams.may_see(digest, study)
    return await in_db(request, house.exams.may_see, digest, study)

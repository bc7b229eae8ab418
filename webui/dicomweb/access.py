"""The one door of every image route: it asks whether this session may see this study now.

The gate judges by the digest of the token (the session's cookie, or a bearer's) in one query.
Foreign and unknown look the same. A view is journaled once a session and study, committed before
the first byte leaves.
"""

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from aiohttp import web

from appliance.bootstrap import House
from appliance.domain.bearers import Pace, spend
from appliance.domain.errors import Malformed, Refused, TryLater
from appliance.domain.identifiers import SeriesUID, SopUID, StudyUID, series_uid, sop_uid, study_uid
from appliance.domain.sign_in import OpenSession, Requester
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
    """Authorisation of one set of routes. It remembers what is journaled or counted, and how fast bearers ask."""

    def __init__(self) -> None:
        self._taken: OrderedDict[tuple[bytes, StudyUID], None] = OrderedDict()
        self._viewed: OrderedDict[tuple[bytes, StudyUID], None] = OrderedDict()
        self._paces: OrderedDict[bytes, Pace] = OrderedDict()

    def paced(self, request: web.Request) -> None:
        """Let pass whoever brings a token, and does not ask too often with one that is not a cookie.

        Raises
        ------
        Refused
            ``session`` without a token.
        TryLater
            ``pace``.
        """
        token = token_of(request)
        if not is_bearer(request):
            return
        house = request.app[HOUSE]
        digest = house.secrets.hashed(token)
        self._paces[digest], wait_s = spend(self._paces.get(digest), house.clock.now())
        self._paces.move_to_end(digest)
        while len(self._paces) > _REMEMBERED:
            self._paces.popitem(last=False)
        if wait_s:
            raise TryLater("pace", retry_after_s=wait_s)

    async def instance(self, request: web.Request, wanted: Named | None = None) -> InstanceRow:
        """Return the instance of the route (or `wanted`), its view journaled.

        Raises
        ------
        Refused
            ``session`` (with the fact ``end``) or ``not_found``.
        TryLater
            ``exams_hour``, ``downloads_day``: too many exams of late, and this is a new one.
        """
        one = wanted or named(request.match_info)
        token = token_of(request)
        house = request.app[HOUSE]
        digest = house.secrets.hashed(token)
        found = await _frame_facts(request, house, digest, one)
        try:
            row = house.exams.instance(digest, one.study, found)
        except Refused:
            await caller_of(request)  # over: 401 and why; else the thing itself is not there
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
        await caller_of(request)

    async def visible(self, request: web.Request) -> Sequence[StudyRow]:
        """Return every study open to the requester now, newest first; raise `Refused` ``session``."""
        requester, house = await caller_of(request), request.app[HOUSE]
        return await in_db(request, house.exams.visible, house.secrets.hashed(token_of(request)), requester)

    async def session_may_see(self, request: web.Request, study: StudyUID) -> None:
        """Raise `Refused` ``session`` or ``not_found`` unless the study is open to the requester."""
        house = request.app[HOUSE]
        digest = house.secrets.hashed(token_of(request))
        if not await _judged(request, house, digest, study):
            await caller_of(request)
            raise Refused("not_found")

    async def take(self, request: web.Request, study: StudyUID) -> None:
        """Let pass whoever may take whole files of the study, already seen to be open to him; it counts once.

        Raises
        ------
        Refused
            ``downloads_off`` when every share that opens it is for looking only.
        TryLater
            ``downloads_day``.
        """
        house = request.app[HOUSE]
        digest = house.secrets.hashed(token_of(request))
        if not await in_db(request, house.exams.may_take, digest, study):
            raise Refused("downloads_off")
        if not _known(self._taken, (digest, study)):
            await in_db(request, house.exporting.counted, await caller_of(request), study)
            _remember(self._taken, (digest, study))

    async def _journaled(self, request: web.Request, digest: bytes, study: StudyUID) -> None:
        if not _known(self._viewed, (digest, study)):
            await in_db(request, request.app[HOUSE].exams.viewed, await caller_of(request), study)
            _remember(self._viewed, (digest, study))


_Seen = OrderedDict[tuple[bytes, StudyUID], None]


def _known(seen: _Seen, key: tuple[bytes, StudyUID]) -> bool:
    if key not in seen:
        return False
    seen.move_to_end(key)
    return True


def _remember(seen: _Seen, key: tuple[bytes, StudyUID]) -> None:
    seen[key] = None
    while len(seen) > _REMEMBERED:
        seen.popitem(last=False)


def is_bearer(request: web.Request) -> bool:
    """Whether the token comes in the header: nothing that a browser adds by itself."""
    return request.headers.get("Authorization", "").partition(" ")[0].lower() == "bearer"


def token_of(request: web.Request) -> str:
    """Return the token of the header, else of the session's cookie; raise `Refused` ``session`` without one."""
    bearer = request.headers.get("Authorization", "").partition(" ")[2].strip()
    token = bearer if is_bearer(request) else session_token(request)
    if not token or len(token) > 512:
        raise Refused("session", end="none")
    return token


async def caller_of(request: web.Request) -> Requester:
    """Return who asks: with a token or a key, else with a session; raise `Refused` ``session`` with why it is over."""
    if is_bearer(request):
        bearers = request.app[HOUSE].bearers
        found = await in_db(request, bearers.caller, token_of(request), address(request))
        if found is not None:
            return found
    return (await session_of(request)).requester


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

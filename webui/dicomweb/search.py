"""QIDO-RS (PS3.18 10.6): the studies, series and instances that the requester may see, and no other.

Within a study or over all of them (relational). What is shown of a study in answer to a search of its series or
instances is a view of it; the list of studies is not, no more than the page of codes.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from aiohttp import web

from appliance.bootstrap import House
from appliance.domain.identifiers import StudyUID
from appliance.usecases.ports import StudyRow
from webui.dicomweb import described, objects
from webui.dicomweb.accept import first_match, wanted
from webui.dicomweb.access import Door
from webui.dicomweb.answers import NO_STORE, in_json, not_acceptable
from webui.dicomweb.described import INSTANCE_TAGS, SERIES_TAGS, STUDY_TAGS
from webui.dicomweb.matching import among, matches, numbered, returned
from webui.dicomweb.query import Query, query_of
from webui.executors import in_db
from webui.keys import HOUSE
from webui.middlewares.origins import is_https

Json = dict[str, Any]
JSON_TYPES = ["application/dicom+json", "application/json"]
_UID, _SERIES, _SERIES_COUNT = ("0020000D",), ("0020000E",), ("00201206",)
_OF_ROWS = STUDY_TAGS | SERIES_TAGS | (INSTANCE_TAGS - {"00280100", "00280008"})


@dataclass(frozen=True, slots=True)
class Found:
    """One answer: what to return, how many more there are, and of which studies it tells."""

    objects: Sequence[Json]
    remaining: int
    studies: Sequence[str]


Seek = Callable[[House, Sequence[StudyRow], Query], Found]


class Search:
    """Searches; what is foreign is not there."""

    def __init__(self, door: Door) -> None:
        self._door = door

    async def studies(self, request: web.Request) -> web.StreamResponse:
        """Return studies."""
        query = among(_query(request), lambda path: path[0] in STUDY_TAGS and len(path) == 1)
        rows = await self._door.visible(request)
        return _answer(request, query, await in_db(request, _studies, request.app[HOUSE], rows, query))

    async def series(self, request: web.Request) -> web.StreamResponse:
        """Return the series of a study, or of all."""
        query = among(_query(request), lambda path: path[0] in STUDY_TAGS | SERIES_TAGS and len(path) == 1)
        return await self._below(request, query, _series)

    async def instances(self, request: web.Request) -> web.StreamResponse:
        """Return the instances of a series, of a study, or of all."""
        query = _query(request)
        if "series" in request.match_info:
            return await self._below(request, query, _of_one_series(request.match_info["series"]))
        return await self._below(request, query, _instances)

    async def _below(self, request: web.Request, query: Query, seek: Seek) -> web.StreamResponse:
        house = request.app[HOUSE]
        if "study" in request.match_info:
            uid = await self._door.study(request)
            rows = await in_db(request, house.exams.studies, [uid])
            return _answer(request, query, await in_db(request, seek, house, rows, query))
        found = await in_db(request, seek, house, await self._door.visible(request), _relational(query))
        for told in dict.fromkeys(found.studies):
            await self._door.study(request, StudyUID(told))
        return _answer(request, query, found)


def _query(request: web.Request) -> Query:
    return query_of(request.query.items())


def _relational(query: Query) -> Query:
    """Return the query whose answer also says of which study each one is (10.6.3.3)."""
    if query.include is None:
        return query
    return replace(query, include=query.include | STUDY_TAGS | SERIES_TAGS)


def _studies(house: House, rows: Sequence[StudyRow], query: Query) -> Found:
    def counted(row: StudyRow) -> Json:
        return described.study(row, len(house.exams.series(row.uid)))

    early = _SERIES_COUNT in query.matches
    matching = [row for row in rows if matches(counted(row) if early else described.study(row), query)]
    kept, remaining = numbered(matching, query)
    return Found([returned(counted(row), query, STUDY_TAGS) for row in kept], remaining, ())


def _series(house: House, rows: Sequence[StudyRow], query: Query) -> Found:
    found = [
        above | described.series(one)
        for row, above in _above(house, rows, query)
        for one in house.exams.series(row.uid)
    ]
    kept, remaining = numbered([one for one in found if matches(one, query)], query)
    return _found(kept, remaining, query, SERIES_TAGS)


def _of_one_series(uid: str) -> Seek:
    def seek(house: House, rows: Sequence[StudyRow], query: Query) -> Found:
        return _instances(house, rows, query, uid)

    return seek


def _instances(house: House, rows: Sequence[StudyRow], query: Query, series: str | None = None) -> Found:
    """Match by the rows alone where that is enough: metadata are read only of what is returned."""
    found = [one for row, above in _above(house, rows, query) for one in _rows_of(house, row, above, series)]
    quick = all(path[0] in _OF_ROWS and len(path) == 1 for path in query.matches)
    if not quick:
        found = _with_metadata(house, found)
    kept, remaining = numbered([one for one in found if matches(one, query)], query)
    return _found(_with_metadata(house, kept) if quick else kept, remaining, query, INSTANCE_TAGS)


def _rows_of(house: House, row: StudyRow, above: Json, series: str | None) -> Iterable[Json]:
    known = {str(one.uid): described.series(one) for one in house.exams.series(row.uid)}
    for one in house.exams.instances(row.uid):
        if series in (None, one.series_uid):
            yield above | known.get(one.series_uid, {}) | described.instance(one)


def _above(house: House, rows: Sequence[StudyRow], query: Query) -> Iterable[tuple[StudyRow, Json]]:
    """Yield the studies that can hold a match, described."""
    mine = among(query, lambda path: path[0] in STUDY_TAGS - {"00081190", "00080056"} and len(path) == 1)
    for row in rows:
        one = described.study(row, len(house.exams.series(row.uid)))
        if matches(one, mine):
            yield row, one


def _with_metadata(house: House, found: Sequence[Json]) -> list[Json]:
    """Return the instances with all that their objects say; what the index says goes before it."""
    series = dict.fromkeys((_value(one, "0020000D"), _value(one, "0020000E")) for one in found)
    said = {
        _value(one, "00080018"): one
        for study, uid in series
        for one in objects.metadata(house.objects, study, [uid])
    }
    return [said.get(_value(one, "00080018"), {}) | _valued(one) for one in found]


def _valued(one: Json) -> Json:
    return {tag: element for tag, element in one.items() if "Value" in element}


def _value(one: Json, tag: str) -> str:
    return str(one[tag]["Value"][0])


def _found(kept: Sequence[Json], remaining: int, query: Query, defaults: frozenset[str]) -> Found:
    studies = [_value(one, "0020000D") for one in kept]
    return Found([returned(one, query, defaults) for one in kept], remaining, studies)


def _answer(request: web.Request, query: Query, found: Found) -> web.Response:
    """Return the matches, 204 for none, and what was not done as warnings (8.3, 8.3.4.4.1)."""
    forms = wanted(request.headers.get("Accept", ""), request.query.get("accept", ""))
    matched = first_match(forms, JSON_TYPES)
    if matched is None:
        return not_acceptable(JSON_TYPES)
    response = in_json(list(found.objects), matched[1])
    if not found.objects:
        response = web.Response(status=204, headers=NO_STORE)
    for words in _warnings(query, found):
        response.headers.add("Warning", f"299 {_service(request)}: {words}")
    return response


def _warnings(query: Query, found: Found) -> Iterable[str]:
    if query.capped and found.remaining:
        yield "The number of results exceeded the maximum supported by the server. Additional results can be requested."
    elif found.remaining:
        yield f"There are {found.remaining} additional results that can be requested"
    if query.ignored:
        yield f"{len(query.ignored)} parameters are not supported at this level and were ignored"


def _service(request: web.Request) -> str:
    return f"{'https' if is_https(request) else 'http'}://{request.host}{described.ROOT}"

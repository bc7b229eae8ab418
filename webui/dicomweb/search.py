"""QIDO-RS: the studies, series and instances that the requester may see, and no other."""

from typing import Any

from aiohttp import web

from appliance.bootstrap import House
from appliance.domain.identifiers import StudyUID
from appliance.usecases.ports import InstanceRow, SeriesRow, StudyRow
from webui.dicomweb import objects
from webui.dicomweb.access import Door, session_of, token_of
from webui.dicomweb.answers import NO_STORE
from webui.dicomweb.matching import Query, query_of, selected
from webui.executors import in_db
from webui.keys import HOUSE

Json = dict[str, Any]
STUDY_TAGS = frozenset({
    "00080020", "00080030", "00080050", "00080056", "00080061", "00080090", "00081190", "00100010",
    "00100020", "00100030", "00100040", "0020000D", "00200010", "00201206", "00201208", "00081030",
    "00100021"})
SERIES_TAGS = frozenset({
    "00080060", "0008103E", "00081190", "0020000D", "0020000E", "00200011", "00201209",
    "00080021", "00080031", "00180015"})
INSTANCE_TAGS = frozenset({
    "00080016", "00080018", "00080056", "00081190", "0020000D", "0020000E", "00200013", "00280010",
    "00280011", "00280100", "00280008"})


class Search:
    """Searches; what is foreign is not there."""

    def __init__(self, door: Door) -> None:
        self._door = door

    async def studies(self, request: web.Request) -> web.StreamResponse:
        """Return the studies that the session holds."""
        session = await session_of(request)
        house = request.app[HOUSE]
        digest = house.secrets.hashed(token_of(request))
        query = query_of(request.query.items())
        found = await in_db(request, _studies, house, digest, session.requester.id)
        return _answer(selected(found, query, STUDY_TAGS))

    async def series(self, request: web.Request) -> web.StreamResponse:
        """Return the series of a study."""
        query = query_of(request.query.items())
        study = await self._seen(request)
        return _answer(await in_db(request, _series, request.app[HOUSE], study, query))

    async def instances(self, request: web.Request) -> web.StreamResponse:
        """Return the instances of a study, or of one of its series."""
        query = query_of(request.query.items())
        study = await self._seen(request)
        wanted = request.match_info.get("series")
        return _answer(
            await in_db(request, _instances, request.app[HOUSE], study, wanted, query))

    async def _seen(self, request: web.Request) -> StudyUID:
        """Return the study of the route: what a search tells is a view too."""
        return await self._door.study(request)


def _answer(found: list[Json]) -> web.Response:
    return web.json_response(found, content_type="application/dicom+json", headers=NO_STORE)


def _studies(house: House, digest: bytes, account_id: int) -> list[Json]:
    held = [uid for uid in house.exams.granted(account_id) if house.exams.may_see(digest, uid)]
    return [_study(row) for row in house.exams.studies(held)]


def _series(house: House, study: StudyUID, query: Query) -> list[Json]:
    return selected([_one_series(row) for row in house.exams.series(study)], query, SERIES_TAGS)


def _instances(house: House, study: StudyUID, series: str | None, query: Query) -> list[Json]:
    rows = [r for r in house.exams.instances(study) if series in (None, r.series_uid)]
    stored = objects.metadata(
        house.objects, study, list(dict.fromkeys(r.series_uid for r in rows)))
    by_uid = {m["00080018"]["Value"][0]: m for m in stored}
    found = [{**by_uid.get(row.sop_uid, {}), **_one_instance(row)} for row in rows]
    return selected(found, query, INSTANCE_TAGS)


def _study(row: StudyRow) -> Json:
    traits = row.traits
    return _with_values({
        "00080020": ("DA", row.date.strftime("%Y%m%d") if row.date else None),
        "00080030": ("TM", row.time), "00080050": ("SH", row.accession),
        "00080056": ("CS", "ONLINE"), "00080061": ("CS", list(row.modalities)),
        "00081030": ("LO", row.description), "00081190": ("UR", f"/dicom-web/studies/{row.uid}"),
        "00100010": ("PN", _name(traits.name)), "00100020": ("LO", traits.identifier.value),
        "00100021": ("LO", traits.identifier.authority), "00100030": ("DA", traits.birth_date),
        "00100040": ("CS", traits.sex), "0020000D": ("UI", row.uid),
        "00201208": ("IS", row.received)})


def _one_series(row: SeriesRow) -> Json:
    return _with_values({
        "00080060": ("CS", row.modality), "0008103E": ("LO", row.description),
        "00081190": ("UR", f"/dicom-web/studies/{row.study_uid}/series/{row.uid}"),
        "0020000D": ("UI", row.study_uid), "0020000E": ("UI", row.uid),
        "00200011": ("IS", row.number), "00201209": ("IS", row.received)})


def _one_instance(row: InstanceRow) -> Json:
    address = f"/dicom-web/studies/{row.study_uid}/series/{row.series_uid}/instances/{row.sop_uid}"
    return {tag: element for tag, element in _with_values({
        "00080016": ("UI", row.sop_class), "00080018": ("UI", row.sop_uid),
        "00080056": ("CS", "ONLINE"), "00081190": ("UR", address),
        "0020000D": ("UI", row.study_uid), "0020000E": ("UI", row.series_uid),
        "00200013": ("IS", row.number), "00280010": ("US", row.rows or None),
        "00280011": ("US", row.columns or None)}).items() if "Value" in element}


def _name(text: str) -> Json | None:
    groups = zip(("Alphabetic", "Ideographic", "Phonetic"), text.split("="), strict=False)
    return {name: group for name, group in groups if group} or None


def _with_values(elements: dict[str, tuple[str, Any]]) -> Json:
    """Return the elements in the JSON model; empty ones keep their VR only."""
    found: Json = {}
    for tag, (vr, value) in elements.items():
        values = value if isinstance(value, list) else [value]
        kept = [v for v in values if v not in (None, "")]
        found[tag] = {"vr": vr, "Value": kept} if kept else {"vr": vr}
    return found

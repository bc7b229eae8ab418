"""The JSON from which the viewer starts: the person, the session, the studies and their series."""

from collections.abc import Sequence
from typing import Any

from aiohttp import web

from appliance.bootstrap import House
from appliance.domain.errors import Malformed, Refused
from appliance.domain.identifiers import PersonId, StudyUID, study_uid
from appliance.domain.sign_in import OpenSession
from appliance.usecases.exams import state_of
from appliance.usecases.ports import StudyRow
from webui.answers import texts
from webui.dicomweb import objects
from webui.dicomweb.access import session_of, token_of
from webui.dicomweb.answers import NO_STORE
from webui.executors import in_db
from webui.keys import BRAND, HOUSE, SETTINGS
from webui.patients import born, family_and_given
from webui.viewer_api.kept_work import work_json
from webui.viewer_api.reports import reports_json

Json = dict[str, Any]
PRIORS = 20


async def studies(request: web.Request) -> web.StreamResponse:
    """Open the studies of ``?study=``; every view is in the journal before the answer leaves."""
    uids = _asked(request)
    session = await session_of(request)
    house = request.app[HOUSE]
    digest = house.secrets.hashed(token_of(request))
    opened = await in_db(request, house.exams.open, session.requester, digest, uids)
    return await _answer(request, session, uids, opened)


async def _answer(
    request: web.Request, session: OpenSession, uids: Sequence[StudyUID],
    opened: Sequence[StudyRow],
) -> web.Response:
    house, brand, settings = request.app[HOUSE], request.app[BRAND], request.app[SETTINGS]
    digest = house.secrets.hashed(token_of(request))
    ordered = sorted(opened, key=lambda row: uids.index(row.uid))
    described = await in_db(request, _described, house, ordered, session, digest)
    if not settings.viewer.suv:
        _forget_suv(described)
    priors = await in_db(request, _priors, house, digest, session.requester.id, ordered)
    return web.json_response({
        "person": _person(ordered[0]), "reader": str(session.requester.id), "csrf": session.csrf,
        "language": texts(request).language,
        "orientation_letters": settings.languages.orientation_letters, "features": settings.viewer.features,
        "session": {"idle_until": session.idle_until.isoformat(),
                    "until": session.until.isoformat()},
        "brand": {"name": brand.name, "phones": [[p.service, p.number] for p in brand.phones]},
        "studies": described, "priors": priors}, headers=NO_STORE)


def _asked(request: web.Request) -> list[StudyUID]:
    """Return the studies asked for, each once; raise `Refused` ``not_found``."""
    try:
        uids = list(dict.fromkeys(study_uid(text) for text in request.query.getall("study", [])))
    except Malformed as exc:
        raise Refused("not_found") from exc
    if not uids:
        raise Refused("not_found")
    return uids


def _described(house: House, rows: Sequence[StudyRow], session: OpenSession, digest: bytes) -> list[Json]:
    awaited = house.reports.awaited([row.uid for row in rows])
    done = house.kept_work.of_studies(session.requester, [row.uid for row in rows])
    return [{**_study(house, row), "work": work_json(done[row.uid]), "report": reports_json(
        house.reports.of_study(session.requester, digest, row.uid), awaited=row.uid in awaited)}
            for row in rows]  # fmt: skip


def _study(house: House, row: StudyRow) -> Json:
    series = [objects.series(house.objects, row.uid, one.uid)
              for one in house.exams.series(row.uid)]
    # A series of reports only has neither images nor objects that could not be shown: its reports are in their pane.
    prepared = [one for one in series if one is not None and (one["images"] or one["undisplayable"])]
    return {
        **_summary(row), "time": _clock(row.time), "facility": row.facility,
        "accession": row.accession, "state": str(state_of(row)),
        "received": row.received, "expected": row.expected,
        "silent_since": row.unreachable_since.isoformat() if row.unreachable_since else None,
        "key_images": _key_images(series),
        "presentations": [one for found in series if found for one in found.get("presentations", ())],
        "series": sorted(prepared, key=lambda s: (s["number"] is None, s["number"] or 0))}


def _key_images(series: Sequence[Json | None]) -> list[Json]:
    """Return the images of every selection among the objects; ``frame`` is None for all frames of an image."""
    return [
        {"sop_uid": uid, "frame": frame, "title": one["title"], "description": one["description"],
         "made_by": "hospital"}
        for described in series if described is not None for one in described.get("selections", ())
        for uid, frame in one["images"]
    ]  # fmt: skip


def _forget_suv(described: Sequence[Json]) -> None:
    """Leave the factors to uptake values out: the hospital turned them off."""
    for series in (one for study in described for one in study["series"]):
        series.pop("suv", None)
        for stack in series.get("stacks") or ():
            stack.pop("suv", None)


def _summary(row: StudyRow) -> Json:
    return {"uid": row.uid, "date": row.date.isoformat() if row.date else None,
            "description": row.description, "modalities": list(row.modalities)}


def _clock(digits: str) -> str | None:
    return f"{digits[:2]}:{digits[2:4]}" if len(digits) >= 4 else None


def _person(row: StudyRow) -> Json:
    family, given = family_and_given(row.traits)
    return {"family_name": family, "used_name": None, "given_name": given,
            "birth_date": born(row.traits), "sex": row.traits.sex,
            "ipp": row.traits.identifier.value}


def _priors(
    house: House, digest: bytes, account_id: int, opened: Sequence[StudyRow],
) -> list[Json]:
    """Return the other studies of this person that the session may see, newest first."""
    person: PersonId = opened[0].person_id
    shown = {row.uid for row in opened}
    held = house.exams.studies(house.exams.granted(account_id))
    others = [row for row in held if row.person_id == person and row.uid not in shown
              and house.exams.may_see(digest, row.uid)]
    return [_summary(row) for row in others[:PRIORS]]

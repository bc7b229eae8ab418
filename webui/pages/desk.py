"""The reception desk: find the patient in the index and the PACS, tick the exams, issue the code."""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass, field

from aiohttp import web

from appliance.domain import birth_dates, names
from appliance.domain.errors import Fault, Malformed, Refused
from appliance.domain.identifiers import StudyUID, study_uid
from appliance.domain.searching import Query
from appliance.domain.sign_in import OpenSession
from appliance.usecases.ports import StudyRow
from appliance.usecases.searching import Candidate, Found
from appliance.usecases.sharing import Order, actor_of
from webui import patients
from webui.answers import page, problem, see_other, texts
from webui.executors import in_db
from webui.faults import status_of
from webui.forms import Form, form_of
from webui.i18n import Texts
from webui.keys import HOUSE
from webui.pages.guards import desk
from webui.patients import ExamLine, exam_line

DAYS = (183, 92, 31)
MOST_STUDIES = 100


@dataclass(frozen=True, slots=True)
class Patient:
    """A candidate as the desk sees one."""

    key: str
    name: str
    birth_date: str
    sex: str
    patient_id: str
    issuer: str
    homonym: bool
    needs_given_name: bool
    needs_birth_date: bool
    kinds: str
    last: str
    exams: Sequence[ExamLine]
    known: frozenset[str] = field(default=frozenset())


def routes() -> list[web.RouteDef]:
    """Return the routes of issuing."""
    return [
        web.get("/desk", desk(shown)), web.post("/desk/search", desk(search)),
        web.post("/desk/codes", desk(issue)),
    ]  # fmt: skip


async def shown(request: web.Request, session: OpenSession) -> web.StreamResponse:
    """Show the search and, once something is looked for, the patients found."""
    return await _desk(request, _query_in(session.notes), None, Form({}))


async def search(request: web.Request, session: OpenSession) -> web.StreamResponse:
    """Keep the query with the session and show what it finds: no trait in an address."""
    query = (await form_of(request)).text("query", 128)
    notes = json.dumps({"desk": query}, ensure_ascii=False)
    await in_db(request, request.app[HOUSE].sign_in.note, session.requester.session_id, notes)
    return see_other("/desk")


async def issue(request: web.Request, session: OpenSession) -> web.StreamResponse:
    """Issue the code for the exams ticked; what is missing is asked beside what was typed."""
    form = await form_of(request)
    house = request.app[HOUSE]
    try:
        studies = await _studies(request, _uids(form))
        order = Order(
            studies, form.text("given_name", 128), form.text("birth_date", 32), _days(form),
            form.text("comment", 513),
        )  # fmt: skip
        issued = await in_db(request, house.sharing.issue, order, actor_of(session.requester))
    except Fault as fault:
        return await _desk(request, _query_in(session.notes), fault, form)
    return see_other(f"/desk/codes/{issued.share.id}")


def _uids(form: Form) -> list[StudyUID]:
    return [study_uid(text) for text in dict.fromkeys(form.texts("study")[:MOST_STUDIES])]


def _days(form: Form) -> int | None:
    text = form.text("days", 8)
    if text and not (text.isascii() and text.isdigit()):
        raise Malformed("days", most=365)
    return int(text) if text else None


async def _studies(request: web.Request, uids: Sequence[StudyUID]) -> Sequence[StudyRow]:
    """Return the studies ticked: from the index, or asked again of the PACS that knows them."""
    house = request.app[HOUSE]
    known = list(await in_db(request, house.exams.studies, uids))
    missing = [uid for uid in uids if uid not in {study.uid for study in known}]
    asked = (in_db(request, house.searching.find, Query(study_uid=uid)) for uid in missing)
    for uid, found in zip(missing, await asyncio.gather(*asked), strict=True):
        rows = [s for c in found.candidates for s in c.studies if s.uid == uid]
        if not rows:
            raise Refused("study_gone")
        known.extend(rows[:1])
    return known


async def _desk(request: web.Request, query: str, fault: Fault | None, form: Form) -> web.Response:
    house, t = request.app[HOUSE], texts(request)
    found: Found | None = None
    if query:
        try:
            understood = house.searching.understood(query)
            found = await in_db(request, house.searching.find, understood)
        except Malformed as malformed:
            fault = fault or malformed
    people = [_patient(str(n), one, t) for n, one in enumerate(found.candidates)] if found else []
    ticked = set(form.texts("study"))
    chosen = next((p.key for p in people if ticked & {e.uid for e in p.exams}), "")
    if not chosen and len(people) == 1:
        chosen = people[0].key
    return await page(
        request, "desk/issue.html", status_of(fault) if fault else 200, tab="issue", query=query,
        people=people, chosen=chosen, ticked=ticked, form=form, days=DAYS, searched=found is not None,
        problem=problem(request, fault) if fault else None, more=bool(found and found.more),
        silent=sorted(found.silent) if found else [],
    )  # fmt: skip


def _patient(key: str, one: Candidate, t: Texts) -> Patient:
    traits = one.traits
    exams = [exam_line(study, t) for study in one.studies]
    known = frozenset(study.uid for study in one.studies if study.received)
    return Patient(
        key, patients.name_of(traits), patients.born(traits), patients.sex_word(traits.sex, t),
        traits.identifier.value, traits.identifier.authority, one.homonym,
        all(names.needs_given_name(study.traits.name) for study in one.studies),
        not any(_usable(study) for study in one.studies),
        ", ".join(dict.fromkeys(exam.kind for exam in exams if exam.kind)),
        exams[0].date if exams else "", exams, known,
    )  # fmt: skip


def _usable(study: StudyRow) -> bool:
    record = birth_dates.recorded(study.traits.birth_date)
    return record is not None and record.year >= birth_dates.FIRST_YEAR


def _query_in(notes: str) -> str:
    try:
        return str(json.loads(notes or "{}").get("desk", ""))
    except (ValueError, AttributeError):
        return ""


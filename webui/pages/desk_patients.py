"""Patients as the desk finds them, in the index and the PACS, and the exams it ticks, for a code or in an emergency."""

import asyncio
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from aiohttp import web

from appliance.domain import birth_dates, names
from appliance.domain.errors import Fault, Malformed, Refused
from appliance.domain.identifiers import StudyUID, study_uid
from appliance.domain.searching import Query
from appliance.usecases.ports import StudyRow
from appliance.usecases.priors import proposals
from appliance.usecases.searching import Candidate, Found
from webui import patients
from webui.answers import texts
from webui.executors import in_db
from webui.forms import Form
from webui.i18n import Texts
from webui.keys import HOUSE
from webui.patients import ExamLine, exam_line

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
    priors: Mapping[str, str] = field(default_factory=dict)
    """By exam, what comes ticked with it: ``uid=reason`` by spaces."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What a search found, and which patient is chosen: the one with ticks, or the only one."""

    people: Sequence[Patient]
    chosen: str
    ticked: frozenset[str]
    searched: bool
    more: bool
    silent: Sequence[str]
    fault: Fault | None = None


def ticked_uids(form: Form) -> list[StudyUID]:
    """Return the exams ticked, each once."""
    return [study_uid(text) for text in dict.fromkeys(form.texts("study")[:MOST_STUDIES])]


async def ticked_studies(request: web.Request, uids: Sequence[StudyUID]) -> Sequence[StudyRow]:
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


async def finding_of(request: web.Request, query: str, form: Form) -> Finding:
    """Return what the query finds; one that cannot be understood comes as its fault."""
    house, t = request.app[HOUSE], texts(request)
    found: Found | None = None
    fault: Fault | None = None
    if query:
        try:
            found = await in_db(request, house.searching.find, house.searching.understood(query))
        except Malformed as malformed:
            fault = malformed
    candidates = found.candidates if found else ()
    uids = [study.uid for one in candidates for study in one.studies[:MOST_STUDIES]]
    reported = await in_db(request, house.reports.validated, uids) if uids else frozenset[StudyUID]()
    people = [_patient(str(n), one, reported, t) for n, one in enumerate(candidates)]
    ticked = frozenset(form.texts("study"))
    chosen = next((p.key for p in people if ticked & {e.uid for e in p.exams}), "")
    if not chosen and len(people) == 1:
        chosen = people[0].key
    silent = sorted(found.silent) if found else []
    return Finding(people, chosen, ticked, found is not None, bool(found and found.more), silent, fault)


def query_in(notes: str) -> str:
    """Return the search kept in the session's notes: no trait in an address."""
    try:
        return str(json.loads(notes or "{}").get("desk", ""))
    except (ValueError, AttributeError):
        return ""


def _patient(key: str, one: Candidate, reported: Collection[StudyUID], t: Texts) -> Patient:
    traits = one.traits
    exams = [exam_line(study, t) for study in one.studies]
    known = frozenset(study.uid for study in one.studies if study.received)
    return Patient(
        key, patients.name_of(traits), patients.born(traits), patients.sex_word(traits.sex, t),
        traits.identifier.value, traits.identifier.authority, one.homonym,
        all(names.needs_given_name(study.traits.name) for study in one.studies),
        not any(_usable(study) for study in one.studies),
        ", ".join(dict.fromkeys(exam.kind for exam in exams if exam.kind)),
        exams[0].date if exams else "", exams, known, _priors(one.studies, reported),
    )  # fmt: skip


def _priors(studies: Sequence[StudyRow], reported: Collection[StudyUID]) -> Mapping[str, str]:
    offered = proposals(studies[:MOST_STUDIES], reported)
    return {uid: " ".join(f"{p.uid}={p.reason}" for p in found if p.ticked) for uid, found in offered.items()}


def _usable(study: StudyRow) -> bool:
    record = birth_dates.recorded(study.traits.birth_date)
    return record is not None and record.year >= birth_dates.FIRST_YEAR

"""Finding a patient and the exams, in the index and, by a job with a short deadline, in the PACS."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from appliance.domain import birth_dates, names, sharing
from appliance.domain.errors import Malformed, Unavailable
from appliance.domain.identifiers import PersonId, study_uid
from appliance.domain.jobs import JobKind
from appliance.domain.people import Identifier, PatientTraits
from appliance.domain.searching import Query
from appliance.usecases.ports import Clock, StudyRow, UnitOfWork, Work
from appliance.usecases.queue import Queue

WAIT_S = 4.5
"""Whoever searches hears within five seconds, be it that a PACS does not answer."""
_DATE = re.compile(r"\b(\d{1,2}[/.-]\d{1,2}[/.-]\d{4}|\d{8})\b")


@dataclass(frozen=True, slots=True)
class Candidate:
    """One patient with the exams found, newest first. ``known`` exams are in the index already."""

    traits: PatientTraits
    studies: Sequence[StudyRow]
    homonym: bool = False


@dataclass(frozen=True, slots=True)
class Found:
    """Patients, and what kept the PACS from answering (cause by node, empty when all answered)."""

    candidates: Sequence[Candidate]
    silent: Mapping[str, str] = field(default_factory=dict)
    more: bool = False


class Searching:
    """Patients and exams to share."""

    def __init__(self, database: UnitOfWork, clock: Clock, queue: Queue) -> None:
        self._db = database
        self._clock = clock
        self._queue = queue

    def understood(self, text: str) -> Query:
        """Return the query in what the desk typed: a birth date, an identifier, a name; raise `Malformed` ``query``."""
        rest = text.strip()[:128]
        born = ""
        if found := _DATE.search(rest):
            try:
                today = self._clock.now().astimezone(sharing.PARIS).date()
                born = birth_dates.parse(found.group(1), today).digits()
                rest = (rest[: found.start()] + rest[found.end() :]).strip()
            except Malformed:
                born = ""
        if any(c.isdigit() for c in rest):
            value, _, issuer = rest.partition("^^^")
            return Query(patient_id=value.strip(), issuer=issuer.strip(), birth_date=born)
        family, _, given = rest.partition(" ")
        if not born and len("".join(names.fold(rest))) < 2:
            raise Malformed("query")
        return Query(family_name=family, given_name=given.strip(), birth_date=born)

    def find(self, query: Query, *, wait_s: float = WAIT_S) -> Found:
        """Return the patients of index and PACS; the PACS being away is told, never an error."""
        with self._db.reading() as work:
            local = list(_local(work, query))
            nodes = [node.name for node in work.nodes.listed()]
        if not nodes:
            return Found(_grouped(local))
        try:
            answer = self._queue.ask(JobKind.FIND, "desk", _payload(query), wait_s=wait_s)
        except Unavailable as away:
            return Found(_grouped(local), dict.fromkeys(nodes, away.cause))
        silent = {n["name"]: str(n.get("cause", "")) for n in answer.get("nodes", []) if not n.get("ok")}
        told = [s for s in map(study_told, answer.get("studies", [])) if s is not None]
        # An exam that was pushed, and let go since, is asked of the PACS that has it now.
        elsewhere = {study.uid for study in told}
        local = [study for study in local if study.received or study.node or study.uid not in elsewhere]
        seen = {study.uid for study in local}
        remote = [study for study in told if study.uid not in seen]
        return Found(_grouped([*local, *remote]), silent, bool(answer.get("more")))


def _local(work: Work, query: Query) -> Sequence[StudyRow]:
    if query.study_uid:
        found = work.studies.by_uid(study_uid(query.study_uid))
        return [found] if found else []
    if query.patient_id:
        people = work.people.by_value(query.patient_id)
        if query.issuer:
            people = [p for p in people if p.traits.identifier.authority == query.issuer]
    elif query.family_name:
        people = work.people.by_name(" ".join(names.fold(query.family_name)), 50)
    elif query.birth_date:
        people = work.people.by_birth(query.birth_date, 50)
    else:
        return []
    kept = [p for p in people if _fits(p.traits, query)]
    return [study for person in kept for study in work.studies.of_person(PersonId(person.id))]


def _fits(traits: PatientTraits, query: Query) -> bool:
    if query.birth_date and traits.birth_date[:8] != query.birth_date:
        return False
    given = names.fold(query.given_name)
    if not given:
        return True
    start = "".join(given)
    return any("".join(one).startswith(start) for one in names.given_lists(traits.name))


def _payload(query: Query) -> Mapping[str, Any]:
    fields = {
        "patient_id": query.patient_id,
        "issuer": query.issuer,
        "family_name": query.family_name,
        "given_name": query.given_name,
        "birth_date": query.birth_date,
        "accession": query.accession,
        "study_uid": query.study_uid,
    }
    return {"level": "STUDY", "nodes": None, "limit": 200, "query": {k: v for k, v in fields.items() if v}}


def study_told(row: Mapping[str, Any]) -> StudyRow | None:
    """Return a study as a PACS described it, or None when it has no valid UID or patient."""
    try:
        uid = study_uid(str(row.get("study_uid", "")))
    except Malformed:
        return None
    patient_id = str(row.get("patient_id", "")).strip()
    if not patient_id:
        return None
    digits = re.sub(r"\D", "", str(row.get("study_date") or ""))[:8]
    try:
        day = date(int(digits[:4]), int(digits[4:6]), int(digits[6:8])) if len(digits) == 8 else None
    except ValueError:
        day = None
    expected = row.get("instances")
    traits = PatientTraits(
        Identifier(patient_id, str(row.get("issuer") or "")),
        str(row.get("patient_name") or "")[:1024],
        re.sub(r"\D", "", str(row.get("birth_date") or ""))[:8],
        str(row.get("sex") or "")[:16],
    )
    return StudyRow(
        uid=uid,
        person_id=PersonId(0),
        traits=traits,
        date=day,
        time=str(row.get("study_time") or "")[:16],
        description=str(row.get("description") or "")[:1024],
        modalities=tuple(str(m)[:16] for m in row.get("modalities") or ()),
        accession=str(row.get("accession") or "")[:64],
        facility=str(row.get("facility") or ""),
        node=str(row.get("node") or ""),
        expected=expected if isinstance(expected, int) else None,
    )


def _grouped(studies: Sequence[StudyRow]) -> Sequence[Candidate]:
    groups: dict[tuple[str, str], list[StudyRow]] = {}
    for study in studies:
        key = (study.traits.identifier.value, study.traits.identifier.authority)
        groups.setdefault(key, []).append(study)
    looks: dict[tuple[str, str], int] = {}
    for rows in groups.values():
        looks[_look(rows[0].traits)] = looks.get(_look(rows[0].traits), 0) + 1
    ordered = [sorted(rows, key=lambda s: (s.date or date.min, s.time), reverse=True) for rows in groups.values()]
    return [Candidate(rows[0].traits, rows, looks[_look(rows[0].traits)] > 1) for rows in ordered]


def _look(traits: PatientTraits) -> tuple[str, str]:
    """Return what two patients may share by chance: first names and birth date (R-A, homonyms)."""
    return (" ".join(names.fold(traits.name.replace("^", " "))), traits.birth_date)

"""HTTP and QIDO-RS: whether a DICOMweb node takes our credentials, and what it answers (PS3.18 8.3, 10.6).

As with C-FIND the search is by date alone, and of the answers only counts and the UIDs of one small object are kept.
"""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from pydicom.dataset import Dataset

from appliance.dicom.elements import date_digits, text, texts
from appliance.domain.diagnosis import Fact, Verdict
from appliance.domain.errors import Malformed, Unavailable
from appliance.domain.identifiers import StudyUID, series_uid, sop_uid, study_uid
from pacs_bridge.dicomweb.asking import ANSWER_BYTES, JSON
from pacs_bridge.dicomweb.link import Params, Reply, linked
from pacs_bridge.doctor import charsets
from pacs_bridge.doctor.asking import DAYS, ENOUGH, OPTIONAL_SHOWN, of_study, rank
from pacs_bridge.doctor.case import Case, Outcome, Sample
from pacs_bridge.query import asking

SEARCH = "studies"
_KINDS = (JSON, "application/json")
_OF_STATUS = {
    403: "http_forbidden", 406: "not_acceptable", 502: "http_away", 503: "http_away", 504: "http_away",
    **dict.fromkeys((301, 302, 303, 307, 308), "http_redirect"),
}  # fmt: skip


@contextmanager
def asked(case: Case, path: str, accept: str, params: Params | None = None) -> Iterator[Reply]:
    """Ask for a resource within the time of the step; raise `Unavailable` with the cause that its status has."""
    try:
        with (
            linked(case.node, case.means.secure, case.means.unseal, case.left(), case.left()) as link,
            link.get(path, accept, params) as reply,
        ):
            yield reply
    except Unavailable as away:
        raise _told(case, path, away) from away


def _told(case: Case, path: str, away: Unavailable) -> Unavailable:
    facts = dict(away.facts)
    status = facts.get("status")
    cause = _OF_STATUS.get(status, away.cause) if isinstance(status, int) else away.cause
    if status == 401 and not case.node.credentials:
        cause = "credentials_wanted"
    if path != SEARCH:
        # Below the search an address holds UIDs of the exam.
        facts.pop("where", None)
    return Unavailable(cause, **facts)


def http(case: Case) -> Outcome:
    """Ask for one study, and look at the status alone: a search that is refused is the next step's."""
    facts: dict[str, Fact] = {"auth": case.node.credentials.partition(":")[0]}
    try:
        with asked(case, SEARCH, JSON, [("limit", "1")]) as reply:
            return Outcome(facts={**facts, "status": f"HTTP {reply.status}", "server": reply.server[:64]})
    except Unavailable as away:
        if away.cause not in ("failed_status", "not_acceptable"):
            raise
        return Outcome(facts={**facts, "status": f"HTTP {away.facts.get('status')}", "server": ""})


def studies(case: Case) -> Outcome:
    """Search studies, a few days first."""
    found, days, since = _Answers(), None, ""
    for days in DAYS:
        since = f"{case.means.today - timedelta(days=days):%Y%m%d}" if days else "19000101"
        found = _searched(case, since)
        if found.rows:
            break
    if not found.rows:
        return Outcome(Verdict.WARN, "no_answer", {"studies": 0})
    told = [date_digits(row, "StudyDate") for row in found.rows]
    more, case.studies = len(found.rows) > ENOUGH, found.rows[:ENOUGH]
    for row in case.studies:
        charsets.note_json(case.charsets, row)
    case.answers += len(case.studies)
    facts: dict[str, Fact] = {
        "studies": len(found.rows),
        "days": days or 0,
        "kind": found.kind,
        "absent": ", ".join(key for key in OPTIONAL_SHOWN if not any(texts(row, key) for row in case.studies)),
    }
    causes = {
        "keys_ignored": any(day and day < since for day in told),
        "limit_ignored": more,
        "json_type": found.kind not in _KINDS,
    }
    return _judged(causes, facts)


def instances(case: Case) -> Outcome:
    """List the series and the instances of a study of small objects, as a retrieval does before it begins."""
    facts: dict[str, Fact] = {"series": 0, "instances": 0}
    for study in sorted(case.studies, key=of_study)[:3]:
        try:
            uid = study_uid(text(study, "StudyInstanceUID", 80))
        except Malformed:
            continue
        series, found = _listed(case, uid)
        case.sample = _smallest(uid, series, found)
        if case.sample is not None:
            told = [key for key in ("NumberOfSeriesRelatedInstances",) if not any(texts(one, key) for one in series)]
            told += [] if case.sample.sop_class else ["SOPClassUID"]
            facts = {"series": len(series), "instances": len(found), "absent": ", ".join(told)}
            return _judged({"keys_partly": bool(told), "limit_ignored": len(found) > ENOUGH}, facts)
    return Outcome(Verdict.FAIL, "no_instances", facts)


def rows_of(case: Case, path: str, params: Params) -> "_Answers":
    """Return the data sets of an answer in JSON.

    Raises
    ------
    Unavailable
        As the link does, and ``answer_too_large not_json not_utf8 not_dicom_json``, with the ``kind`` that came.
    """
    with asked(case, path, JSON, params) as reply:
        raw, kind = _body(reply), reply.content_type.partition(";")[0].strip().lower()[:64]
    if not raw:
        return _Answers()
    if "html" in kind or raw.lstrip()[:1] == b"<":
        raise Unavailable("not_json", kind=kind)
    try:
        listed = json.loads(raw)
    except UnicodeDecodeError as exc:
        raise Unavailable("not_utf8", kind=kind) from exc
    except (ValueError, RecursionError) as exc:
        raise Unavailable("not_json", kind=kind) from exc
    rows = [row for one in listed if (row := _row(one)) is not None] if isinstance(listed, list) else []
    if not rows and listed != []:
        raise Unavailable("not_dicom_json", kind=kind)
    return _Answers(rows, kind)


class _Answers:
    def __init__(self, rows: Sequence[Dataset] = (), kind: str = JSON) -> None:
        self.rows, self.kind = rows, kind


def _searched(case: Case, since: str) -> _Answers:
    keys = [("StudyDate", f"{since}-"), ("limit", str(ENOUGH))]
    fields = [("includefield", key) for key in (*asking.OPTIONAL, *asking.REQUIRED)]
    try:
        return rows_of(case, SEARCH, [*keys, *fields])
    except Unavailable as away:
        if away.facts.get("status") != 400:
            raise
        # Refused for the fields, or for itself?
        rows_of(case, SEARCH, keys)
        raise Unavailable("fields_refused", status=400) from away


def _listed(case: Case, uid: StudyUID) -> tuple[Sequence[Dataset], Sequence[Dataset]]:
    series = rows_of(case, f"studies/{uid}/series", [("includefield", key) for key in asking.SERIES_KEYS])
    cut = [("limit", str(ENOUGH)), ("offset", "0"), ("includefield", "SOPClassUID")]
    return series.rows, rows_of(case, f"studies/{uid}/instances", cut).rows


def _smallest(uid: StudyUID, series: Sequence[Dataset], found: Sequence[Dataset]) -> Sample | None:
    kinds = {text(one, "SeriesInstanceUID", 80): text(one, "Modality", 16) for one in series}
    samples = [sample for one in found if (sample := _sample(uid, kinds, one)) is not None]
    return min(samples, key=lambda one: rank([one.modality]), default=None)


def _sample(uid: StudyUID, kinds: dict[str, str], one: Dataset) -> Sample | None:
    try:
        series, sop = series_uid(text(one, "SeriesInstanceUID", 80)), sop_uid(text(one, "SOPInstanceUID", 80))
    except Malformed:
        return None
    return Sample(uid, series, sop, text(one, "SOPClassUID", 80), kinds.get(series, ""))


def _judged(causes: dict[str, bool], facts: dict[str, Fact]) -> Outcome:
    cause = next((name for name, here in causes.items() if here), "")
    return Outcome(Verdict.WARN if cause else Verdict.OK, cause, facts)


def _body(reply: Reply) -> bytes:
    body = bytearray()
    for chunk in reply.chunks():
        body += chunk
        if len(body) > ANSWER_BYTES:
            raise Unavailable("answer_too_large")
    return bytes(body)


def _row(one: Any) -> Dataset | None:
    try:
        return Dataset.from_json(one)
    except Exception:  # pydicom's reader of JSON raises whatever the text provokes
        return None

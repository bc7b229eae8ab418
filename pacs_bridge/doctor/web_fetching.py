"""WADO-RS of one small object, which is looked at and not kept; then the transfer syntaxes it is given in."""

from io import BytesIO

from pydicom import dcmread

from appliance.dicom.elements import FOREIGN_ERRORS, text
from appliance.domain.diagnosis import Fact, Verdict
from appliance.domain.errors import Malformed, Unavailable
from pacs_bridge.dicomweb.fetching import AS_STORED, accept
from pacs_bridge.dicomweb.multipart import Multipart, boundary_of
from pacs_bridge.dicomweb.opening import Opening
from pacs_bridge.doctor import charsets
from pacs_bridge.doctor.case import LEAST_S, Case, Outcome, Sample, failed
from pacs_bridge.doctor.fetching import is_known, named
from pacs_bridge.doctor.web_asking import asked, rows_of
from pacs_bridge.receive.part10 import FileMeta

HEAD_BYTES = 256 << 10
"""So much of the object is held, to see its character set."""
TRIED = ("1.2.840.10008.1.2.1", "1.2.840.10008.1.2.4.80", "1.2.840.10008.1.2.4.90", "1.2.840.10008.1.2.4.201")
"""Explicit little endian, and the lossless syntaxes that archives keep images in."""
_NO_OBJECT = Outcome(Verdict.SKIPPED, "no_sample")


def metadata(case: Case) -> Outcome:
    """Ask for the metadata of the object; no exam depends on them, so a failure is no more than a warning."""
    if case.sample is None:
        return _NO_OBJECT
    try:
        rows = rows_of(case, f"{_path(case.sample)}/metadata", []).rows
    except Unavailable as away:
        return failed(case, away, Verdict.WARN)
    facts: dict[str, Fact] = {"elements": len(rows[0]) if rows else 0}
    if len(rows) != 1 or text(rows[0], "SOPInstanceUID", 80) != case.sample.sop_uid:
        return Outcome(Verdict.WARN, "metadata_other", facts)
    return Outcome(facts=facts)


def instance(case: Case) -> Outcome:
    """Retrieve the object as it is stored, as every retrieval does, into nothing."""
    if case.sample is None:
        return _NO_OBJECT
    try:
        got = _fetched(case, case.sample, AS_STORED)
    except Unavailable as away:
        status = away.facts.get("status")
        cause = {400: "not_acceptable", 404: "listed_not_given", 415: "not_acceptable"}.get(_number(status), away.cause)
        raise Unavailable(cause, **away.facts) from away
    if got.meta is None:
        raise Unavailable("not_dicom")
    if got.meta.sop_uid != case.sample.sop_uid:
        raise Unavailable("wrong_instance")
    case.received = [got.meta.transfer_syntax]
    _note_charset(case, got.head)
    facts: dict[str, Fact] = {"received": 1, "syntax": named(case.received), "bytes": got.size_bytes}
    if not is_known(got.meta.transfer_syntax):
        return Outcome(Verdict.WARN, "syntax_unknown", {**facts, "received": named(case.received)})
    return Outcome(facts=facts)


def syntaxes(case: Case) -> Outcome:
    """Ask for the object in other transfer syntaxes, of each only the head; a node may refuse them without harm."""
    if case.sample is None or not case.received:
        return Outcome(Verdict.SKIPPED, "nothing_received")
    came: dict[str, str] = {}
    for syntax in TRIED:
        if case.left() < LEAST_S:
            break
        try:
            meta = _fetched(case, case.sample, syntax, whole=False).meta
        except Unavailable:
            continue
        came[syntax] = meta.transfer_syntax if meta is not None else ""
    ignored = [one for one, other in came.items() if other != one]
    facts: dict[str, Fact] = {
        "received": named(case.received),
        "accepted": named([one for one in came if one not in ignored]),
        "refused": named([one for one in TRIED if one not in came]),
        "ignored": named(ignored),
    }
    return Outcome(Verdict.WARN, "accept_ignored", facts) if ignored else Outcome(facts=facts)


class _Got:
    """What came of an object: its file meta, its first bytes, how many in all."""

    def __init__(self) -> None:
        self.meta: FileMeta | None = None
        self.head = b""
        self.size_bytes = 0
        self._opening: Opening | None = None

    def take(self, kind: str, data: bytes) -> None:
        """Take the next event of a part; of a second object nothing is looked at."""
        if kind == "begin" and self.meta is None:
            self._opening = Opening("")
        elif kind == "data":
            self.size_bytes += len(data)
            self.head += data[: HEAD_BYTES - len(self.head)]
            opened = self._opening.take(data) if self._opening is not None else None
            if opened is not None:
                self.meta, self._opening = opened[0], None


def _fetched(case: Case, sample: Sample, syntax: str, *, whole: bool = True) -> _Got:
    got = _Got()
    with asked(case, _path(sample), accept(syntax)) as reply:
        parts = _parts(reply.content_type)
        for chunk in reply.chunks():
            try:
                for kind, data in parts.feed(chunk):
                    got.take(kind, data)
            except Malformed as exc:
                raise Unavailable("not_dicom") from exc
            if parts.over or (got.meta is not None and not whole):
                return got
    raise Unavailable("aborted")


def _parts(content_type: str) -> Multipart:
    try:
        return Multipart(boundary_of(content_type))
    except Malformed as exc:
        raise Unavailable("not_multipart", kind=content_type.partition(";")[0].strip().lower()[:64]) from exc


def _note_charset(case: Case, head: bytes) -> None:
    try:
        charsets.note(case.charsets, dcmread(BytesIO(head), stop_before_pixels=True))
    except FOREIGN_ERRORS:
        # The head was cut before its end: nothing is known of its character set.
        return


def _path(sample: Sample) -> str:
    return f"studies/{sample.study_uid}/series/{sample.series_uid}/instances/{sample.sop_uid}"


def _number(status: object) -> int:
    return status if isinstance(status, int) else 0

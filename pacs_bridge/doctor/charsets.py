"""In which character sets a node answers, and whether its names can be read by them (PS3.3 C.12.1.1.2)."""

import warnings

from pydicom.charset import convert_encodings, decode_bytes
from pydicom.dataset import Dataset
from pydicom.valuerep import PN_DELIMS, TEXT_VR_DELIMS

from appliance.dicom.elements import FOREIGN_ERRORS, raw_value, texts
from appliance.domain.diagnosis import Fact, Verdict
from pacs_bridge.doctor.case import Case, Charsets, Outcome

NONE = "ASCII"
UTF_8 = "ISO_IR 192"
JSON = "JSON UTF-8"
_UNREADABLE: tuple[type[Exception], ...] = (UserWarning, *FOREIGN_ERRORS)
_DELIMITERS = TEXT_VR_DELIMS | PN_DELIMS


def charsets(case: Case) -> Outcome:
    """Judge what `note` has counted."""
    seen = case.charsets
    if not case.answers:
        return Outcome(Verdict.SKIPPED, "no_answer")
    declared = sorted(seen.declared.items(), key=lambda pair: -pair[1])
    facts: dict[str, Fact] = {
        "answers": case.answers,
        "declared": ", ".join(f"{name} ({count})" for name, count in declared),
    }
    causes = {
        "charset_unreadable": seen.unreadable,
        "charset_absent": seen.absent,
        "charset_mistaken": seen.mistaken,
        "charset_garbled": seen.garbled,
    }
    for cause, count in causes.items():
        if count:
            return Outcome(Verdict.WARN, cause, {**facts, "count": count})
    return Outcome(facts=facts)


def note(seen: Charsets, answer: Dataset) -> None:
    """Count one answer, before anything of it is decoded; its names themselves are not kept."""
    written = _raw(answer)
    values = [value for value in texts(answer, "SpecificCharacterSet") if value]
    name = "\\".join(values) or NONE
    seen.declared[name] = seen.declared.get(name, 0) + 1
    if not written or (written.isascii() and b"\x1b" not in written):
        return
    if not values:
        seen.absent += 1
    elif not _readable(written, values):
        seen.unreadable += 1
    elif UTF_8 not in values and _is_utf_8(written):
        seen.mistaken += 1


def note_json(seen: Charsets, answer: Dataset) -> None:
    """Count one answer that came as JSON, which is UTF-8 whatever it declares (PS3.18 F.2)."""
    name = str(raw_value(answer, "PatientName") or "")
    seen.declared[JSON] = seen.declared.get(JSON, 0) + 1
    if "\ufffd" in name:
        seen.unreadable += 1
    elif any(_written_twice(name, charset) for charset in ("latin-1", "cp1252")):
        seen.garbled += 1


def _written_twice(name: str, charset: str) -> bool:
    try:
        return _is_utf_8(name.encode(charset))
    except UnicodeEncodeError:
        return False


def _raw(answer: Dataset) -> bytes:
    try:
        value = answer.get_item("PatientName").value
    except FOREIGN_ERRORS:
        return b""
    return bytes(value) if isinstance(value, bytes) else b""


def _readable(written: bytes, values: list[str]) -> bool:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            decoded = decode_bytes(written, convert_encodings(values), _DELIMITERS)
        except _UNREADABLE:
            return False
    return "\ufffd" not in decoded


def _is_utf_8(written: bytes) -> bool:
    # Two letters of Latin-1 rarely make a sequence of UTF-8; ISO 2022 (an escape) is ASCII to it.
    if written.isascii():
        return False
    try:
        written.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True

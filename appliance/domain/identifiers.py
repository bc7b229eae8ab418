"""Identifiers, parsed once at the edge. Past these functions nothing checks them again."""

import re
from typing import NewType

from appliance.domain.errors import Malformed

StudyUID = NewType("StudyUID", str)
SeriesUID = NewType("SeriesUID", str)
SopUID = NewType("SopUID", str)
PersonId = NewType("PersonId", int)
AccountId = NewType("AccountId", int)
StaffId = NewType("StaffId", int)
ShareId = NewType("ShareId", str)
JobId = NewType("JobId", int)
NodeName = NewType("NodeName", str)

# Leading zeros in a component are against PS3.5 9.1, yet archives hold such UIDs: kept as received.
_UID = re.compile(r"[0-9]+(\.[0-9]+)*")


def _uid(text: str) -> str:
    stripped = text.rstrip("\0 ")
    if len(stripped) > 64 or not _UID.fullmatch(stripped):
        raise Malformed("uid")
    return stripped


def study_uid(text: str) -> StudyUID:
    """Return (0020,000D) *Study Instance UID*; raise `Malformed` ``uid`` (PS3.5 9.1)."""
    return StudyUID(_uid(text))


def series_uid(text: str) -> SeriesUID:
    """Return (0020,000E) *Series Instance UID*; raise `Malformed` ``uid`` (PS3.5 9.1)."""
    return SeriesUID(_uid(text))


def sop_uid(text: str) -> SopUID:
    """Return (0008,0018) *SOP Instance UID*; raise `Malformed` ``uid`` (PS3.5 9.1)."""
    return SopUID(_uid(text))

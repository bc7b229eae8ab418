"""What a PACS says of an exam given away, when it is asked again by UID (R-G): moved, corrected, gone, grown."""

from datetime import datetime, timedelta
from enum import StrEnum

from appliance.domain.people import PatientTraits
from appliance.domain.sharing import PARIS

CACHED = timedelta(minutes=15)


class Change(StrEnum):
    """Why an exam is closed until somebody decides: it may be another person's now."""

    GONE = "gone"
    PATIENT_ID = "patient_id"
    ISSUER = "issuer"
    BIRTH_DATE = "birth_date"


def change(known: PatientTraits, told: PatientTraits | None) -> Change | None:
    """Return what changed since the exam came into the index; what either side does not say is no change."""
    if told is None:
        return Change.GONE
    if told.identifier.value.lstrip("0") != known.identifier.value.lstrip("0"):
        return Change.PATIENT_ID
    if known.identifier.authority and told.identifier.authority not in ("", known.identifier.authority):
        return Change.ISSUER
    if known.birth_date and told.birth_date not in ("", known.birth_date):
        return Change.BIRTH_DATE
    return None


def due(asked_at: datetime | None, now: datetime) -> bool:
    """Whether an opening now asks again: the first of the day does, unless it was asked a moment ago."""
    if asked_at is None:
        return True
    today = asked_at.astimezone(PARIS).date() == now.astimezone(PARIS).date()
    return not today and now - asked_at >= CACHED

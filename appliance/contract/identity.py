"""Identities in doubt on the wire."""

from datetime import datetime

from pydantic import Field

from appliance.contract.codes import CodeStudy
from appliance.contract.people import PatientView
from appliance.contract.wire import Asked, Told


class IdentityView(Told):
    """An alarm. ``said`` is what was told and is not believed, ``other`` the second record of a merge.

    ``decision`` is ``confirmed``, ``refused`` or empty while it is open; ``shares`` counts the codes it closes.
    """

    id: int
    cause: str
    raised_at: datetime
    patient: PatientView
    other: PatientView | None = None
    said: PatientView | None = None
    study: str = ""
    studies: tuple[CodeStudy, ...] = ()
    shares: int = 0
    source: str = ""
    decision: str = ""
    decided_at: datetime | None = None
    decided_by: str = ""
    reason: str = ""


class DecideAsked(Asked):
    """Why it is decided so: what was looked at."""

    reason: str = Field(default="", max_length=512)

"""Share codes on the wire. The JSON of `codes issue|list|show` is this, and is stable."""

from datetime import datetime

from pydantic import Field

from appliance.contract.people import PatientView
from appliance.contract.wire import Asked, Told
from appliance.domain.sharing import Downloads


class CodeStudy(Told):
    """An exam that a code opens."""

    uid: str
    date: str | None
    modality: str
    description: str
    state: str


class CodeView(Told):
    """A share code. ``code`` (eight characters, no group) is absent for who may not see it."""

    share_id: str
    state: str
    expires_at: datetime
    patient: PatientView
    studies: tuple[CodeStudy, ...]
    code: str | None = None
    issued_at: datetime | None = None
    issued_by: str = ""
    not_before: datetime | None = None
    comment: str = ""
    blocked_cause: str = ""
    redeemers: int = 0
    max_redeemers: int = 0
    downloads: bool = False


class IssueAsked(Asked):
    """A code to issue. Without ``studies``, all that index and PACS know of the patient.

    ``priors`` adds the earlier exams that help to read those named. ``downloads`` asks for a code that lets the images
    be downloaded; where the hospital always lets them be, all do.
    """

    patient_id: str
    issuer: str = ""
    given_name: str = ""
    birth_date: str = ""
    studies: tuple[str, ...] = ()
    priors: bool = False
    days: int | None = None
    comment: str = ""
    downloads: bool = False


class ExtendAsked(Asked):
    """Days to add, from today or from the end, whichever is later; null takes the usual life."""

    days: int | None = None


class RevokeAsked(Asked):
    """Why the code is revoked; kept in the journal."""

    cause: str = "desk"


class DraftView(Told):
    """A patient and the exams that could be shared; ``needs`` names what must be typed."""

    patient: PatientView
    studies: tuple[CodeStudy, ...]
    days: int
    max_days: int
    downloads: Downloads = Downloads.NEVER
    needs: tuple[str, ...] = Field(default=())
    silent_nodes: tuple[str, ...] = Field(default=())

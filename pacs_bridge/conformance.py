"""What the bridge can do, read from the tables that it works by: the substance of the conformance statement.

Nothing here is written twice: classes come from what the acceptor accepts, proposals from what requests propose.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from pydicom._uid_dict import UID_dictionary
from pydicom.charset import python_encoding
from pydicom.uid import UID
from pynetdicom import ALL_TRANSFER_SYNTAXES, DEFAULT_TRANSFER_SYNTAXES
from pynetdicom.sop_class import _STORAGE_CLASSES

from appliance.domain.sending import MOST_OBJECTS, REPORT_LIFE
from pacs_bridge.query import asking
from pacs_bridge.query.associations import Waits
from pacs_bridge.query.finding import MOST, WHOLE_S
from pacs_bridge.query.requestor import MAX_PDU_BYTES
from pacs_bridge.receive import reports
from pacs_bridge.receive.negotiation import accepts
from pacs_bridge.receive.part10 import IMPLEMENTATION_UID, IMPLEMENTATION_VERSION
from pacs_bridge.receive.pdu import Limits
from pacs_bridge.receive.statuses import (
    COERCED,
    OF_CAUSE,
    OF_KIND,
    PROCESSING_FAILURE,
    SUCCESS,
    UNRECOGNIZED_OPERATION,
    Status,
)
from pacs_bridge.retrieve.contexts import MOST as MOST_CONTEXTS
from pacs_bridge.retrieve.contexts import SYNTAXES, classes_for
from pacs_bridge.retrieve.targets import MOST_UIDS
from pacs_bridge.send import committing, storing
from pacs_bridge.sop_classes import (
    STORAGE_COMMITMENT,
    STUDY_ROOT_FIND,
    STUDY_ROOT_GET,
    STUDY_ROOT_MOVE,
    VERIFICATION,
)

_WORDS = {str(uid): word for word, uid in _STORAGE_CLASSES.items()}
_CAPITAL = re.compile(r"(?<=[a-z])(?=[A-Z])")
LIMITS = Limits()
WAITS = Waits()
FIND_MOST, FIND_WHOLE_S = MOST, WHOLE_S
PDU_BYTES = (LIMITS.pdu_bytes, MAX_PDU_BYTES)
"""The longest that we take, as acceptor and as requestor."""
IMPLEMENTATION = (IMPLEMENTATION_UID, IMPLEMENTATION_VERSION)
CONTEXTS, UIDS = MOST_CONTEXTS, MOST_UIDS
"""Of one association, and of one request at IMAGE level."""
STORE_CONTEXTS, COMMITTED, HEAR_S = storing.MOST_CONTEXTS, MOST_OBJECTS, committing.HEAR_S
"""Of an association that sends, of one commitment, and how long its report is waited for there."""
REPORT_HOURS = round(REPORT_LIFE.total_seconds() / 3600)
"""And elsewhere."""
KEYS = {
    "STUDY": (*asking.REQUIRED, *asking.OPTIONAL, *asking.SEQUENCES),
    "SERIES": asking.SERIES_KEYS,
    "IMAGE": asking.IMAGE_KEYS,
}
MATCHED = (
    "PatientID", "IssuerOfPatientID", "PatientName", "PatientBirthDate", "StudyDate", "AccessionNumber",
    "StudyInstanceUID",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Named:
    """A UID and its name in PS3.6."""

    uid: str
    name: str


def accepted_classes() -> Sequence[Named]:
    """Return every registered SOP class that the acceptor takes, Verification first, then by name."""
    registered = {uid for uid, (_, kind, *_rest) in UID_dictionary.items() if kind == "SOP Class"}
    known = registered | {str(uid) for uid in _STORAGE_CLASSES.values()}
    found = [_named(uid) for uid in known if accepts(uid)]
    return sorted(found, key=lambda one: (one.uid != VERIFICATION, one.name, one.uid))


def accepted_syntaxes() -> Sequence[Named]:
    """Return the transfer syntaxes that the acceptor prefers to those that nobody knows."""
    return [_named(str(uid)) for uid in ALL_TRANSFER_SYNTAXES]


def requested_services() -> Sequence[Named]:
    """Return the services that we ask for as SCU."""
    return [_named(str(uid)) for uid in (VERIFICATION, STUDY_ROOT_FIND, STUDY_ROOT_MOVE, STUDY_ROOT_GET)]


def request_syntaxes() -> Sequence[Named]:
    """Return the transfer syntaxes in which those services are proposed."""
    return [_named(str(uid)) for uid in DEFAULT_TRANSFER_SYNTAXES]


def retrieved_classes() -> Sequence[Named]:
    """Return the classes proposed in a C-GET when the node does not tell those of the study."""
    return sorted((_named(uid) for uid in classes_for([], [])), key=lambda one: one.name)


def retrieved_syntaxes() -> Sequence[Named]:
    """Return the transfer syntaxes proposed for them, the most common first."""
    return [_named(uid) for uid in SYNTAXES]


def character_sets() -> Sequence[str]:
    """Return the values of (0008,0005) that names are read by."""
    return sorted(name for name in python_encoding if name.startswith(("ISO_IR ", "ISO 2022 IR ", "GB")))


def store_statuses() -> Sequence[Status]:
    """Return every status that answers a C-STORE, each once."""
    found = [SUCCESS, COERCED, UNRECOGNIZED_OPERATION, *OF_KIND.values(), *OF_CAUSE.values()]
    return sorted(dict.fromkeys(found))


def commitment_service() -> Named:
    """Return the service by which the arrival of what was sent is asked for."""
    return _named(str(STORAGE_COMMITMENT))


def commitment_syntaxes() -> Sequence[Named]:
    """Return the transfer syntaxes in which it is proposed."""
    return [_named(uid) for uid in committing.SYNTAXES]


def report_statuses() -> Sequence[Status]:
    """Return every status that answers a report, each once."""
    return sorted(dict.fromkeys([*reports.STATUSES, PROCESSING_FAILURE]))


def _named(uid: str) -> Named:
    """Return a UID with its name; one younger than pydicom's dictionary is called by pynetdicom's word for it."""
    name = UID(uid).name
    return Named(uid, name if name != uid else _CAPITAL.sub(" ", _WORDS.get(uid, uid)))

"""N-EVENT-REPORT of Storage Commitment (PS3.4 J.3.3): read, judged by the use case, answered (PS3.7 10.1.1.1.8).

It comes on the association that asked, or days later on one that the archive opens. Both end here.
"""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO

from pydicom.dataset import Dataset
from pydicom.uid import UID
from pynetdicom.dsutils import decode

from appliance.dicom.elements import FOREIGN_ERRORS
from appliance.domain.errors import Fault, Malformed
from appliance.domain.identifiers import sop_uid
from appliance.domain.journal import Actor
from appliance.domain.sending import Report, Verdict
from pacs_bridge.ports import House
from pacs_bridge.receive import command
from pacs_bridge.receive.negotiation import Context
from pacs_bridge.receive.statuses import SUCCESS, Status
from pacs_bridge.sop_classes import STORAGE_COMMITMENT, STORAGE_COMMITMENT_INSTANCE

ALL_SAFE, SOME_FAILED = 1, 2
NO_SUCH_INSTANCE = Status(0x0112, "no such SOP instance")
NO_SUCH_EVENT = Status(0x0113, "no such event type")
INVALID_ARGUMENT = Status(0x0115, "report not understood")
NO_SUCH_CLASS = Status(0x0118, "no such SOP class")
NO_RESOURCES = Status(0x0213, "try later")
UNKNOWN_TRANSACTION = Status(0x0115, "transaction UID not open here")
OF_VERDICT = {
    Verdict.TAKEN: SUCCESS,
    # Whoever repeats itself has not heard our answer: it must not go on repeating.
    Verdict.DUPLICATE: SUCCESS,
    Verdict.UNKNOWN: UNKNOWN_TRANSACTION,
    Verdict.LATE: UNKNOWN_TRANSACTION,
}

STATUSES = (*OF_VERDICT.values(), NO_SUCH_INSTANCE, NO_SUCH_EVENT, INVALID_ARGUMENT, NO_SUCH_CLASS, NO_RESOURCES)


@dataclass(frozen=True, slots=True)
class Event:
    """An N-EVENT-REPORT as it came."""

    context: Context
    request: command.Command
    data: bytes


def taken(house: House, node: str, actor: Actor, event: Event) -> Status:
    """Return the status that answers a report of a node, its effect or the reason for none being written down."""
    try:
        refusal = _refusal(event.request)
        asked = _decoded(event)
        if refusal is None and asked is not None:
            with contextlib.suppress(Malformed):
                return OF_VERDICT[house.sending.report(node, read(asked), actor)]
        house.sending.unreadable(_transaction(asked), actor)
    except Fault:
        return NO_RESOURCES
    return refusal or INVALID_ARGUMENT


def read(asked: Dataset) -> Report:
    """Return what a report says; raise `Malformed` ``uid`` or ``report``."""
    try:
        safe = {str(uid): str(one.ReferencedSOPClassUID) for uid, one in _items(asked, "ReferencedSOPSequence")}
        failed = {str(uid): int(one.get("FailureReason") or 0) for uid, one in _items(asked, "FailedSOPSequence")}
        transaction = str(asked.TransactionUID)
    except FOREIGN_ERRORS as exc:
        raise Malformed("report") from exc
    return Report(str(sop_uid(transaction)), safe, failed)


def _items(asked: Dataset, keyword: str) -> Iterator[tuple[UID, Dataset]]:
    for one in asked.get(keyword) or ():
        yield one.ReferencedSOPInstanceUID, one


def _refusal(request: command.Command) -> Status | None:
    """Return why the command itself is not one of ours, or None."""
    if command.text(request, command.AFFECTED_SOP_CLASS) != STORAGE_COMMITMENT:
        return NO_SUCH_CLASS
    if command.text(request, command.AFFECTED_SOP_INSTANCE) != STORAGE_COMMITMENT_INSTANCE:
        return NO_SUCH_INSTANCE
    return None if command.count(request, command.EVENT_TYPE) in (ALL_SAFE, SOME_FAILED) else NO_SUCH_EVENT


def _decoded(event: Event) -> Dataset | None:
    syntax = UID(event.context.transfer_syntax)
    try:
        return decode(BytesIO(event.data), syntax.is_implicit_VR, syntax.is_little_endian)
    except FOREIGN_ERRORS:
        return None


def _transaction(asked: Dataset | None) -> str:
    """Return the Transaction UID where there is one: nothing else of a report that is not understood is repeated."""
    try:
        said = str(asked.TransactionUID) if asked is not None else ""
    except FOREIGN_ERRORS:
        return ""
    with contextlib.suppress(Malformed):
        return str(sop_uid(said))
    return ""

"""Reports of Storage Commitment, byte by byte: whatever comes is answered, and only whole ones reach the use case."""

from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydicom import Dataset
from pynetdicom.dsutils import encode

from appliance.domain.errors import Unavailable
from appliance.domain.journal import Actor
from appliance.domain.sending import Report, Verdict
from pacs_bridge.receive import command, reports
from pacs_bridge.receive.negotiation import Context
from pacs_bridge.sop_classes import STORAGE_COMMITMENT, STORAGE_COMMITMENT_INSTANCE

ACTOR = Actor("node", "archive")
CONTEXT = Context(str(STORAGE_COMMITMENT), "1.2.840.10008.1.2")
REQUEST: command.Command = {
    command.AFFECTED_SOP_CLASS: str(STORAGE_COMMITMENT).encode(),
    command.AFFECTED_SOP_INSTANCE: str(STORAGE_COMMITMENT_INSTANCE).encode(),
    command.EVENT_TYPE: b"\1\0",
}


class Sending:
    def __init__(self, fault: Exception | None = None) -> None:
        self.fault = fault
        self.reports: list[Report] = []
        self.ignored: list[str] = []

    def report(self, _node: str, report: Report, _actor: Actor) -> Verdict:
        if self.fault is not None:
            raise self.fault
        self.reports.append(report)
        return Verdict.TAKEN

    def unreadable(self, transaction: str, _actor: Actor) -> None:
        self.ignored.append(transaction)


def taken(sending: Sending, data: bytes, request: command.Command = REQUEST) -> int:
    house: Any = SimpleNamespace(sending=sending)
    return reports.taken(house, "archive", ACTOR, reports.Event(CONTEXT, request, data)).code


def whole() -> bytes:
    item, lost, said = Dataset(), Dataset(), Dataset()
    item.ReferencedSOPClassUID, item.ReferencedSOPInstanceUID = "1.2.840.10008.5.1.4.1.1.2", "1.2.3"
    lost.ReferencedSOPClassUID, lost.ReferencedSOPInstanceUID = "1.2.840.10008.5.1.4.1.1.2", "1.2.4"
    lost.FailureReason = 0x0112
    said.TransactionUID, said.ReferencedSOPSequence, said.FailedSOPSequence = "2.25.1", [item], [lost]
    return encode(said, True, True) or b""


def test_a_whole_report_is_read():
    sending = Sending()
    assert taken(sending, whole()) == 0
    assert sending.reports == [Report("2.25.1", {"1.2.3": "1.2.840.10008.5.1.4.1.1.2"}, {"1.2.4": 0x0112})]


@pytest.mark.parametrize(
    ("element", "value", "status"),
    [(command.EVENT_TYPE, b"\3\0", 0x0113), (command.EVENT_TYPE, b"", 0x0113),
     (command.AFFECTED_SOP_INSTANCE, b"1.2.3", 0x0112), (command.AFFECTED_SOP_CLASS, b"1.2.840.10008.1.1", 0x0118)],
)  # fmt: skip
def test_a_command_that_is_not_ours_is_told_why(element: int, value: bytes, status: int):
    sending = Sending()
    assert taken(sending, whole(), {**REQUEST, element: value}) == status
    assert (sending.reports, sending.ignored) == ([], ["2.25.1"])


def test_a_database_that_is_away_has_the_report_sent_again():
    assert taken(Sending(Unavailable("database")), whole()) == 0x0213


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_hostile_bytes_are_answered_and_nothing_of_them_is_repeated_but_a_uid(data: st.DataObject):
    raw = bytearray(whole())
    for at in data.draw(st.lists(st.integers(0, len(raw) - 1), max_size=8)):
        raw[at] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, len(raw)))
    sending = Sending()
    assert taken(sending, bytes(raw[:cut])) in (0x0000, 0x0115)
    assert len(sending.reports) + len(sending.ignored) == 1
    assert all(set(one) <= set("0123456789.") for one in sending.ignored)

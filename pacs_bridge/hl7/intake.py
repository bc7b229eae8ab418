"""From the bytes of one message to the bytes of its answer: the edge's one table from error to acknowledgement."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field

from appliance.domain.errors import Malformed, Refused
from appliance.domain.feed import Header, MessageState
from appliance.domain.results import EVENTS
from appliance.usecases.feed import Arrived, Feed
from appliance.usecases.ports import Clock
from appliance.usecases.results import Results
from pacs_bridge.hl7 import charsets
from pacs_bridge.hl7.answers import Code, answer, asked_of
from pacs_bridge.hl7.grammar import Message, parsed
from pacs_bridge.hl7.headers import header_of, processing_of
from pacs_bridge.hl7.patients import Reading, patient_message
from pacs_bridge.hl7.reports import document_message, order_message, result_message

_TAKEN = {
    "ORU": frozenset({"R01"}), "MDM": EVENTS, "ORM": frozenset({"O01"}), "OMI": frozenset({"O23"}),
}  # fmt: skip
"""Events that are read; of ADT every one is taken, those that move nothing here without effect."""
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Habits:
    """How this hospital speaks: ``charset`` when MSH-18 is silent, whose messages are taken (all when empty).

    ``test_messages``: take MSH-11 T and D too.
    """

    reading: Reading = field(default_factory=Reading)
    charset: str = "8859/1"
    senders: Sequence[str] = ()
    test_messages: bool = False


class Intake:
    """Takes messages for the use case."""

    def __init__(self, feed: Feed, results: Results, clock: Clock, habits: Habits) -> None:
        self._feed, self._results, self._clock, self._habits = feed, results, clock, habits

    def take(self, body: bytes, peer: str) -> bytes:
        """Return the answer to a message; its effect is committed before.

        Raises
        ------
        Unavailable
            Of the database or the disk: nothing was done, and no answer makes the sender try again.
        """
        arrived = Arrived(body, peer)
        try:
            message, header = self._header(body)
        except Malformed as fault:
            _log.warning("hl7 message not read: %s", fault.cause)
            return self._answer(body, Code.AR, fault)
        try:
            self._admit(message, header)
        except Refused as refused:
            return self._answer(body, Code.AR, refused)
        try:
            self._apply(body, header, arrived)
        except Malformed as fault:
            self._feed.reject(header, arrived, fault.cause)
            return self._answer(body, Code.AE, fault)
        return self._answer(body, Code.AA)

    def replay(self, body: bytes, peer: str) -> MessageState:
        """Take a rejected message again, with today's settings; raises `Malformed` as it did then, or otherwise."""
        message, header = self._header(body)
        self._admit(message, header)
        arrived = Arrived(body, peer)
        try:
            return self._apply(body, header, arrived)
        except Malformed as fault:
            self._feed.reject(header, arrived, fault.cause)
            raise

    def _apply(self, body: bytes, header: Header, arrived: Arrived) -> MessageState:
        codec = charsets.codec_of(body, self._habits.charset)
        message, reading = parsed(charsets.decoded(body, codec), codec), self._habits.reading
        if header.kind == "ADT":
            return self._feed.take(patient_message(message, header, reading), arrived)
        if header.kind in ("ORM", "OMI"):
            return self._feed.take(order_message(message, header, reading), arrived)
        if header.kind == "ORU":
            return self._results.take(result_message(message, header, reading), arrived)
        return self._results.take(document_message(message, header, reading), arrived)

    def _header(self, body: bytes) -> tuple[Message, Header]:
        """Return MSH alone, whatever the character set: a message that cannot be decoded is kept under its number."""
        line = body.lstrip(b"\r\n").partition(b"\r")[0].partition(b"\n")[0][:4096]
        try:
            codec = charsets.codec_of(body, self._habits.charset)
            text = charsets.decoded(line, codec)
        except Malformed:
            codec, text = "latin-1", line.decode("latin-1")
        message = parsed(text, codec)
        return message, header_of(message)

    def _admit(self, message: Message, header: Header) -> None:
        named = {one.partition("^")[0] for one in self._habits.senders}  # with its OID or without, as MSH-3 may be
        if named and header.sender not in named:
            raise Refused("sender")
        if header.kind != "ADT" and header.event not in _TAKEN.get(header.kind, ()):
            raise Refused("kind")
        if processing_of(message) != "P" and not self._habits.test_messages:
            raise Refused("processing")

    def _answer(self, body: bytes, code: Code, fault: Malformed | Refused | None = None) -> bytes:
        try:
            asked = asked_of(body, charsets.codec_of(body, self._habits.charset))
        except Malformed:
            asked = asked_of(body)
        where = str(fault.facts.get("field", "")) if fault else ""
        return answer(asked, code, self._clock.now(), fault.cause if fault else "", where)

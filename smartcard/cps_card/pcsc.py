"""The card readers of this machine, by PC/SC. With `monitor`, the only importer of pyscard.

pyscard needs a compiler and libpcsclite, so it is optional: without it every question says ``pyscard_missing``.
Its lowest layer is used, which answers with the numbers of winscard.h.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from cps_card.errors import (
    CardBusy,
    CardRemoved,
    CardUnavailable,
    LibraryMissing,
    NoCard,
    NoReader,
    NoService,
    UnknownCard,
)
from cps_card.iasecc import CpsCard

CPS3_CONTACT = "3BAC00402A001225006480000310009000"
CPS3_CONTACTLESS = "3B8F80010031B86404B0ECC1739401808290000E"
"""As PC/SC readers say it; the chip's own first byte is 2B."""
CPS4 = "3BDC18FF00001225006480000401009000"
_KNOWN = {CPS3_CONTACT: "cps3", CPS3_CONTACTLESS: "cps3", CPS4: "cps4"}
_PATIENCE_S = 10.0
_NOTICE_MS = 600

# winscard.h: what the calls say, by its number.
_NO_READERS, _RESET_CARD, _UNKNOWN_READER = 0x8010002E, 0x80100068, 0x80100009
_NO_SERVICE = {0x8010001D, 0x8010001E}
_EMPTY = {0x8010000C, 0x80100066}
_BUSY = {0x8010000B}
_REMOVED = {0x80100069, 0x80100017}
_CAUSES: dict[str, type[CardUnavailable]] = {
    "no_service": NoService,
    "empty": NoCard,
    "busy": CardBusy,
    "removed": CardRemoved,
    "pcsc": CardUnavailable,
}


@dataclass(frozen=True, slots=True)
class Reader:
    """A reader. ``state`` is ``empty``, ``cps3``, ``cps4``, ``foreign`` or ``busy``; ``atr`` is hexadecimal."""

    name: str
    state: str
    atr: str = ""


def readers() -> tuple[Reader, ...]:
    """Return the readers and what lies in each; maybe none. No card is touched.

    Raises
    ------
    CardUnavailable
        `LibraryMissing`, `NoService`, or as PC/SC said.
    """
    scard = library()
    with context(scard) as ctx:
        return look(scard, ctx)


def kind_of(atr: str) -> str:
    """Return ``cps3``, ``cps4`` or ``foreign`` for an answer to reset in hexadecimal."""
    said = atr.upper().replace(" ", "")
    return _KNOWN.get("3B" + said[2:] if said.startswith("2B") else said, "foreign")


def opened(reader: str = "", *, patience_s: float = _PATIENCE_S) -> CpsCard:
    """Return the card in the reader of that name, or in the first reader that holds a CPS3.

    ``patience_s`` bounds each wait for another program that keeps the card.

    Raises
    ------
    CardUnavailable
        The cause of the nearest miss: `UnknownCard` (a CPS4 too: PKCS#11 alone reads it), `CardBusy`, `NoCard`,
        `NoReader`, `NoService`, `LibraryMissing`.
    """
    scard = library()
    miss: type[CardUnavailable] = NoReader
    for one in readers():
        if reader and one.name != reader:
            continue
        if one.state == "cps3":
            link = Link(scard, one.name, patience_s)
            return CpsCard(link, contactless=one.atr[2:] == CPS3_CONTACTLESS[2:])
        if miss is NoReader or one.state != "empty":
            miss = {"empty": NoCard, "busy": CardBusy}.get(one.state, UnknownCard)
    raise miss(reader)


class Link:
    """A connection to the card in one reader, shared with other programs save inside `alone`; one thread uses it."""

    def __init__(self, scard: Any, reader: str, patience_s: float = _PATIENCE_S) -> None:
        self.reader = reader
        self._scard, self._patience_s = scard, patience_s
        self._context = established(scard)
        protocols = scard.SCARD_PROTOCOL_T0 | scard.SCARD_PROTOCOL_T1
        number, self._card, protocol = scard.SCardConnect(self._context, reader, scard.SCARD_SHARE_SHARED, protocols)
        if number:
            scard.SCardReleaseContext(self._context)
            raise error_of(number)
        self.is_t0 = protocol == scard.SCARD_PROTOCOL_T0
        self._open = True

    def transmit(self, command: bytes) -> bytes:
        """Return the answer to a command, its two bytes of status last."""
        pci = self._scard.SCARD_PCI_T0 if self.is_t0 else self._scard.SCARD_PCI_T1
        number, answer = self._scard.SCardTransmit(self._card, pci, list(command))
        if (cause_of(number) == "pcsc" if number else len(answer) < 2) and self._gone():
            raise CardRemoved(self.reader)
        check(number)
        if len(answer) < 2:
            raise CardUnavailable("answer cut short")
        return bytes(byte & 0xFF for byte in answer)

    @contextmanager
    def alone(self, *, reset: bool) -> Iterator[None]:
        """Hold the card (SCardBeginTransaction), ``reset`` it at the end; `CardBusy` when another keeps it."""
        self._begin()
        try:
            yield
        finally:
            disposition = self._scard.SCARD_RESET_CARD if reset else self._scard.SCARD_LEAVE_CARD
            if self._open:
                self._scard.SCardEndTransaction(self._card, disposition)

    def reset(self) -> None:
        """Reset the card and keep it."""
        self._reconnect(self._scard.SCARD_RESET_CARD)

    def close(self) -> None:
        """Reset the card and let it go; harmless when it is gone."""
        if self._open:
            self._open = False
            self._scard.SCardDisconnect(self._card, self._scard.SCARD_RESET_CARD)
            self._scard.SCardReleaseContext(self._context)

    def _gone(self) -> bool:
        """Whether the card is out: a command fails at once, PC/SC notices within half a second."""
        scard = self._scard
        told = [(self.reader, scard.SCARD_STATE_PRESENT)]
        for _ in range(2):
            number, found = scard.SCardGetStatusChange(self._context, _NOTICE_MS, told)
            if number or not found[0][1] & scard.SCARD_STATE_PRESENT:
                return not number
            told = [(self.reader, found[0][1] & ~scard.SCARD_STATE_CHANGED)]
        return False

    def _reconnect(self, initialization: int) -> None:
        scard = self._scard
        protocols = scard.SCARD_PROTOCOL_T0 | scard.SCARD_PROTOCOL_T1
        number, protocol = scard.SCardReconnect(self._card, scard.SCARD_SHARE_SHARED, protocols, initialization)
        check(number)
        self.is_t0 = protocol == scard.SCARD_PROTOCOL_T0

    def _begin(self) -> None:
        if not self._open:
            raise CardRemoved("closed")
        number = self._begun()
        if number == _RESET_CARD:
            # Our own reset at the end of a transaction, or another program's.
            self._reconnect(self._scard.SCARD_LEAVE_CARD)
            number = self._begun()
        check(number)

    def _begun(self) -> int:
        """SCardBeginTransaction waits for ever; here for ``patience_s``, then the connection is given up."""
        answer: list[int] = []

        def wait() -> None:
            answer.append(int(self._scard.SCardBeginTransaction(self._card)) & 0xFFFFFFFF)

        waiting = threading.Thread(target=wait, name="card transaction", daemon=True)
        waiting.start()
        waiting.join(self._patience_s)
        if answer:
            return answer[0]
        self._open = False
        self._scard.SCardReleaseContext(self._context)  # ends the wait of the thread
        raise CardBusy(self.reader)


def library() -> Any:
    """Return pyscard's lowest layer; raise `LibraryMissing`."""
    try:
        import smartcard.scard as scard  # noqa: PLR0402 - mypy looks for the folder of that name
    except ImportError as exc:
        raise LibraryMissing("pyscard") from exc
    return scard


def established(scard: Any) -> Any:
    """Return a context of PC/SC; raise `NoService`."""
    number, ctx = scard.SCardEstablishContext(scard.SCARD_SCOPE_USER)
    check(number)
    return ctx


@contextmanager
def context(scard: Any) -> Iterator[Any]:
    """A context of PC/SC, released at the end."""
    ctx = established(scard)
    try:
        yield ctx
    finally:
        scard.SCardReleaseContext(ctx)


def look(scard: Any, ctx: Any) -> tuple[Reader, ...]:
    """Return the readers seen from a context."""
    return tuple(seen(scard, *state) for state in states(scard, ctx))


def states(scard: Any, ctx: Any) -> list[tuple[str, int, list[int]]]:
    """Return name, state (its upper 16 bits count cards coming and going) and ATR of every reader."""
    number, names = scard.SCardListReaders(ctx, [])
    if number & 0xFFFFFFFF == _NO_READERS:
        return []
    check(number)
    if not names:
        return []
    number, found = scard.SCardGetStatusChange(ctx, 0, [(name, scard.SCARD_STATE_UNAWARE) for name in names])
    if number & 0xFFFFFFFF == _UNKNOWN_READER:  # unplugged between the two questions
        return []
    check(number)
    return [(str(name), int(state), list(atr)) for name, state, atr in found]


def seen(scard: Any, name: str, state: int, atr: list[int]) -> Reader:
    """Return the reader that a state of PC/SC means."""
    if not state & scard.SCARD_STATE_PRESENT:
        return Reader(name, "empty")
    shown = bytes(byte & 0xFF for byte in atr).hex().upper()
    if state & scard.SCARD_STATE_EXCLUSIVE:
        return Reader(name, "busy", shown)
    return Reader(name, kind_of(shown), shown)


def check(number: int) -> None:
    """Raise what a number of PC/SC means unless it is 0."""
    if number:
        raise error_of(number)


def error_of(number: int) -> CardUnavailable:
    """Return the exception behind a PC/SC error number."""
    return _CAUSES[cause_of(number)](f"{number & 0xFFFFFFFF:08X}")


def cause_of(number: int) -> str:
    """Return the cause behind a PC/SC error number; signed numbers are taken as unsigned."""
    number &= 0xFFFFFFFF
    for cause, numbers in (("no_service", _NO_SERVICE), ("empty", _EMPTY), ("busy", _BUSY), ("removed", _REMOVED)):
        if number in numbers:
            return cause
    return "pcsc"

"""The commands of a CPS3 (IAS-ECC) over any `Transport`: its files, its PIN, its signature.

Rules that hold here: the PIN's form is checked before the card sees it; the counter is read first, and the last try
is used only when somebody confirmed it; from the PIN to the signature the card is ours alone; afterwards it is reset,
so that no other program finds it open; no PIN outlives the question it came with.
"""

import hashlib
from collections.abc import Container
from contextlib import AbstractContextManager
from typing import Protocol

from cryptography import x509

from cps_card import certificate, pkcs15, tlv
from cps_card.card import CardCertificate, digits
from cps_card.errors import ApduFailed, CardUnreadable, LastTry, PinBlocked, PinRequired, PinWrong, UnknownCard

CONTACT_AID = bytes.fromhex("E828BD080F8025000001FF0010")
CONTACTLESS_AID = bytes.fromhex("E828BD080F8025000001FF0020")
APPLICATION = bytes.fromhex("3F000001")
SERIAL_SFI = 0x1C
SHA256_INFO = bytes.fromhex("3031300D060960864801650304020105000420")
"""DigestInfo of SHA-256 before its 32 bytes (RFC 8017, 9.2)."""

SELECT, READ, VERIFY, MANAGE, AUTHENTICATE, MORE = 0xA4, 0xB0, 0x20, 0x22, 0x88, 0xC0
_DONE, _END_OF_FILE, _PAST_END, _NOT_VERIFIED, _NOT_FOUND = 0x9000, 0x6282, 0x6B00, 0x6982, 0x6A82
_BLOCKED = frozenset({0x6983, 0x6984})
_COUNTED = range(0x63C0, 0x63D0)
_CHUNK_BYTES, _LARGEST_BYTES, _MOST_PARTS = 0xE7, 0x10000, 0x100


class Transport(Protocol):
    """What carries commands to a card. ``is_t0`` says that an answer is fetched apart (ISO 7816-3, T=0)."""

    reader: str
    is_t0: bool

    def transmit(self, command: bytes) -> bytes:
        """Return the answer, its two bytes of status last; raise `CardUnavailable`."""

    def alone(self, *, reset: bool) -> AbstractContextManager[None]:
        """Keep every other program from the card meanwhile; ``reset`` it at the end."""

    def reset(self) -> None:
        """Make the card forget what it was shown."""

    def close(self) -> None:
        """Let go of the card, reset."""


class CpsCard:
    """A CPS3 (IAS-ECC) behind a transport. Whatever is on it is found by its PKCS#15 directory."""

    def __init__(self, transport: Transport, *, contactless: bool = False) -> None:
        self.reader = transport.reader
        self._transport = transport
        self._aid = CONTACTLESS_AID if contactless else CONTACT_AID
        self._contents: pkcs15.Contents | None = None

    def __enter__(self) -> "CpsCard":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the card; it is reset."""
        self._transport.close()

    def certificates(self) -> tuple[CardCertificate, ...]:
        """Return every certificate of the card, in the directory's order."""
        with self._transport.alone(reset=False):
            return tuple(
                CardCertificate(one.label, one.id, one.is_authority, certificate.read(self._file(one.path)))
                for one in self._directory().certificates
            )

    def authentication(self) -> x509.Certificate:
        """Return the certificate of the key of authentication."""
        with self._transport.alone(reset=False):
            return certificate.read(self._file(self._directory().authentication()[1].path))

    def serial(self) -> str:
        """Return the serial number of the chip (EF.SN.ICC, SFI 1C of the master file), hexadecimal."""
        with self._transport.alone(reset=False):
            self._send(SELECT, 0x00, 0x04, pkcs15.MF, 0)
            data, _ = self._send(READ, 0x80 | SERIAL_SFI, 0, b"", 0, (_END_OF_FILE,))
        for one in tlv.parse(data):
            if one.tag == 0x5A:
                return one.value.hex().upper()
        raise CardUnreadable("no serial number")

    def tries_left(self) -> int | None:
        """Return how many wrong PINs the card still takes; None while another program's PIN stands on it."""
        with self._transport.alone(reset=False):
            pin = self._pin()
            self._select_application()
            return None if pin is None else self._counter(pin)

    def verify_pin(self, pin: str, *, last_try: bool = False) -> None:
        """Return when the PIN is right; the card has forgotten it again.

        Raises
        ------
        PinFormat, LastTry
            Before the card sees the PIN: no try is used.
        PinWrong, PinBlocked
            By the card.
        """
        digits(pin)
        with self._transport.alone(reset=True):
            entry = self._pin()
            self._select_application()
            if entry is not None:
                self._show(entry, pin, last_try=last_try)

    def sign(self, challenge: bytes, pin: str | None, *, last_try: bool = False) -> bytes:
        """Return the signature of the challenge (RSA PKCS#1 v1.5, SHA-256) by the key of authentication.

        INTERNAL AUTHENTICATE over a DigestInfo after MANAGE SECURITY ENVIRONMENT (IAS-ECC). Raises as `verify_pin`, and
        `PinRequired` when there is no PIN and the key wants one.
        """
        if pin is not None:
            digits(pin)
        with self._transport.alone(reset=True):
            key, _ = self._directory().authentication()
            entry = self._pin()
            self._select_application()
            if entry is not None and pin is None:
                raise PinRequired
            if entry is not None and pin is not None:
                self._show(entry, pin, last_try=last_try)
            self._send(MANAGE, 0x41, 0xA4, bytes([0x84, 1, 0x80 | key.reference, 0x80, 1, 0x02]))
            try:
                signature, _ = self._send(AUTHENTICATE, 0, 0, SHA256_INFO + hashlib.sha256(challenge).digest(), 0)
            except ApduFailed as no:
                if no.sw == _NOT_VERIFIED:
                    raise PinRequired from no
                raise
            return signature

    def _directory(self) -> pkcs15.Contents:
        if self._contents is None:
            self._select_application()
            self._contents = pkcs15.read(APPLICATION, self._file)
        return self._contents

    def _pin(self) -> pkcs15.PinEntry | None:
        contents = self._directory()
        return contents.pin_of(contents.authentication()[0])

    def _show(self, entry: pkcs15.PinEntry, pin: str, *, last_try: bool) -> None:
        shown = entry.padded(digits(pin, entry.shortest, entry.longest))
        left = self._counter(entry)
        if left is None:
            # Somebody else's PIN stands and hides the counter.
            self._transport.reset()
            self._select_application()
            left = self._counter(entry)
        if left == 0:
            raise PinBlocked
        if left in (1, None) and not last_try:
            raise LastTry
        _, status = self._send(VERIFY, 0, entry.reference, shown, None, (*_COUNTED, *_BLOCKED))
        if status in _BLOCKED or status == _COUNTED.start:
            raise PinBlocked
        if status != _DONE:
            raise PinWrong(status & 0xF)

    def _counter(self, entry: pkcs15.PinEntry) -> int | None:
        _, status = self._send(VERIFY, 0, entry.reference, b"", None, (*_COUNTED, *_BLOCKED))
        if status == _DONE:
            return None
        return 0 if status in _BLOCKED else status & 0xF

    def _select_application(self) -> None:
        try:
            self._send(SELECT, 0x04, 0x04, self._aid, 0)
        except ApduFailed as no:
            if no.sw == _NOT_FOUND:
                raise UnknownCard("no application of the health card") from no
            raise

    def _file(self, path: bytes) -> bytes:
        """Return the bytes of the file at a path from the master file."""
        self._send(SELECT, 0x00, 0x04, pkcs15.MF, 0)
        about, _ = self._send(SELECT, 0x09, 0x04, path.removeprefix(pkcs15.MF), 0)
        size = _size(about)
        data = b""
        while len(data) < size:
            wanted = min(_CHUNK_BYTES, size - len(data))
            part, status = self._send(READ, len(data) >> 8, len(data) & 0xFF, b"", wanted, (_END_OF_FILE, _PAST_END))
            data += part
            if not part or status != _DONE:
                break
        return data

    def _send(
        self,
        ins: int,
        p1: int,
        p2: int,
        data: bytes = b"",
        le: int | None = None,
        allowed: Container[int] = (),
    ) -> tuple[bytes, int]:
        """Return the answer and its status; raise `ApduFailed` for one that is neither 9000 nor ``allowed``."""
        head = bytes([0, ins, p1, p2])
        body = bytes([len(data)]) + data if data else b""
        end = b"" if le is None or (data and self._transport.is_t0) else bytes([le & 0xFF])
        answer = self._transport.transmit(head + body + end)
        if answer[-2:-1] == b"\x6c":
            answer = self._transport.transmit(head + body + answer[-1:])
        whole = bytearray(answer[:-2])
        for _ in range(_MOST_PARTS):
            if answer[-2:-1] != b"\x61":
                break
            answer = self._transport.transmit(bytes([0, MORE, 0, 0, answer[-1]]))
            whole += answer[:-2]
        status = int.from_bytes(answer[-2:], "big")
        if status != _DONE and status not in allowed:
            raise ApduFailed(ins, status)
        return bytes(whole), status


def _size(about: bytes) -> int:
    """Return the size of a file by its control parameters (ISO 7816-4, table 12: 80 or 81), at most 64 KiB."""
    for outer in tlv.parse(about):
        for one in outer.children():
            if one.tag in (0x80, 0x81):
                return min(int.from_bytes(one.value, "big"), _LARGEST_BYTES)
    return _LARGEST_BYTES

"""What a card says of itself: the directory files of PKCS#15 (ISO 7816-15), parsed. Pure; files are read elsewhere.

The object directory (EF.ODF, ``5031`` in the application) names the files of keys ``[0]``, certificates ``[4]`` and
PINs ``[8]``; each lists objects whose ``iD`` ties a key to its certificate and whose ``authId`` ties a key to its PIN.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from cps_card.errors import CardUnreadable
from cps_card.tlv import BIT_STRING, BOOLEAN, INTEGER, OCTET_STRING, SEQUENCE, UTF8, Tlv, bits, parse

MF = bytes.fromhex("3F00")
ODF = bytes.fromhex("5031")
KEYS, CERTIFICATES, TRUSTED, PINS = 0xA0, 0xA4, 0xA5, 0xA8
SIGN, NON_REPUDIATION = 2, 9
_NEEDS_PADDING = 5
_CONTEXT_1 = 0xA1

ReadFile = Callable[[bytes], bytes]
"""Path from the master file (``3F00…``) to the file's bytes."""


@dataclass(frozen=True, slots=True)
class CertificateEntry:
    """A certificate of the card and the file it lies in."""

    label: str
    id: bytes
    path: bytes
    is_authority: bool


@dataclass(frozen=True, slots=True)
class KeyEntry:
    """A private key: ``reference`` is one byte as the card's commands take it, ``pin_id`` empty when none is wanted."""

    label: str
    id: bytes
    pin_id: bytes
    reference: int
    usage: frozenset[int]
    size_bits: int


@dataclass(frozen=True, slots=True)
class PinEntry:
    """A PIN: its reference and what it may look like, lengths closed at both ends; ``padding`` is None for none."""

    label: str
    id: bytes
    reference: int
    shortest: int
    longest: int
    stored: int
    padding: int | None

    def padded(self, pin: bytes) -> bytes:
        """Return the PIN as the card stores it."""
        return pin if self.padding is None else pin.ljust(self.stored, bytes([self.padding]))


@dataclass(frozen=True, slots=True)
class Contents:
    """The objects of a card."""

    certificates: tuple[CertificateEntry, ...]
    keys: tuple[KeyEntry, ...]
    pins: tuple[PinEntry, ...]

    def authentication(self) -> tuple[KeyEntry, CertificateEntry]:
        """Return the key that signs for authentication, and its certificate.

        Raises
        ------
        CardUnreadable
            When there is none: the key of signature (non-repudiation alone) is not taken for it.
        """
        for key in self.keys:
            if SIGN in key.usage and NON_REPUDIATION not in key.usage:
                for certificate in self.certificates:
                    if certificate.id == key.id and not certificate.is_authority:
                        return key, certificate
        raise CardUnreadable("no certificate of authentication")

    def pin_of(self, key: KeyEntry) -> PinEntry | None:
        """Return the PIN that the key wants, None for none; raise `CardUnreadable` when it is not described."""
        if not key.pin_id:
            return None
        for pin in self.pins:
            if pin.id == key.pin_id:
                return pin
        raise CardUnreadable("a key wants a PIN that the card does not describe")


def read(application: bytes, file: ReadFile) -> Contents:
    """Return the objects of the application at path ``application``."""
    try:
        places: dict[int, list[bytes]] = {}
        for entry in parse(file(application + ODF)):
            path = _path(entry.children()[0], application)
            places.setdefault(entry.tag, []).append(path)
        objects = {kind: [one for path in paths for one in parse(file(path))] for kind, paths in places.items()}
        certificates = objects.get(CERTIFICATES, []) + objects.get(TRUSTED, [])
        return Contents(
            tuple(_certificate(one, application) for one in certificates if one.tag == SEQUENCE),
            tuple(_key(one) for one in objects.get(KEYS, []) if one.tag == SEQUENCE),
            tuple(_pin(one) for one in objects.get(PINS, []) if one.tag == SEQUENCE),
        )
    except (IndexError, ValueError) as exc:
        raise CardUnreadable("PKCS#15 directory") from exc


def _certificate(entry: Tlv, application: bytes) -> CertificateEntry:
    common, own, *rest = entry.children()
    fields = own.children()
    authority = any(one.tag == BOOLEAN and one.value != b"\x00" for one in fields)
    value = _typed(rest).children()[0]
    path = _path(value.children()[0], application)
    return CertificateEntry(_label(common), _first(fields, OCTET_STRING), path, authority)


def _key(entry: Tlv) -> KeyEntry:
    common, own, *rest = entry.children()
    fields = own.children()
    reference = int.from_bytes(next((one.value for one in fields if one.tag == INTEGER), b"\x00"), "big") & 0xFF
    usage = bits(_first(fields, BIT_STRING))
    attributes = _typed(rest).children()[0].children()
    size = next((int.from_bytes(one.value, "big") for one in attributes if one.tag == INTEGER), 0)
    pin_id = next((one.value for one in common.children() if one.tag == OCTET_STRING), b"")
    return KeyEntry(_label(common), _first(fields, OCTET_STRING), pin_id, reference, usage, size)


def _pin(entry: Tlv) -> PinEntry:
    common, own, *rest = entry.children()
    attributes = _typed(rest).children()[0].children()
    flags = bits(attributes[0].value)
    numbers = [int.from_bytes(one.value, "big") for one in attributes if one.tag == INTEGER]
    shortest, stored, longest = (*numbers, *numbers[1:2])[:3]
    reference = next((one.value[-1] for one in attributes if one.tag == 0x80), 0)
    filler = next((one.value[0] for one in attributes if one.tag == OCTET_STRING), 0)
    padding = filler if _NEEDS_PADDING in flags else None
    iid = _first(own.children(), OCTET_STRING)
    return PinEntry(_label(common), iid, reference, shortest, longest, stored, padding)


def _typed(rest: list[Tlv]) -> Tlv:
    """Return the attributes of the kind itself, ``[1]``; ``[0]`` before it are those of a subclass."""
    return _found(rest, _CONTEXT_1)


def _label(common: Tlv) -> str:
    return next((one.value.decode("utf-8", "replace") for one in common.children() if one.tag == UTF8), "")


def _first(fields: Sequence[Tlv], tag: int) -> bytes:
    return _found(fields, tag).value


def _found(fields: Sequence[Tlv], tag: int) -> Tlv:
    for one in fields:
        if one.tag == tag:
            return one
    raise CardUnreadable(f"no {tag:02X} in an entry")


def _path(sequence: Tlv, application: bytes) -> bytes:
    path = _first(sequence.children(), OCTET_STRING)
    return path if path.startswith(MF) else application + path

"""Tag, length, value as cards write them (ISO 7816-4, 5.2.2; DER is of it). Pure; definite lengths only."""

from collections.abc import Iterator
from dataclasses import dataclass

from cps_card.errors import CardUnreadable

SEQUENCE, INTEGER, BIT_STRING, OCTET_STRING, UTF8, ENUMERATED, BOOLEAN = 0x30, 0x02, 0x03, 0x04, 0x0C, 0x0A, 0x01
_FILLERS = (0x00, 0xFF)


@dataclass(frozen=True, slots=True)
class Tlv:
    """One element: the whole tag as a number (``0x30``, ``0x7F41``) and its value."""

    tag: int
    value: bytes

    def children(self) -> tuple["Tlv", ...]:
        """Return the elements inside the value."""
        return parse(self.value)


def parse(data: bytes) -> tuple[Tlv, ...]:
    """Return the elements of ``data``; a filler byte (00 or FF, unused room of a file) ends it.

    Raises
    ------
    CardUnreadable
        When an element is longer than what is left, or its length is of a form that cards do not use.
    """
    return tuple(_elements(data))


def _elements(data: bytes) -> Iterator[Tlv]:
    at = 0
    try:
        while at < len(data) and data[at] not in _FILLERS:
            tag, at = _tag(data, at)
            length, at = _length(data, at)
            if at + length > len(data):
                raise CardUnreadable("element longer than its file")
            yield Tlv(tag, data[at : at + length])
            at += length
    except IndexError as exc:
        raise CardUnreadable("element cut short") from exc


def _tag(data: bytes, at: int) -> tuple[int, int]:
    tag, at = data[at], at + 1
    if tag & 0x1F == 0x1F:
        while True:
            tag, at = tag << 8 | data[at], at + 1
            if not tag & 0x80:
                break
            if tag > 0xFFFFFF:
                raise CardUnreadable("tag too long")
    return tag, at


def _length(data: bytes, at: int) -> tuple[int, int]:
    first, at = data[at], at + 1
    if first < 0x80:
        return first, at
    count = first & 0x7F
    if not 1 <= count <= 3 or at + count > len(data):
        raise CardUnreadable("length of unknown form")
    return int.from_bytes(data[at : at + count], "big"), at + count


def build(tag: int, *values: bytes) -> bytes:
    """Return the bytes of one element around ``values``."""
    value = b"".join(values)
    size = len(value)
    if size < 0x80:
        length = bytes([size])
    else:
        digits = size.to_bytes((size.bit_length() + 7) // 8, "big")
        length = bytes([0x80 | len(digits)]) + digits
    return tag.to_bytes((tag.bit_length() + 7) // 8, "big") + length + value


def bits(value: bytes) -> frozenset[int]:
    """Return the numbers of the bits that are set in the value of a BIT STRING; bit 0 is the first."""
    if not value or value[0] > 7:
        return frozenset()
    return frozenset(i for i in range((len(value) - 1) * 8) if value[1 + i // 8] & (0x80 >> i % 8))

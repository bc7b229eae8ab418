"""How a made-up card takes a command apart and describes a file."""

from dataclasses import dataclass

from cps_card.simulator.files import File, Folder
from cps_card.tlv import build


@dataclass(frozen=True, slots=True)
class Command:
    """A command taken apart (ISO 7816-4, 5.1); ``le`` None when no answer is expected."""

    p1: int
    p2: int
    data: bytes
    le: int | None


def taken(command: bytes) -> Command | None:
    """Return a command of any of the four cases, short or extended; None when its lengths do not fit."""
    p1, p2, body = command[2], command[3], command[4:]
    if len(body) <= 1:
        return Command(p1, p2, b"", (body[0] or 256) if body else None)
    wide = body[0] == 0 and len(body) >= 3
    if wide and len(body) == 3:
        return Command(p1, p2, b"", int.from_bytes(body[1:3], "big") or 65536)
    start, width = (3, 2) if wide else (1, 1)
    size = int.from_bytes(body[1:3], "big") if wide else body[0]
    data, rest = body[start : start + size], body[start + size :]
    if len(data) != size or len(rest) not in (0, width):
        return None
    return Command(p1, p2, data, (int.from_bytes(rest, "big") or 256) if rest else None)


def pairs(data: bytes) -> dict[int, bytes]:
    """Return the elements of a control reference template by their tag."""
    found: dict[int, bytes] = {}
    at = 0
    while at < len(data):
        size = data[at + 1]
        found[data[at]] = data[at + 2 : at + 2 + size]
        at += 2 + size
    return found


def about(found: File | Folder) -> bytes:
    """Return the file control parameters (ISO 7816-4, 7.3.3)."""
    fid = build(0x83, found.fid.to_bytes(2, "big"))
    if isinstance(found, Folder):
        aid = build(0x84, found.aid) if found.aid else b""
        rules = build(0xA1, build(0x8C, b"\x01\x00"))
        return build(0x62, build(0x82, b"\x38"), fid, aid, build(0x8A, b"\x05"), rules)
    sfi = build(0x88, bytes([found.sfi << 3])) if found.sfi else b""
    rules = build(0xA1, build(0x8C, b"\x01\x13" if found.secret else b"\x01\x00"))
    size = build(0x80, len(found.data).to_bytes(2, "big"))
    return build(0x62, size, build(0x82, b"\x01"), fid, sfi, build(0x8A, b"\x05"), rules)

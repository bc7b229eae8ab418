"""File meta information of what we write, and of files handed in (PS3.10 7.1): preamble, prefix, group 0002."""

import struct
from dataclasses import dataclass

from appliance.domain.errors import Malformed

IMPLEMENTATION_UID = "2.25.212731489276140386927135201911704953207"
IMPLEMENTATION_VERSION = "NEGATOSCOPE_01"


@dataclass(frozen=True, slots=True)
class FileMeta:
    """What group 0002 says of an object."""

    sop_class: str
    sop_uid: str
    transfer_syntax: str
    source_aet: str = ""


def head(meta: FileMeta) -> bytes:
    """Return everything that stands before the data set, always explicit little endian."""
    elements = [
        _long(0x0001, b"OB", b"\0\1"),
        _short(0x0002, b"UI", meta.sop_class),
        _short(0x0003, b"UI", meta.sop_uid),
        _short(0x0010, b"UI", meta.transfer_syntax),
        _short(0x0012, b"UI", IMPLEMENTATION_UID),
        _short(0x0013, b"SH", IMPLEMENTATION_VERSION),
    ]
    if meta.source_aet:
        elements.append(_short(0x0016, b"AE", meta.source_aet))
    group = b"".join(elements)
    length = struct.pack("<HH2sHI", 2, 0, b"UL", 4, len(group))
    return bytes(128) + b"DICM" + length + group


def _short(element: int, vr: bytes, text: str) -> bytes:
    value = text.encode("ascii", "replace")
    value += (b"\0" if vr == b"UI" else b" ") * (len(value) & 1)
    return struct.pack("<HH2sH", 2, element, vr, len(value)) + value


def _long(element: int, vr: bytes, value: bytes) -> bytes:
    return struct.pack("<HH2sxxI", 2, element, vr, len(value)) + value


def meta_of(start: bytes) -> tuple[FileMeta, int]:
    """Return what group 0002 of a Part-10 file says, and where its data set begins.

    `start` holds the whole group; more is not looked at.

    Raises
    ------
    Malformed
        ``dicom_unreadable`` when it is no Part-10 file, or the group does not end in `start`.
    """
    if start[128:132] != b"DICM":
        raise Malformed("dicom_unreadable")
    texts: dict[int, str] = {}
    at = 132
    while start[at : at + 2] == b"\2\0":
        element, value, at = _read(start, at)
        texts[element] = value.decode("ascii", "replace").strip("\0 ")
    if at >= len(start) or 0x0010 not in texts:
        raise Malformed("dicom_unreadable")
    return FileMeta(texts.get(0x0002, ""), texts.get(0x0003, ""), texts[0x0010]), at


def _read(start: bytes, at: int) -> tuple[int, bytes, int]:
    """Return an element of group 0002: its number, its value, and where the next one begins."""
    try:
        element, vr = struct.unpack_from("<H2s", start, at + 2)
        if vr in (b"OB", b"UN", b"UT", b"OW"):
            length, value_at = struct.unpack_from("<I", start, at + 8)[0], at + 12
        else:
            length, value_at = struct.unpack_from("<H", start, at + 6)[0], at + 8
    except struct.error as exc:
        raise Malformed("dicom_unreadable") from exc
    if value_at + length > len(start):
        raise Malformed("dicom_unreadable")
    return element, start[value_at : value_at + length], value_at + length

"""File meta information of what we write (PS3.10 7.1): preamble, prefix, group 0002."""

import struct
from dataclasses import dataclass

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

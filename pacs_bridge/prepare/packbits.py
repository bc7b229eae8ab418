"""RLE of 1-bit pixels, which no library decodes: PS3.5 Annex G over packed bits (PS3.5 8.1.1)."""

import struct
from typing import Any

import numpy as np
import numpy.typing as npt

from appliance.domain.errors import Malformed


def unpacked_rle_bits(data: bytes, rows: int, columns: int) -> npt.NDArray[Any]:
    """Return ``(rows, columns)`` ``uint8`` of 0 and 1; raise `Malformed` ``corrupt``."""
    wanted = (rows * columns + 7) // 8
    count, offset = struct.unpack_from("<2L", data.ljust(64, b"\0"))
    if count != 1 or not 64 <= offset < len(data):
        raise Malformed("corrupt")
    packed = _expanded(data[offset:], wanted)
    bits = np.unpackbits(np.frombuffer(packed, np.uint8), bitorder="little")
    return bits[:rows * columns].reshape(rows, columns)


def _expanded(segment: bytes, wanted: int) -> bytes:
    """Expand PackBits until `wanted` bytes are there (PS3.5 G.3.2)."""
    expanded = bytearray()
    at = 0
    while len(expanded) < wanted and at < len(segment):
        control = segment[at]
        if control < 128:
            expanded += segment[at + 1:at + 2 + control]
            at += control + 2
        elif control > 128:
            expanded += segment[at + 1:at + 2] * (257 - control)
            at += 2
        else:
            at += 1
    if len(expanded) < wanted:
        raise Malformed("corrupt")
    return bytes(expanded[:wanted])

"""Display frames as lossless HTJ2K codestreams, concatenated, with a table of their offsets."""

import struct
from collections.abc import Sequence

import imagecodecs
import numpy as np

from appliance.domain.errors import Malformed
from appliance.imaging.arrays import Array


def encoded(frame: Array) -> bytes:
    """Return the frame as one reversible HTJ2K codestream (ISO/IEC 15444-15)."""
    return bytes(imagecodecs.htj2k_encode(np.ascontiguousarray(frame), reversible=True))


def decoded(codestream: bytes, skip: int = 0) -> Array:
    """Return the frame of one of our own codestreams, at 1/2**`skip` of its size."""
    try:
        return np.asarray(imagecodecs.htj2k_decode(codestream, skipres=skip))
    except (RuntimeError, ValueError) as exc:
        raise Malformed("corrupt") from exc


def offset_table(lengths: Sequence[int]) -> bytes:
    """Return the n + 1 offsets of n frames, little-endian ``uint64``, from 0 to the end."""
    offsets = [0]
    for length in lengths:
        offsets.append(offsets[-1] + length)
    return struct.pack(f"<{len(offsets)}Q", *offsets)


def place_of(table: bytes, frame: int) -> tuple[int, int] | None:
    """Return (offset, length) of frame number `frame` (from 1), or None when there is none."""
    if frame < 1 or (frame + 1) * 8 > len(table):
        return None
    first, after = struct.unpack_from("<2Q", table, (frame - 1) * 8)
    return first, after - first

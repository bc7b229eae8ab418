"""1-bit RLE."""

import pytest

from appliance.domain.errors import Malformed
from pacs_bridge.prepare.packbits import unpacked_rle_bits


def test_one_bit_rle_is_unpacked_by_hand() -> None:
    head = (1).to_bytes(4, "little") + (64).to_bytes(4, "little") + bytes(56)
    packed = bytes([1, 0b00000101, 0b10000000])  # literal run of two bytes
    bits = unpacked_rle_bits(head + packed, 2, 8)
    assert bits.tolist() == [[1, 0, 1, 0, 0, 0, 0, 0], [0, 0, 0, 0, 0, 0, 0, 1]]
    with pytest.raises(Malformed):
        unpacked_rle_bits(head + packed, 9, 8)

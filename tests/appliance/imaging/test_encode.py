"""HTJ2K is lossless for every kind of display frame, and offsets find each one."""

import numpy as np
import pytest

from appliance.domain.errors import Malformed
from appliance.imaging.encode import decoded, encoded, offset_table, place_of


@pytest.mark.parametrize(("dtype", "shape"), [
    ("uint8", (33, 17)), ("uint16", (33, 17)), ("int16", (33, 17)), ("uint8", (33, 17, 3)),
    ("uint8", (1, 1)), ("int16", (1, 64)), ("uint16", (64, 1))])
def test_a_frame_survives_bit_for_bit(dtype: str, shape: tuple[int, ...]) -> None:
    info = np.iinfo(dtype)
    frame = np.random.default_rng(1).integers(info.min, info.max, shape, dtype, endpoint=True)
    back = decoded(encoded(frame))
    assert back.dtype == frame.dtype
    assert (back == frame).all()


def test_nonsense_is_malformed() -> None:
    with pytest.raises(Malformed):
        decoded(b"\xff\x4f" + b"x" * 50)


def test_offsets_find_every_frame_and_no_other() -> None:
    table = offset_table([10, 20, 5])
    assert [place_of(table, n) for n in range(5)] == [None, (0, 10), (10, 20), (30, 5), None]
    assert place_of(b"", 1) is None

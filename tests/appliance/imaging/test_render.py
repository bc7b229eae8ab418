"""Greys of whole frames: looked up by value, the same as computed pixel by pixel."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from appliance.imaging.render import Look, greys
from appliance.imaging.window import VoiFunction, windowed

KINDS = [np.uint8, np.int16, np.uint16, np.int32, np.uint32]
looks = st.builds(
    Look,
    slope=st.sampled_from([1.0, 0.5, -1.0, 2.7]),
    intercept=st.sampled_from([0.0, -1024.0, 3.5]),
    center=st.floats(-2000, 2000),
    width=st.floats(0.1, 5000),
    function=st.sampled_from(list(VoiFunction)),
    invert=st.booleans(),
)


@given(looks, st.sampled_from(KINDS), st.integers(0, 5000), st.integers(0, 2**32 - 1))
def test_a_window_looked_up_is_the_window_computed(look: Look, kind: type, spread: int, seed: int) -> None:
    info = np.iinfo(kind)
    random = np.random.default_rng(seed)
    frame = random.integers(0, min(spread, info.max) + 1, (16, 16)).astype(kind)
    assert look.center is not None
    assert look.width is not None
    computed = windowed(frame.astype(np.float64) * look.slope + look.intercept, look.center, look.width, look.function)
    assert (greys(frame, look) == (255 - computed if look.invert else computed)).all()


def test_numbers_that_are_not_whole_are_computed() -> None:
    frame = np.array([[0.25, 0.5], [0.75, 1.0]], np.float32)
    look = Look(center=0.5, width=1.0, function=VoiFunction.LINEAR_EXACT)
    assert greys(frame, look).tolist() == [[64, 128], [191, 255]]

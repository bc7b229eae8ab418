"""From frames as stored to frames that every viewer draws the same way.

Grey stays grey: high bits masked, the sign extended, values as stored otherwise (MONOCHROME1 is
flagged, not turned). Colour becomes RGB, 8 bit, planar 0. Values wider than 16 bits and floats are
quantised over the instance's range; the rescale given back undoes it.
"""

from dataclasses import dataclass

import numpy as np
from pydicom.dataset import FileDataset
from pydicom.pixels.processing import (
    apply_color_lut,
    apply_modality_lut,
    apply_voi,
    convert_color_space,
)

from appliance.dicom.elements import FOREIGN_ERRORS, first_item, numbers
from appliance.domain.errors import Malformed
from appliance.imaging.arrays import Array
from pacs_bridge.prepare.decode import (
    adobe_transform,
    encoded_frame,
    is_jfif,
    stored_frame,
)
from pacs_bridge.prepare.pixels import PixelModule

_JPEG_COLOUR = frozenset(f"1.2.840.10008.1.2.4.{n}" for n in (50, 51, 53, 55))
_YBR = frozenset({"YBR_FULL", "YBR_FULL_422", "YBR_PARTIAL_420", "YBR_PARTIAL_422"})


@dataclass(frozen=True, slots=True)
class Quantised:
    """How wide values were put in 16 bits: value = step × pixel + first."""

    step: float
    first: float


def is_colour(module: PixelModule) -> bool:
    """Whether the display frames are RGB."""
    return module.samples == 3 or module.photometric == "PALETTE COLOR"


def is_wide(module: PixelModule) -> bool:
    """Whether values do not fit the 16 bits of a display frame."""
    return module.floating or module.bits_stored > 16


def quantisation(dataset: FileDataset, module: PixelModule) -> Quantised:
    """Return the step that spreads the range of all frames over 16 bits."""
    lowest, highest = np.inf, -np.inf
    for index in range(module.frames):
        finite = _finite(stored_frame(dataset, module, index))
        lowest, highest = min(lowest, float(finite.min())), max(highest, float(finite.max()))
    step = (highest - lowest) / 65535 or 1.0
    return Quantised(step, lowest)


def display_frame(
    dataset: FileDataset, module: PixelModule, index: int, stored: Array,
    quantised: Quantised | None = None,
) -> Array:
    """Return the frame to draw: ``int16``/``uint16``/``uint8`` grey, or ``uint8`` RGB.

    Raises
    ------
    Malformed
        ``corrupt`` when a palette is missing or the colours cannot be understood.
    """
    try:
        if quantised is not None:
            spread = (_finite(stored) - quantised.first) / quantised.step
            return np.rint(np.clip(spread, 0, 65535)).astype(np.uint16)
        if is_colour(module):
            return _colour(dataset, module, index, stored)
    except FOREIGN_ERRORS as exc:
        raise Malformed("corrupt") from exc
    return grey_values(dataset, module, stored)


def has_modality_lut(dataset: FileDataset) -> bool:
    """Whether stored values go through a table instead of slope and intercept."""
    return first_item(dataset, "ModalityLUTSequence") is not None


def needs_voi_lut(dataset: FileDataset) -> bool:
    """Whether a VOI LUT is all there is to draw the image by: no window is given."""
    given = numbers(dataset, "WindowCenter") and numbers(dataset, "WindowWidth")
    return not given and first_item(dataset, "VOILUTSequence") is not None


def grey_values(dataset: FileDataset, module: PixelModule, stored: Array) -> Array:
    """Return grey display pixels; tables that no browser applies are applied here, once."""
    grey = _grey(module, stored)
    try:
        if has_modality_lut(dataset):
            grey = apply_modality_lut(grey, dataset)
        if needs_voi_lut(dataset):
            grey = apply_voi(grey, dataset, index=0)
    except FOREIGN_ERRORS:
        grey = _grey(module, stored)  # a broken table: the pixels themselves are still sound
    return grey.astype(np.uint16) if grey.dtype.itemsize > 2 else grey


def _finite(stored: Array) -> Array:
    return np.nan_to_num(stored.astype(np.float64), posinf=0.0, neginf=0.0)


def _grey(module: PixelModule, stored: Array) -> Array:
    """Mask what is not pixel (overlays in unused bits) and extend the sign: PS3.5 8.1.1."""
    width = stored.dtype.itemsize * 8
    if module.bits_allocated == 1 or module.bits_stored == width:
        return stored if width <= 16 else stored.astype(np.int16 if module.signed else np.uint16)
    high = module.high_bit if module.bits_stored - 1 <= module.high_bit < width else (
        module.bits_stored - 1)
    unsigned = stored.view(f"u{stored.dtype.itemsize}") >> (high + 1 - module.bits_stored)
    masked = unsigned & ((1 << module.bits_stored) - 1)
    if not module.signed:
        return masked.astype(f"u{min(stored.dtype.itemsize, 2)}")
    sign = 1 << (module.bits_stored - 1)
    extended = (masked.astype(np.int32) ^ sign) - sign
    return extended.astype(f"i{min(stored.dtype.itemsize, 2)}")


def _colour(dataset: FileDataset, module: PixelModule, index: int, stored: Array) -> Array:
    if module.photometric == "PALETTE COLOR":
        return _eight_bits(apply_color_lut(_grey(module, stored), dataset), 16)
    if stored.ndim != 3:
        raise Malformed("corrupt")
    rgb = stored
    if module.photometric in _YBR or _hidden_ybr(dataset, module, index):
        rgb = convert_color_space(_eight_bits(stored, module.bits_stored), "YBR_FULL", "RGB")
    return _eight_bits(rgb, module.bits_stored)


def _hidden_ybr(dataset: FileDataset, module: PixelModule, index: int) -> bool:
    """Whether a JPEG labelled RGB holds YCbCr: JFIF says so and no Adobe segment denies it."""
    if module.photometric != "RGB" or module.transfer_syntax not in _JPEG_COLOUR:
        return False
    data = encoded_frame(dataset, module, index)
    return is_jfif(data) and adobe_transform(data) is None


def _eight_bits(colours: Array, bits: int) -> Array:
    if colours.dtype == np.uint8:
        return np.ascontiguousarray(colours)
    shift = max(min(bits, colours.dtype.itemsize * 8) - 8, 0)
    return np.ascontiguousarray((colours >> shift).astype(np.uint8))


def pixel_range(frame: Array) -> tuple[int, int]:
    """Return the smallest and the largest display pixel."""
    return int(frame.min()), int(frame.max())

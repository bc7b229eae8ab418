"""From frames as stored to frames that every viewer draws the same way.

Grey stays grey: high bits masked, the sign extended, values as stored otherwise (MONOCHROME1 is
flagged, not turned). Tables that no browser applies are applied here, once. Colour becomes RGB, 8 bit,
planar 0. Values wider than 16 bits and floats are quantised over the instance's range; the rescale
given back undoes it.
"""

from dataclasses import dataclass

import numpy as np
from pydicom.dataset import Dataset, FileDataset

from appliance.dicom.elements import FOREIGN_ERRORS, number, numbers, raw_value, text
from appliance.domain.errors import Malformed
from appliance.imaging.arrays import Array
from appliance.imaging.colours import Ybr, rgb_of
from appliance.imaging.tables import Palette, Table
from appliance.imaging.window import VoiFunction, percentile_window, windowed
from pacs_bridge.prepare.decode import (
    adobe_transform,
    encoded_frame,
    is_jfif,
    stored_frame,
)
from pacs_bridge.prepare.groups import Groups
from pacs_bridge.prepare.lookups import explanation, has_palette, palette_of, sequence_table
from pacs_bridge.prepare.pixels import PixelModule

_JPEG_COLOUR = frozenset(f"1.2.840.10008.1.2.4.{n}" for n in (50, 51, 53, 55))
_YBR = {"YBR_FULL": Ybr.FULL, "YBR_FULL_422": Ybr.FULL, "YBR_PARTIAL_422": Ybr.PARTIAL,
        "YBR_PARTIAL_420": Ybr.PARTIAL}


@dataclass(frozen=True, slots=True)
class Quantised:
    """How wide values were put in 16 bits: value = step × pixel + first."""

    step: float
    first: float


@dataclass(frozen=True, slots=True)
class Shown:
    """A frame to draw.

    ``low`` and ``high`` bound the pixels that are no padding; ``padding`` is what to leave out of windows,
    closed bounds of display pixels.
    """

    pixels: Array
    low: int
    high: int
    padding: tuple[int, int] | None = None


def is_colour(module: PixelModule) -> bool:
    """Whether the stored frames are colours."""
    return module.samples == 3 or module.photometric == "PALETTE COLOR"


def is_wide(module: PixelModule) -> bool:
    """Whether values do not fit the 16 bits of a display frame."""
    return module.floating or module.bits_stored > 16


class Display:
    """The way of an instance's frames to the screen; its tables are read once."""

    def __init__(self, dataset: FileDataset, module: PixelModule, groups: Groups) -> None:
        self._dataset, self._module, self._groups = dataset, module, groups
        self._padding = padding_of(dataset, module)
        self.modality = None if self.colour else sequence_table(
            dataset, dataset, "ModalityLUTSequence", signed=module.signed)
        self._palette = self._read_palette()
        wide = is_wide(module) and not self.colour
        self.quantised = self._quantisation() if wide else None

    @property
    def colour(self) -> bool:
        """Whether the display frames are RGB."""
        return is_colour(self._module) or self.supplemental

    @property
    def supplemental(self) -> bool:
        """Whether some grey values are drawn in colours: PS3.3 C.8.16.2.1.1.1."""
        return (self._module.photometric == "MONOCHROME2" and has_palette(self._dataset)
                and text(self._dataset, "PixelPresentation", 16) in ("MIXED", "COLOR", "TRUE_COLOR"))

    def voi_table(self, index: int) -> Table | None:
        """Return the VOI LUT of frame `index` (from 0) when it is all there is to draw by: no window is given."""
        given = self._groups.item(index, "FrameVOILUTSequence", "WindowCenter")
        if self.colour or (numbers(given, "WindowCenter") and numbers(given, "WindowWidth")):
            return None
        signed = self.modality is None and (self._module.signed or self.rescale(index)[1] < 0)
        return sequence_table(self._dataset, self._voi_holder(index), "VOILUTSequence", signed=signed)

    def voi_name(self, index: int) -> str:
        """Return what the VOI LUT is called."""
        return explanation(self._voi_holder(index), "VOILUTSequence") or "VOI LUT"

    def rescale(self, index: int) -> tuple[float, float]:
        """Return (slope, intercept) of the stored values of frame `index` (from 0); a dose has its own slope."""
        holder = self._groups.item(index, "PixelValueTransformationSequence", "RescaleSlope")
        slope = number(holder, "RescaleSlope") or number(self._dataset, "DoseGridScaling") or 1.0
        return slope, number(holder, "RescaleIntercept") or 0.0

    def frame(self, index: int, stored: Array) -> Shown:
        """Return the frame to draw: ``int16``/``uint16``/``uint8`` grey, or ``uint8`` RGB.

        Raises
        ------
        Malformed
            ``corrupt`` when a palette is missing or the colours cannot be understood.
        """
        try:
            if self.quantised is not None:
                return self._wide(stored, self.quantised)
            if is_colour(self._module):
                return _whole(self._coloured(index, stored))
            grey = _grey(self._module, stored)
            return _whole(self._mixed(index, grey)) if self.supplemental else self._greys(index, grey)
        except FOREIGN_ERRORS as exc:
            raise Malformed("corrupt") from exc

    def _greys(self, index: int, grey: Array) -> Shown:
        voi = self.voi_table(index)
        shown = grey if self.modality is None else self.modality.applied(grey)
        if voi is not None:
            slope, intercept = (1.0, 0.0) if self.modality is not None else self.rescale(index)
            shown = voi.applied(shown * slope + intercept)
        low, high = _range(shown, _outside(grey, self._padding))
        same = shown is grey and self._padding is not None
        return Shown(shown, low, high, (int(self._padding[0]), int(self._padding[1]))
                     if same and self._padding is not None else None)

    def _wide(self, stored: Array, quantised: Quantised) -> Shown:
        sound = self._sound(stored)
        values = np.where(sound, stored, quantised.first)
        pixels = np.rint(np.clip((values - quantised.first) / quantised.step, 0, 65535)).astype(np.uint16)
        return Shown(pixels, *_range(pixels, sound))

    def _quantisation(self) -> Quantised:
        """Return the step that spreads the range of all frames over 16 bits; padding and what is no number aside."""
        lowest, highest = np.inf, -np.inf
        for index in range(self._module.frames):
            stored = stored_frame(self._dataset, self._module, index)
            sound = stored[self._sound(stored)].astype(np.float64)
            if sound.size:
                lowest, highest = min(lowest, float(sound.min())), max(highest, float(sound.max()))
        if lowest > highest:
            return Quantised(1.0, 0.0)
        step = highest / 65535 - lowest / 65535
        return Quantised(step or 1.0, lowest)

    def _sound(self, stored: Array) -> Array:
        return np.isfinite(stored) & _outside(stored, self._padding)

    def _coloured(self, index: int, stored: Array) -> Array:
        if self._palette is not None:
            return self._palette.applied(_grey(self._module, stored))
        if stored.ndim != 3:
            raise Malformed("corrupt")
        eight = _eight_bits(stored, self._module.bits_stored)
        photometric = self._module.photometric
        if _hidden_ybr(self._dataset, self._module, index):
            photometric = "YBR_FULL"
        return rgb_of(eight, _YBR[photometric]) if photometric in _YBR else eight

    def _mixed(self, index: int, grey: Array) -> Array:
        """Return greys at their own window, and colours from the first value of the palette on."""
        if self._palette is None:
            raise Malformed("corrupt")
        slope, intercept = self.rescale(index)
        values = grey * slope + intercept
        holder = self._groups.item(index, "FrameVOILUTSequence", "WindowCenter")
        center, width = number(holder, "WindowCenter"), number(holder, "WindowWidth")
        painted = grey >= self._palette.red.first
        if center is None or width is None:
            sound = values[~painted]
            center, width = percentile_window(sound if sound.size else values)
        drawn = windowed(values, center, width, VoiFunction.LINEAR)
        return np.where(painted[..., None], self._palette.applied(grey), drawn[..., None]).astype(np.uint8)

    def _read_palette(self) -> Palette | None:
        if self._module.photometric != "PALETTE COLOR" and not self.supplemental:
            return None
        return palette_of(self._dataset, signed=self._module.signed)

    def _voi_holder(self, index: int) -> Dataset:
        group = self._groups.group(index, "FrameVOILUTSequence")
        return group if group is not None and "VOILUTSequence" in group else self._dataset


def padding_of(dataset: FileDataset, module: PixelModule) -> tuple[float, float] | None:
    """Return the closed range of stored values that are no image, (0028,0120) and (0028,0121), or None."""
    if is_colour(module):
        return None
    names = ("PixelPadding",) if not module.floating else ("FloatPixelPadding", "DoubleFloatPixelPadding")
    for name in names:
        first, limit = _plain(dataset, f"{name}Value"), _plain(dataset, f"{name}RangeLimit")
        if first is not None:
            ends = [_as_stored(v, module) for v in (first, first if limit is None else limit)]
            return min(ends), max(ends)
    return None


def _plain(dataset: FileDataset, keyword: str) -> float | None:
    """Return a number, however large: the usual padding of floats is their most negative one."""
    value = raw_value(dataset, keyword)
    return float(value) if isinstance(value, (int, float)) else None


def _as_stored(value: float, module: PixelModule) -> float:
    """Return a padding value in the sign of the pixels: US and SS are often taken for each other."""
    if module.floating or module.bits_allocated > 16:
        return value
    if module.signed and value >= 1 << 15:
        return value - (1 << 16)
    return value + (1 << module.bits_allocated) if not module.signed and value < 0 else value


def _outside(values: Array, padding: tuple[float, float] | None) -> Array:
    if padding is None:
        return np.ones(values.shape, np.bool_)
    outside: Array = (values < padding[0]) | (values > padding[1])
    return outside


def _range(pixels: Array, kept: Array) -> tuple[int, int]:
    """Return the smallest and the largest of the pixels that are kept; of all when none is."""
    chosen = pixels[kept] if kept.any() else pixels
    return int(chosen.min()), int(chosen.max())


def _whole(colours: Array) -> Shown:
    return Shown(colours, int(colours.min()), int(colours.max()))


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

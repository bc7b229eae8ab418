"""What a data set declares of its pixels, checked before a single byte is decoded."""

from dataclasses import dataclass, replace

from pydicom.dataset import FileDataset

from appliance.dicom.elements import integer, raw_value, text
from appliance.dicom.header import transfer_syntax_of
from appliance.domain.errors import Malformed

#: Larger single frames are refused: no radiograph comes near.
FRAME_LIMIT_BYTES = 256 << 20
FRAMES_LIMIT = 20_000
#: Uncompressed: the length of the pixels counts their frames.
NATIVE = frozenset(f"1.2.840.10008.1.2{end}" for end in ("", ".1", ".2", ".1.99"))


@dataclass(frozen=True, slots=True)
class PixelModule:
    """The Image Pixel module (PS3.3 C.7.6.3), believed."""

    transfer_syntax: str
    rows: int
    columns: int
    frames: int
    samples: int
    photometric: str
    bits_allocated: int
    bits_stored: int
    high_bit: int
    signed: bool
    floating: bool

    @property
    def frame_bytes(self) -> int:
        """Bytes of one frame as stored, uncompressed, 1-bit pixels unpacked to a byte each."""
        return self.rows * self.columns * self.samples * max(self.bits_allocated, 8) // 8


def pixel_module(dataset: FileDataset) -> PixelModule:
    """Return the declared pixels.

    Raises
    ------
    Malformed
        ``no_pixels``, ``corrupt`` (a declaration that cannot be) or ``too_large``.
    """
    floating = "FloatPixelData" in dataset or "DoubleFloatPixelData" in dataset
    if not floating and "PixelData" not in dataset:
        raise Malformed("no_pixels")
    allocated = integer(dataset, "BitsAllocated") or 0
    stored = integer(dataset, "BitsStored") or (allocated if floating else 0)
    high = integer(dataset, "HighBit")
    module = PixelModule(
        transfer_syntax=transfer_syntax_of(dataset),
        rows=integer(dataset, "Rows") or 0, columns=integer(dataset, "Columns") or 0,
        frames=_frames(dataset),
        samples=integer(dataset, "SamplesPerPixel") or 1,
        photometric=text(dataset, "PhotometricInterpretation", 32).upper(),
        bits_allocated=allocated, bits_stored=stored,
        high_bit=stored - 1 if high is None else high,
        signed=integer(dataset, "PixelRepresentation") == 1, floating=floating)
    _check(module)
    return _counted(dataset, module) if module.frames == 0 else module


def _frames(dataset: FileDataset) -> int:
    """Return (0028,0008) *Number of Frames*, at least 1; 0 when it is there and no number."""
    declared = integer(dataset, "NumberOfFrames")
    if declared is None and text(dataset, "NumberOfFrames", 64):
        return 0
    return max(declared or 1, 1)


def _counted(dataset: FileDataset, module: PixelModule) -> PixelModule:
    """Count the frames of native pixels by their bytes: one shown of fifteen would be a wrong exam."""
    pixels = raw_value(dataset, "PixelData")
    held = len(pixels) if isinstance(pixels, bytes) else 0
    if module.transfer_syntax not in NATIVE or module.bits_allocated < 8 or held % module.frame_bytes:
        raise Malformed("corrupt")
    counted = replace(module, frames=held // module.frame_bytes)
    _check(counted)
    return counted


def _check(module: PixelModule) -> None:
    sane = (module.rows > 0 and module.columns > 0 and module.samples in (1, 3)
            and module.bits_allocated in (1, 8, 16, 32, 64)
            and 1 <= module.bits_stored <= module.bits_allocated
            and module.photometric != "" and module.frames <= FRAMES_LIMIT)
    if not sane:
        raise Malformed("corrupt")
    if module.frame_bytes > FRAME_LIMIT_BYTES:
        raise Malformed("too_large")

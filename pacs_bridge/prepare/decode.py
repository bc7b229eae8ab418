"""Frames as stored: decompressed, interleaved, little endian, in their container; nothing more.

No colour conversion, no rescale, no masking: what WADO-RS describes. Each family of transfer
syntaxes has the decoder that was found to read all of its files:

======================= ======================================================
native, deflated, BE    pydicom; 1-bit little endian by hand
RLE                     pylibjpeg-rle; 1-bit RLE by hand
JPEG 8 and 12 bit       imagecodecs (libjpeg-turbo 3): .50 .51 .53 .55
JPEG lossless           imagecodecs: .57 .70
JPEG-LS                 imagecodecs (CharLS)
JPEG 2000, HTJ2K        pylibjpeg-openjpeg
JPEG XL                 imagecodecs (libjxl)
======================= ======================================================
"""

from collections.abc import Callable
from typing import Any

import imagecodecs
import numpy as np
from pydicom.dataset import Dataset, FileDataset
from pydicom.encaps import get_frame
from pydicom.pixels.decoders.base import get_decoder
from pydicom.uid import UID

from appliance.dicom.elements import FOREIGN_ERRORS, text
from appliance.domain.errors import Malformed
from appliance.imaging.arrays import Array
from pacs_bridge.prepare.packbits import unpacked_rle_bits
from pacs_bridge.prepare.pixels import NATIVE, PixelModule

_BASE = "1.2.840.10008.1.2"
RLE = f"{_BASE}.5"
_JPEG = frozenset(f"{_BASE}.4.{n}" for n in (50, 51, 52, 53, 54, 55, 56))
_JPEG_LOSSLESS = frozenset(f"{_BASE}.4.{n}" for n in (57, 58, 70))
_JPEG_LS = frozenset(f"{_BASE}.4.{n}" for n in (80, 81))
_JPEG_XL = frozenset(f"{_BASE}.4.{n}" for n in (110, 111, 112))
_PYDICOM = frozenset(
    [_BASE, f"{_BASE}.1", f"{_BASE}.2", f"{_BASE}.1.99", RLE]
    + [f"{_BASE}.4.{n}" for n in (90, 91, 92, 93, 201, 202, 203)])
_LITTLE = frozenset([_BASE, f"{_BASE}.1", f"{_BASE}.1.99"])
_UNMASKED: dict[str, Any] = {"correct_unused_bits": False}
_BIT_FOR_BIT = NATIVE | {RLE}
_EITHER = frozenset(f"{_BASE}.4.{n}" for n in (91, 93, 203))
#: Lossy by their nature, but for `_EITHER` where the data set may say otherwise; .110 says so itself.
_LOSSY = frozenset(f"{_BASE}.4.{n}" for n in (50, 51, 52, 53, 54, 55, 56, 81, 112)) | _EITHER
_PIXEL_KEYWORDS = (
    "Rows", "Columns", "SamplesPerPixel", "PhotometricInterpretation", "PlanarConfiguration", "BitsAllocated",
    "BitsStored", "HighBit", "PixelRepresentation", "ExtendedOffsetTable", "ExtendedOffsetTableLengths",
    "PixelData", "FloatPixelData", "DoubleFloatPixelData")
_EOI, _PADDED = b"\xff\xd9", 16
"""End of image (ISO/IEC 10918-1 B.1.1.3), and in how many last bytes: padding follows, not always zeros."""
_ENCODED_ERRORS: tuple[type[Exception], ...] = (*FOREIGN_ERRORS, RuntimeError)


def stored_frame(dataset: FileDataset, module: PixelModule, index: int) -> Array:
    """Return frame `index` (from 0) as stored: ``(rows, columns)`` or ``(rows, columns, 3)``.

    1-bit pixels are unpacked to ``uint8``.

    Raises
    ------
    Malformed
        ``unsupported_syntax`` or ``corrupt``.
    """
    decoder = _decoder(module)
    try:
        frame = decoder(dataset, module, index)
    except MemoryError:
        raise
    except _ENCODED_ERRORS as exc:
        raise Malformed("corrupt") from exc
    if frame.shape[:2] != (module.rows, module.columns) or frame.size == 0:
        raise Malformed("corrupt")
    return frame


def frame_with_unused_bits(dataset: FileDataset, module: PixelModule, index: int) -> Array | None:
    """Return frame `index` (from 0) with the bits that are no pixel, unsigned; None where codecs drop them."""
    if module.transfer_syntax not in _BIT_FOR_BIT or module.samples > 1:
        return None
    decoder = get_decoder(UID(module.transfer_syntax))
    frame, _ = decoder.as_array(_declared(dataset, module), index=index, raw=True, **_UNMASKED)
    words: Array = frame.astype(frame.dtype.newbyteorder("="), copy=False).view(f"u{frame.dtype.itemsize}")
    return words


def encoded_frame(dataset: FileDataset, module: PixelModule, index: int) -> bytes:
    """Return the compressed bytes of a frame: fragments joined, with or without an offset table."""
    table = dataset.get("ExtendedOffsetTable"), dataset.get("ExtendedOffsetTableLengths")
    offsets = (table[0], table[1]) if table[0] and table[1] else None
    return get_frame(dataset.PixelData, index, number_of_frames=module.frames,
                     extended_offsets=offsets)


def is_lossy(dataset: FileDataset, module: PixelModule) -> bool:
    """Whether pixels were lost on the way: (0028,2110), else what compressed them.

    Of a JPEG the frame header is believed, not the label: there are lossy ones labelled lossless.
    """
    flag = text(dataset, "LossyImageCompression", 16)
    if flag == "01":
        return True
    syntax = module.transfer_syntax
    if syntax in _JPEG | _JPEG_LOSSLESS:
        return not is_lossless_jpeg(encoded_frame(dataset, module, 0))
    return syntax in _LOSSY and not (flag == "00" and syntax in _EITHER)


def _decoder(module: PixelModule) -> Callable[[FileDataset, PixelModule, int], Array]:
    syntax = module.transfer_syntax
    if syntax == RLE and module.bits_allocated == 1:
        return _one_bit_rle
    if syntax in _LITTLE and module.bits_allocated == 1:
        return _one_bit
    if syntax in _PYDICOM:
        return _by_pydicom
    if syntax in _JPEG | _JPEG_LOSSLESS | _JPEG_LS | _JPEG_XL:
        return _by_imagecodecs
    raise Malformed("unsupported_syntax")


def _by_pydicom(dataset: FileDataset, module: PixelModule, index: int) -> Array:
    decoder = get_decoder(UID(module.transfer_syntax))
    frame, _ = decoder.as_array(_declared(dataset, module), index=index, raw=True)
    return frame.astype(frame.dtype.newbyteorder("="), copy=False)


def _declared(dataset: FileDataset, module: PixelModule) -> Dataset:
    """Return the pixels with the declaration as we read it: pydicom stumbles over values it need not know."""
    plain = Dataset()
    for keyword in _PIXEL_KEYWORDS:
        if keyword in dataset:
            plain[keyword] = dataset[keyword]
    plain.NumberOfFrames = module.frames
    if module.photometric == "YBR_PARTIAL_422":
        plain.PhotometricInterpretation = "YBR_FULL_422"  # the same samples in the same places
    return plain


def _one_bit(dataset: FileDataset, module: PixelModule, index: int) -> Array:
    """Frames follow each other bit by bit (PS3.5 8.1.1); pydicom loses the end of one that does not end with a byte."""
    area = module.rows * module.columns * module.samples
    first = index * area
    packed = np.frombuffer(dataset.PixelData, np.uint8, -(-(first + area) // 8) - first // 8, first // 8)
    bits = np.unpackbits(packed, bitorder="little")[first % 8 : first % 8 + area]
    return bits.reshape((module.rows, module.columns, 3)[: 3 if module.samples == 3 else 2])


def _one_bit_rle(dataset: FileDataset, module: PixelModule, index: int) -> Array:
    return unpacked_rle_bits(encoded_frame(dataset, module, index), module.rows, module.columns)


def _by_imagecodecs(dataset: FileDataset, module: PixelModule, index: int) -> Array:
    data = encoded_frame(dataset, module, index)
    frame = _decompressed(data, module)
    container = np.dtype(f"u{max(module.bits_allocated, 8) // 8}")
    widened = np.ascontiguousarray(frame).astype(container, copy=False)
    return widened.view(container.str.replace("u", "i")) if module.signed else widened


def _decompressed(data: bytes, module: PixelModule) -> Array:
    syntax = module.transfer_syntax
    if syntax in _JPEG_LS:
        return np.asarray(imagecodecs.jpegls_decode(data))
    if syntax in _JPEG_XL:
        return np.asarray(imagecodecs.jpegxl_decode(data))
    if _EOI not in data[-_PADDED:]:
        # These codecs fill what is missing with grey and say nothing.
        raise Malformed("corrupt")
    if syntax in _JPEG_LOSSLESS and is_lossless_jpeg(data):
        return _lossless(data)
    return _lossy(data, module)


def _lossless(data: bytes) -> Array:
    try:
        return np.asarray(imagecodecs.jpegsof3_decode(data))
    except _ENCODED_ERRORS:
        return np.asarray(imagecodecs.jpeg8_decode(data))


def _lossy(data: bytes, module: PixelModule) -> Array:
    """Decode a DCT JPEG and leave its colour space alone, but for Adobe's own transform of RGB."""
    if module.samples == 1:
        return np.asarray(imagecodecs.jpeg8_decode(data))
    if module.photometric == "RGB" and adobe_transform(data) == 1:
        return np.asarray(imagecodecs.jpeg8_decode(data, colorspace="YCBCR", outcolorspace="RGB"))
    return np.asarray(imagecodecs.jpeg8_decode(data, colorspace="YCBCR", outcolorspace="YCBCR"))


def adobe_transform(data: bytes) -> int | None:
    """Return the colour transform of the APP14 *Adobe* segment, or None without one."""
    at = data.find(b"\xff\xee\x00\x0eAdobe", 0, 4096)
    return data[at + 15] if at >= 0 and at + 15 < len(data) else None


def is_lossless_jpeg(data: bytes) -> bool:
    """Whether the first frame header is SOF3, SOF7, SOF11 or SOF15 (ITU-T T.81 B.2.2)."""
    at = 2
    while at + 4 <= len(data) and data[at] == 0xFF:
        if data[at + 1] in range(0xC0, 0xD0) and data[at + 1] not in (0xC4, 0xC8, 0xCC):
            return data[at + 1] in (0xC3, 0xC7, 0xCB, 0xCF)
        at += 2 + int.from_bytes(data[at + 2:at + 4], "big")
    return False


def is_jfif(data: bytes) -> bool:
    """Whether a JFIF segment promises that colours are YCbCr."""
    return b"JFIF\0" in data[:64]

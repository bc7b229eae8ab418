"""Opening DICOM files that strangers sent: bounded memory, one kind of failure.

Not a validator: whatever can be read is read. A file without preamble or meta information is tried
as a bare data set, as modalities' exports need.
"""

import io
import logging
import warnings
import zlib
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import BinaryIO, cast

from pydicom import config
from pydicom.dataset import FileDataset
from pydicom.filebase import DicomBytesIO
from pydicom.filereader import _read_file_meta_info, read_dataset, read_partial, read_preamble
from pydicom.tag import BaseTag
from pydicom.uid import DeflatedExplicitVRLittleEndian

from appliance.dicom.elements import FOREIGN_ERRORS
from appliance.domain.errors import Malformed, Unavailable

#: A deflated data set of a few kilobytes can promise gigabytes; images fit in this.
INFLATED_LIMIT_BYTES = 512 << 20
#: The facts of a header stand before the pixels, in the first megabytes.
INFLATED_HEADER_BYTES = 8 << 20

PIXEL_TAGS = frozenset({0x7FE00008, 0x7FE00009, 0x7FE00010})


@cache
def quiet_pydicom() -> None:
    """Stop pydicom from warning about values it reads: the warnings quote them, names included."""
    config.settings.reading_validation_mode = config.IGNORE
    logging.getLogger("pydicom").setLevel(logging.CRITICAL)
    warnings.filterwarnings("ignore", module=r"pydicom\b")


def read_before_pixels(
    source: Path | bytes, only: list[BaseTag | int] | None = None,
) -> FileDataset:
    """Return the data set up to (7FE0,0008..0010), restricted to the tags of `only` when given.

    Raises
    ------
    Malformed
        ``dicom_unreadable``: not a DICOM data set, or damaged before the pixels.
    Unavailable
        ``storage``: the file itself cannot be opened.
    """
    return _read(source, stop_when=_at_pixels, only=only, limit_bytes=INFLATED_HEADER_BYTES)


def read_whole(source: Path | bytes) -> FileDataset:
    """Return the complete data set; raises as `read_before_pixels`. Only in killable workers."""
    return _read(source, stop_when=None, only=None, limit_bytes=INFLATED_LIMIT_BYTES)


class ClippedFile(io.BufferedReader):
    """A file that never sets memory aside for bytes it does not have, whatever length is declared."""

    def __init__(self, path: Path) -> None:
        raw = io.FileIO(path)
        super().__init__(raw)
        self._end = raw.seek(0, io.SEEK_END)
        raw.seek(0)

    def read(self, size: int | None = -1, /) -> bytes:
        """Return at most what there is."""
        if size is not None and size > io.DEFAULT_BUFFER_SIZE:
            size = min(size, max(self._end - self.tell(), 0))
        return super().read(size)


def _at_pixels(tag: BaseTag, vr: str | None, length: int) -> bool:
    return tag in PIXEL_TAGS


def _read(
    source: Path | bytes,
    *,
    stop_when: Callable[[BaseTag, str | None, int], bool] | None,
    only: list[BaseTag | int] | None,
    limit_bytes: int,
) -> FileDataset:
    quiet_pydicom()
    with _opened(source) as file:
        try:
            if DeflatedExplicitVRLittleEndian.encode() in file.read(1024):
                file.seek(0)
                dataset = _read_deflated(file, stop_when, only, limit_bytes)
            else:
                file.seek(0)
                dataset = read_partial(file, stop_when, force=True, specific_tags=only)
        except FOREIGN_ERRORS as exc:
            raise Malformed("dicom_unreadable") from exc
    if not len(dataset):
        raise Malformed("dicom_unreadable")
    return dataset


def _opened(source: Path | bytes) -> BinaryIO:
    if isinstance(source, bytes):
        return io.BytesIO(source)
    try:
        return ClippedFile(source)
    except OSError as exc:
        raise Unavailable("storage") from exc


def _read_deflated(
    file: BinaryIO,
    stop_when: Callable[[BaseTag, str | None, int], bool] | None,
    only: list[BaseTag | int] | None,
    limit_bytes: int,
) -> FileDataset:
    """Inflate at most `limit_bytes` of the data set (PS3.5 A.5), then parse."""
    preamble = read_preamble(file, force=True)
    meta = _read_file_meta_info(file)
    if meta.get("TransferSyntaxUID") != DeflatedExplicitVRLittleEndian:
        file.seek(0)
        return read_partial(file, stop_when, force=True, specific_tags=only)
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    buffer = DicomBytesIO(inflater.decompress(file.read(), limit_bytes))
    dataset = read_dataset(
        cast(BinaryIO, buffer), False, True, stop_when=stop_when, specific_tags=only)
    read = FileDataset(buffer, dataset, preamble, meta, False, True)
    read.set_original_encoding(False, True, dataset._character_set)  # noqa: SLF001 -- as pydicom itself does
    return read

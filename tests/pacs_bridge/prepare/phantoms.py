"""Small data sets made for one case each, and what *prepare* makes of them."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.uid import UID, ExplicitVRLittleEndian, SecondaryCaptureImageStorage

from appliance.imaging.encode import decoded, place_of
from pacs_bridge.prepare.making import Made, Task
from pacs_bridge.prepare.worker import make


def item(**values: Any) -> Dataset:
    """A data set or sequence item."""
    made = Dataset()
    for keyword, value in values.items():
        setattr(made, keyword, value)
    return made


def grey(pixels: np.ndarray, syntax: str = ExplicitVRLittleEndian, **values: Any) -> FileDataset:
    """An image of grey pixels, ``(rows, columns)`` or ``(frames, rows, columns)``."""
    bits = pixels.dtype.itemsize * 8
    frames = {"NumberOfFrames": pixels.shape[0]} if pixels.ndim == 3 else {}
    order = ">" if syntax == "1.2.840.10008.1.2.2" else "<"
    return image(
        pixels.astype(pixels.dtype.newbyteorder(order)).tobytes(), syntax, Rows=pixels.shape[-2],
        Columns=pixels.shape[-1], BitsAllocated=bits, BitsStored=bits, HighBit=bits - 1,
        PixelRepresentation=int(pixels.dtype.kind == "i"), **frames, **values)  # fmt: skip


def image(pixels: bytes, syntax: str = ExplicitVRLittleEndian, **values: Any) -> FileDataset:
    """An image of these bytes."""
    meta = FileMetaDataset()
    meta.TransferSyntaxUID = UID(syntax)
    meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID = SecondaryCaptureImageStorage, UID("1.2.3.4")
    made = FileDataset("", {}, file_meta=meta, preamble=b"\0" * 128)
    given = {
        "SOPClassUID": SecondaryCaptureImageStorage, "SOPInstanceUID": "1.2.3.4", "Modality": "OT",
        "SamplesPerPixel": 1, "PhotometricInterpretation": "MONOCHROME2", "BitsAllocated": 8, "BitsStored": 8,
        "HighBit": 7, "PixelRepresentation": 0, **values}  # fmt: skip
    for keyword, value in given.items():
        setattr(made, keyword, value)
    made.add_new(0x7FE00010, "OB" if made.BitsAllocated <= 8 else "OW", pixels)
    return made


@dataclass(frozen=True)
class Prepared:
    """What came out: the answer of the worker, the frames, the file."""

    made: Made
    frames: list[np.ndarray]
    path: Path

    @property
    def image(self) -> dict[str, Any]:
        """The entry of the first frame."""
        return self.made.images[0]

    @property
    def frame(self) -> np.ndarray:
        """The first frame."""
        return self.frames[0]


def prepared(dataset: FileDataset, folder: Path) -> Prepared:
    """Write the data set and prepare it."""
    path = folder / "phantom.dcm"
    pydicom.dcmwrite(path, dataset, enforce_file_format=True)
    return prepared_file(path, folder)


def prepared_file(path: Path, folder: Path) -> Prepared:
    """Prepare a file."""
    task = Task(path, folder / "frames", folder / "native", "/x")
    made = make(task)
    frames = []
    for number in range(1, made.frames + 1):
        place = place_of(made.frame_offsets, number)
        assert place is not None
        frames.append(decoded(task.frames.read_bytes()[place[0] : sum(place)]))
    return Prepared(made, frames, path)

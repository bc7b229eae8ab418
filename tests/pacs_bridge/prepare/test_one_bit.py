"""One-bit pixels as they are stored: frame after frame, bit after bit."""

import numpy as np
import pytest
from pydicom.dataset import FileDataset, FileMetaDataset
from pydicom.uid import UID, ExplicitVRLittleEndian, ImplicitVRLittleEndian

from pacs_bridge.prepare.decode import stored_frame
from pacs_bridge.prepare.pixels import pixel_module


@pytest.mark.parametrize("syntax", [ImplicitVRLittleEndian, ExplicitVRLittleEndian])
@pytest.mark.parametrize("shape", [(3, 5, 7), (4, 8, 8), (1, 1, 3), (9, 3, 3)])
def test_frames_that_do_not_end_with_a_byte_are_whole(syntax: UID, shape: tuple[int, int, int]) -> None:
    mask = (np.random.default_rng(7).random(shape) < 0.5).astype(np.uint8)
    meta = FileMetaDataset()
    meta.TransferSyntaxUID = syntax
    dataset = FileDataset("", {}, file_meta=meta)
    dataset.NumberOfFrames, dataset.Rows, dataset.Columns = shape
    dataset.SamplesPerPixel, dataset.PhotometricInterpretation, dataset.PixelRepresentation = 1, "MONOCHROME2", 0
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit = 1, 1, 0
    packed = np.packbits(mask.ravel(), bitorder="little").tobytes()
    dataset.PixelData = packed + b"\0" * (len(packed) & 1)
    module = pixel_module(dataset)
    assert all((stored_frame(dataset, module, index) == mask[index]).all() for index in range(shape[0]))

"""A small file that holds a decoder longer than any lane allows: hundreds of large empty frames in JPEG-LS."""

import io

import imagecodecs
import numpy as np
from pydicom import dcmwrite
from pydicom.dataset import FileDataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.uid import UID, JPEGLSLossless

from tests.peers.sender import SECONDARY_CAPTURE, Sent

SOP_UID = "1.2.826.0.1.3680043.9.60.1"
SIDE_PX, FRAMES = 4000, 1500


def endless() -> Sent:
    """Return the object, some 900 KB."""
    frame = bytes(imagecodecs.jpegls_encode(np.zeros((SIDE_PX, SIDE_PX), np.uint8)))
    meta = FileMetaDataset()
    meta.TransferSyntaxUID = JPEGLSLossless
    ds = FileDataset("", {}, file_meta=meta)
    ds.SOPClassUID, ds.SOPInstanceUID, ds.Modality, ds.PatientID = UID(SECONDARY_CAPTURE), SOP_UID, "OT", "ENDLESS"
    ds.StudyInstanceUID, ds.SeriesInstanceUID = "1.2.826.0.1.3680043.9.60", "1.2.826.0.1.3680043.9.60.0"
    ds.Rows = ds.Columns = SIDE_PX
    ds.SamplesPerPixel, ds.PhotometricInterpretation, ds.NumberOfFrames = 1, "MONOCHROME2", FRAMES
    ds.BitsAllocated, ds.BitsStored, ds.HighBit, ds.PixelRepresentation = 8, 8, 7, 0
    ds.PixelData = encapsulate([frame] * FRAMES)
    ds["PixelData"].is_undefined_length = True
    data = io.BytesIO()
    del ds.file_meta
    dcmwrite(data, ds, implicit_vr=False, little_endian=True)
    return Sent(SECONDARY_CAPTURE, SOP_UID, JPEGLSLossless, data.getvalue())

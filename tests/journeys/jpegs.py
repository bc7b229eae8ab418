"""Lossy JPEG by decoders that the product does not use: DCMTK's, and Pillow where the label lies to it."""

import io
import subprocess
from pathlib import Path

import numpy as np
from PIL import Image
from pydicom import dcmread
from pydicom.encaps import get_frame

from tests.journeys.parcels import Parcel

LOSSY_JPEG = frozenset(f"1.2.840.10008.1.2.4.{n}" for n in (50, 51, 53, 55))
MISLABELLED = frozenset({"dcmjs/sample-op.dcm"})
"""A DCT JPEG that says it is lossless."""
NOT_BY_DCMTK = MISLABELLED | {"fo-dicom/DIRW0007", "pydicom/SC_rgb_jpeg.dcm"}
"""DCMTK believes the label, or does not read the rest of the data set."""


def is_lossy(parcel: Parcel) -> bool:
    """Whether decoders may differ by their rounding."""
    return parcel.row["ts_uid"] in LOSSY_JPEG or parcel.name in MISLABELLED


def decoded_elsewhere(dcmdjpeg: str, parcel: Parcel, folder: Path) -> np.ndarray:
    """Return the samples of frame 1, colours as they are stored."""
    if parcel.name in NOT_BY_DCMTK:
        header = dcmread(parcel.path)
        image = Image.open(io.BytesIO(get_frame(header.PixelData, 0, number_of_frames=1)))
        if image.mode == "RGB":
            image.draft("YCbCr", image.size)
        return np.asarray(image).ravel()
    plain = folder / "plain.dcm"
    subprocess.run([dcmdjpeg, "+cn", "+px", str(parcel.path), str(plain)], check=True, capture_output=True)
    header = dcmread(plain)
    kind = np.uint16 if header.BitsAllocated == 16 else np.uint8
    return np.frombuffer(header.PixelData, kind, header.Rows * header.Columns * header.SamplesPerPixel)

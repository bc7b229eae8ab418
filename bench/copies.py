"""New exams out of one series: same pixels, UIDs of their own, so that nothing is a duplicate."""

import subprocess
from pathlib import Path

from pydicom import FileDataset, dcmread
from pydicom.uid import generate_uid


def copy_series(source: list[Path], folder: Path) -> list[Path]:
    """Write the files again as another study; return their paths in the same order."""
    folder.mkdir(parents=True)
    study, series = generate_uid(), generate_uid()
    written = []
    for number, path in enumerate(source, 1):
        dataset = _uncompressed(path, folder)
        dataset.StudyInstanceUID, dataset.SeriesInstanceUID = study, series
        dataset.SOPInstanceUID = dataset.file_meta.MediaStorageSOPInstanceUID = generate_uid()
        written.append(folder / f"{number:04d}.dcm")
        dataset.save_as(written[-1])
    return written


def _uncompressed(path: Path, folder: Path) -> FileDataset:
    """Read the file with its pixels as a modality sends them."""
    plain = folder / "plain.dcm"
    subprocess.run(["dcmdjpeg", str(path), str(plain)], check=True, capture_output=True)
    dataset = dcmread(plain)
    plain.unlink()
    return dataset

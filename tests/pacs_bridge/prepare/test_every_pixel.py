"""Every regular file with pixels at hand: how many are displayed, and that no pixel of a lossless one is changed."""

import csv
import hashlib
import subprocess
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pydicom
import pytest
from pydicom.dataset import FileDataset
from pydicom.pixels import get_decoder
from pydicom.uid import UID

from appliance.dicom.reading import read_whole
from appliance.imaging.encode import decoded, place_of
from pacs_bridge.prepare.decode import is_lossy, stored_frame
from pacs_bridge.prepare.display import Display
from pacs_bridge.prepare.groups import Groups
from pacs_bridge.prepare.making import Task
from pacs_bridge.prepare.pixels import NATIVE, PixelModule, pixel_module
from pacs_bridge.prepare.worker import make

HOSTILE = ("attack/", "fuzz/")
NAMED = {
    "pydicom/JPEG2000-embedded-sequence-delimiter.dcm": "corrupt",  # a codestream cut after 250 bytes
    "pydicom/MR_truncated.dcm": "corrupt",  # fewer bytes than pixels
    "pydicom/meta_missing_tsyntax.dcm": "corrupt",  # two bytes, no rows nor columns
    "pydicom/nested_priv_SQ.dcm": "corrupt",  # two bytes, no rows nor columns
}  # fmt: skip
"""What holds no image that anybody could draw."""
BY_PYDICOM = 447
FRAMES = 264
"""Frames after the first of their file."""
BIG_ENDIAN = "1.2.840.10008.1.2.2"


def regular(folder: Path) -> Iterator[dict[str, str]]:
    """Yield the manifest's lines of regular files that hold pixels."""
    with (folder / "MANIFEST.tsv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file, delimiter="\t"):
            pixels = not row["pydicom_decode_frame0"].startswith("no PixelData")
            if pixels and not row["file"].startswith(HOSTILE):
                yield row


@pytest.mark.timeout(600)
def test_456_of_460_regular_files_are_displayed_and_the_rest_is_named(
    shared_dicom: Path, tmp_path: Path, record_property
) -> None:
    files = list(regular(shared_dicom))
    named = {}
    for row in files:
        task = Task(shared_dicom / row["file"], tmp_path / "frames", tmp_path / "native", "/x", picture=False)
        made = make(task)
        if made.reason:
            named[row["file"]] = made.reason
            continue
        told = made.images[0]
        first = decoded(task.frames.read_bytes()[slice(*ends(made.frame_offsets))])
        assert np.array_equal(first, drawn(task.source)), row["file"]
        assert (told["rows"], told["columns"]) == first.shape[:2]
        assert len(made.images) == made.frames
    shown = len(files) - len(named)
    record_property("displayed", f"{shown} of {len(files)}")
    assert (len(files), named) == (460, NAMED)
    assert shown > BY_PYDICOM


def ends(table: bytes) -> tuple[int, int]:
    place = place_of(table, 1)
    assert place is not None
    return place[0], sum(place)


def drawn(path: Path) -> np.ndarray:
    """Return the first display frame, before the codestream."""
    dataset = read_whole(path)
    module = pixel_module(dataset)
    display = Display(dataset, module, Groups(dataset))
    return display.frame(0, stored_frame(dataset, module, 0)).pixels


@pytest.mark.timeout(600)
def test_every_frame_of_a_lossless_source_equals_its_hash(shared_dicom: Path, require, tmp_path: Path) -> None:
    dcmdjpls, seen, frames = require("dcmdjpls"), 0, 0
    for row in regular(shared_dicom):
        if row["file"] in NAMED:
            continue
        path = shared_dicom / row["file"]
        dataset = read_whole(path)
        module = pixel_module(dataset)
        if row["frame0_raw_sha256_16"] and not is_lossy(dataset, module):
            # The manifest's sums of big-endian files are of their bytes as they lie.
            order = ">" if module.transfer_syntax == BIG_ENDIAN else "<"
            assert digest(stored_frame(dataset, module, 0), order) == row["frame0_raw_sha256_16"], row["file"]
            seen += 1
        if module.frames > 1:
            other = elsewhere(path, dataset, module, dcmdjpls, tmp_path / "plain.dcm")
            for index in range(1, module.frames):
                assert np.array_equal(stored_frame(dataset, module, index), other[index]), (row["file"], index)
                frames += 1
    assert (seen, frames) == (395, FRAMES)


def digest(stored: np.ndarray, order: str) -> str:
    ordered = stored.astype(stored.dtype.newbyteorder(order), copy=False)
    return hashlib.sha256(ordered.tobytes()).hexdigest()[:16]


def elsewhere(path: Path, dataset: FileDataset, module: PixelModule, dcmdjpls: str, plain: Path) -> np.ndarray:
    """Return all frames by another road: by hand from native bytes, by DCMTK from JPEG-LS, by the native twin."""
    if path.name == "liver_rle.dcm":
        return pydicom.dcmread(path.parent / "../seg/liver.dcm").pixel_array
    if module.transfer_syntax.endswith(".4.80"):
        subprocess.run([dcmdjpls, str(path), str(plain)], check=True, capture_output=True)
        return pydicom.dcmread(plain).pixel_array
    if module.transfer_syntax not in NATIVE or module.bits_allocated == 1 or "422" in module.photometric:
        return get_decoder(UID(module.transfer_syntax)).as_array(dataset, raw=True)[0]
    order = ">" if module.transfer_syntax == BIG_ENDIAN else "<"
    flat = np.frombuffer(dataset.PixelData, f"{order}{'i' if module.signed else 'u'}{module.bits_allocated // 8}")
    if module.samples == 1:
        return flat[: module.frames * module.rows * module.columns].reshape(-1, module.rows, module.columns)
    if dataset.PlanarConfiguration == 1:
        return flat.reshape(-1, 3, module.rows, module.columns).transpose(0, 2, 3, 1)
    return flat.reshape(-1, module.rows, module.columns, 3)

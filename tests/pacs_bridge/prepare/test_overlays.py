"""Overlays as planes of bits, against arithmetic, pydicom and DCMTK."""

import base64
import io
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest
from PIL import Image
from pydicom.dataset import FileDataset
from pydicom.uid import ExplicitVRBigEndian, ExplicitVRLittleEndian

from tests.pacs_bridge.prepare.phantoms import grey, prepared, prepared_file

ROWS, COLUMNS = 5, 7
MARK = np.zeros((ROWS, COLUMNS), np.uint8)
MARK[1, 1:6] = MARK[4, 6] = 1


def laid(dataset: FileDataset, bits: np.ndarray, group: int = 0x6000, **others: Any) -> FileDataset:
    """The data set with an overlay of these bits, ``(rows, columns)`` or ``(frames, rows, columns)``."""
    packed = np.packbits(bits.ravel(), bitorder="little").tobytes()
    packed += b"\0" * (len(packed) % 2)
    if dataset.file_meta.TransferSyntaxUID == ExplicitVRBigEndian:
        packed = np.frombuffer(packed, "<u2").astype(">u2").tobytes()
    elements = [(0x0010, "US", bits.shape[-2]), (0x0011, "US", bits.shape[-1]), (0x0040, "CS", "R"),
                (0x0050, "SS", [2, -1]), (0x0100, "US", 1), (0x0102, "US", 0), (0x1500, "LO", "ROI 1"),
                (0x3000, "OW", packed)]  # fmt: skip
    if bits.ndim == 3:
        elements += [(0x0015, "IS", str(len(bits))), (0x0051, "US", others.get("first", 1))]
    for element, kind, value in elements:
        dataset.add_new((group << 16) | element, kind, value)
    return dataset


def bits_of(plane: dict[str, Any], frame: str = "0") -> np.ndarray:
    packed = np.frombuffer(base64.b64decode(plane["bits"][frame]), np.uint8)
    bits = np.unpackbits(packed, bitorder="little", count=plane["rows"] * plane["columns"])
    return bits.reshape(plane["rows"], plane["columns"])


@pytest.mark.parametrize("syntax", [ExplicitVRLittleEndian, ExplicitVRBigEndian])
def test_an_overlay_is_a_plane_of_its_own_and_leaves_the_pixels_alone(tmp_path: Path, syntax: str) -> None:
    pixels = np.arange(64, dtype=np.uint16).reshape(8, 8)
    made = prepared(laid(grey(pixels, syntax), MARK), tmp_path)
    [plane] = made.made.overlays
    assert np.array_equal(bits_of(plane), MARK)
    assert (plane["kind"], plane["label"], plane["origin"]) == ("R", "ROI 1", [2, -1])
    assert made.image["overlays"] == [{"group": "6000", "kind": "R", "label": "ROI 1"}]
    assert np.array_equal(made.frame, pixels)


def test_frames_of_an_overlay_lie_on_the_frames_they_say(tmp_path: Path) -> None:
    bits = np.stack([MARK, 1 - MARK])
    made = prepared(laid(grey(np.zeros((4, 8, 8), np.uint8)), bits, first=3), tmp_path)
    [plane] = made.made.overlays
    assert {frame: bits_of(plane, frame).sum() for frame in plane["bits"]} == {"3": 6, "4": 29}
    assert [len(image["overlays"]) for image in made.made.images] == [0, 0, 1, 1]


def test_bits_above_the_pixels_are_an_overlay_and_never_a_value(tmp_path: Path) -> None:
    values = np.arange(64, dtype=np.uint16).reshape(8, 8)
    marked = values.copy()
    marked[2, 2:5] |= 1 << 14
    dataset = grey(marked)
    dataset.BitsStored, dataset.HighBit = 12, 11
    for element, value in ((0x0010, 8), (0x0011, 8), (0x0100, 16), (0x0102, 14)):
        dataset.add_new(0x60020000 | element, "US", value)
    dataset.add_new(0x60020040, "CS", "G")
    made = prepared(dataset, tmp_path)
    [plane] = made.made.overlays
    assert np.array_equal(bits_of(plane, "1"), (marked >> 14) & 1)
    assert np.array_equal(made.frame, values)


def test_a_bit_of_the_pixels_themselves_is_no_overlay(tmp_path: Path) -> None:
    dataset = grey(np.arange(64, dtype=np.uint16).reshape(8, 8))
    for element, value in ((0x0100, 16), (0x0102, 3)):
        dataset.add_new(0x60000000 | element, "US", value)
    assert prepared(dataset, tmp_path).made.overlays == []


@pytest.mark.parametrize("change", [
    {0x0010: ("US", 0)}, {0x0010: ("US", 60000), 0x0011: ("US", 60000)}, {0x3000: ("OW", b"")},
    {0x0010: ("LO", "five")}])  # fmt: skip
def test_an_overlay_that_cannot_be_costs_nobody_the_image(tmp_path: Path, change: dict[int, tuple[str, Any]]) -> None:
    dataset = laid(grey(np.zeros((8, 8), np.uint8)), MARK)
    for element, (kind, value) in change.items():
        dataset.add_new(0x60000000 | element, kind, value)
    made = prepared(dataset, tmp_path)
    assert (made.made.reason, made.made.overlays, made.image["overlays"]) == ("", [], [])


def test_dcmtk_draws_the_same_plane(tmp_path: Path, require) -> None:
    dataset = laid(grey(np.full((8, 8), 7, np.uint8), WindowCenter=8, WindowWidth=16), MARK)
    dataset[0x60000050].value, dataset[0x60000040].value = [2, 1], "G"
    made = prepared(dataset, tmp_path)
    with_it, without = (
        np.asarray(Image.open(io.BytesIO(subprocess.run(
            [require("dcm2pnm"), "+Wi", "1", *options, str(made.path)], check=True, capture_output=True).stdout)))
        for options in (("+O", "0"), ("-O",)))  # fmt: skip
    drawn = np.zeros((8, 8), bool)
    drawn[1:6, 0:7] = bits_of(made.made.overlays[0])
    assert np.array_equal(with_it != without, drawn)


@pytest.mark.parametrize("name", ["pydicom/examples_overlay.dcm", "syntax/MR-SIEMENS-DICOM-WithOverlays.dcm"])
def test_real_overlays_are_those_that_pydicom_reads(shared_dicom: Path, tmp_path: Path, name: str) -> None:
    made = prepared_file(shared_dicom / name, tmp_path)
    wanted = pydicom.dcmread(shared_dicom / name).overlay_array(0x6000)
    [plane] = made.made.overlays or [None]
    if plane is None:
        assert not wanted.any()
    else:
        assert np.array_equal(bits_of(plane, "1"), wanted)


def test_real_overlays_in_the_pixels(shared_dicom: Path, tmp_path: Path) -> None:
    made = prepared_file(shared_dicom / "dcm4che/ovly_p01.dcm", tmp_path)
    source = pydicom.dcmread(shared_dicom / "dcm4che/ovly_p01.dcm")
    raw = np.frombuffer(source.PixelData, "<u2").reshape(source.Rows, source.Columns)
    for plane in made.made.overlays:
        group = int(plane["group"], 16)
        if (group, 0x3000) not in source:
            bit = source[group, 0x0102].value
            assert np.array_equal(bits_of(plane, "1"), (raw >> bit) & 1)
    assert {"6000", "6002"} & {plane["group"] for plane in made.made.overlays}

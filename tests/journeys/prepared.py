"""Files as *prepare* describes them, for a page without a house behind it; planes cut through them by numpy alone."""

import subprocess
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom import FileDataset, dcmread

from appliance.imaging.series import series_json
from pacs_bridge.prepare.making import Task
from pacs_bridge.prepare.worker import make

VIEWS: Mapping[str, tuple[tuple[int, int, int], tuple[int, int, int]]] = {
    "axial": ((1, 0, 0), (0, 1, 0)), "coronal": ((1, 0, 0), (0, 0, -1)), "sagittal": ((0, 1, 0), (0, 0, -1)),
}  # fmt: skip
"""Directions of rows and columns in the patient, as radiologists look."""


@dataclass(frozen=True)
class Prepared:
    """A series of the viewer's JSON, and its frames by ``sop/frame``."""

    series: dict[str, Any]
    frames: dict[str, bytes]


def prepared(files: Iterable[Path], study_uid: str) -> Prepared:
    """Return the series of these files, each made by the worker of *prepare*."""
    images: list[dict[str, Any]] = []
    frames: dict[str, bytes] = {}
    head: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as folder:
        for path in files:
            made = make(Task(path, Path(folder) / "frames", Path(folder) / "native", "", picture=False))
            assert not made.reason, made.reason
            sop = str(dcmread(path, stop_before_pixels=True).SOPInstanceUID)
            head = head or made.series
            images += [{**image, "sop_uid": sop} for image in made.images]
            whole = (Path(folder) / "frames").read_bytes()
            starts = np.frombuffer(made.frame_offsets, "<u8").tolist() if made.frames > 1 else [0]
            for number, (start, end) in enumerate(pairwise([*starts, len(whole)]), 1):
                frames[f"{sop}/{number}"] = whole[start:end]
    uid = str(dcmread(path, stop_before_pixels=True).SeriesInstanceUID)
    return Prepared(series_json({**head, "uid": uid, "study_uid": study_uid}, images, [], len(images)), frames)


@dataclass(frozen=True)
class Cube:
    """Stored values ``(slice, row, column)``, and the affine from ``(column, row, slice, 1)`` to millimetres (LPS)."""

    values: NDArray[np.float64]
    affine: NDArray[np.float64]
    spacing_mm: float
    intercept: float

    def plane(self, ways: Sequence[Sequence[float]], point_mm: Sequence[float]) -> NDArray[np.float64]:
        """Return the plane through a point: square pixels of the smallest spacing over the whole cube, trilinear.

        ``ways`` are the directions of rows and columns; what lies outside is NaN.
        """
        right, down = (np.asarray(way, float) for way in ways)
        ends = np.array(self.values.shape[::-1]) - 1.0
        corners = np.array([[i, j, k, 1] for i in (0, ends[0]) for j in (0, ends[1]) for k in (0, ends[2])])
        places = (corners @ self.affine.T)[:, :3]
        middle = places.mean(axis=0)
        normal = np.cross(right, down)
        width, height = (int(np.ceil(np.ptp(places @ way) / self.spacing_mm - 1e-6)) + 1 for way in (right, down))
        origin = middle + normal * float(np.dot(np.asarray(point_mm) - middle, normal))
        across = (np.arange(width) - (width - 1) / 2) * self.spacing_mm
        along = (np.arange(height) - (height - 1) / 2) * self.spacing_mm
        points = origin + across[None, :, None] * right + along[:, None, None] * down
        inverse = np.linalg.inv(self.affine)
        index = points @ inverse[:3, :3].T + inverse[:3, 3]
        return self._sampled(index)

    def _sampled(self, index: NDArray[np.float64]) -> NDArray[np.float64]:
        ends = np.array(self.values.shape[::-1]) - 1
        low = np.clip(np.floor(index).astype(int), 0, ends - 1)
        share = np.clip(index - low, 0, 1)
        total = np.zeros(index.shape[:-1])
        for corner in np.ndindex(2, 2, 2):
            weight = np.prod(np.where(np.array(corner) == 1, share, 1 - share), axis=-1)
            at = low + np.array(corner)
            total += weight * self.values[at[..., 2], at[..., 1], at[..., 0]]
        outside = ((index < -0.5) | (index > ends + 0.5)).any(axis=-1)
        return np.where(outside, np.nan, total)


def cube(files: Iterable[Path]) -> Cube:
    """Return the voxels of a stack, decoded by DCMTK and ordered by position alone."""
    slices = [_decoded(path) for path in files]
    row, column = (np.array(slices[0].ImageOrientationPatient[at : at + 3], float) for at in (0, 3))
    normal = np.cross(row, column)
    slices.sort(key=lambda one: float(np.dot(normal, np.array(one.ImagePositionPatient, float))))
    first, last = (np.array(one.ImagePositionPatient, float) for one in (slices[0], slices[-1]))
    between_rows, between_columns = (float(value) for value in slices[0].PixelSpacing)
    affine = np.eye(4)
    affine[:3, 0], affine[:3, 1] = row * between_columns, column * between_rows
    affine[:3, 2], affine[:3, 3] = (last - first) / (len(slices) - 1), first
    values = np.stack([one.pixel_array.astype(float) for one in slices])
    spacing = min(between_rows, between_columns, float(np.linalg.norm(affine[:3, 2])))
    return Cube(values, affine, spacing, float(slices[0].RescaleIntercept))


def by_height(files: Iterable[Path]) -> list[Path]:
    """Return the files from the feet to the head."""
    return sorted(files, key=lambda path: float(dcmread(path, stop_before_pixels=True).ImagePositionPatient[2]))


def _decoded(path: Path) -> FileDataset:
    with tempfile.TemporaryDirectory() as folder:
        plain = Path(folder) / path.name
        subprocess.run(["dcmdjpeg", str(path), str(plain)], check=True, capture_output=True)
        found = dcmread(plain)
        found.pixel_array  # noqa: B018 - read before the file goes
    return found

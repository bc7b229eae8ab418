"""Cross-sectional objects: CT, PET, MR."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.uid import CTImageStorage, MRImageStorage, PositronEmissionTomographyImageStorage

from pacs_bridge.demo_pacs.phantoms import pixels
from pacs_bridge.demo_pacs.phantoms.noise import F32, Grain
from pacs_bridge.demo_pacs.phantoms.scene import Grid
from pacs_bridge.demo_pacs.phantoms.studies import Series, codes, numbers

AXIAL = (1, 0, 0, 0, 1, 0)


def double(plane: F32) -> F32:
    """Twice as many rows and columns, by linear interpolation about the same field of view."""
    for axis in (0, 1):
        before = np.concatenate(
            [plane.take([0], axis), plane.take(range(plane.shape[axis] - 1), axis)], axis
        )
        after = np.concatenate(
            [plane.take(range(1, plane.shape[axis]), axis), plane.take([-1], axis)], axis
        )
        both = np.stack([0.75 * plane + 0.25 * before, 0.75 * plane + 0.25 * after], axis + 1)
        shape = list(plane.shape)
        shape[axis] *= 2
        plane = both.reshape(shape)
    return plane


def place(d: Dataset, grid: Grid, z: float, thickness: float, gap: float, step: int = 1) -> None:
    """Image plane of an axial slice; ``step`` 2 when the plane was doubled."""
    dy, dx = grid.spacing[1] / step, grid.spacing[2] / step
    y = grid.origin[1] - (grid.spacing[1] - dy) / 2
    x = grid.origin[2] - (grid.spacing[2] - dx) / 2
    d.PixelSpacing, d.ImageOrientationPatient = numbers((dy, dx)), numbers(AXIAL)
    d.ImagePositionPatient, d.SliceLocation = numbers((x, y, z)), f"{z:.2f}"
    d.SliceThickness, d.SpacingBetweenSlices = numbers([thickness])[0], numbers([gap])[0]
    d.PatientPosition = "HFS"


@dataclass(frozen=True)
class Window:
    """Window (centre, width) and its name."""

    centre: float
    width: float
    name: str = ""


def ct_common(d: Dataset, window: Window, kernel: str, contrast: str | None) -> None:
    """Attributes of a CT image, with a rescale of 1 and -1024 HU."""
    d.RescaleIntercept, d.RescaleSlope, d.RescaleType = "-1024", "1", "HU"
    d.WindowCenter, d.WindowWidth = window.centre, window.width
    if window.name:
        d.WindowCenterWidthExplanation = window.name
    d.KVP, d.XRayTubeCurrent, d.ExposureTime, d.ConvolutionKernel = "120", 220, 500, kernel
    d.GantryDetectorTilt, d.RotationDirection, d.FilterType = "0", "CW", "BODY"
    if contrast is not None:
        d.ContrastBolusAgent, d.ContrastBolusRoute = contrast, "IV"


def ct(
    series: Series,
    planes: Iterable[F32],
    grid: Grid,
    heights: Iterable[float],
    folder: Path,
    *,
    thickness: float,
    sigma: float,
    window: Window,
    kernel: str = "Br40",
    contrast: str | None = None,
    step: int = 2,
    kind: tuple[str, ...] = ("ORIGINAL", "PRIMARY", "AXIAL"),
) -> None:
    """Write an axial CT series.

    Parameters
    ----------
    planes
        Slices in HU on the grid's rows and columns.
    heights
        Position z of each slice, mm.
    thickness
        Slice thickness, and distance between slices, mm.
    sigma
        Noise, HU.
    step
        2 doubles the matrix, 1 keeps it.
    """
    shape = (grid.shape[1] * step, grid.shape[2] * step)
    grain = Grain(shape, 0.06, 0.22, series.uid)
    y, x = np.ogrid[-1 : 1 : shape[0] * 1j, -1 : 1 : shape[1] * 1j]
    circle = np.float32(x * x + y * y) > 0.999
    for n, (plane, z) in enumerate(zip(planes, heights, strict=True), 1):
        d = series.instance(CTImageStorage, n)
        series.acquired(d, n * 0.05)
        d.ImageType = list(kind)
        image = double(plane) if step == 2 else plane
        image = image + grain.plane() * np.float32(sigma)
        image[circle] = -1024
        place(d, grid, z, thickness, thickness, step)
        ct_common(d, window, kernel, contrast)
        syntax = pixels.grey(d, np.clip(np.rint(image) + 1024, 0, 4095).astype(np.uint16), 12)
        series.save(d, folder, syntax)


def localiser(series: Series, volume: F32, grid: Grid, folder: Path) -> None:
    """Sagittal scout: the mean of a volume from right to left, one pixel a voxel of its rows."""
    mean = volume.mean(2)[::-1] * 2.2 + 1100
    fine = np.repeat(mean, max(1, round(grid.spacing[0] / grid.spacing[1])), 0)
    d = series.instance(CTImageStorage, 1)
    series.acquired(d)
    d.ImageType = ["ORIGINAL", "PRIMARY", "LOCALIZER"]
    dz = grid.spacing[0] * len(mean) / len(fine)
    top = grid.origin[0] + grid.spacing[0] * (grid.shape[0] - 1)
    d.PixelSpacing, d.ImageOrientationPatient = (
        numbers((dz, grid.spacing[1])),
        numbers((0, 1, 0, 0, 0, -1)),
    )
    d.ImagePositionPatient = numbers((0, grid.origin[1], top))
    d.SliceThickness, d.PatientPosition = "1", "HFS"
    ct_common(d, Window(100, 900), "T20", None)
    noise = Grain((fine.shape[0], fine.shape[1]), 0.1, 0.4, series.uid, planes=1).plane() * 8
    series.save(
        d, folder, pixels.grey(d, np.clip(fine + noise + 1024, 0, 4095).astype(np.uint16), 12)
    )


@dataclass(frozen=True)
class Dose:
    """Injected radiopharmaceutical: activity in Bq, half life in s, delay to the scan in s."""

    activity: float = 250e6
    half_life: float = 6586.2
    delay: float = 3600.0

    def becquerels_per_suv(self, weight: float) -> float:
        """Concentration (Bq/ml) at the start of the scan for an SUV of 1, body weight in kg."""
        return float(self.activity * 0.5 ** (self.delay / self.half_life) / (weight * 1000))


def pet(series: Series, suv: F32, grid: Grid, folder: Path, dose: Dose, corrected: bool) -> None:
    """Write a PET series in Bq/ml from a volume of SUV (nz, ny, nx); decay-corrected to its start."""
    unit = dose.becquerels_per_suv(series.study.patient.weight)
    start = series.when - timedelta(seconds=dose.delay)
    for n, plane in enumerate(suv, 1):
        d = series.instance(PositronEmissionTomographyImageStorage, n)
        series.acquired(d)
        d.ImageType = ["ORIGINAL", "PRIMARY"]
        z = grid.origin[0] + (n - 1) * grid.spacing[0]
        place(d, grid, z, grid.spacing[0], grid.spacing[0])
        del d.PatientPosition  # said by the code sequences below
        drug = Dataset()
        drug.Radiopharmaceutical, drug.RadiopharmaceuticalRoute = "FDG 18F", "IV"
        drug.RadiopharmaceuticalStartTime = start.strftime("%H%M%S.00")
        drug.RadiopharmaceuticalStartDateTime = start.strftime("%Y%m%d%H%M%S.00")
        drug.RadionuclideTotalDose, drug.RadionuclideHalfLife = (
            f"{dose.activity:.0f}",
            f"{dose.half_life}",
        )
        drug.RadionuclidePositronFraction = "0.967"
        drug.RadionuclideCodeSequence = codes(("77004003", "SCT", "^18^Fluorine"))
        drug.RadiopharmaceuticalCodeSequence = codes(
            ("35321007", "SCT", "Fluorodeoxyglucose F^18^")
        )
        d.RadiopharmaceuticalInformationSequence = Sequence([drug])
        d.PatientOrientationCodeSequence = codes(("102538003", "SCT", "recumbent"))
        d.PatientOrientationCodeSequence[0].PatientOrientationModifierCodeSequence = codes(
            ("40199007", "SCT", "supine")
        )
        d.PatientGantryRelationshipCodeSequence = codes(("102540008", "SCT", "headfirst"))
        d.SeriesType, d.Units, d.CountsSource = ["WHOLE BODY", "IMAGE"], "BQML", "EMISSION"
        d.DecayCorrection, d.CollimatorType = "START", "NONE"
        d.CorrectedImage = ["DECY", "NORM", "DTIM", "RAN"] + (["ATTN", "SCAT"] if corrected else [])
        d.RandomsCorrectionMethod, d.ReconstructionMethod = "DLYD", "OSEM 3i21s"
        if corrected:
            d.AttenuationCorrectionMethod, d.ScatterCorrectionMethod = "CT", "Model-based"
        d.NumberOfSlices, d.ImageIndex = len(suv), n
        d.ActualFrameDuration, d.FrameReferenceTime = 120000, "60000"
        d.DecayFactor, d.ScatterFractionFactor, d.DeadTimeFactor = "1.0063", "0.3", "1.05"
        top = max(float(plane.max()) * unit, 1.0)
        slope = float(f"{top / 32767:.8g}")
        d.RescaleIntercept, d.RescaleSlope = "0", f"{slope:.8g}"
        d.WindowCenter, d.WindowWidth = numbers([3.5 * unit])[0], numbers([7 * unit])[0]
        raw = np.clip(np.rint(plane * unit / slope), 0, 32767).astype(np.uint16)
        series.save(d, folder, pixels.grey(d, raw, 16))


def mr(
    series: Series, volume: NDArray[np.float32], grid: Grid, folder: Path, *, echo: float, repetition: float, inversion: float | None = None,
    b_value: float | None = None, kind: tuple[str, ...] = ("ORIGINAL", "PRIMARY", "OTHER", "SE"), window: Window,
) -> None:  # fmt: skip
    """Write an axial MR series (times in ms, b in s/mm²) of a volume (nz, ny, nx)."""
    for n, plane in enumerate(volume, 1):
        d = series.instance(MRImageStorage, n)
        series.acquired(d)
        d.ImageType = list(kind)
        place(
            d,
            grid,
            grid.origin[0] + (n - 1) * grid.spacing[0],
            grid.spacing[0] - 0.25,
            grid.spacing[0],
        )
        d.ScanningSequence, d.SequenceVariant, d.ScanOptions, d.MRAcquisitionType = (
            ["SE"],
            "SK",
            "",
            "2D",
        )
        if inversion is not None:
            d.ScanningSequence, d.InversionTime = ["SE", "IR"], str(inversion)
        if b_value is not None or kind[3] == "ADC":
            d.ScanningSequence = ["EP", "SE"]
        if b_value is not None:
            d.DiffusionBValue = float(b_value)
        d.EchoTime, d.RepetitionTime, d.EchoTrainLength = str(echo), str(repetition), 1
        d.MagneticFieldStrength, d.FlipAngle, d.NumberOfAverages = "3", "90", "1"
        d.WindowCenter, d.WindowWidth = window.centre, window.width
        series.save(
            d, folder, pixels.grey(d, np.clip(np.rint(plane), 0, 4095).astype(np.uint16), 12)
        )


def pixel(grid: Grid, point: tuple[float, float, float], step: int = 2) -> tuple[float, float, int]:
    """Column, row (first pixel's centre at 0.5, as in SCOORD) and index of the slice of a point in mm."""
    dy, dx = grid.spacing[1] / step, grid.spacing[2] / step
    column = (point[0] - grid.origin[2] + grid.spacing[2] / 2) / dx
    row = (point[1] - grid.origin[1] + grid.spacing[1] / 2) / dy
    return column, row, round((point[2] - grid.origin[0]) / grid.spacing[0])

"""Left coronary angiogram: catheter, two arteries and their branches filling, beating; a stenosis."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydicom.uid import XRayAngiographicImageStorage

from pacs_bridge.demo_pacs.phantoms import pixels
from pacs_bridge.demo_pacs.phantoms.catalog import Catalog
from pacs_bridge.demo_pacs.phantoms.noise import F32, Grain, fractal, rng, smooth
from pacs_bridge.demo_pacs.phantoms.plane import Sheet, chord, soften
from pacs_bridge.demo_pacs.phantoms.studies import Series, numbers
from pacs_bridge.demo_pacs.phantoms.torso_parts import tree

FRAMES, RATE, SIDE = 40, 15.0, 512
SHEET = Sheet((SIDE, SIDE), 0.28, left=-71.7, top=-71.7)
_PHASES = 10
#: Middle of the stenosis of the left anterior descending artery (across, down), mm, and its residual diameter.
STENOSIS = (-2.0, -26.0)
STENOSIS_RESIDUAL = 0.35

Path2 = NDArray[np.float64]
Line = list[tuple[float, float]]


def _arteries() -> list[tuple[Path2, NDArray[np.float64], float]]:
    """Branches as (points (n, 2) mm, radii mm, arrival of the contrast in mm of path)."""
    main: Line = [(-34, -52), (-26, -46), (-17, -40)]
    descending: Line = [
        (-17, -40),
        (-8, -32),
        (-2, -26),
        (6, -16),
        (13, 0),
        (20, 18),
        (25, 38),
        (24, 54),
        (17, 60),
    ]
    circumflex: Line = [(-17, -40), (-19, -28), (-17, -12), (-10, 6), (-4, 22), (-2, 36)]
    out = []

    def lay(points: Line, radii: list[float], start: float) -> None:
        fine = np.linspace(0, len(points) - 1, 8 * len(points))
        p = np.asarray(points, float)
        curve = np.stack([np.interp(fine, np.arange(len(p)), p[:, k]) for k in (0, 1)], 1)
        curve = np.stack(
            [
                np.convolve(np.pad(curve[:, k], 5, mode="edge"), np.ones(11) / 11, "valid")
                for k in (0, 1)
            ],
            1,
        )
        r = np.interp(fine, np.linspace(0, len(p) - 1, len(radii)), radii)
        narrow = np.exp(-(np.hypot(*(curve - STENOSIS).T) ** 2) / (2 * 2.2**2))
        r = r * (1 - (1 - STENOSIS_RESIDUAL) * narrow)
        walked = start + np.concatenate([[0], np.cumsum(np.hypot(*np.diff(curve, axis=0).T))])
        for k in range(0, len(curve) - 2, 3):
            out.append((curve[k : k + 4], r[k : k + 4], float(walked[k])))

    lay(main, [2.4, 2.3], 0)
    lay(descending, [2.1, 1.9, 1.5, 1.1, 0.6], 22)
    lay(circumflex, [1.9, 1.7, 1.3, 0.8], 22)
    sprouts = [((2, -21), (1, 0.25), 1.3, 36), ((9, -9), (1, 0.6), 1.1, 50), ((16, 8), (1, 0.9), 0.9, 68), ((13, 0), (-0.6, 1), 0.8, 60),
               ((20, 18), (-0.7, 0.8), 0.7, 80), ((-19, -26), (-0.9, 0.7), 1.3, 40), ((-14, -4), (-0.9, 1), 1.1, 62), ((-8, 10), (-0.4, 1), 0.9, 78)]  # fmt: skip
    for k, (start, heading, radius, walked) in enumerate(sprouts):
        for points, radii in tree(
            (*start, 0), (*heading, 0.1), radius, 15, 3, "coronary", k, spread=0.42
        ):
            far = walked + 1.1 * float(np.hypot(*(points[0, :2] - start)))
            out.append((points[:, :2], np.maximum(radii, 0.28), far))
    return out


def _beat(points: Path2, phase: float) -> Path2:
    """Move points as the heart contracts; phase 0..1."""
    squeeze = 0.085 * np.sin(np.pi * np.clip(phase / 0.42, 0, 1)) ** 2
    centre = np.array((2.0, -6.0))
    d = points - centre
    turn = 0.5 * squeeze
    spun = np.stack([d[:, 0] - turn * d[:, 1], d[:, 1] + turn * d[:, 0]], 1)
    return np.asarray(centre + spun * (1 - squeeze) + np.array((2.0, 2.5)) * squeeze / 0.085)


def _background(gen: np.random.Generator) -> F32:
    """Spine, ribs, heart and diaphragm, mm of water."""
    x, y = SHEET.columns(), SHEET.rows()
    out = 170 + 10 * fractal(SHEET.shape, 120, 5, gen)
    spine = np.clip(0.5 - (np.abs(x + 42 + 0.05 * y) - 17) / 4, 0, 1)
    out += spine * (
        24 + 7 * np.sin(2 * np.pi * (y + 6) / 27) + 3 * smooth(SHEET.shape, (9, 9), gen)
    )
    heart = np.hypot((x - 6) / 52, (y - 2) / 62) - 1
    out += 34 * np.clip(-heart * 3, 0, 1)
    dome = y - 48 + 0.004 * (x - 20) ** 2
    out += 45 * np.clip(dome / 9, 0, 1)
    ribs = np.zeros(SHEET.shape, np.float32)
    for k in range(5):
        curve = np.array(
            [(-80, -70 + 30 * k), (-20, -62 + 30 * k), (40, -46 + 30 * k), (80, -22 + 30 * k)],
            float,
        )
        chord(ribs, SHEET, curve, 5.5)
    out += soften(0.8 * ribs, 4)
    return soften(out.astype(np.float32), 2.5)


def run() -> NDArray[np.uint16]:
    """Frames (40, 512, 512), 10 bits."""
    gen = rng("angiogram")
    back, arteries = _background(gen), _arteries()
    catheter = np.array([(-40, -80), (-46, -66), (-44, -57), (-34, -52)], float)
    thick, arrival = [], []
    for k in range(_PHASES):
        total, late = np.zeros(SHEET.shape, np.float32), np.full(SHEET.shape, 999, np.float32)
        for points, radii, walked in arteries:
            moved = _beat(points, k / _PHASES)
            chord(total, SHEET, moved, radii)
            lo, hi = moved.min(0) - 3, moved.max(0) + 3
            i = slice(*np.searchsorted(SHEET.rows()[:, 0], (lo[1], hi[1])))
            j = slice(*np.searchsorted(SHEET.columns()[0], (lo[0], hi[0])))
            np.minimum(late[i, j], walked, out=late[i, j])
        thick.append(total)
        arrival.append(late)
    tube = np.zeros(SHEET.shape, np.float32)
    chord(tube, SHEET, catheter, 1.1)
    grain = Grain(SHEET.shape, 0.02, 0.28, "angiogram")
    blush = np.clip(soften(np.mean(thick, 0), 20) * 1.2, 0, 2)
    out = np.empty((FRAMES, SIDE, SIDE), np.uint16)
    for n in range(FRAMES):
        phase = (n % 13) / 13
        k = int(phase * _PHASES)
        front = (n - 4) * 15.0
        fill = np.clip((front - arrival[k]) / 14, 0, 1) * (
            1 - 0.75 * np.clip((front - 330 - 0.5 * arrival[k]) / 160, 0, 1)
        )
        contrast = thick[k] * fill * 15 + blush * 7 * np.clip((n - 16) / 10, 0, 1)
        water = back + 2.0 * np.sin(2 * np.pi * phase) + contrast + tube * (6 + 10 * (4 < n < 26))
        value = 760 * np.exp(-(soften(water, 1.3) - 175) / 105) + grain.plane() * 17
        out[n] = np.clip(np.rint(value), 0, 1023)
    return out


def write(catalog: Catalog, folder: Path) -> list[Series]:
    """One run of 40 frames at 15 a second."""
    series = Series(
        catalog.angio,
        1,
        "XA",
        "Coronaire gauche OAD 30 CRA 20",
        "HEART",
        maker=("Atelier Fictif", "Arceau 2"),
    )
    d = series.instance(XRayAngiographicImageStorage)
    series.acquired(d)
    d.ImageType, d.PatientOrientation = ["ORIGINAL", "PRIMARY", "SINGLE PLANE"], ""
    d.PixelIntensityRelationship, d.LossyImageCompression = "LIN", "00"
    d.FrameTime, d.FrameIncrementPointer = f"{1000 / RATE:.3f}", 0x00181063
    d.CineRate = d.RecommendedDisplayFrameRate = int(RATE)
    d.KVP, d.XRayTubeCurrent, d.ExposureTime, d.RadiationSetting = "80", 620, 7, "GR"
    d.PositionerMotion, d.PositionerPrimaryAngle, d.PositionerSecondaryAngle = "STATIC", "-30", "20"
    d.DistanceSourceToDetector, d.DistanceSourceToPatient = "1050", "750"
    d.ImagerPixelSpacing = numbers((0.392, 0.392))
    d.WindowCenter, d.WindowWidth = 480, 800
    d.ContrastBolusAgent = "Iodixanol 320"
    series.save(d, folder, pixels.grey(d, run(), 10))
    return [series]

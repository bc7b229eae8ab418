"""Abdominal ultrasound: liver, gallbladder, right kidney and portal vein under a convex probe, breathing."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.uid import UltrasoundMultiFrameImageStorage

from pacs_bridge.demo_pacs.phantoms import pixels
from pacs_bridge.demo_pacs.phantoms.catalog import Catalog
from pacs_bridge.demo_pacs.phantoms.noise import F32, fractal, rng, smooth
from pacs_bridge.demo_pacs.phantoms.plane import stamp
from pacs_bridge.demo_pacs.phantoms.studies import Series, codes

FRAMES, ROWS, COLUMNS, RATE = 60, 600, 800, 25.0
#: Convex probe: radius of its face, depth seen, half opening.
FACE, DEPTH, HALF_ANGLE = 50.0, 150.0, np.radians(33)
#: Millimetres a pixel, and where the skin meets the middle of the probe (row, column).
SPACING, TOP, MIDDLE = 0.30, 55, 400
_NR, _NA = 760, 300


def _polar() -> tuple[F32, F32]:
    """Position of the polar samples (depth x angle): across and down from the skin, mm."""
    r = FACE + DEPTH * (np.arange(_NR, dtype=np.float32)[:, None] / _NR)
    a = np.linspace(-HALF_ANGLE, HALF_ANGLE, _NA, dtype=np.float32)[None, :]
    return r * np.sin(a), r * np.cos(a) - FACE


def _blob(
    x: F32, y: F32, centre: tuple[float, float], radii: tuple[float, float], turn: float = 0
) -> F32:
    """Distance to an ellipse, mm, negative inside."""
    c, s = np.cos(np.radians(turn)), np.sin(np.radians(turn))
    u, v = (x - centre[0]) * c + (y - centre[1]) * s, (y - centre[1]) * c - (x - centre[0]) * s
    return np.asarray((np.hypot(u / radii[0], v / radii[1]) - 1) * min(radii))


def echogenicity(shift: float, uneven: F32) -> tuple[F32, F32]:
    """Brightness of the tissues (polar samples) and flow (-1..1), the organs pushed ``shift`` mm by the breath.

    ``uneven`` is noise of unit deviation on the polar samples.
    """
    x, y = _polar()
    x, y = x - 0.35 * shift, y - 0.5 * shift
    x, y = x + 2.2 * np.sin(y / 13 + 0.6) + 0.5 * uneven, y + 2.4 * np.sin(x / 15) + 0.5 * uneven
    out = 0.30 + 0.035 * uneven
    diaphragm = np.hypot(x + 10, y - 40) - 88
    out = np.where(diaphragm > 0, 0.10 + 0.02 * uneven, out)
    out = out + 1.1 * np.exp(-((diaphragm / 1.6) ** 2)) * (x < 20)
    capsule = _blob(x, y, (30, 82), (53, 28), 24)
    out = np.where(capsule < 4.5, 0.52 + 0.05 * uneven, out)
    kidney = _blob(x, y, (30, 82), (50, 25), 24)
    out = np.where(kidney < 0, 0.21 + 0.02 * uneven, out)
    sinus = _blob(x, y, (31, 82), (32, 10), 24) + 3.0 * uneven
    out = np.where(sinus < 0, 0.70 + 0.10 * uneven, out)
    for k in range(5):
        c = (30 + (k - 2) * 16.5, 82 + (k - 2) * 7.3 - 14)
        out = np.where(_blob(x, y, c, (5.0, 4.2), 24) < 0, 0.10, out)
    gall = _blob(x, y, (-2, 42), (26, 9.5), 32)
    out = np.where(gall < 1.2, 0.62, out)
    out = np.where(gall < 0, 0.012, out)
    flow = np.zeros_like(out)
    for (ax, ay), (bx, by), r in (
        ((-62, 62), (-8, 74), 5.2),
        ((-52, 38), (-30, 20), 2.4),
        ((-40, 96), (-20, 108), 3.0),
        ((-24, 70), (-34, 50), 3.2),
    ):
        t = np.clip(
            ((x - ax) * (bx - ax) + (y - ay) * (by - ay)) / ((bx - ax) ** 2 + (by - ay) ** 2), 0, 1
        )
        gap = np.hypot(x - ax - t * (bx - ax), y - ay - t * (by - ay)) - r + 3 * np.sin(t * 3) * 0.3
        out = np.where(gap < 1.0, 0.58, out)
        out = np.where(gap < 0, 0.03, out)
        flow = np.where(gap < -0.4, np.clip(-gap / r, 0, 1) * (1 if r > 4 else -0.8), flow)
    xs, ys = _polar()
    layers = 0.45 + 0.16 * np.sin(ys * 1.3 + 1.2 * np.sin(xs / 9) + 0.8 * uneven) + 0.08 * uneven
    out = np.where(ys < 13, np.clip(layers, 0.1, 1), out)
    behind = np.cumsum(gall < 0, 0) / _NR * (gall > 0)
    return (out * (1 + 5.0 * behind)).astype(np.float32), flow.astype(np.float32)


def _speckle() -> F32:
    """Rayleigh speckle on polar samples, longer across than along, mean 1."""
    gen = rng("speckle")
    real, imaginary = (smooth((_NR + 40, _NA), (2.2, 1.7), gen) for _ in range(2))
    out = np.hypot(real, imaginary)
    return np.asarray(out / out.mean())


def _scan() -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.bool_]]:
    """Polar sample seen by each pixel, and the fan."""
    x = (np.arange(COLUMNS)[None, :] - MIDDLE) * SPACING
    y = (np.arange(ROWS)[:, None] - TOP) * SPACING + FACE
    r, a = np.hypot(x, y), np.arctan2(x, y)
    fan = (r > FACE) & (r < FACE + DEPTH) & (np.abs(a) < HALF_ANGLE)
    i = np.clip((r - FACE) / DEPTH * _NR, 0, _NR - 1).astype(np.intp)
    j = np.clip((a / HALF_ANGLE + 1) / 2 * (_NA - 1), 0, _NA - 1).astype(np.intp)
    return i, j, fan


def _panel() -> F32:
    """Fixed marks: grey and colour bars, depth scale, text; RGB (rows, columns, 3)."""
    page = np.zeros((ROWS, COLUMNS, 3), np.float32)
    ramp = np.linspace(255, 0, 160)[:, None]
    page[60:220, 770:784] = ramp[:, :, None]
    half = np.linspace(1, 0, 60)[:, None]
    page[250:310, 770:784, 0], page[250:310, 770:784, 1] = 255 * half, 190 * half**2
    page[310:370, 770:784, 2], page[310:370, 770:784, 1] = 255 * half[::-1], 190 * half[::-1] ** 2
    for mm in range(0, int(DEPTH) + 1, 10):
        row = TOP + int(mm / SPACING)
        page[row : row + 2, 744 : 756 if mm % 50 == 0 else 750] = 200
    for channel in range(3):
        plane = page[:, :, channel]
        stamp(plane, "ABDOMEN  C5-1  25 Hz  15 cm", 14, 8, 8, 210)
        stamp(plane, "IM 1.2  ITm 0.6", 14, 26, 8, 210)
        stamp(plane, "ETUDE FICTIVE", 14, 574, 8, 210)
        stamp(plane, "+28", 12, 234, 764, 200)
        stamp(plane, "-28 cm/s", 12, 374, 740, 200)
    return page


def cine() -> NDArray[np.uint8]:
    """Frames (60, 600, 800, 3), RGB."""
    speckle, (i, j, fan), still = _speckle(), _scan(), _panel().astype(np.uint8)
    seen = (i * _NA + j)[fan]
    gen = rng("doppler")
    x, y = _polar()
    window = (np.abs(x + 36) < 30) & (np.abs(y - 64) < 30)
    depth = np.arange(_NR, dtype=np.float32)[:, None] / _NR
    gain = (1.15 - 0.45 * depth) * (
        1 - 0.35 * np.abs(np.linspace(-1, 1, _NA, dtype=np.float32)) ** 4
    )
    out = np.empty((FRAMES, ROWS, COLUMNS, 3), np.uint8)
    edge = (window ^ np.roll(window, 2, 0)) | (window ^ np.roll(window, 1, 1))
    flicker = [smooth((_NR, _NA), (9, 5), gen) for _ in range(4)]
    sparkle = [smooth((_NR, _NA), (2.2, 1.7), gen) for _ in range(3)]
    uneven = fractal((_NR, _NA), 60, 4, rng("sonogram"))
    # The breath goes to and fro: half of the states serve twice.
    states = {k: echogenicity(5.0 * k / 8, uneven) for k in range(-8, 9)}
    for n in range(FRAMES):
        step = int(round(8 * np.sin(2 * np.pi * n / FRAMES)))
        shift = 5.0 * step / 8
        tissue, flow = states[step]
        lag = int(round(20 + 0.5 * shift * _NR / DEPTH))
        field = speckle[40 - lag : 40 - lag + _NR]
        amplitude = tissue * gain * field * (1 + 0.10 * sparkle[n % 3])
        grey = np.clip(np.log10(np.maximum(amplitude, 1e-3) / 0.022) / 2.0, 0, 1) ** 1.25 * 225
        pulse = 0.62 + 0.38 * np.sin(2 * np.pi * n / 20) ** 2
        speed = np.clip(flow * pulse * (1.25 + 0.25 * flicker[n % 4]), -1, 1) * window
        flat = np.stack([grey] * 3, -1)
        up, down = speed > 0.12, speed < -0.12
        flat[up] = np.stack([90 + 165 * speed[up], 190 * speed[up] ** 2, 0 * speed[up]], -1)
        flat[down] = np.stack([0 * speed[down], 190 * speed[down] ** 2, 90 - 165 * speed[down]], -1)
        flat[edge] = (70, 150, 70)
        image = flat.astype(np.uint8).reshape(-1, 3).take(seen, 0)
        out[n] = still
        out[n][fan] = image
    return out


def _region(kind: int, box: tuple[int, int, int, int], flags: int) -> Dataset:
    """Calibrated region: data type, pixels (x0, y0, x1, y1), flags; cm a pixel."""
    d = Dataset()
    d.RegionSpatialFormat, d.RegionDataType, d.RegionFlags = 1, kind, flags
    d.RegionLocationMinX0, d.RegionLocationMinY0, d.RegionLocationMaxX1, d.RegionLocationMaxY1 = box
    d.ReferencePixelX0, d.ReferencePixelY0 = MIDDLE - box[0], TOP - box[1]
    d.PhysicalUnitsXDirection = d.PhysicalUnitsYDirection = 3
    d.ReferencePixelPhysicalValueX = d.ReferencePixelPhysicalValueY = 0.0
    d.PhysicalDeltaX = d.PhysicalDeltaY = SPACING / 10
    d.TransducerFrequency = 3500
    return d


def write(catalog: Catalog, folder: Path) -> list[Series]:
    """One colour cine with calibrated regions."""
    series = Series(
        catalog.liver_us,
        1,
        "US",
        "Foie, vésicule, rein droit",
        "ABDOMEN",
        maker=("Atelier Fictif", "Sonde 5"),
    )
    d = series.instance(UltrasoundMultiFrameImageStorage)
    series.acquired(d)
    d.ImageType, d.PatientOrientation = ["ORIGINAL", "PRIMARY", "ABDOMINAL", "0011"], ""
    d.FrameTime, d.FrameIncrementPointer, d.CineRate = f"{1000 / RATE:.1f}", 0x00181063, int(RATE)
    d.RecommendedDisplayFrameRate, d.BurnedInAnnotation = int(RATE), "YES"
    d.UltrasoundColorDataPresent = 1
    d.SequenceOfUltrasoundRegions = Sequence(
        [_region(1, (120, 40, 690, 570), 2), _region(2, (120, 40, 690, 570), 3)]
    )
    d.AnatomicRegionSequence = codes(("113345001", "SCT", "Abdomen"))
    series.save(d, folder, pixels.colour(d, cine()))
    return [series]

"""Chest radiograph: the trunk of `torso` seen by X-rays, its bones and vessels drawn sharp."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.uid import ComputedRadiographyImageStorage, DigitalXRayImageStorageForPresentation

from pacs_bridge.demo_pacs.phantoms import pixels, torso, torso_organs
from pacs_bridge.demo_pacs.phantoms.catalog import Catalog
from pacs_bridge.demo_pacs.phantoms.noise import F32, band, fractal, rng
from pacs_bridge.demo_pacs.phantoms.plane import Sheet, chord, resize, soften, stamp
from pacs_bridge.demo_pacs.phantoms.studies import Series, codes, numbers
from pacs_bridge.demo_pacs.phantoms.torso_parts import clavicles, lung_vessels, ribs

SIDE = 2500
SPACING = 0.139
#: Across: the patient's right is on the left of the image. Down: towards the feet.
FINE = Sheet((SIDE // 2, SIDE // 2), SPACING * 2, left=-SIDE * SPACING / 2, top=-262.0)


def _density(hu: F32) -> F32:
    """Attenuation of tissues, relative to water."""
    return np.maximum(hu + 1000, 0) / 1000 + np.maximum(hu - 150, 0) / 2600


def _through(density: F32) -> F32:
    """Water-equivalent thickness (mm) on `FINE` of a chest volume."""
    grid = torso.CHEST
    flat = density.sum(1) * np.float32(grid.spacing[1])
    x = grid.origin[2] + grid.spacing[2] * np.arange(grid.shape[2])
    z = grid.origin[0] + grid.spacing[0] * np.arange(grid.shape[0])
    across = np.stack([np.interp(FINE.columns()[0], x, row) for row in flat]).astype(np.float32)
    rough = np.stack([np.interp(-FINE.rows()[:, 0], z, col) for col in across.T], 1).astype(
        np.float32
    )
    return soften(rough, 5.0)


def _bones(gen: np.random.Generator) -> F32:
    """Bone thickness beyond soft tissue, mm of water, on `FINE`."""
    total = np.zeros(FINE.shape, np.float32)
    grain = 1 + 0.10 * fractal(FINE.shape, 9, 3, gen)

    def add(curve: F32, radius: list[float] | float, core: float, weight: float) -> None:
        points = np.stack([curve[:, 0], -curve[:, 2]], 1)
        r = np.broadcast_to(np.asarray(radius, np.float32), len(points))
        outer, inner = np.zeros(FINE.shape, np.float32), np.zeros(FINE.shape, np.float32)
        chord(outer, FINE, points, r)
        chord(inner, FINE, points, r * core)
        np.add(total, (outer - 0.72 * inner) * weight, out=total)

    for bone, _ in ribs():
        step = np.repeat(np.linspace(0, 1, 58)[:, None], 3, 1)
        k = step[:, 0] * (len(bone) - 1)
        curve = np.stack([np.interp(k, np.arange(len(bone)), bone[:, c]) for c in range(3)], 1)
        add(curve, list(np.interp(step[:, 0], [0, 0.15, 0.6, 1], [4.2, 5.2, 5.8, 6.4])), 0.8, 1.25)
    for c in clavicles():
        add(c, [9, 6, 5.4, 6.5, 8], 0.78, 1.3)
    for side in (1, -1):
        blade = np.array([(96, 0, 205), (84, 0, 150), (98, 0, 92), (128, 0, 168)]) * (side, 1, 1)
        add(blade, [4, 3, 4.5, 5], 0.6, 0.9)
        add(
            np.array([(88, 0, 200), (120, 0, 214), (154, 0, 222)]) * (side, 1, 1),
            [4, 5, 6],
            0.7,
            0.9,
        )
        add(
            np.array([(160, 0, 204), (168, 0, 150), (172, 0, 60)]) * (side, 1, 1),
            [22, 13, 11],
            0.8,
            1.0,
        )
    return total * grain


def thickness() -> F32:
    """Water-equivalent thickness of the chest, shape (2500, 2500), mm."""
    gen = rng("radiograph")
    scene = torso.build(torso.CHEST, slender=False)
    total = _through(_density(scene.render(torso_organs.HU_PLAIN, skip=("table", "foam"))))
    air = _through(scene.render({**dict.fromkeys(torso_organs.HU_PLAIN, 0.0), "lung": 1.0}))
    total = total + _bones(gen)
    vessels = np.zeros(FINE.shape, np.float32)
    for points, radii in lung_vessels():
        chord(vessels, FINE, np.stack([points[:, 0], -points[:, 2]], 1), radii * 0.8)
    total = (
        total
        + 2.0 * vessels * np.clip(air / 60 - 0.25, 0, 1)
        + 0.5 * soften(fractal(FINE.shape, 14, 4, gen), 1.5) * 2.2
    )
    return resize(soften(total, 1.4), (SIDE, SIDE))


def picture() -> F32:
    """Radiograph ready for display, 0 (black) to 4095 (white), shape (2500, 2500)."""
    gen = rng("radiograph noise")
    water = thickness()
    tile = band((SIDE // 2, SIDE // 2), 0.03, 0.30, gen)
    noise = np.tile(tile, (2, 2))
    local = soften(water, 260)
    flat = water - 0.42 * (local - 190) - 0.25 * (soften(water, 90) - local)
    sharp = flat + 0.5 * (flat - soften(flat, 14))
    value = 4095 / (1 + np.exp(-(sharp - 165) / 34)) + noise * (10 + 0.10 * water)
    value[:34], value[-34:], value[:, :30], value[:, -30:] = 0, 0, 0, 0
    stamp(value, "D", 120, 150, 150, 4000)
    return np.clip(value, 0, 4095)


def _exposure(d: Dataset, series: Series) -> None:
    series.acquired(d)
    d.ImageType, d.BurnedInAnnotation, d.PatientOrientation = (
        ["ORIGINAL", "PRIMARY"],
        "NO",
        ["L", "F"],
    )
    d.ViewPosition, d.KVP, d.ExposureTime, d.Exposure = "PA", "125", 8, 2
    d.DistanceSourceToDetector, d.ImagerPixelSpacing = "1800", numbers((SPACING, SPACING))
    d.WindowCenter, d.WindowWidth, d.LossyImageCompression = 2048, 4096, "00"
    d.RescaleIntercept, d.RescaleSlope, d.RescaleType = "0", "1", "US"


def write(catalog: Catalog, folder: Path) -> list[Series]:
    """DX in MONOCHROME2 and CR in MONOCHROME1 of the same chest."""
    image = np.rint(picture()).astype(np.uint16)
    digital = Series(
        catalog.chest,
        1,
        "DX",
        "Thorax face",
        "CHEST",
        maker=("Atelier Fictif", "Capteur plan"),
        laterality=None,
    )
    d = digital.instance(DigitalXRayImageStorageForPresentation)
    _exposure(d, digital)
    d.PresentationIntentType, d.ImageLaterality = "FOR PRESENTATION", "U"
    d.PixelIntensityRelationship, d.PixelIntensityRelationshipSign = "LOG", -1
    d.PresentationLUTShape, d.DetectorType, d.PositionerType = "IDENTITY", "DIRECT", "NONE"
    d.DetectorID, d.DetectorActiveShape, d.AcquisitionDeviceProcessingDescription = (
        "1",
        "RECTANGLE",
        "THORAX",
    )
    d.AnatomicRegionSequence = codes(("51185008", "SCT", "Chest"))
    d.ViewCodeSequence = codes(("399348003", "SCT", "postero-anterior"))
    d.ViewCodeSequence[0].ViewModifierCodeSequence = Sequence()
    d.AcquisitionContextSequence = Sequence()
    digital.save(d, folder, pixels.grey(d, image, 12))
    plate = Series(
        catalog.chest,
        2,
        "CR",
        "Thorax face (plaque)",
        "CHEST",
        delay=180,
        maker=("Atelier Fictif", "Plaque"),
    )
    d = plate.instance(ComputedRadiographyImageStorage)
    _exposure(d, plate)
    d.PlateType, d.Sensitivity = "IP", "400"
    plate.save(d, folder, pixels.grey(d, (4095 - image).astype(np.uint16), 12, "MONOCHROME1"))
    return [digital, plate]

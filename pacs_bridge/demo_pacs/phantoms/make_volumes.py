"""Head CT, trunk CT, PET-CT and brain MR studies."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from pacs_bridge.demo_pacs.phantoms import head, head_tissues, torso, torso_organs
from pacs_bridge.demo_pacs.phantoms.catalog import Catalog
from pacs_bridge.demo_pacs.phantoms.noise import F32, Grain, rng, smooth
from pacs_bridge.demo_pacs.phantoms.scene import Grid, Point
from pacs_bridge.demo_pacs.phantoms.slices import Dose, Window, ct, localiser, mr, pet
from pacs_bridge.demo_pacs.phantoms.studies import Series

BRAIN = Window(40, 90, "CERVEAU")
SOFT = Window(50, 380, "MEDIASTIN")
LUNG = Window(-600, 1500, "POUMON")
SCANNER = ("Atelier Fictif", "Tomo 64")
CAMERA = ("Atelier Fictif", "Duo TEP")
MAGNET = ("Atelier Fictif", "Aimant 3T")

#: Grid of the PET: two voxels of the trunk a pixel.
PET_GRID = Grid.centred((247, 128, 128), (3.0, 3.28125, 3.28125), z0=-240.0, y=10.0)
#: Grid of the MR: three slices of the head each.
MR_GRID = Grid(
    shape=(40, 256, 256),
    spacing=(3.75, 0.9375, 0.9375),
    origin=(head.GRID.origin[0] + 1.25, *head.GRID.origin[1:]),
)


def heights(grid: Grid, count: int | None = None) -> F32:
    """Position of the slices, mm."""
    return (grid.origin[0] + grid.spacing[0] * np.arange(count or grid.shape[0])).astype(np.float32)


def head_ct(catalog: Catalog, folder: Path, full: bool) -> list[Series]:
    """Head, and its prior; the full set adds contrast, thick slices and the localiser."""
    z = heights(head.GRID)
    plain, enhanced, prior = head.build(), head.build(), head.build("prior")
    done = []

    def write(series: Series, volume: F32, contrast: str | None) -> None:
        ct(
            series,
            volume,
            head.GRID,
            z,
            folder,
            thickness=1.25,
            sigma=3.4,
            window=BRAIN,
            kernel="Hr38",
            contrast=contrast,
        )
        done.append(series)

    skull = "HEAD"
    volume = plain.render(head_tissues.HU_PLAIN)
    write(
        Series(catalog.head, 2, "CT", "Axial 1,25 mm sans IV", skull, "head", 60, SCANNER),
        volume,
        None,
    )
    write(
        Series(catalog.head_prior, 2, "CT", "Axial 1,25 mm IV+", skull, "head-prior", 60, SCANNER),
        prior.render(head_tissues.HU_CONTRAST),
        "Ioméprol 350",
    )
    if full:
        scout = Series(catalog.head, 1, "CT", "Topogramme", skull, "head", 0, SCANNER)
        localiser(scout, volume, head.GRID, folder)
        volume = enhanced.render(head_tissues.HU_CONTRAST)
        write(
            Series(catalog.head, 3, "CT", "Axial 1,25 mm IV+", skull, "head", 240, SCANNER),
            volume,
            "Ioméprol 350",
        )
        thick = volume.reshape(30, 4, *volume.shape[1:]).mean(1)
        series = Series(catalog.head, 4, "CT", "Axial 5 mm IV+", skull, "head", 245, SCANNER)
        centres = z.reshape(30, 4).mean(1)
        ct(series, thick, head.GRID, centres, folder, thickness=5.0, sigma=1.8, window=BRAIN, kernel="Hr38", contrast="Ioméprol 350",
           kind=("ORIGINAL", "PRIMARY", "AXIAL"))  # fmt: skip
        done += [scout, series]
    return done


def trunk(catalog: Catalog, folder: Path) -> tuple[list[Series], dict[str, float]]:
    """Trunk CT with contrast, then PET-CT with and without attenuation correction; with the SUV max of each lesion."""
    scene = torso.build()
    n = torso.TRUNK_SLICES
    volume = scene.render(torso_organs.HU_PORTAL)[:n]
    z = heights(torso.GRID)
    part = "CHESTABDPELVIS"
    soft = Series(catalog.trunk, 2, "CT", "TAP portal 3 mm", part, "trunk", 70, SCANNER)
    ct(
        soft,
        volume,
        torso.GRID,
        z[:n],
        folder,
        thickness=3.0,
        sigma=9.5,
        window=SOFT,
        contrast="Ioméprol 350",
    )
    del volume
    low = Series(catalog.pet, 2, "CT", "TDM faible dose pour TEP", "WHOLEBODY", "pet", 30, CAMERA)
    ct(
        low,
        scene.render(torso_organs.HU_PLAIN),
        torso.GRID,
        z,
        folder,
        thickness=3.0,
        sigma=16,
        window=SOFT,
        step=1,
    )
    suv = scene.render(torso_organs.SUV)
    coarse = suv.reshape(247, 128, 2, 128, 2).mean((2, 4))
    body = (coarse > 0.15).astype(np.float32)
    ac, nac = emission(coarse, body)
    corrected = Series(
        catalog.pet, 3, "PT", "TEP corrigée de l'atténuation", "WHOLEBODY", "pet", 120, CAMERA
    )
    raw = Series(catalog.pet, 4, "PT", "TEP non corrigée", "WHOLEBODY", "pet", 120, CAMERA)
    dose = Dose()
    pet(corrected, ac, PET_GRID, folder, dose, corrected=True)
    pet(raw, nac, PET_GRID, folder, dose, corrected=False)
    peaks = {"liver": peak(ac, torso.LIVER_LESION), "lung": peak(ac, torso.LUNG_NODULE)}
    return [soft, low, corrected, raw], peaks


def peak(suv: F32, centre: Point, reach: float = 18) -> float:
    """Largest value of a PET volume within a cube about a point, half side in mm."""
    return round(
        float(suv[PET_GRID.box(np.asarray(centre) - reach, np.asarray(centre) + reach)].max()), 2
    )


def blur(volume: F32, sigmas: tuple[float, float, float]) -> F32:
    """Gaussian blur, sigma on each axis in voxels."""
    for axis, sigma in enumerate(sigmas):
        n = volume.shape[axis]
        i = np.arange(n)
        kernel = np.exp(-((i[:, None] - i[None, :]) ** 2) / (2 * sigma**2)).astype(np.float32)
        kernel /= kernel.sum(1, keepdims=True)
        volume = np.moveaxis(np.tensordot(kernel, volume, axes=(1, axis)), 0, axis)
    return np.ascontiguousarray(volume)


def emission(suv: F32, body: F32) -> tuple[F32, F32]:
    """What the camera sees of a distribution of SUV: resolution, statistics; with and without correction.

    Parameters
    ----------
    suv, body
        Uptake and body mask (0..1) on `PET_GRID`, shape (nz, ny, nx).
    """
    fwhm = 6.0 / 2.355
    seen = blur(suv, tuple(fwhm / s for s in PET_GRID.spacing))  # type: ignore[arg-type]
    depth = blur(body, tuple(45 / s for s in PET_GRID.spacing))  # type: ignore[arg-type]
    grain = blur(rng("pet").standard_normal(suv.shape, dtype=np.float32), (0.8, 0.9, 0.9))
    grain /= grain.std()
    noise = grain * np.sqrt(np.maximum(seen, 0.05) * 1.2) * (0.05 + 0.13 * depth)
    ac = np.maximum(seen + noise, 0)
    through = np.exp(-3.4 * np.clip(depth - 0.25, 0, 1))
    rim = 0.5 * np.clip(body - depth, 0, 1) ** 2
    nac = np.maximum((seen + 0.12 * body + rim) * through * 0.9 + 0.5 * noise * np.sqrt(through), 0)
    return ac.astype(np.float32), nac.astype(np.float32)


def brain_mr(catalog: Catalog, folder: Path) -> list[Series]:
    """T1, T2, FLAIR, diffusion and ADC of the same head."""
    scene = head.build()
    done = []
    coil = 1 + 0.10 * smooth(MR_GRID.shape, (30, 120, 120), rng("coil"))
    mottle = 1 + 0.025 * smooth(MR_GRID.shape, (2.5, 9, 9), rng("mr texture"))

    def signal(name: str, noise: float) -> F32:
        fine = scene.render(head_tissues.MR[name])
        volume = fine.reshape(40, 3, 256, 256).mean(1) * mottle * (coil if name != "ADC" else 1)
        grain = Grain((256, 256), 0.001, 0.35, "mr", name)
        return np.stack(
            [np.hypot(p + noise * grain.plane(), noise * grain.plane()) for p in volume]
        )

    def series(number: int, text: str, delay: int) -> Series:
        s = Series(catalog.brain, number, "MR", text, "BRAIN", "mr", delay, MAGNET)
        done.append(s)
        return s

    mr(
        series(2, "Axial T1 SE", 60),
        signal("T1", 9),
        MR_GRID,
        folder,
        echo=10,
        repetition=550,
        window=Window(380, 760),
    )
    mr(
        series(3, "Axial T2 TSE", 300),
        signal("T2", 11),
        MR_GRID,
        folder,
        echo=98,
        repetition=5200,
        window=Window(420, 840),
    )
    mr(
        series(4, "Axial FLAIR", 600),
        signal("FLAIR", 10),
        MR_GRID,
        folder,
        echo=110,
        repetition=9000,
        inversion=2500,
        window=Window(380, 760),
    )
    wide = blur_planes(signal("b0", 8))
    adc = blur_planes(signal("ADC", 25))
    trace = wide * np.exp(-adc / 1000) + 4 * np.abs(
        rng("b1000").standard_normal(wide.shape, dtype=np.float32)
    )
    mask = blur_planes((wide > 60).astype(np.float32)) > 0.5
    echo = ("ORIGINAL", "PRIMARY", "OTHER", "DIFFUSION")
    mr(
        series(5, "Axial DIFF b0", 900),
        wide,
        MR_GRID,
        folder,
        echo=82,
        repetition=6100,
        b_value=0,
        kind=echo,
        window=Window(450, 900),
    )
    mr(
        series(6, "Axial DIFF b1000", 901),
        trace,
        MR_GRID,
        folder,
        echo=82,
        repetition=6100,
        b_value=1000,
        kind=echo,
        window=Window(140, 280),
    )
    mr(series(7, "ADC (10-6 mm2/s)", 902), adc * mask, MR_GRID, folder, echo=82, repetition=6100,
       kind=("DERIVED", "PRIMARY", "DIFFUSION MAP", "ADC"), window=Window(1500, 3000))  # fmt: skip
    return done


def blur_planes(volume: F32) -> F32:
    """The coarser planes of echo-planar imaging."""
    return blur(volume, (0.05, 1.1, 1.1))


__all__ = ["brain_mr", "head_ct", "replace", "trunk"]

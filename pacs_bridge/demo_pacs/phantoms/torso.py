"""Anatomy from thigh to head: bones, chest, abdomen, pelvis; a hepatic lesion and a lung nodule."""

from __future__ import annotations

import numpy as np

from pacs_bridge.demo_pacs.phantoms import torso_organs
from pacs_bridge.demo_pacs.phantoms.noise import F32, rng, smooth
from pacs_bridge.demo_pacs.phantoms.scene import Grid, Point, Scene
from pacs_bridge.demo_pacs.phantoms.torso_parts import (
    BODY,
    CAGE,
    VERTEBRAE,
    clavicles,
    level,
    lung_vessels,
    ribs,
    spine_y,
)

#: Half resolution of the CT: 420 mm field, 247 slices of 3 mm, thigh to vertex; the first 160 are the trunk.
GRID = Grid.centred((247, 256, 256), (3.0, 1.640625, 1.640625), z0=-240.0, y=10.0)
TRUNK_SLICES = 160
#: Coarse chest for the radiograph.
CHEST = Grid.centred((118, 192, 192), (3.0, 2.1875, 2.1875), z0=-92.0, y=10.0)

LIVER_LESION: Point = (-78.0, 4.0, 2.0)
LIVER_LESION_RADII: Point = (15.0, 14.0, 14.0)
LUNG_NODULE: Point = (68.0, -12.0, 152.0)
LUNG_NODULE_RADII: Point = (8.0, 7.5, 8.0)


def _outline(grid: Grid, table: dict[str, tuple[list[int], list[int]]], power: float = 2.0) -> F32:
    """Distance to an outline in each slice, mm, negative inside."""
    x, y, z = grid.axes()
    w, d, c = (level(table, n, z) for n in ("width", "depth", "y"))
    r2 = (np.abs(x) / w) ** power + (np.abs(y - c) / d) ** power
    r = np.sqrt(r2) if power == 2 else r2 ** (1 / power)
    radius = np.sqrt(x * x + (y - c) ** 2)
    return np.asarray(radius - radius / np.maximum(r, 1e-3))


def diaphragm(grid: Grid) -> F32:
    """Height of the diaphragm under each point, shape (1, ny, nx), mm."""
    x, y, _ = grid.axes()
    right = 50 - 62 * ((x + 66) / 88) ** 2 - 58 * ((y + 8) / 88) ** 2
    left = 36 - 62 * ((x - 70) / 88) ** 2 - 54 * ((y + 4) / 88) ** 2
    return np.maximum(np.maximum(right, left), -60).astype(np.float32)


def _wall(s: Scene, skin: F32, marbling: F32) -> None:
    """Skin, subcutaneous fat, muscles of the wall."""
    x, y, z = s.grid.axes()
    front = np.clip(-y / 90, 0, 1)
    depth = np.interp(z, [-240, -150, -60, 60, 180, 240], [24, 26, 22, 12, 9, 6]) * (
        0.75 + 0.5 * front
    )
    fat = depth.astype(np.float32)
    s.paint("skin", s.inside(skin))
    s.paint("fat", s.inside(skin + 2.2))
    s.paint("muscle", s.inside(skin + fat + 1.5 * marbling))
    seams = np.clip(1.2 - np.abs(marbling) * 9, 0, 1) * 0.8
    s.paint("fat", s.inside(skin + fat + 5) * seams)


def _vertebra(s: Scene, z0: float, height: float) -> None:
    """Body, canal, arch and processes of one vertebra."""
    y0 = spine_y(z0)
    low = 1.0 if z0 < 60 else 0.85 if z0 < 240 else 0.6
    box = s.grid.box(
        (-45 * low, y0 - 26, z0 - height * 0.6), (45 * low, y0 + 68, z0 + height * 0.6)
    )
    if any(b.stop <= b.start for b in box):
        return
    x, y, z = s.grid.axes(box)
    waist = 1 - 0.07 * np.cos(np.pi * (z - z0) / height)
    body = (np.sqrt((x / (25 * low)) ** 2 + ((y - y0) / (18 * low)) ** 2) / waist - 1) * 18
    ends = np.abs(z - z0) - (height * 0.5 - 2.6)
    s.paint("disc", s.inside(body + 1.0) * np.ones_like(z), box)
    shell = np.maximum(body, ends)
    s.paint("bone", s.inside(shell), box)
    s.paint("spongy", s.inside(shell + 2.2), box)
    for side in (1, -1):
        m = np.array((side, 1, 1))
        s.tube(
            "bone",
            np.array(
                [
                    (10, y0 + 14, z0 + 3),
                    (14, y0 + 24, z0),
                    (9, y0 + 34, z0 - 3),
                    (0, y0 + 42, z0 - 5),
                ]
            )
            * m,
            4.2 * low,
        )
        s.tube(
            "bone",
            np.array([(14, y0 + 25, z0 + 1), (36 * low, y0 + 32, z0 + 3)]) * m,
            [5 * low, 3.2 * low],
        )
    s.tube("bone", [(0, y0 + 42, z0 - 5), (0, y0 + 62 * low, z0 - 14)], [3.6, 3.0])
    s.ellipsoid("fluid", (0, y0 + 27 * low, z0), (9.5 * low, 8 * low, height * 0.75))
    s.ellipsoid("nerve", (0, y0 + 27 * low, z0), (5.5 * low, 4 * low, height * 0.75))


def _bones(s: Scene, slender: bool) -> None:
    """Spine, rib cage, shoulders, pelvis, femurs."""
    for a, b in zip(VERTEBRAE, VERTEBRAE[1:] + [VERTEBRAE[-1] + 18], strict=True):
        _vertebra(s, a, b - a)
    if not slender:
        return
    for bone, soft in ribs():
        s.tube("cartilage", soft, 5.0)
        s.tube("rib", bone, 5.4)
        s.tube("rib_core", bone[1:-1], 2.8)
    for side in (1, -1):
        sternum = np.array([(8, -86, 196), (4, -95, 165), (5, -98, 110), (2, -96, 66)]) * (
            side,
            1,
            1,
        )
        s.tube("rib", sternum, [8, 6.5, 7, 5])
        s.tube("rib_core", sternum, [4.5, 4, 4, 3])
    for c in clavicles():
        s.tube("clavicle", c, [8, 5.5, 5, 6, 7])
        s.tube("rib_core", c, [5, 3, 2.5, 3, 4])
    for side in (1, -1):
        m = np.array((side, 1, 1))
        s.ellipsoid("scapula", (100.0 * side, 84, 158), (42, 4.5, 62), turn=-32 * side)
        s.tube("scapula", np.array([(70, 100, 190), (115, 84, 205), (150, 45, 214)]) * m, [4, 5, 7])
        s.tube("scapula", np.array([(128, 62, 150), (140, 34, 196)]) * m, [4, 9])
        s.ellipsoid("scapula", (160.0 * side, 20, 204), (23, 23, 22))
        s.ellipsoid("spongy", (160.0 * side, 20, 204), (20, 20, 19))
        s.ellipsoid("bone", (92.0 * side, -2, -192), (36, 34, 33))
        s.ellipsoid("cartilage", (97.0 * side, -2, -196), (27, 27, 27))
        s.ellipsoid("bone", (97.0 * side, -2, -196), (24.5, 24.5, 24.5))
        s.tube(
            "bone", np.array([(97, -2, -196), (134, 10, -214), (140, 12, -250)]) * m, [16, 17, 15]
        )
        s.tube(
            "spongy", np.array([(97, -2, -196), (134, 10, -214), (140, 12, -250)]) * m, [14, 13, 8]
        )
        s.ellipsoid("spongy", (97.0 * side, -2, -196), (21.5, 21.5, 21.5))
        s.tube(
            "bone", np.array([(84, -22, -196), (48, -46, -200), (8, -54, -212)]) * m, [12, 9, 11]
        )
        s.tube(
            "spongy",
            np.array([(84, -22, -196), (48, -46, -200), (8, -54, -212)]) * m,
            [8, 5.5, 7.5],
        )
        s.tube(
            "bone",
            np.array([(86, 22, -196), (66, 42, -222), (54, 26, -244), (14, -46, -222)]) * m,
            [15, 14, 12, 9],
        )
        s.tube(
            "spongy", np.array([(86, 22, -196), (66, 42, -222), (54, 26, -244)]) * m, [11, 10, 8]
        )
    _ilium(s)


def _ilium(s: Scene) -> None:
    """Iliac wings as curved plates, and the sacrum between them."""
    box = s.grid.box((-150, -80, -205), (150, 110, -84))
    x, y, z = s.grid.axes(box)
    grow = 1 + 0.0022 * (z + 150)
    r = np.sqrt((x / (118 * grow)) ** 2 + ((y - 2) / (84 * grow)) ** 2)
    plate = np.abs((r - 1) * 95) - (5.5 + 3.0 * np.clip((y - 30) / 40, 0, 1))
    crest = z + 94 + 0.006 * (y - 12) ** 2
    limit = np.maximum(np.maximum(30 - np.abs(x), -52 - y - 0.25 * (z + 150)), crest)
    plate = np.maximum(np.maximum(plate, limit), -205 - z)
    s.paint("bone", s.inside(plate), box)
    s.paint("spongy", s.inside(plate + 2.4), box)
    hollow = (
        np.sqrt((x / 50) ** 2 + ((y - 66 - 0.002 * (z + 150) ** 2) / 24) ** 2)
        - 1
        + np.clip((-z - 150) / 75, 0, 1)
    ) * 24
    hollow = np.maximum(hollow, z + 116)
    s.paint("bone", s.inside(hollow), box)
    s.paint("spongy", s.inside(hollow + 2.2), box)
    for side in (1, -1):
        for h in (-130, -150, -168):
            s.ellipsoid("fat", (20.0 * side, 62, float(h)), (4.5, 4.5, 5))


def _skull(s: Scene) -> None:
    """Plain head for the whole-body series."""
    s.ellipsoid("skin", (0, 6, 392), (78, 98, 96))
    s.ellipsoid("skin", (0, -46, 345), (52, 44, 62))
    s.ellipsoid("fat", (0, 6, 392), (75, 95, 93))
    s.ellipsoid("bone", (0, 6, 392), (71, 91, 89))
    s.ellipsoid("spongy", (0, 6, 392), (68.5, 88.5, 86.5))
    s.ellipsoid("bone", (0, 6, 392), (66.5, 86.5, 84.5))
    s.ellipsoid("brain", (0, 6, 392), (64, 84, 82))
    s.ellipsoid("muscle", (0, 6, 330), (62, 70, 34))
    s.pair("white", (24, 6, 402), (22, 52, 34))
    s.pair("fluid", (11, 4, 404), (5, 30, 10), 8)
    s.pair("bone", (40, 10, 352), (24, 14, 9), 25)
    s.pair("fat", (31, -60, 368), (18, 24, 16))
    s.pair("fluid", (32, -66, 368), (12, 12, 12))
    s.ellipsoid("lumen", (0, -58, 352), (10, 22, 20))
    s.pair("lumen", (28, -56, 342), (14, 16, 12))
    s.tube(
        "bone", [(-44, -8, 332), (-34, -50, 312), (0, -72, 306), (34, -50, 312), (44, -8, 332)], 6
    )
    s.ellipsoid("bone", (0, -62, 322), (30, 22, 4))


def build(grid: Grid = GRID, slender: bool = True) -> Scene:
    """Body of the demo patient on a grid; without ribs, shoulders and lung vessels if not ``slender``."""
    gen = rng("torso")
    s = Scene(grid)
    x, y, z = grid.axes()
    bed = (np.abs(y - 128 - 0.0006 * x * x * -1) - 9) * np.ones_like(z)
    s.paint("table", s.inside(np.maximum(bed, np.abs(x) - 190)))
    s.paint("foam", s.inside(np.maximum(bed + 3, np.abs(x) - 188)))
    marbling = smooth(grid.shape, tuple(18 / d for d in grid.spacing), gen)
    skin = np.maximum(_outline(grid, BODY, 2.3), z - 362)
    _wall(s, skin, marbling)
    cage = _outline(grid, CAGE)
    dome = diaphragm(grid)
    torso_organs.muscles(s, skin)
    torso_organs.cavity(s, skin, cage, dome, marbling)
    lungs = torso_organs.lungs(s, cage, dome)
    torso_organs.heart(s)
    torso_organs.abdomen(s, cage, dome, gen)
    _bones(s, slender)
    torso_organs.great_vessels(s)
    for points, radii in lung_vessels() if slender else ():
        s.tube("lung_vessel", points, radii, where=lungs)
    if z.max() > 300:
        _skull(s)
    rough = smooth(grid.shape, tuple(9 / d for d in grid.spacing), gen)
    s.ellipsoid("liver_lesion", LIVER_LESION, LIVER_LESION_RADII, bumps=0.8 * rough)
    s.ellipsoid("liver_core", LIVER_LESION, (7, 6, 6), bumps=1.2 * rough)
    s.ellipsoid("lung_nodule", LUNG_NODULE, LUNG_NODULE_RADII, bumps=1.0 * rough)
    return s

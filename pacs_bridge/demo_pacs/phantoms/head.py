"""Anatomy of a head: skull, brain, eyes, sinuses, table, and one frontal lesion that grows."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from pacs_bridge.demo_pacs.phantoms.head_face import face
from pacs_bridge.demo_pacs.phantoms.noise import F32, rng, smooth
from pacs_bridge.demo_pacs.phantoms.scene import Grid, Point, Scene

#: Half resolution of the CT: 240 mm field, 120 slices of 1.25 mm.
GRID = Grid.centred((120, 256, 256), (1.25, 0.9375, 0.9375), z0=-62.0, y=8.0)
#: Centre of the lesion (right frontal lobe), mm.
LESION: Point = (-27.0, -38.0, 31.0)
#: Radii of the lesion, mm: now, and a year before.
LESION_RADII: dict[str, Point] = {"now": (11.0, 12.0, 10.5), "prior": (6.5, 7.0, 6.0)}


def _shell(grid: Grid) -> tuple[F32, F32]:
    """Distance to the skin along rays from the centre (mm, negative inside) and distance to the centre (mm)."""
    x, y, z = grid.axes()
    up = np.maximum(z, 0)
    shrink = 1 - 0.10 * np.clip(-z / 62, 0, 1.2) ** 2
    width = 77 * (1 + 0.0009 * y) * shrink
    length = 96 * shrink
    r = np.sqrt((x / width) ** 2 + (y / length) ** 2 + (up / 90) ** 2)
    radius = np.sqrt(x * x + y * y + up * up)
    return radius - radius / np.maximum(r, 1e-3), radius


def _folds(grid: Grid, depth: F32, gen: np.random.Generator) -> F32:
    """Noise whose zeros run from the surface inwards, as sulci do; only near the cortex, elsewhere 9."""
    side = 96
    field = smooth((side,) * 3, (4.5,) * 3, gen)
    field += 0.35 * smooth((side,) * 3, (2.6,) * 3, gen)
    out = np.full(grid.shape, 9, np.float32)
    k, j, i = np.nonzero((depth > -3) & (depth < 26))
    x, y, z = grid.axes()
    p = np.stack([z[k, 0, 0] + 5, y[0, j, 0], x[0, 0, i]])
    q = p * (80 / (20 + np.sqrt((p * p).sum(0)))) / 2.1 + side / 2
    base = np.clip(q, 0, side - 2.001).astype(np.int32)
    w = (np.clip(q, 0, side - 2.001) - base).astype(np.float32)
    flat, start = field.ravel(), (base[0] * side + base[1]) * side + base[2]
    value = np.zeros(len(k), np.float32)
    for c in range(8):
        a, b, d = c >> 2, (c >> 1) & 1, c & 1
        weight = (w[0] if a else 1 - w[0]) * (w[1] if b else 1 - w[1]) * (w[2] if d else 1 - w[2])
        value += weight * flat[start + (a * side + b) * side + d]
    out[k, j, i] = value
    return out


def _cranium(s: Scene, skin: F32, gen: np.random.Generator) -> tuple[F32, F32]:
    """Paint scalp and skull; give the depth below the inner table (mm) and the cover of the cavity."""
    grid = s.grid
    _, y, z = grid.axes()
    thick = 0.9 * smooth(grid.shape, (28, 36, 36), gen)
    for tissue, depth in (("skin", 0.0), ("fat", 2.2), ("muscle", 4.6)):
        s.paint(tissue, s.inside(skin + depth))
    s.pair("skin", (16, -66, -48), (50, 31, 46))
    s.pair("fat", (16, -66, -48), (48, 29, 45))
    low = (slice(0, 40), slice(None), slice(None))
    marbling = np.full(grid.shape, -9, np.float32)
    marbling[low] = smooth((40, *grid.shape[1:]), (6, 9, 9), gen)
    face = s.inside(skin[low] + 7) * np.clip((-14 - z[low]) / 4, 0, 1)
    s.paint("fat", face * np.clip(marbling[low] * 2 - 0.9, 0, 1), (slice(0, 40), *grid.whole[1:]))
    s.pair("muscle", (16, -66, -48), (46, 26, 44), where=np.clip(marbling * 3 + 0.4, 0, 1))
    s.pair("muscle", (66, -34, -8), (9, 30, 34), where=s.inside(skin + 3))
    x = grid.axes()[0]
    # Anterior, middle and posterior fossae: the wings of the sphenoid and the petrous ridges are the steps.
    front = np.interp(y - 30 * np.exp(-((x / 17) ** 2)), [-95, -56, -44, 0], [-13, -16, -40, -44])
    back = np.interp(y - 0.42 * np.abs(x), [-14, -2, 12], [0, -14, -34])
    floor = (front + back).astype(np.float32)
    table = skin + 6.2
    inner = skin + 13.0 + thick
    s.paint("bone", s.inside(np.maximum(np.maximum(table, -inner), floor - 3 - z)))
    middle = np.maximum(table + 2.0, -(inner - 1.9))
    s.paint("diploe", s.inside(np.maximum(middle, floor - z)))
    s.paint("bone", s.inside(np.maximum(np.maximum(z - floor, floor - 3.5 - z), skin + 8)))
    cavity = s.inside(np.maximum(inner, floor - z))
    s.paint("csf", cavity)
    return np.minimum(-inner, (z - floor) * 1.0), cavity


def _brain(s: Scene, depth: F32, cavity: F32, gen: np.random.Generator) -> None:
    """Cortex, white matter, nuclei, ventricles, posterior fossa."""
    x, y, z = s.grid.axes()
    folds = np.abs(_folds(s.grid, depth, gen))
    reach = np.clip(1 - depth / 24, 0, 1)
    groove = 0.20 * reach
    around = np.sqrt((y / 44) ** 2 + ((z - 8) / 30) ** 2) - 1
    split = np.abs(x) - 1.5 * np.clip(around * 4, 0, 1)
    s.paint(
        "grey",
        s.inside(1.6 - depth)
        * np.clip((folds - groove) * 7 + 0.2, 0, 1)
        * np.clip(split + 0.6, 0, 1),
    )
    ribbon = np.clip((folds - groove - 0.42 * np.sqrt(reach)) * 6, 0, 1) * np.clip(
        (depth - 4.5) / 1.5, 0, 1
    )
    s.paint("white", ribbon * np.clip((np.abs(x) - 1.6) / 1.5, 0, 1))
    s.pair("white", (16, -4, 18), (4, 42, 6), 6)
    s.ellipsoid("white", (0, 2, 26), (9, 33, 4))
    s.pair("grey", (13, -18, 12), (5, 12, 9), 12)
    s.pair("grey", (25, -5, 6), (6, 17, 10), 10)
    s.pair("grey", (10, 10, 8), (9, 13, 9), -18)
    s.pair("white", (18, -4, 7), (2.2, 17, 9), 14)
    for side in (1, -1):
        horn = np.array(
            [(9, -36, 12), (7, -22, 18), (9, 0, 22), (14, 18, 20), (21, 34, 12), (22, 48, 8)], float
        ) * (
            side,
            1,
            1,
        )
        s.tube("csf", horn, [2.6, 4.6, 4.2, 5.2, 5.6, 2.4])
        s.tube(
            "csf",
            np.array([(21, 34, 12), (28, 18, -10), (30, -2, -24)], float) * (side, 1, 1),
            [4.5, 2.6, 2.2],
        )
        s.tube("choroid", np.array([(13, 16, 19), (20, 31, 13)], float) * (side, 1, 1), [1.4, 2.3])
        s.tube(
            "csf",
            np.array([(62, -14, 4), (44, -12, 2), (35, 2, 6), (36, 18, 10)], float) * (side, 1, 1),
            [3.2, 1.9, 1.6, 1.2],
        )
        s.tube(
            "csf",
            np.array([(38, -22, -8), (22, -20, -16), (6, -14, -20)], float) * (side, 1, 1),
            [2.2, 2.8, 4],
        )
    _cerebellum(s, depth, gen)
    s.ellipsoid("csf", (0, 0, 5), (1.9, 15, 11))
    s.ellipsoid("csf", (0, 20, -18), (16, 6, 7))
    s.ellipsoid("csf", (0, -2, -30), (17, 10, 14))
    s.ellipsoid("white", (0, 8, -26), (14, 12, 12))
    s.ellipsoid("white", (0, 14, -52), (9, 8, 18))
    s.ellipsoid("csf", (0, 27, -40), (6.5, 4, 8))
    s.ellipsoid("calcium", (0.6, 20, 2), (1.6, 1.8, 1.6))
    s.pair("calcium", (20, 30, 13.5), (1.1, 1.1, 1.0))
    s.paint(
        "falx",
        cavity
        * np.clip(1.0 - np.abs(x), 0, 1)
        * 0.9
        * np.clip(around * 3 - 0.5, 0, 1)
        * np.clip((z + 12) / 6, 0, 1),
    )


def _cerebellum(s: Scene, depth: F32, gen: np.random.Generator) -> None:
    """Hemispheres with leaves parallel to the tentorium, vermis, white core."""
    grid = s.grid
    box = grid.box((-66, 12, -62), (66, 88, -4))
    x, y, z = grid.axes(box)
    roof = z + 14 + 0.16 * np.abs(x) + 0.10 * np.abs(y - 40)
    under = np.clip(0.5 - roof / 1.5, 0, 1) * s.inside(2.0 - depth[box])
    shape = (np.sqrt((np.abs(x) / 60) ** 2 + ((y - 46) / 38) ** 2 + ((z + 34) / 36) ** 2) - 1) * 36
    s.paint(
        "falx",
        np.clip(1.2 - np.abs(roof + 0.5) / 1.2, 0, 1) * s.inside(2.0 - depth[box]) * (y > 16),
        box,
    )
    wobble = smooth([b.stop - b.start for b in box], (7, 9, 9), gen)
    s.paint("csf", under * s.inside(shape - 2.5), box)
    s.paint("grey", under * s.inside(shape), box)
    radius = np.sqrt((np.abs(x) * 0.7) ** 2 + (y - 22) ** 2 + (1.5 * (z + 34)) ** 2)
    leaves = np.clip(np.sin(1.25 * radius + 1.3 * wobble) * 1.4 - 0.45, 0, 1)
    s.paint("csf", under * s.inside(shape) * leaves * np.clip((shape + 14) / 12, 0, 1) * 0.55, box)
    core = shape + 15 + 3.0 * wobble
    s.paint("white", under * s.inside(core) * np.clip((np.abs(x) - 5) / 2, 0, 1), box)


def _vessels(s: Scene, where: F32) -> None:
    """Sinuses and circle of Willis."""
    arc = np.radians(np.linspace(-60, 150, 24))
    s.tube("vessel", [(0, 81 * np.sin(a - 0.78), 75 * np.cos(a - 0.78)) for a in arc], 3.0, where)
    for side in (1, -1):
        m = (side, 1, 1)
        s.tube(
            "vessel",
            np.array([(2, 76, -6), (34, 66, -12), (52, 40, -22), (50, 24, -40)], float) * m,
            3.4,
        )
        s.tube(
            "vessel",
            np.array(
                [
                    (10, -14, -40),
                    (11, -20, -28),
                    (12, -18, -20),
                    (24, -18, -14),
                    (40, -16, -6),
                    (46, -12, 6),
                ],
                float,
            )
            * m,
            [2.4, 2.3, 2, 1.6, 1.4, 1.1],
        )
        s.tube(
            "vessel",
            np.array(
                [(12, -18, -20), (3, -30, -14), (1.5, -42, -2), (1.5, -46, 16), (1.5, -30, 30)],
                float,
            )
            * m,
            [1.8, 1.4, 1.3, 1.2, 1],
        )
        s.tube(
            "vessel",
            np.array([(0, -4, -26), (12, 2, -22), (20, 18, -16), (16, 42, -8)], float) * m,
            [1.6, 1.4, 1.2, 1],
        )
    s.tube("vessel", [(0, 0, -56), (0, -5, -40), (0, -4, -26)], 1.8)
    s.tube("vessel", [(0, 22, 8), (0, 34, 10), (0, 60, 16)], 1.8)


@lru_cache(maxsize=1)
def _healthy() -> tuple[Scene, F32]:
    """Head without lesion, and the share of each voxel that is deep white matter."""
    gen = rng("head")
    s = Scene(GRID)
    x, y, z = GRID.axes()
    skin, _ = _shell(GRID)
    holder = np.sqrt(x * x + (y - 2) ** 2) - 106
    s.paint("table", s.inside(np.maximum(np.abs(holder) - 5, 42 - y)) * np.ones_like(z))
    s.paint("foam", s.inside(np.maximum(np.abs(holder) - 3.4, 43 - y)) * np.ones_like(z))
    depth, cavity = _cranium(s, skin, gen)
    _brain(s, depth, cavity, gen)
    _vessels(s, cavity)
    face(s, gen)
    return s, np.clip((depth - 6) / 3, 0, 1)


def build(stage: str = "now") -> Scene:
    """Head of the demo patient.

    Parameters
    ----------
    stage
        ``"now"`` or ``"prior"``: the size of the lesion.
    """
    healthy, white = _healthy()
    s = Scene(GRID, list(healthy.layers))
    box = GRID.box(np.asarray(LESION) - 32, np.asarray(LESION) + 32)
    rough = np.zeros(GRID.shape, np.float32)
    rough[box] = 1.3 * smooth([b.stop - b.start for b in box], (7, 9, 9), rng("head", "lesion"))
    radii = LESION_RADII[stage]
    grow = 1.9 if stage == "now" else 1.5
    s.ellipsoid(
        "oedema",
        LESION,
        (radii[0] * grow, radii[1] * grow * 1.1, radii[2] * grow),
        bumps=3 * rough,
        where=white,
    )
    s.ellipsoid("lesion", LESION, radii, bumps=0.5 * rough)
    s.ellipsoid("necrosis", LESION, (radii[0] * 0.5, radii[1] * 0.5, radii[2] * 0.5), bumps=rough)
    return s

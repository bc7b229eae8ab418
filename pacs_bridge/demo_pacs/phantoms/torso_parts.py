"""Curves of the trunk shared by the volume and the radiograph: outlines, ribs, vessels."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from pacs_bridge.demo_pacs.phantoms.noise import rng
from pacs_bridge.demo_pacs.phantoms.scene import Point

Curve = NDArray[np.float64]
Branch = tuple[Curve, NDArray[np.float64]]

_Z = [-260, -200, -110, -60, 0, 60, 130, 180, 205, 222, 240, 262, 340, 362]
#: Half width, half depth and centre (y) of the body, mm, against z.
BODY = {
    "width": (_Z, [176, 180, 152, 146, 152, 160, 170, 182, 186, 170, 120, 66, 60, 4]),
    "depth": (_Z, [112, 112, 100, 98, 106, 114, 118, 112, 100, 86, 74, 64, 60, 4]),
    "y": (_Z, [0, 0, 0, 0, 0, 0, 0, 4, 8, 12, 14, 14, 10, 10]),
}
#: The same for the inside of the rib cage.
CAGE = {
    "width": ([-80, 0, 60, 120, 170, 205, 228, 243], [118, 126, 132, 130, 116, 88, 54, 8]),
    "depth": ([-80, 0, 60, 120, 170, 205, 228, 243], [80, 86, 92, 88, 74, 54, 36, 8]),
    "y": ([-80, 0, 60, 120, 170, 205, 228, 243], [0, 0, 0, 2, 8, 18, 26, 30]),
}


def level(
    table: dict[str, tuple[list[int], list[int]]], name: str, z: float | NDArray[np.float32]
) -> NDArray[np.float32]:
    """Value of an outline at heights z, mm."""
    return np.asarray(np.interp(z, *table[name]), np.float32)


def spine_y(z: float) -> float:
    """Position (y) of the centre of the vertebral bodies, mm: lumbar lordosis, thoracic kyphosis."""
    return float(
        np.interp(z, [-150, -90, -40, 40, 120, 200, 250, 330], [48, 36, 38, 54, 64, 52, 36, 26])
    )


#: Heights of the vertebral bodies, sacrum to neck, mm.
VERTEBRAE: list[float] = list(
    np.cumsum(
        [-108, 37, 36, 35, 34, 32, 30, 29, 28, 27, 26, 25, 24, 23, 22, 21, 20, 19, 18, 18, 18, 18]
    )
)


def ribs() -> list[tuple[Curve, Curve]]:
    """Twelve pairs of ribs as (bone, cartilage) curves, points (n, 3) in mm; the left ones first."""
    out = []
    for k in range(12):
        top = VERTEBRAE[16 - k] + 2
        span = 0.25 + 2.35 * min(
            1.0, (0.45, 0.66, 0.8, 0.9, 0.96, 1, 1, 0.97, 0.9, 0.8, 0.55, 0.35)[k]
        )
        drop = (22, 40, 54, 64, 72, 78, 82, 84, 84, 78, 60, 42)[k]
        angle = np.linspace(-1.45, -1.45 + span, 20)
        u = np.linspace(0, 1, 20)
        z = top - drop * (1 - np.cos(np.pi * np.clip(u * 1.02, 0, 1))) / 2 - 6 * np.sin(np.pi * u)
        w, d, y = (
            level(CAGE, n, np.maximum(z, -40).astype(np.float32)) + e
            for n, e in (("width", 8), ("depth", 8), ("y", 0))
        )
        curve = np.stack([w * np.cos(angle), y - d * np.sin(angle) * 1.0, z], 1)
        curve[0] = (18, spine_y(top) + 14, top)
        curve[1] = (0.5 * (curve[2, 0] + 18), max(curve[2, 1], spine_y(top) + 20), top)
        breast = np.array([9.0, -level(CAGE, "depth", 90) - 4, np.clip(z[-1] + 36, 58, 200)])
        bend = curve[-1] * 0.5 + breast * 0.5 + (10, -2, -10)
        soft = np.stack([curve[-1], bend, breast]) if k < 7 else curve[-2:]
        out += [(curve, soft), (curve * (-1, 1, 1), soft * (-1, 1, 1))]
    return out


def clavicles() -> list[Curve]:
    """Left then right collar bone, mm."""
    left = np.array(
        [(14, -58, 202), (45, -60, 210), (90, -40, 220), (130, -12, 226), (152, 2, 224)], float
    )
    return [left, left * (-1, 1, 1)]


def tree(
    start: Point,
    heading: Point,
    radius: float,
    length: float,
    depth: int,
    *seed: object,
    spread: float = 0.6,
) -> list[Branch]:
    """Vessels that split in two or three.

    Parameters
    ----------
    start, heading
        Origin (mm) and direction of the trunk.
    radius, length
        Of the trunk, mm; both shrink at each division.
    depth
        Number of divisions.
    *seed
        Names that seed the shape.
    spread
        How far the children turn away from their parent.

    Returns
    -------
    list of (points (n, 3) mm, radii (n,) mm)
    """
    gen = rng("tree", *seed)
    out: list[Branch] = []

    def grow(p: Curve, d: Curve, r: float, n: float, left: int) -> None:
        mid = p + d * n * 0.5 + gen.normal(0, 0.06 * n, 3)
        end = p + d * n
        if r > 1.5:
            out.append((np.stack([p, mid, end]), np.array([r, r * 0.92, r * 0.84])))
        else:
            out.append((np.stack([p, end]), np.array([r, r * 0.84])))
        if left == 0 or r < 0.8:
            return
        count = 3 if gen.random() < 0.35 else 2
        for i in range(count):
            turn = gen.normal(0, 1, 3)
            turn -= d * (turn @ d)
            turn /= np.linalg.norm(turn)
            q = d + turn * spread * (0.45 + 0.8 * gen.random()) * (0.6 if i == 0 else 1.25)
            grow(
                end,
                q / np.linalg.norm(q),
                r * (0.84 if i == 0 else 0.68),
                n * (0.84 + 0.2 * gen.random()),
                left - 1,
            )

    first = np.asarray(heading, float)
    grow(np.asarray(start, float), first / np.linalg.norm(first), radius, length, depth)
    return out


@lru_cache(maxsize=1)
def lung_vessels() -> list[Branch]:
    """Arteries and veins of both lungs, from the hila outwards."""
    out: list[Branch] = []
    headings = (
        (0.55, -0.5, 0.75),
        (0.9, 0.25, 0.6),
        (0.75, -0.75, -0.1),
        (0.8, 0.45, -0.45),
        (0.35, 0.35, -1.0),
        (0.5, -0.3, -1.0),
        (0.3, 0.75, 0.55),
        (0.6, -0.9, 0.4),
        (0.7, 0.6, -0.9),
        (0.5, 0.1, 1.0),
    )
    for side in (1, -1):
        for k, h in enumerate(headings):
            start = (side * 38.0, 8.0 + 5 * h[1], 122.0 + 8 * h[2])
            out += tree(start, (h[0] * side, h[1], h[2]), 4.2, 24, 7, "lung", side, k, spread=0.66)
    return out

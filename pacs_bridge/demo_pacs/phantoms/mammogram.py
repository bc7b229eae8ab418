"""A breast seen from two sides: glandular texture, ligaments, calcifications, one mass that grows.

Drawn with the chest wall on the left and the nipple on the right; right breasts are mirrored at the end.
Coordinates: depth from the chest wall and height, in mm.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pacs_bridge.demo_pacs.phantoms.noise import F32, fractal, rng, smooth
from pacs_bridge.demo_pacs.phantoms.plane import Sheet, chord, resize, soften

#: Full-field image: 2294 x 1914 pixels of 0.1 mm. Tissue is drawn at half of it.
SHAPE = (2294, 1914)
SPACING = 0.1
HALF = Sheet((1147, 957), 0.2, left=0.0, top=-114.7)
#: Mass in the right breast: depth, height (CC and MLO), mm; its diameter now and before, mm.
MASS = {"CC": (52.0, -24.0), "MLO": (55.0, -8.0)}
MASS_DIAMETER = {"now": 15.0, "prior": 8.0}
#: Cluster of calcifications in the left breast, depth and height, mm.
CLUSTER = {"CC": (46.0, 20.0), "MLO": (48.0, 22.0)}


@dataclass(frozen=True)
class View:
    """One exposure: side L or R, position CC or MLO, stage now or prior."""

    side: str
    position: str
    stage: str = "now"


@dataclass(frozen=True)
class Parts:
    """Maps on `HALF`: cover of the breast, share of gland (0..1), pectoral muscle, distance to the skin in mm."""

    breast: F32
    gland: F32
    muscle: F32
    skin: F32


def outline(position: str) -> F32:
    """Distance to the skin, mm, negative inside, on `HALF`."""
    x, y = HALF.columns(), HALF.rows()
    if position == "CC":
        a, b, c = 92.0, 88.0, 0.0
    else:
        a, b, c = 100.0, 92.0, 24.0
    r = np.sqrt((np.maximum(x, 0) / a) ** 2 + np.abs((y - c) / b) ** 2.3)
    d = (r - 1) * 78 / np.maximum(0.55 + 0.45 * r, 0.5)
    d = np.minimum(d, np.hypot(x - a + 1, y - c) - 6.0)
    if position == "MLO":
        arm = x - 74 - 0.10 * (y + 20) - 6 * np.sin(y / 40)
        arm = np.maximum(arm, y - 10)
        blend = np.clip(0.5 + (arm - d) / 44, 0, 1)
        d = arm + (d - arm) * blend - 22 * blend * (1 - blend)
    return np.asarray(d, np.float32)


def parts(view: View, seed: str = "") -> Parts:
    """Tissues of a view; ``seed`` varies the texture (planes of a tomosynthesis)."""
    gen = rng("breast", view.side, view.position, seed)
    x, y = HALF.columns(), HALF.rows()
    shift = (3.0, -2.0) if view.stage == "prior" else (0.0, 0.0)
    skin = outline(view.position)
    tip = (92.0, 0.0) if view.position == "CC" else (100.0, 24.0)
    # Strands converge on the nipple: noise in polar coordinates around it.
    angle = np.arctan2(y - tip[1] + shift[1], tip[0] + 8 - x + shift[0])
    radius = np.hypot(x - tip[0] - 8 + shift[0], y - tip[1] + shift[1])
    polar = 0.7 * smooth((512, 256), (13, 30), gen) + 0.5 * smooth((512, 256), (5, 14), gen)
    i = np.clip((angle / np.pi + 0.5) * 511, 0, 510).astype(np.int32)
    j = np.clip(radius * 1.5, 0, 254).astype(np.int32)
    strands = soften(polar[i, j], 3)
    cloud = fractal(HALF.shape, 120, 6, gen, 0.62)
    veil = fractal(HALF.shape, 60, 5, gen, 0.7)
    disc = 1.15 - np.hypot((x - tip[0] * 0.56) / 44, (y - tip[1] * 0.9 + 2) / 50) ** 2
    core = 1 / (1 + np.exp(-(2.4 * disc - 0.9 + 0.9 * cloud + 0.5 * strands)))
    arcs = smooth(HALF.shape, (42, 70), gen) + 0.5 * strands
    ligaments = (
        np.exp(-((arcs / 0.07) ** 2)) * 0.10
        + np.exp(-((strands / 0.05) ** 2)) * 0.09
        + 0.035 * np.clip(veil, 0, 2)
    )
    gland = core * (0.60 + 0.16 * cloud + 0.12 * veil) + ligaments * np.clip(-skin / 12, 0, 1)
    muscle = np.zeros(HALF.shape, np.float32)
    if view.position == "MLO":
        edge = x - (66 - 0.50 * (y + 114) + 3 * np.sin(y / 26))
        fibres = smooth(HALF.shape, (40, 9), gen)
        muscle = np.clip(0.5 - edge / 3, 0, 1) * (0.93 + 0.02 * fibres)
    breast = np.clip(0.5 - skin / 0.4, 0, 1)
    return Parts(breast, np.clip(gland, 0, 1.2).astype(np.float32), muscle.astype(np.float32), skin)


def vessels(view: View) -> F32:
    """Superficial veins: thickness crossed, mm, on `HALF`."""
    gen = rng("veins", view.side, view.position)
    out = np.zeros(HALF.shape, np.float32)
    for start in (-50, -18, 34, 58):
        x = np.linspace(0, 70, 15)
        y = start + np.cumsum(gen.normal(-0.25 * np.sign(start), 1.5, 15))
        chord(out, HALF, np.stack([x, y], 1), np.linspace(1.3, 0.6, 15))
    return soften(out, 1.5)


def mass(view: View) -> F32:
    """Spiculated mass of the right breast, 0..1 on `HALF`; empty on the left."""
    out = np.zeros(HALF.shape, np.float32)
    if view.side != "R":
        return out
    gen = rng("mass", view.position)
    cx, cy = MASS[view.position]
    r = MASS_DIAMETER[view.stage] / 2
    x, y = HALF.columns() - cx, HALF.rows() - cy
    rough = 0.9 * smooth(HALF.shape, (18, 18), gen)
    out = 1 / (1 + np.exp(np.minimum(np.hypot(x, 1.15 * y) - r + 1.4 * rough, 40) / 0.9))
    spikes = np.zeros(HALF.shape, np.float32)
    for a in np.linspace(0, 2 * np.pi, 17)[:-1] + gen.normal(0, 0.15, 16):
        far = r * gen.uniform(1.5, 2.6)
        bend = a + gen.normal(0, 0.12)
        points = [
            (cx + 0.7 * r * np.cos(a), cy + 0.7 * r * np.sin(a)),
            (cx + far * np.cos(bend), cy + far * np.sin(bend)),
        ]
        chord(spikes, HALF, points, [0.55, 0.15])
    return np.asarray(np.clip(0.85 * out + 0.30 * soften(spikes, 2), 0, 1))


def calcifications(view: View, spacing: float, shape: tuple[int, int]) -> F32:
    """Brightness of calcifications, 0..1, at any pixel size: a cluster on the left, a few benign on both."""
    sheet = Sheet(shape, spacing, left=0.0, top=-shape[0] * spacing / 2)
    gen = rng("calcifications", view.side, view.position)
    out = np.zeros(shape, np.float32)
    spots = [(gen.uniform(20, 70), gen.uniform(-40, 45), gen.uniform(0.5, 1.0)) for _ in range(4)]
    cluster = CLUSTER[view.position]
    count = 22 if view.stage == "now" else 9
    offsets, sizes = gen.normal(0, 3.2, (22, 2)), gen.uniform(0.13, 0.34, 22)
    if view.side == "L":
        spots += [
            (cluster[0] + dx, cluster[1] + dy, r)
            for (dx, dy), r in zip(offsets[:count], sizes, strict=False)
        ]
    for px, py, r in spots:
        tail = gen.normal(0, 0.5 * r, 2)
        chord(out, sheet, [(px, py), (px + tail[0], py + tail[1])], r)
    return np.asarray(np.clip(out * 1.3, 0, 1))


def film(view: View) -> F32:
    """Display-ready full-field image, 0..4095, chest wall on the left, shape `SHAPE`."""
    p = parts(view)
    gland = p.gland + 0.10 * vessels(view) + 0.55 * mass(view)
    roll = np.clip(-p.skin / 16, 0, 1)
    body = (
        700
        + 420 * np.sqrt(roll)
        + 2150 * np.clip(gland, 0, 1.1) * np.clip(-p.skin / 8, 0, 1) ** 0.7
    )
    rim = 620 * np.exp(-(((p.skin + 1.0) / 0.8) ** 2))
    body = np.maximum(body + rim, 2650 * p.muscle + 500 * (p.muscle > 0.02))
    image = resize((body * p.breast).astype(np.float32), SHAPE)
    image = image + 900 * calcifications(view, SPACING, SHAPE) * (image > 300)
    gen = rng("film", view.side, view.position, view.stage)
    tile = 0.7 * smooth((1147, 957), (1.6, 1.6), gen) + 0.5 * gen.standard_normal(
        (1147, 957), dtype=np.float32
    )
    image = image + np.tile(tile, (2, 2)) * (38 * (image > 200) + 3)
    return np.asarray(np.clip(image, 0, 4095))


def planes(view: View, count: int) -> list[F32]:
    """Tomosynthesis planes of 1 mm, 0..1023, on `HALF`; the lesions are sharp in the middle ones."""
    nodes = [parts(view, f"plane {k}") for k in range(6)]
    base = parts(view)
    lump, specks = mass(view), calcifications(view, HALF.spacing, HALF.shape)
    haze = soften(base.gland, 14)
    blurred = soften(lump, 10)
    gen = rng("planes", view.side, view.position)
    grain = [smooth(HALF.shape, (1.7, 1.7), gen) for _ in range(4)]
    out = []
    for n in range(count):
        u = n / (count - 1) * (len(nodes) - 1)
        k = min(int(u), len(nodes) - 2)
        w = np.float32(0.5 - 0.5 * np.cos(np.pi * (u - k)))
        gland = 0.5 * ((1 - w) * nodes[k].gland + w * nodes[k + 1].gland) + 0.35 * haze
        focus = np.float32(np.exp(-(((n - count / 2) / 6) ** 2)))
        gland = gland + (lump * focus + blurred * (1 - focus) * 0.4) * 0.6
        inset = base.skin
        body = (
            170 + 95 * np.sqrt(np.clip(-inset / 16, 0, 1)) + 560 * gland * np.clip(-inset / 8, 0, 1)
        )
        body = np.maximum(body + 130 * np.exp(-(((inset + 1) / 1.2) ** 2)), 640 * base.muscle)
        body = (body + 260 * specks * np.exp(-(((n - count / 2 + 4) / 2.5) ** 2))) * np.clip(
            0.5 - base.skin / 0.4, 0, 1
        )
        out.append(np.clip(body + np.roll(grain[n % 4], 37 * n, 1) * 13, 0, 1023))
    return out

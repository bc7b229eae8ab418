"""Soft organs of the trunk, and the tables that give every tissue its HU and SUV."""

from __future__ import annotations

import numpy as np

from pacs_bridge.demo_pacs.phantoms.noise import F32, rng, smooth
from pacs_bridge.demo_pacs.phantoms.scene import Scene
from pacs_bridge.demo_pacs.phantoms.torso_parts import tree

_HU = {
    "air": -1000, "table": -120, "foam": -940, "skin": 20, "fat": -102, "visceral": -105, "muscle": 56, "lung": -865,
    "lumen": -1000, "bone": 780, "spongy": 190, "rib": 620, "rib_core": 260, "clavicle": 700, "scapula": 560,
    "cartilage": 95, "disc": 85, "fluid": 8, "nerve": 38, "brain": 37, "white": 30, "myocardium": 50, "blood": 42,
    "artery": 42, "vein": 42, "portal": 42, "lung_vessel": 38, "bronchus": 20, "liver": 58, "spleen": 50, "kidney": 34,
    "medulla": 30, "pelvis_urine": 6, "stomach": 35, "content": 25, "bowel": 40, "stool": 30, "pancreas": 42,
    "gallbladder": 8, "bladder": 6, "prostate": 42, "liver_lesion": 44, "liver_core": 30, "lung_nodule": 35, "node": 40,
}  # fmt: skip
#: HU without contrast, and 70 s after an injection.
HU_PLAIN: dict[str, float] = dict(_HU)
HU_PORTAL: dict[str, float] = {
    **_HU, "muscle": 62, "myocardium": 105, "blood": 148, "artery": 152, "vein": 138, "portal": 172, "lung_vessel": 120,
    "liver": 108, "spleen": 122, "kidney": 190, "medulla": 165, "bowel": 88, "pancreas": 98, "stomach": 80,
    "liver_lesion": 66, "liver_core": 38, "lung_nodule": 62, "prostate": 70,
}  # fmt: skip
#: Uptake an hour after 18F-FDG, SUV (body weight).
SUV: dict[str, float] = {
    **dict.fromkeys(_HU, 0.6), "air": 0, "table": 0, "foam": 0, "lumen": 0.1, "skin": 0.4, "fat": 0.25, "visceral": 0.35,
    "muscle": 0.75, "lung": 0.45, "bone": 0.7, "spongy": 1.3, "rib": 0.7, "rib_core": 1.0, "brain": 9.5, "white": 6.5,
    "fluid": 0.8, "myocardium": 6.5, "blood": 1.7, "artery": 1.6, "vein": 1.6, "portal": 1.7, "lung_vessel": 1.0,
    "liver": 2.2, "spleen": 1.8, "kidney": 3.4, "medulla": 5.5, "pelvis_urine": 16, "stomach": 1.9, "content": 0.8,
    "bowel": 1.6, "stool": 0.9, "pancreas": 1.4, "bladder": 24, "prostate": 1.5, "liver_lesion": 9.0, "liver_core": 5.0,
    "lung_nodule": 12.0,
}  # fmt: skip


def muscles(s: Scene, skin: F32) -> None:
    """Muscles along the spine and around the hips, in their fat."""
    within = s.inside(skin + 5)
    for side in (1, -1):
        m = np.array((side, 1, 1))
        s.tube(
            "muscle",
            np.array([(34, 84, -150), (34, 76, -60), (32, 88, 60), (28, 92, 180), (24, 78, 260)])
            * m,
            [24, 25, 21, 16, 15],
            where=within,
        )
        s.ellipsoid("muscle", (92.0 * side, 76, -178), (72, 34, 66), turn=-24 * side, where=within)
        s.ellipsoid("muscle", (118.0 * side, 20, -150), (22, 50, 62), turn=-14 * side, where=within)
        s.ellipsoid("muscle", (84.0 * side, -62, -230), (52, 34, 44), where=within)
        s.ellipsoid("muscle", (100.0 * side, -78, 190), (62, 14, 42), turn=28 * side, where=within)
        s.ellipsoid("muscle", (118.0 * side, 92, 150), (48, 13, 74), turn=-34 * side, where=within)


def cavity(s: Scene, skin: F32, cage: F32, dome: F32, marbling: F32) -> None:
    """Visceral fat of abdomen and pelvis, chest wall lining, mediastinum."""
    x, y, z = s.grid.axes()
    width = np.interp(z, [-240, -205, -150, -100, -40], [52, 66, 92, 112, 120]).astype(np.float32)
    depth = np.interp(z, [-240, -205, -150, -100, -40], [50, 58, 68, 72, 76]).astype(np.float32)
    r = np.sqrt((x / width) ** 2 + ((y + 4) / depth) ** 2)
    belly = (r - 1) * 72 + 2 * marbling
    s.paint("visceral", s.inside(np.maximum(belly, z - 20)))
    s.paint("muscle", s.inside(np.maximum(cage - 3, -40 - z)))
    s.paint("visceral", s.inside(np.maximum(np.maximum(cage + 1, dome - z - 6), -40 - z)))
    s.paint("visceral", s.inside(np.maximum(np.maximum(cage + 3, -60 - z), z - dome)))


def lungs(s: Scene, cage: F32, dome: F32) -> F32:
    """Both lungs with their texture; gives their cover (0..1)."""
    x, y, z = s.grid.axes()
    middle = np.interp(z, [-40, 40, 80, 120, 160, 200, 240], [28, 31, 29, 26, 24, 22, 18]).astype(
        np.float32
    )
    # The heart pushes the left lung away; the lungs meet behind the sternum and hug the spine behind.
    push = (
        34 * np.exp(-(((x - 50) / 46) ** 2) - ((y + 30) / 48) ** 2 - ((z - 72) / 46) ** 2) * (x > 0)
    )
    bow = -16 * np.clip((-y - 30) / 45, 0, 1) * np.clip((z - 70) / 60, 0, 1) - 8 * np.clip(
        (y - 25) / 40, 0, 1
    )
    gap = np.maximum(np.maximum(cage + 3, middle + push + bow - np.abs(x)), dome + 3 - z)
    cover = s.inside(gap)
    s.paint("lung", cover)
    gen = rng("lung texture")
    mottle = smooth(s.grid.shape, tuple(7 / d for d in s.grid.spacing), gen)
    s.paint(
        "muscle", cover * np.clip(0.02 + 0.018 * mottle + 0.03 * np.clip((y - 40) / 60, 0, 1), 0, 1)
    )
    fissure = np.clip(1 - np.abs(z - 118 + 0.9 * (y - 0)) / 2.0, 0, 1) * 0.10
    s.paint("muscle", cover * fissure)
    return np.clip(s.inside(gap + 2), 0, 1)


def heart(s: Scene) -> None:
    """Muscle and chambers."""
    s.ellipsoid("visceral", (22, -26, 84), (64, 54, 60), turn=28)
    s.ellipsoid("myocardium", (30, -24, 80), (56, 42, 48), turn=30)
    s.ellipsoid("blood", (-22, -18, 92), (26, 30, 34))
    s.ellipsoid("blood", (12, -46, 82), (38, 19, 34), turn=22)
    s.ellipsoid("blood", (10, 8, 108), (34, 20, 22))
    s.ellipsoid("blood", (44, -20, 78), (33, 19, 28), turn=32)


def great_vessels(s: Scene) -> None:
    """Aorta, cava, pulmonary arteries, airways, portal and iliac vessels, kidneys' vessels."""
    s.tube(
        "artery",
        [
            (6, -22, 104),
            (-12, -26, 130),
            (-13, -22, 152),
            (-2, -8, 172),
            (14, 14, 176),
            (22, 32, 166),
            (23, 40, 140),
            (20, 42, 80),
            (10, 36, 30),
            (5, 20, -20),
            (3, 14, -92),
        ],
        [15, 16, 16, 14, 13, 13, 12, 11, 10.5, 9.5, 8.5],
    )
    s.tube("vein", [(-20, 14, -96), (-20, 12, -20), (-20, 6, 30), (-22, -4, 70)], [10, 11, 12, 12])
    s.tube(
        "vein", [(-24, -14, 110), (-24, -12, 150), (-22, -14, 190), (-36, -22, 206)], [10, 9, 8, 7]
    )
    s.tube("vein", [(-22, -14, 186), (10, -28, 192), (40, -30, 206)], 6.5)
    s.tube("artery", [(14, -40, 112), (18, -30, 132), (30, -6, 138), (46, 8, 134)], [13, 13, 10, 8])
    s.tube("artery", [(18, -28, 130), (-10, -6, 130), (-44, 6, 124)], [11, 9.5, 8])
    for side in (1, -1):
        m = np.array((side, 1, 1))
        s.tube(
            "artery",
            np.array(
                [(3, 14, -92), (26, 14, -126), (52, 16, -152), (74, -40, -206), (80, -52, -250)]
            )
            * m,
            [6.5, 5.5, 5, 5, 4.8],
        )
        s.tube(
            "vein",
            np.array(
                [(-8, 18, -96), (34, 24, -128), (56, 24, -156), (68, -36, -208), (72, -48, -250)]
            )
            * m,
            [8, 7, 6, 6, 5.5],
        )
        s.tube("vein", np.array([(12, 20, -46), (36, 32, -50), (50, 42, -54)]) * m, 4.5)
        s.tube("artery", np.array([(6, 18, -40), (34, 38, -46), (50, 44, -52)]) * m, 2.8)
        s.tube(
            "artery",
            np.array([(10, 4, 176), (24, -2, 210), (26, 8, 260), (28, 4, 320)]) * m,
            [4.5, 4, 3.4, 3],
        )
        s.tube("muscle", np.array([(0, 22, 142), (22, 24, 130), (44, 20, 116)]) * m, [9.5, 8, 6.5])
        s.tube("lumen", np.array([(0, 20, 146), (22, 23, 130), (46, 19, 114)]) * m, [7.5, 6.2, 4.6])
    s.tube("muscle", [(0, 14, 262), (0, 18, 200), (0, 21, 142)], 10.5)
    s.tube("lumen", [(0, 8, 300), (0, 14, 262), (0, 18, 200), (0, 21, 142)], 8.2)
    s.tube("bowel", [(2, 26, 260), (2, 34, 190), (8, 38, 120), (14, 30, 60), (24, 6, 36)], 6.5)
    s.tube("portal", [(-6, -8, -40), (-18, -10, -18), (-36, -16, -2)], [6.5, 7, 7.5])


def _bowel(s: Scene, gen: np.random.Generator) -> None:
    """Colon with stool and gas, loops of small bowel."""
    stool = smooth(s.grid.shape, tuple(6 / d for d in s.grid.spacing), gen)
    _, _, z = s.grid.axes()
    flecks = np.clip(stool * 2 - 1.2, 0, 1) + np.zeros_like(z)
    for k in range(46):
        p = np.array([gen.uniform(-80, 78), gen.uniform(-60, 2), gen.uniform(-170, -62)])
        curve = p + np.cumsum(gen.normal(0, 11, (5, 3)) * (1, 0.7, 0.8), 0)
        s.tube("bowel", curve, 11)
        s.tube("content", curve, 8.2)
        if k % 6 == 0:
            s.ellipsoid("lumen", tuple(curve[2] - (0, 3, 0)), (7, 5, 7))
    colon = np.array(
        [
            (-88, 8, -148),
            (-98, 18, -110),
            (-100, 22, -70),
            (-84, -30, -62),
            (-40, -62, -78),
            (10, -66, -84),
            (56, -56, -62),
            (92, 8, -40),
            (104, 30, -60),
            (102, 26, -110),
            (88, 4, -150),
            (56, -6, -168),
            (20, 22, -176),
            (2, 44, -196),
            (0, 50, -236),
        ],
        float,
    )
    size = [24, 24, 22, 20, 19, 18, 18, 19, 17, 16, 16, 15, 16, 18, 14]
    s.tube("bowel", colon, size)
    s.tube("stool", colon, [r - 3 for r in size])
    s.tube("lumen", colon, [r - 3 for r in size], where=flecks)
    for i in (3, 4, 5, 6, 0):
        s.ellipsoid(
            "lumen",
            (colon[i, 0], colon[i, 1] - 6, colon[i, 2]),
            (size[i] - 5, size[i] - 9, size[i] - 4),
        )


def abdomen(s: Scene, cage: F32, dome: F32, gen: np.random.Generator) -> None:
    """Liver, spleen, stomach, kidneys, pancreas, bowel, bladder."""
    x, y, z = s.grid.axes()
    under = s.inside(np.maximum(cage + 6, z + 4 - dome))
    rough = 2.5 * smooth(s.grid.shape, tuple(40 / d for d in s.grid.spacing), gen)
    _bowel(s, gen)
    s.ellipsoid("spleen", (84, 34, -6), (30, 50, 46), turn=-30, bumps=rough, where=under)
    s.ellipsoid("stomach", (54, -26, 0), (50, 40, 46), turn=-20, bumps=rough, where=under)
    s.ellipsoid("content", (54, -26, 0), (46, 36, 42), turn=-20, bumps=rough, where=under)
    s.ellipsoid("lumen", (50, -44, 6), (36, 16, 30), where=under)
    s.ellipsoid("liver", (-58, -4, -4), (86, 80, 76), turn=-16, bumps=rough, where=under)
    s.ellipsoid("liver", (10, -44, 8), (66, 32, 30), turn=10, bumps=rough, where=under)
    s.ellipsoid("visceral", (-30, 46, -50), (44, 34, 36), bumps=rough)
    s.ellipsoid("visceral", (-18, -36, -34), (9, 20, 24))
    inner = s.inside(np.maximum(cage + 12, z + 10 - dome))
    for k, h in enumerate(((-1, -0.25, 0.35), (-1, 0.4, 0.1), (-0.4, -1, 0.1), (-0.8, 0.2, -0.6))):
        for points, radii in tree((-34, -14, 0), h, 5.0, 22, 4, "portal", k):
            s.tube("portal", points, radii * 0.9, where=inner)
    for k, h in enumerate(((-1, 0.1, -0.1), (-0.6, -0.9, -0.15), (0.2, -1, -0.1))):
        for points, radii in tree((-24, 4, 26), h, 5.0, 26, 3, "hepatic", k):
            s.tube("vein", points, radii * 0.85, where=inner)
    s.ellipsoid("gallbladder", (-50, -52, -48), (15, 15, 26), where=None)
    s.tube(
        "pancreas",
        [(-28, -14, -52), (-6, -20, -40), (18, -12, -30), (46, 8, -18), (66, 22, -8)],
        [13, 10, 9, 9, 8],
    )
    for side, low in ((1, -50.0), (-1, -60.0)):
        s.tube(
            "muscle",
            np.array([(28, 44, 10), (36, 42, -50), (48, 36, -110), (74, -4, -170), (92, -24, -225)])
            * (side, 1, 1),
            [8, 18, 24, 22, 15],
        )
        c = (60.0 * side, 46.0, low)
        s.ellipsoid("visceral", c, (34, 30, 60))
        s.ellipsoid("kidney", c, (27, 25, 53), turn=-24 * side)
        for dz in (-32, -16, 0, 16, 32):
            for dy in (-9, 9):
                s.ellipsoid("medulla", (c[0] + 4 * side, c[1] + dy, low + dz), (8, 6.5, 6.5))
        s.ellipsoid("visceral", (c[0] - 13 * side, c[1] - 5, low), (15, 9, 26))
        s.ellipsoid("pelvis_urine", (c[0] - 11 * side, c[1] - 4, low), (7, 5, 12))
    s.ellipsoid("muscle", (0, -22, -198), (45, 36, 31))
    s.ellipsoid("bladder", (0, -22, -198), (42, 33, 28))
    s.ellipsoid("prostate", (0, 2, -232), (24, 20, 18))

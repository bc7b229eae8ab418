"""Values of the tissues of the head: HU, MR signals, diffusion."""

from __future__ import annotations

_HU = {
    "air": -1000, "skin": 30, "fat": -95, "muscle": 58, "bone": 1250, "diploe": 620, "thin_bone": 700, "csf": 6,
    "grey": 39, "white": 29, "falx": 52, "vitreous": 12, "lens": 88, "mucosa": 38, "lumen": -1000, "vessel": 44,
    "oedema": 19, "lesion": 37, "necrosis": 22, "choroid": 42, "calcium": 260, "table": -80, "foam": -930, "nerve": 32,
}  # fmt: skip
#: HU without and with contrast.
HU_PLAIN: dict[str, float] = dict(_HU)
HU_CONTRAST: dict[str, float] = {
    **_HU, "vessel": 185, "falx": 98, "lesion": 84, "choroid": 105, "mucosa": 66, "grey": 43, "white": 31, "muscle": 66,
}  # fmt: skip
_MR = {
    "air": 0,
    "lumen": 0,
    "bone": 25,
    "thin_bone": 40,
    "table": 0,
    "foam": 0,
    "vessel": 30,
    "calcium": 30,
}
#: Signal of each MR contrast (arbitrary units), and ADC in 1e-6 mm²/s.
MR: dict[str, dict[str, float]] = {
    "T1": {**_MR, "skin": 380, "fat": 950, "muscle": 340, "diploe": 480, "csf": 110, "grey": 390, "white": 560, "falx": 250,
           "vitreous": 120, "lens": 300, "mucosa": 320, "oedema": 330, "lesion": 350, "necrosis": 190, "choroid": 300, "nerve": 480},
    "T2": {**_MR, "skin": 260, "fat": 620, "muscle": 170, "diploe": 320, "csf": 1000, "grey": 480, "white": 330, "falx": 150,
           "vitreous": 980, "lens": 120, "mucosa": 650, "oedema": 700, "lesion": 540, "necrosis": 860, "choroid": 760, "nerve": 330},
    "FLAIR": {**_MR, "skin": 230, "fat": 560, "muscle": 210, "diploe": 280, "csf": 60, "grey": 420, "white": 340, "falx": 160,
              "vitreous": 70, "lens": 120, "mucosa": 500, "oedema": 760, "lesion": 560, "necrosis": 330, "choroid": 300, "nerve": 300},
    "b0": {**_MR, "skin": 90, "fat": 60, "muscle": 150, "diploe": 40, "csf": 950, "grey": 440, "white": 310, "falx": 150,
           "vitreous": 900, "lens": 100, "mucosa": 300, "oedema": 620, "lesion": 500, "necrosis": 780, "choroid": 650, "nerve": 300},
    "ADC": {**_MR, "skin": 300, "fat": 100, "muscle": 1200, "diploe": 100, "csf": 3050, "grey": 850, "white": 740, "falx": 700,
            "vitreous": 2900, "lens": 600, "mucosa": 1400, "oedema": 1350, "lesion": 680, "necrosis": 1900, "choroid": 1800, "nerve": 900},
}  # fmt: skip

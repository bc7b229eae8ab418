"""What is known of the studies, for tests: places in mm (patient frame), sizes in mm, SUV."""

from __future__ import annotations

import json
from pathlib import Path

from pacs_bridge.demo_pacs.phantoms import (
    angiogram,
    head,
    head_tissues,
    mammogram,
    radiograph,
    sonogram,
    torso,
    torso_organs,
)
from pacs_bridge.demo_pacs.phantoms.slices import Dose, pixel


def table(peaks: dict[str, float] | None) -> dict[str, object]:
    """Known values; ``peaks`` are the SUV max measured on the corrected PET, if it was made."""
    liver, lung = pixel(torso.GRID, torso.LIVER_LESION), pixel(torso.GRID, torso.LUNG_NODULE)
    spot = pixel(head.GRID, head.LESION)
    known: dict[str, object] = {
        "tdm-crane": {
            "lesion": {
                "centre": head.LESION, "radii": head.LESION_RADII["now"], "prior_radii": head.LESION_RADII["prior"],
                "hu_plain": head_tissues.HU_PLAIN["lesion"], "hu_contrast": head_tissues.HU_CONTRAST["lesion"],
                "image": spot[2] + 1, "column": round(spot[0], 2), "row": round(spot[1], 2),
            },
            "hu": head_tissues.HU_PLAIN,
        },
        "tdm-tap": {
            "liver_lesion": {"centre": torso.LIVER_LESION, "radii": torso.LIVER_LESION_RADII, "image": liver[2] + 1,
                             "column": round(liver[0], 2), "row": round(liver[1], 2)},
            "lung_nodule": {"centre": torso.LUNG_NODULE, "radii": torso.LUNG_NODULE_RADII, "image": lung[2] + 1,
                            "column": round(lung[0], 2), "row": round(lung[1], 2)},
            "hu": torso_organs.HU_PORTAL,
        },
        "tep-tdm": {"suv": torso_organs.SUV, "suv_max": peaks, "bq_per_ml_for_suv_1": round(Dose().becquerels_per_suv(78), 4)},
        "irm-cerebrale": {"adc_1e-6_mm2_s": head_tissues.MR["ADC"]},
        "rx-thorax": {"imager_pixel_spacing": radiograph.SPACING},
        "mammographie": {"mass_right": mammogram.MASS, "mass_diameter": mammogram.MASS_DIAMETER, "cluster_left": mammogram.CLUSTER,
                         "origin": "depth from the chest wall, height from the middle row (down)", "pixel": mammogram.SPACING},
        "echo-abdominale": {"mm_per_pixel": sonogram.SPACING, "frames": sonogram.FRAMES},
        "coronarographie": {"stenosis_residual": angiogram.STENOSIS_RESIDUAL, "frames": angiogram.FRAMES},
    }  # fmt: skip
    return known


def write(folder: Path, peaks: dict[str, float] | None) -> None:
    """Write ``truth.json`` beside the studies."""
    (folder / "truth.json").write_text(
        json.dumps(table(peaks), indent=1, ensure_ascii=False) + "\n", encoding="utf-8"
    )

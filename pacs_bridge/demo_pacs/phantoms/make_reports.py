"""Reports, key images and overlays of the demo."""

from __future__ import annotations

from pathlib import Path

from pydicom.dataset import Dataset

from pacs_bridge.demo_pacs.phantoms import documents as doc
from pacs_bridge.demo_pacs.phantoms import head, overlays, torso
from pacs_bridge.demo_pacs.phantoms.catalog import Catalog
from pacs_bridge.demo_pacs.phantoms.documents import Code
from pacs_bridge.demo_pacs.phantoms.slices import Window, pixel
from pacs_bridge.demo_pacs.phantoms.studies import Series
from pacs_bridge.demo_pacs.phantoms.uids import derive

INDICATION: Code = ("18785-6", "LN", "Indication")
TECHNIQUE: Code = ("55111-9", "LN", "Technique")
FINDINGS: Code = ("59776-5", "LN", "Résultats")
CONCLUSION: Code = ("19005-8", "LN", "Conclusion")
DIAMETER: Code = ("103339001", "SCT", "Long Axis")
MILLIMETRE: Code = ("mm", "UCUM", "mm")
SUV_MAX: Code = ("126401", "DCM", "SUVbw")
SUV_UNIT: Code = ("g/ml{SUVbw}", "UCUM", "SUVbw g/ml")
LIVER: Code = ("10200004", "SCT", "Foie")
LUNG: Code = ("44714003", "SCT", "Lobe supérieur du poumon gauche")
SUMMARY = [
    "Indication : surveillance d'une lésion frontale droite.",
    "Technique : acquisition hélicoïdale sans puis avec injection.",
    "",
    "Résultats : lésion frontale droite à centre nécrotique, rehaussée en",
    "périphérie, de 24 mm de grand axe contre 14 mm un an auparavant,",
    "entourée d'un œdème. Pas d'effet de masse sur la ligne médiane.",
    "Système ventriculaire de taille normale. Sinus de la face clairs.",
    "",
    "Conclusion : progression en taille de la lésion frontale droite.",
    "",
    "Document fictif, produit par un programme. Aucun patient réel.",
]


def head_reports(catalog: Catalog, folder: Path, series: list[Series]) -> list[Series]:
    """Report of the head CT in words and as PDF; on the full set, a presentation state."""
    column, row, k = pixel(head.GRID, head.LESION)
    current = [s for s in series if s.study is catalog.head and len(s.written) == 120][-1]
    prior = next(s for s in series if s.study is catalog.head_prior)
    here, before = current.written[k], prior.written[k]
    size = 2 * max(head.LESION_RADII["now"])
    old = 2 * max(head.LESION_RADII["prior"])
    words = Series(catalog.head, 50, "SR", "Compte rendu", delay=5400)
    report = doc.basic_text(words, [
        (INDICATION, [("Surveillance d'une lésion frontale droite connue.", [])]),
        (TECHNIQUE, [("Acquisition hélicoïdale, coupes de 1,25 mm, sans puis avec injection de 80 ml d'ioméprol 350.", [])]),
        (FINDINGS, [
            (f"Lésion frontale droite à centre nécrotique de {size:.0f} mm de grand axe (série {current.number}, image {k + 1}), entourée d'un œdème.", [here]),
            (f"Elle mesurait {old:.0f} mm un an auparavant (examen antérieur, série {prior.number}, image {k + 1}).", [before]),
            ("Système ventriculaire de taille normale, en place. Pas de saignement.", []),
            (f"Cavités sinusiennes normalement aérées (série {current.number}, image 8).", [current.written[7]]),
        ]),
        (CONCLUSION, [("Progression en taille de la lésion frontale droite.", [])]),
    ])  # fmt: skip
    words.save(report, folder)
    paper = Series(catalog.head, 51, "DOC", "Compte rendu PDF", delay=5460)
    paper.save(doc.pdf(paper, "Compte rendu : TDM cérébrale", SUMMARY), folder)
    state = Series(catalog.head, 52, "PR", "Lésion annotée", delay=5500)
    label = f"Lésion {size:.0f} mm"
    state.save(overlays.presentation(state, here, Window(45, 70), label, column, row, 32), folder)
    return [words, paper, state]


def _axis(target: Dataset, centre: tuple[float, float], half: float) -> Dataset:
    spacing = float(target.PixelSpacing[0])
    points = [centre[0] - half / spacing, centre[1], centre[0] + half / spacing, centre[1]]
    return doc.line([round(v, 2) for v in points], target)


def trunk_reports(
    catalog: Catalog, folder: Path, series: list[Series], peaks: dict[str, float]
) -> list[Series]:
    """Measurements, key images, segmentation and contours of the trunk CT; measurements of the PET."""
    ct, _, pet, _ = series
    mass: Code = ("52988006", "SCT", "Lésion")
    liver_x, liver_y, liver_k = pixel(torso.GRID, torso.LIVER_LESION)
    lung_x, lung_y, lung_k = pixel(torso.GRID, torso.LUNG_NODULE)
    on_liver, on_lung = ct.written[liver_k], ct.written[lung_k]
    measured = Series(catalog.trunk, 50, "SR", "Mesures", delay=3600)
    groups = []
    for name, site, target, x, y, radii in (
        ("Lésion hépatique", LIVER, on_liver, liver_x, liver_y, torso.LIVER_LESION_RADII),
        ("Nodule pulmonaire", LUNG, on_lung, lung_x, lung_y, torso.LUNG_NODULE_RADII),
    ):
        size = doc.number(
            "CONTAINS", DIAMETER, 2 * radii[0], MILLIMETRE, _axis(target, (x, y), radii[0])
        )
        groups.append(doc.lesion(name, derive(catalog.trunk.uid, name), site, mass, [size]))
    scan: Code = ("433761009", "SCT", "TDM thorax, abdomen et pelvis avec injection")
    measured.save(doc.measurements(measured, groups, [on_liver, on_lung], scan), folder)
    keys = Series(catalog.trunk, 51, "KO", "Images clés", delay=3660)
    keys.save(
        doc.key_images(keys, [on_liver, on_lung], "Lésion hépatique et nodule pulmonaire gauche"),
        folder,
    )
    cut = Series(catalog.trunk, 52, "SEG", "Segmentation", "ABDOMEN", "trunk", 3700)
    cut.save(
        overlays.segmentation(
            cut, ct.written, "Lésion hépatique", torso.LIVER_LESION, torso.LIVER_LESION_RADII
        ),
        folder,
    )
    contours = Series(catalog.trunk, 53, "RTSTRUCT", "Contours", "", "trunk", 3720)
    contours.save(
        overlays.structures(
            contours, ct.written, "Lésion hépatique", torso.LIVER_LESION, torso.LIVER_LESION_RADII
        ),
        folder,
    )
    uptake = Series(catalog.pet, 50, "SR", "Mesures de fixation", delay=5400)
    shown = [pet.written[liver_k], pet.written[lung_k]]
    groups = [
        doc.lesion(name, derive(catalog.pet.uid, name), site, mass, [
            doc.number("CONTAINS", SUV_MAX, peaks[key], SUV_UNIT, doc.image("INFERRED FROM", target))])
        for name, key, site, target in (("Lésion hépatique", "liver", LIVER, shown[0]), ("Nodule pulmonaire", "lung", LUNG, shown[1]))
    ]  # fmt: skip
    scan = ("443271005", "SCT", "TEP-TDM au 18F-FDG")
    uptake.save(doc.measurements(uptake, groups, shown, scan), folder)
    return [measured, keys, cut, contours, uptake]

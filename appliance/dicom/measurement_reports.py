"""Measures on images as a structured report: Comprehensive SR (PS3.3 A.35.3) by TID 1500 *Measurement Report*.

Each mark is a measurement group: a planar region (PS3.16 TID 1410) for a zone, else TID 1501 with numbers inferred from
coordinates. Coordinates are the marks' own: both count pixels from the outer corner of the first (PS3.3 C.18.6.1.2).
A correspondent measured, and nobody verified it: PARTIAL, UNVERIFIED (PS3.3 C.17.2).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from pydicom.dataset import Dataset

from appliance.dicom.elements import first_item, text
from appliance.dicom.made_documents import (
    PRODUCT,
    Code,
    Image,
    Made,
    Origin,
    begun,
    code,
    coded,
    container,
    content,
    ended,
    evidence,
    identified,
    language_and_observers,
    put_author,
    referenced,
    rooted,
    words,
)
from appliance.domain.coercion import derived
from appliance.domain.measures import Measure, Measured, Point, Quantity, Statistic

SOP_CLASS = "1.2.840.10008.5.1.4.1.1.88.33"
_TITLE: Code = ("126000", "DCM", "Imaging Measurement Report")
_COMMENT: Code = ("121106", "DCM", "Comment")
_UNITS: Mapping[str, Code] = {
    "mm": ("mm", "UCUM", "millimeter"), "mm²": ("mm2", "UCUM", "square millimeter"),
    "px": ("{pixels}", "UCUM", "pixels"), "px²": ("{pixels}", "UCUM", "pixels"), "°": ("deg", "UCUM", "degree"),
    "HU": ("[hnsf'U]", "UCUM", "Hounsfield unit"), "BQML": ("Bq/ml", "UCUM", "Becquerels/milliliter"),
    "GY": ("Gy", "UCUM", "Gray"),
    "SUV": ("{SUVbw}g/ml", "UCUM", "Standardized Uptake Value body weight"),
}  # fmt: skip
_NO_UNITS: Code = ("1", "UCUM", "no units")
_QUANTITIES: Mapping[Quantity, Code] = {
    Quantity.LENGTH: ("410668003", "SCT", "Length"), Quantity.ANGLE: ("1483009", "SCT", "Angle"),
    Quantity.AREA: ("42798000", "SCT", "Area"),
}  # fmt: skip
_VALUES: Mapping[str, Code] = {
    "HU": ("112031", "DCM", "Attenuation Coefficient"), "SUV": ("126401", "DCM", "SUVbw"),
    "BQML": ("110821", "DCM", "Nuclear Medicine Tomographic Activity"), "GY": ("128513", "DCM", "Absorbed Dose"),
}  # fmt: skip
_PIXEL_VALUE: Code = ("PIXELVALUE", "99NEGATOSCOPE", "Pixel value")
_STATISTICS: Mapping[Statistic, Code] = {
    Statistic.MEAN: ("373098007", "SCT", "Mean"), Statistic.DEVIATION: ("386136009", "SCT", "Standard Deviation"),
    Statistic.LEAST: ("255605001", "SCT", "Minimum"), Statistic.MOST: ("56851009", "SCT", "Maximum"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Group:
    """One mark on one image: its kind, what it measures, and in words its name and what is said of it."""

    kind: str
    image: Image
    points: Sequence[Point]
    measure: Measure
    label: str
    said: Sequence[str] = ()


def measurement_report(origin: Origin, description: str, groups: Sequence[Group], note: str) -> Made:
    """Return the report of some marks, never none; ``note`` is said of all of them. Raises as `begun`."""
    made = begun(origin, SOP_CLASS, "SR", description)
    images = list(dict.fromkeys(group.image for group in groups))
    made.CompletionFlag, made.VerificationFlag, made.PreliminaryFlag = "PARTIAL", "UNVERIFIED", "PRELIMINARY"
    put_author(made, origin.author)
    made.PerformedProcedureCodeSequence = []
    made.CurrentRequestedProcedureEvidenceSequence = [evidence(made.StudyInstanceUID, images)]
    rooted(made, _TITLE, "1500", [
        *language_and_observers(origin),
        coded("HAS CONCEPT MOD", ("121058", "DCM", "Procedure reported"), ("363679005", "SCT", "Imaging procedure")),
        _library(images),
        container("CONTAINS", ("126010", "DCM", "Imaging Measurements"),
                  [_group(made.SeriesInstanceUID, group, number) for number, group in enumerate(groups, 1)]),
        words("CONTAINS", _COMMENT, note),
    ])  # fmt: skip
    return ended(made)


def is_made_here(dataset: Dataset) -> bool:
    """Whether an SR is a report of marks that an appliance like this one made: a correspondent's, come back."""
    title = first_item(dataset, "ConceptNameCodeSequence")
    code_value = text(title, "CodeValue", 16) if title is not None else ""
    return code_value == _TITLE[0] and text(dataset, "Manufacturer", 64) == PRODUCT


def _library(images: Sequence[Image]) -> Dataset:
    """Return the images by TID 1600; what they are like is said by themselves."""
    group = container("CONTAINS", ("126200", "DCM", "Image Library Group"),
                      [referenced("CONTAINS", image) for image in images])  # fmt: skip
    return container("CONTAINS", ("111028", "DCM", "Image Library"), [group])


def _group(series: str, group: Group, number: int) -> Dataset:
    template = "1410" if group.kind == "roi" else "1501"
    tracked = derived("mark", series, str(group.image), group.kind, str(list(group.points)), str(number))
    below = [
        words("HAS OBS CONTEXT", ("112039", "DCM", "Tracking Identifier"), f"{group.label} {number}"),
        identified("HAS OBS CONTEXT", ("112040", "DCM", "Tracking Unique Identifier"), tracked),
        *(_region(group) if group.kind == "roi" else _inferred(group)),
    ]
    return container("CONTAINS", ("125007", "DCM", "Measurement Group"), below, template)


def _region(group: Group) -> Iterator[Dataset]:
    """Yield a planar region and the numbers about it (TID 1410, 1419)."""
    yield _coordinates("CONTAINS", ("111030", "DCM", "Image Region"), group)
    yield from (_number(one) for one in group.measure.numbers)
    yield from (words("CONTAINS", _COMMENT, said) for said in group.said)


def _inferred(group: Group) -> Iterator[Dataset]:
    """Yield numbers with the coordinates that they come from (TID 1501, 300, 320); without numbers, what is said."""
    path: Code = ("121055", "DCM", "Path")
    for one in group.measure.numbers:
        yield _number(one, [_coordinates("INFERRED FROM", path, group)])
    for said in group.said:
        below = [] if group.measure.numbers else [_coordinates("INFERRED FROM", path, group)]
        yield words("CONTAINS", _COMMENT, said, below)


def _coordinates(relation: str, name: Code, group: Group) -> Dataset:
    item = content("SCOORD", relation, name, [referenced("SELECTED FROM", group.image)])
    item.GraphicType = {"roi": "ELLIPSE", "probe": "POINT"}.get(group.kind, "POLYLINE")
    points = _axes(group.points) if group.kind == "roi" else group.points
    item.GraphicData = [number for point in points for number in point]
    return item


def _axes(box: Sequence[Point]) -> list[Point]:
    """Return the ends of the longer axis of the ellipse in a box, then those of the shorter (PS3.3 C.18.6.1.1)."""
    (x0, y0), (x1, y1) = box
    x, y = (x0 + x1) / 2, (y0 + y1) / 2
    across, down = [(x0, y), (x1, y)], [(x, y0), (x, y1)]
    return [*across, *down] if abs(x1 - x0) >= abs(y1 - y0) else [*down, *across]


def _number(one: Measured, below: Sequence[Dataset] = ()) -> Dataset:
    statistic = _STATISTICS.get(one.statistic)
    if statistic is not None:
        below = [coded("HAS CONCEPT MOD", ("121401", "DCM", "Derivation"), statistic), *below]
    name = _QUANTITIES.get(one.quantity) or _VALUES.get(one.unit, _PIXEL_VALUE)
    item = content("NUM", "CONTAINS", name, below)
    value = Dataset()
    value.NumericValue = f"{one.value:.9g}"
    value.MeasurementUnitsCodeSequence = [code(_UNITS.get(one.unit, _NO_UNITS))]
    item.MeasuredValueSequence = [value]
    return item

"""Rows of the index in the DICOM JSON model (PS3.18 F), level by level (10.6.3.3)."""

from typing import Any

from appliance.usecases.ports import InstanceRow, SeriesRow, StudyRow

Json = dict[str, Any]
STUDY_TAGS = frozenset({
    "00080020", "00080030", "00080050", "00080056", "00080061", "00080090", "00081190", "00100010",
    "00100020", "00100030", "00100040", "0020000D", "00200010", "00201206", "00201208", "00081030",
    "00100021"})
SERIES_TAGS = frozenset({
    "00080060", "0008103E", "00081190", "0020000D", "0020000E", "00200011", "00201209",
    "00080021", "00080031", "00180015"})
INSTANCE_TAGS = frozenset({
    "00080016", "00080018", "00080056", "00081190", "0020000D", "0020000E", "00200013", "00280010",
    "00280011", "00280100", "00280008"})
ROOT = "/dicom-web"


def study(row: StudyRow, series: int | None = None) -> Json:
    """Return a study; ``series`` is how many series of it are here, when that is known."""
    traits = row.traits
    return _with_values({
        "00080020": ("DA", row.date.strftime("%Y%m%d") if row.date else None),
        "00080030": ("TM", row.time), "00080050": ("SH", row.accession),
        "00080056": ("CS", "ONLINE"), "00080061": ("CS", list(row.modalities)), "00080090": ("PN", None),
        "00081030": ("LO", row.description), "00081190": ("UR", f"{ROOT}/studies/{row.uid}"),
        "00100010": ("PN", _name(traits.name)), "00100020": ("LO", traits.identifier.value),
        "00100021": ("LO", traits.identifier.authority), "00100030": ("DA", traits.birth_date),
        "00100040": ("CS", traits.sex), "0020000D": ("UI", row.uid), "00200010": ("SH", None),
        "00201206": ("IS", series), "00201208": ("IS", row.received)})


def series(row: SeriesRow) -> Json:
    """Return a series."""
    return _with_values({
        "00080060": ("CS", row.modality), "0008103E": ("LO", row.description),
        "00081190": ("UR", f"{ROOT}/studies/{row.study_uid}/series/{row.uid}"),
        "0020000D": ("UI", row.study_uid), "0020000E": ("UI", row.uid),
        "00200011": ("IS", row.number), "00201209": ("IS", row.received)})


def instance(row: InstanceRow) -> Json:
    """Return an instance; only what has a value, so that metadata can say the rest."""
    address = f"{ROOT}/studies/{row.study_uid}/series/{row.series_uid}/instances/{row.sop_uid}"
    return {tag: element for tag, element in _with_values({
        "00080016": ("UI", row.sop_class), "00080018": ("UI", row.sop_uid),
        "00080056": ("CS", "ONLINE"), "00081190": ("UR", address),
        "0020000D": ("UI", row.study_uid), "0020000E": ("UI", row.series_uid),
        "00200013": ("IS", row.number), "00280010": ("US", row.rows or None),
        "00280011": ("US", row.columns or None)}).items() if "Value" in element}


def _name(text: str) -> Json | None:
    groups = zip(("Alphabetic", "Ideographic", "Phonetic"), text.split("="), strict=False)
    return {name: group for name, group in groups if group} or None


def _with_values(elements: dict[str, tuple[str, Any]]) -> Json:
    """Return the elements in the JSON model; empty ones keep their VR only."""
    found: Json = {}
    for tag, (vr, value) in elements.items():
        values = value if isinstance(value, list) else [value]
        kept = [v for v in values if v not in (None, "")]
        found[tag] = {"vr": vr, "Value": kept} if kept else {"vr": vr}
    return found

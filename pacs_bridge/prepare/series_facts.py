"""Attributes of the series, as one of its instances gives them."""

from typing import Any

from pydicom.dataset import FileDataset

from appliance.dicom.elements import calendar_date, integer, text, time_digits


def series_facts(dataset: FileDataset) -> dict[str, Any]:
    """Return the head of the series JSON; ``instance_number`` is the instance's own."""
    side = text(dataset, "Laterality", 16)
    day = calendar_date(dataset, "SeriesDate") or calendar_date(dataset, "StudyDate")
    time = time_digits(dataset, "SeriesTime") or time_digits(dataset, "StudyTime")
    return {
        "number": integer(dataset, "SeriesNumber"), "modality": text(dataset, "Modality", 16),
        "description": text(dataset, "SeriesDescription", 256),
        "body_part": text(dataset, "BodyPartExamined", 64),
        "laterality": side if side in ("R", "L") else None,
        "date": day.isoformat() if day else None,
        "time": f"{time[:2]}:{time[2:4]}:{time[4:6]}" if time else None,
        "frame_of_reference": text(dataset, "FrameOfReferenceUID", 64) or None,
        "instance_number": integer(dataset, "InstanceNumber"),
    }

"""What the viewer must know of each frame: its place, its scale, its window, its quality."""

from dataclasses import dataclass
from math import prod
from typing import Any

from pydicom.dataset import Dataset, FileDataset

from appliance.dicom.elements import integer, number, numbers, text, texts
from appliance.domain.geometry import is_orientation
from appliance.domain.suv import Suv
from pacs_bridge.prepare.display import Display
from pacs_bridge.prepare.groups import Groups
from pacs_bridge.prepare.pixels import PixelModule
from pacs_bridge.prepare.spacing import regions_of, spacing_of
from pacs_bridge.prepare.traits import is_localizer, traits_of

_CT = frozenset({"1.2.840.10008.5.1.4.1.1.2", "1.2.840.10008.5.1.4.1.1.2.1",
                 "1.2.840.10008.5.1.4.1.1.2.2"})


@dataclass(frozen=True, slots=True)
class FrameMade:
    """What making a display frame told: NumPy type name, smallest and largest pixel, bytes, losses before."""

    dtype: str
    low: int
    high: int
    size_bytes: int
    lossy: bool
    padding: tuple[int, int] | None = None
    digest: str = ""


@dataclass(frozen=True, slots=True)
class Instance:
    """What all frames of an instance share."""

    dataset: FileDataset
    groups: Groups
    module: PixelModule
    display: Display
    suv: Suv | None = None


def described_frame(instance: Instance, index: int, made: FrameMade) -> dict[str, Any]:
    """Return an entry of ``images`` of the series JSON for frame `index` (from 0)."""
    dataset, module = instance.dataset, instance.module
    return {
        "sop_uid": text(dataset, "SOPInstanceUID", 64), "sop_class": text(dataset, "SOPClassUID"),
        "frame": index + 1, "number": integer(dataset, "InstanceNumber"),
        "rows": module.rows, "columns": module.columns,
        **_place(dataset, instance.groups, index),
        **_scale(instance, index),
        **_looks(instance, index, made),
        "quality": _quality(dataset, made), "digest": made.digest,
        "localizer": is_localizer(dataset, instance.groups, index),
        "traits": traits_of(dataset, instance.groups, index),
        "suv": _suv(instance.suv),
        "frame_time_ms": _frame_time(dataset, index), "bytes": made.size_bytes,
    }


def _suv(suv: Suv | None) -> dict[str, Any] | None:
    return None if suv is None else {"factor": suv.factor, "reason": str(suv.reason) if suv.reason else None}


def _place(dataset: FileDataset, groups: Groups, index: int) -> dict[str, Any]:
    position = numbers(groups.item(index, "PlanePositionSequence", "ImagePositionPatient"),
                       "ImagePositionPatient")
    orientation = numbers(groups.item(index, "PlaneOrientationSequence", "ImageOrientationPatient"),
                          "ImageOrientationPatient")
    measures = groups.item(index, "PixelMeasuresSequence", "PixelSpacing")
    spacing = spacing_of(dataset, numbers(measures, "PixelSpacing"), text(dataset, "Modality", 16))
    anatomy = groups.item(index, "FrameAnatomySequence", "FrameLaterality")
    side = text(dataset, "ImageLaterality", 16) or text(anatomy, "FrameLaterality", 16)
    return {
        "position": _position(dataset, index, position, orientation) if len(position) == 3 else None,
        "orientation": list(orientation) if is_orientation(orientation) else None,
        "spacing_mm": list(spacing.mm) if spacing.mm else None, "spacing_origin": spacing.origin,
        "regions": regions_of(dataset),
        "thickness_mm": number(
            groups.item(index, "PixelMeasuresSequence", "SliceThickness"), "SliceThickness"),
        "patient_orientation": list(texts(dataset, "PatientOrientation", 2)) or None,
        "image_laterality": side if side in ("R", "L", "B") else None,
        "aspect": _aspect(dataset), "frame_of_reference": text(dataset, "FrameOfReferenceUID", 64) or None,
    }


def _position(
    dataset: FileDataset, index: int, position: tuple[float, ...], orientation: tuple[float, ...],
) -> list[float]:
    """Return where the first pixel lies; the frames of an axial dose rise by (3004,000C) from the first one."""
    offsets = numbers(dataset, "GridFrameOffsetVector")
    if index < len(offsets) and offsets[0] == 0 and list(orientation) == [1, 0, 0, 0, 1, 0]:
        return [position[0], position[1], position[2] + offsets[index]]
    return list(position)


def _aspect(dataset: FileDataset) -> float:
    """Return the height of a pixel over its width, (0028,0034) *Pixel Aspect Ratio*."""
    ratio = numbers(dataset, "PixelAspectRatio")
    return ratio[0] / ratio[1] if len(ratio) == 2 and min(ratio) > 0 else 1.0


def _scale(instance: Instance, index: int) -> dict[str, Any]:
    display = instance.display
    holder = instance.groups.item(index, "PixelValueTransformationSequence", "RescaleSlope")
    slope, intercept = display.rescale(index)
    through = display.voi_table(index) is not None
    if through or display.modality is not None or display.colour:
        slope, intercept = 1.0, 0.0
    if display.quantised is not None:
        wide = display.quantised
        slope, intercept = slope * wide.step, slope * wide.first + intercept
    return {"slope": slope, "intercept": intercept,
            "unit": None if through else _unit(instance.dataset, holder)}


def _unit(dataset: FileDataset, holder: Dataset) -> str | None:
    kind = text(holder, "RescaleType", 16)
    if text(dataset, "SOPClassUID", 64) in _CT:
        localizer = "LOCALIZER" in texts(dataset, "ImageType")
        return "HU" if kind in ("", "HU") and not localizer else kind or None
    if text(dataset, "Modality", 16) in ("PT", "RTDOSE"):
        return text(dataset, "Units", 16) or text(dataset, "DoseUnits", 16) or None
    return kind if kind not in ("", "US", "UNSPECIFIED") else None


def _looks(instance: Instance, index: int, made: FrameMade) -> dict[str, Any]:
    dataset, colour = instance.dataset, instance.display.colour
    holder = instance.groups.item(index, "FrameVOILUTSequence", "WindowCenter")
    function = text(holder, "VOILUTFunction", 16)
    inverse = (instance.module.photometric == "MONOCHROME1"
               or text(dataset, "PresentationLUTShape", 16) == "INVERSE")
    through = instance.display.voi_table(index)
    return {
        "signed": made.dtype.startswith("int"), "bits": 8 if made.dtype.endswith("int8") else 16,
        "photometric": "RGB" if colour else "MONOCHROME2",
        "windows": _windows(instance, index, holder),
        "voi": function if through is None and function in ("LINEAR_EXACT", "SIGMOID") else "LINEAR",
        "range": [made.low, made.high], "padding": list(made.padding) if made.padding else None,
        "inverted": inverse and not colour,
        "for_processing": text(dataset, "PresentationIntentType", 16) == "FOR PROCESSING",
    }


def _windows(instance: Instance, index: int, holder: Dataset) -> list[dict[str, Any]]:
    if instance.display.colour:
        return []
    table = instance.display.voi_table(index)
    if table is not None:  # its entries are presentation values: all of them, dark to bright
        name = instance.display.voi_name(index)
        return [{"center": 2.0 ** (table.bits - 1), "width": 2.0 ** table.bits, "name": name}]
    centers, widths = numbers(holder, "WindowCenter"), numbers(holder, "WindowWidth")
    names = texts(holder, "WindowCenterWidthExplanation")
    return [{"center": center, "width": width, "name": names[i] if i < len(names) else ""}
            for i, (center, width) in enumerate(zip(centers, widths, strict=False)) if width > 0]


def _quality(dataset: FileDataset, made: FrameMade) -> dict[str, Any]:
    ratios = [r for r in numbers(dataset, "LossyImageCompressionRatio") if r > 0]
    return {"lossy": made.lossy, "ratio": round(prod(ratios), 2) if ratios else None}


def _frame_time(dataset: FileDataset, index: int) -> float | None:
    vector = numbers(dataset, "FrameTimeVector")
    if index < len(vector) and vector[index] > 0:
        return vector[index]
    time = number(dataset, "FrameTime")
    if time is not None and time > 0:
        return time
    rate = number(dataset, "CineRate") or number(dataset, "RecommendedDisplayFrameRate")
    return 1000.0 / rate if rate is not None and rate > 0 else None

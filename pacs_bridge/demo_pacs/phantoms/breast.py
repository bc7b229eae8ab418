"""Mammography objects: four views, their priors, one tomosynthesis."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.uid import (
    BreastTomosynthesisImageStorage,
    DigitalMammographyXRayImageStorageForPresentation,
)

from pacs_bridge.demo_pacs.phantoms import mammogram, pixels
from pacs_bridge.demo_pacs.phantoms.catalog import Catalog
from pacs_bridge.demo_pacs.phantoms.mammogram import View
from pacs_bridge.demo_pacs.phantoms.studies import Series, Study, codes, numbers

MAKER = ("Atelier Fictif", "Sein 3D")
_VIEW = {
    "CC": ("399162004", "SCT", "cranio-caudal"),
    "MLO": ("399368009", "SCT", "medio-lateral oblique"),
}
#: Patient orientation of rows and columns.
_ALONG = {
    ("R", "CC"): ["P", "L"],
    ("L", "CC"): ["A", "R"],
    ("R", "MLO"): ["P", "FL"],
    ("L", "MLO"): ["A", "FR"],
}


def _common(d: Dataset, view: View) -> None:
    d.PatientOrientation, d.ImageLaterality = _ALONG[view.side, view.position], view.side
    d.BurnedInAnnotation, d.LossyImageCompression, d.PresentationLUTShape = "NO", "00", "IDENTITY"
    d.BreastImplantPresent, d.OrganExposed, d.PartialView = "NO", "BREAST", "NO"
    d.AnatomicRegionSequence = codes(("76752008", "SCT", "Breast"))
    d.ViewCodeSequence = codes(_VIEW[view.position])
    d.ViewCodeSequence[0].ViewModifierCodeSequence = Sequence()
    d.AcquisitionContextSequence = Sequence()


def _film(study: Study, view: View, number: int, folder: Path) -> Series:
    series = Series(
        study,
        number,
        "MG",
        f"{view.side} {view.position}",
        "BREAST",
        delay=60 * number,
        maker=MAKER,
    )
    image = np.rint(mammogram.film(view)).astype(np.uint16)
    d = series.instance(DigitalMammographyXRayImageStorageForPresentation)
    series.acquired(d)
    _common(d, view)
    d.ImageType, d.PresentationIntentType = ["ORIGINAL", "PRIMARY"], "FOR PRESENTATION"
    d.ViewPosition, d.PixelIntensityRelationship, d.PixelIntensityRelationshipSign = (
        view.position,
        "LOG",
        -1,
    )
    d.RescaleIntercept, d.RescaleSlope, d.RescaleType = "0", "1", "US"
    d.WindowCenter, d.WindowWidth = 1900, 3400
    d.ImagerPixelSpacing = numbers((mammogram.SPACING, mammogram.SPACING))
    d.DetectorType, d.DetectorID, d.DetectorActiveShape = "DIRECT", "1", "RECTANGLE"
    d.PositionerType, d.PositionerPrimaryAngle = (
        "MAMMOGRAPHIC",
        "0" if view.position == "CC" else "50" if view.side == "R" else "-50",
    )
    d.KVP, d.ExposureTime, d.XRayTubeCurrent, d.Exposure = "29", 900, 80, 72
    d.BodyPartThickness, d.CompressionForce, d.AnodeTargetMaterial, d.FilterMaterial = (
        "54",
        "95",
        "TUNGSTEN",
        "RHODIUM",
    )
    (
        d.DistanceSourceToDetector,
        d.DistanceSourceToPatient,
        d.EstimatedRadiographicMagnificationFactor,
    ) = (
        "650",
        "630",
        "1.03",
    )
    d.EntranceDoseInmGy, d.OrganDose = "4.2", "0.012"
    flipped = image[:, ::-1] if view.side == "R" else image
    series.save(d, folder, pixels.grey(d, np.ascontiguousarray(flipped), 12))
    return series


def _group(**items: Dataset) -> Dataset:
    d = Dataset()
    for name, item in items.items():
        setattr(d, f"{name}Sequence", Sequence([item]))
    return d


def _item(**values: object) -> Dataset:
    d = Dataset()
    for name, value in values.items():
        setattr(d, name, value)
    return d


def _tomosynthesis(study: Study, view: View, number: int, folder: Path, count: int = 40) -> Series:
    series = Series(
        study,
        number,
        "MG",
        f"{view.side} {view.position} tomosynthèse",
        "BREAST",
        "breast",
        60 * number,
        MAKER,
    )
    frames = np.stack([np.rint(p).astype(np.uint16) for p in mammogram.planes(view, count)])
    if view.side == "R":
        frames = np.ascontiguousarray(frames[:, :, ::-1])
    d = series.instance(BreastTomosynthesisImageStorage)
    series.acquired(d)
    _common(d, view)
    del d.PartialView
    d.AcquisitionDateTime = series.when.strftime("%Y%m%d%H%M%S")
    d.ImageType = kind = ["ORIGINAL", "PRIMARY", "TOMOSYNTHESIS", "NONE"]
    d.PresentationIntentType, d.ContentQualification = "FOR PRESENTATION", "PRODUCT"
    d.VolumetricProperties, d.VolumeBasedCalculationTechnique = "VOLUME", "TOMOSYNTHESIS"
    d.PixelPresentation, d.AcquisitionProtocolName = "MONOCHROME", "TOMO"
    step = mammogram.HALF.spacing
    organisation = _item(DimensionOrganizationUID=f"{series.uid}"[:60] + ".1")
    d.DimensionOrganizationSequence = Sequence([organisation])
    index = _item(
        DimensionOrganizationUID=organisation.DimensionOrganizationUID,
        DimensionIndexPointer=0x00209057,
        FunctionalGroupPointer=0x00209111,
    )
    d.DimensionIndexSequence = Sequence([index])
    x_axis = (0, 1, 0) if view.side == "R" else (0, -1, 0)
    y_axis = (
        (0.0, 0.0, -1.0)
        if view.position == "MLO"
        else ((1.0, 0, 0) if view.side == "R" else (-1.0, 0, 0))
    )
    region = _item(
        AnatomicRegionSequence=codes(("76752008", "SCT", "Breast")), FrameLaterality=view.side
    )
    d.SharedFunctionalGroupsSequence = Sequence([_group(
        PixelMeasures=_item(PixelSpacing=numbers((step, step)), SliceThickness="1", SpacingBetweenSlices="1"),
        PlaneOrientation=_item(ImageOrientationPatient=numbers((*x_axis, *y_axis))),
        FrameAnatomy=region,
        FrameVOILUT=_item(WindowCenter="480", WindowWidth="860"),
        PixelValueTransformation=_item(RescaleIntercept="0", RescaleSlope="1", RescaleType="US"),
    )])  # fmt: skip
    normal = np.cross(x_axis, y_axis)
    d.PerFrameFunctionalGroupsSequence = Sequence()
    for n in range(count):
        place = numbers(np.asarray((-40.0 if view.side == "R" else 40.0, 0.0, 0.0)) + n * normal)
        content = _item(DimensionIndexValues=n + 1, FrameAcquisitionNumber=1, StackID="1", InStackPositionNumber=n + 1,
                        FrameAcquisitionDateTime=d.AcquisitionDateTime, FrameReferenceDateTime=d.AcquisitionDateTime,
                        FrameAcquisitionDuration=4000.0)  # fmt: skip
        frame = _item(FrameType=kind, PixelPresentation="MONOCHROME", VolumetricProperties="VOLUME",
                      VolumeBasedCalculationTechnique="TOMOSYNTHESIS", ReconstructionIndex=1)  # fmt: skip
        d.PerFrameFunctionalGroupsSequence.append(
            _group(
                FrameContent=content,
                PlanePosition=_item(ImagePositionPatient=place),
                XRay3DFrameType=frame,
            )
        )
    source = _item(
        PrimaryPositionerScanArc=15.0, PrimaryPositionerScanStartAngle=-7.5, PrimaryPositionerIncrement=1.0, KVP="29",
        XRayTubeCurrentInmA=80.0, ExposureTimeInms=60.0, ExposureInmAs=5.0, FieldOfViewShape="RECTANGLE", FieldOfViewOrigin=[0.0, 0.0],
        AnodeTargetMaterial="TUNGSTEN", FilterType="FLAT", FilterMaterial="ALUMINUM", HalfValueLayer="0.55", FocalSpots="0.3",
        BodyPartThickness="42", CompressionForce="90", PaddleDescription="24x29", DetectorTemperature="27",
        DistanceSourceToDetector="700", DistanceSourceToPatient="680", EstimatedRadiographicMagnificationFactor="1.03",
        ExposureControlMode="AUTOMATIC", ExposureControlModeDescription="AEC", XRayReceptorType="DIGITAL_DETECTOR",
        PerProjectionAcquisitionSequence=Sequence([
            _item(KVP="29", XRayTubeCurrentInmA=80.0, ExposureTimeInms=60.0, ExposureInmAs=5.0, FrameAcquisitionDuration=60.0,
                  RelativeXRayExposure=100, PositionerPrimaryAngle=f"{a:.1f}") for a in np.linspace(-7.5, 7.5, 15)]),
    )  # fmt: skip
    d.XRay3DAcquisitionSequence = Sequence([source])
    d.XRay3DReconstructionSequence = Sequence([_item(AcquisitionIndex=1, ReconstructionDescription="FBP", ApplicationName="Sein 3D", ApplicationVersion="1",
                                                     ApplicationManufacturer="Atelier Fictif", AlgorithmType="FILTER_BACK_PROJ")])  # fmt: skip
    series.save(d, folder, pixels.grey(d, frames, 10))
    return series


def write(catalog: Catalog, folder: Path) -> list[Series]:
    """Current and prior mammograms, and the tomosynthesis of the right MLO view."""
    views = [("R", "CC"), ("L", "CC"), ("R", "MLO"), ("L", "MLO")]
    done = [_film(catalog.breast, View(*v), n, folder) for n, v in enumerate(views, 1)]
    done += [
        _film(catalog.breast_prior, View(*v, "prior"), n, folder) for n, v in enumerate(views, 1)
    ]
    done.append(_tomosynthesis(catalog.breast, View("R", "MLO"), 5, folder))
    return done

"""Objects laid over images: presentation state, segmentation, contours."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.uid import (
    GrayscaleSoftcopyPresentationStateStorage,
    RTStructureSetStorage,
    SegmentationStorage,
)

from pacs_bridge.demo_pacs.phantoms.scene import Point
from pacs_bridge.demo_pacs.phantoms.slices import AXIAL, Window
from pacs_bridge.demo_pacs.phantoms.studies import Series, codes, numbers, reference
from pacs_bridge.demo_pacs.phantoms.uids import derive


def _item(**values: object) -> Dataset:
    d = Dataset()
    for name, value in values.items():
        setattr(d, name, value)
    return d


def presentation(
    series: Series,
    target: Dataset,
    window: Window,
    words: str,
    column: float,
    row: float,
    radius: float,
) -> Dataset:
    """Grey-scale presentation state: a window, a circle and a text (pixels; 0.5 at the centre of the first) on one image."""
    d = series.instance(GrayscaleSoftcopyPresentationStateStorage)
    d.Laterality = ""
    d.ContentLabel, d.ContentDescription, d.ContentCreatorName = (
        "LESION",
        "Lésion annotée",
        "KERVELLA^Solène^^Dr",
    )
    d.PresentationCreationDate, d.PresentationCreationTime = d.ContentDate, d.ContentTime
    shown = _item(
        SeriesInstanceUID=target.SeriesInstanceUID,
        ReferencedImageSequence=Sequence([reference(target)]),
    )
    d.ReferencedSeriesSequence = Sequence([shown])
    d.RescaleIntercept, d.RescaleSlope, d.RescaleType = (
        target.RescaleIntercept,
        target.RescaleSlope,
        "HU",
    )
    d.SoftcopyVOILUTSequence = Sequence(
        [_item(WindowCenter=window.centre, WindowWidth=window.width)]
    )
    d.GraphicLayerSequence = Sequence([_item(GraphicLayer="ANNOTATION", GraphicLayerOrder=1)])
    circle = _item(GraphicAnnotationUnits="PIXEL", GraphicDimensions=2, NumberOfGraphicPoints=2, GraphicType="CIRCLE", GraphicFilled="N",
                   GraphicData=[column, row, column + radius, row])  # fmt: skip
    label = _item(
        AnchorPointAnnotationUnits="PIXEL",
        UnformattedTextValue=words,
        AnchorPoint=[column + radius, row - radius],
        AnchorPointVisibility="N",
    )
    d.GraphicAnnotationSequence = Sequence([
        _item(ReferencedImageSequence=Sequence([reference(target)]), GraphicLayer="ANNOTATION",
              TextObjectSequence=Sequence([label]), GraphicObjectSequence=Sequence([circle]))
    ])  # fmt: skip
    d.DisplayedAreaSelectionSequence = Sequence([
        _item(DisplayedAreaTopLeftHandCorner=[1, 1], DisplayedAreaBottomRightHandCorner=[target.Columns, target.Rows],
              PresentationSizeMode="SCALE TO FIT", PresentationPixelSpacing=target.PixelSpacing)
    ])  # fmt: skip
    d.PresentationLUTShape = "IDENTITY"
    return d


Section = Callable[[float], tuple[float, float]]


def section(centre: Point, radii: Point) -> Section:
    """Half axes (x, y) of an ellipsoid at a height, mm; zeros outside."""

    def axes(z: float) -> tuple[float, float]:
        k = float(np.sqrt(max(1 - ((z - centre[2]) / radii[2]) ** 2, 0)))
        return radii[0] * k, radii[1] * k

    return axes


def _mask(target: Dataset, centre: Point, half: tuple[float, float]) -> NDArray[np.bool_]:
    dy, dx = map(float, target.PixelSpacing)
    x0, y0, _ = map(float, target.ImagePositionPatient)
    x = x0 + dx * np.arange(target.Columns)[None, :] - centre[0]
    y = y0 + dy * np.arange(target.Rows)[:, None] - centre[1]
    return (x / half[0]) ** 2 + (y / half[1]) ** 2 <= 1


def crossed(images: list[Dataset], axes: Section) -> list[tuple[Dataset, tuple[float, float]]]:
    """Images that an ellipsoid crosses, with its half axes there."""
    found = [(d, axes(float(d.ImagePositionPatient[2]))) for d in images]
    return [(d, half) for d, half in found if half[0] > 0.5]


def segmentation(
    series: Series, images: list[Dataset], label: str, centre: Point, radii: Point
) -> Dataset:
    """Binary segmentation of an ellipsoid on a CT series."""
    hits = crossed(images, section(centre, radii))
    first = hits[0][0]
    d = series.instance(SegmentationStorage)
    d.ImageType, d.ContentLabel, d.ContentDescription, d.ContentCreatorName = (
        ["DERIVED", "PRIMARY"],
        "LESION",
        label,
        "KERVELLA^Solène^^Dr",
    )
    d.SamplesPerPixel, d.PhotometricInterpretation, d.Rows, d.Columns = (
        1,
        "MONOCHROME2",
        first.Rows,
        first.Columns,
    )
    d.BitsAllocated = d.BitsStored = 1
    d.HighBit, d.PixelRepresentation, d.LossyImageCompression = 0, 0, "00"
    d.SegmentationType, d.NumberOfFrames = "BINARY", len(hits)
    d.SegmentSequence = Sequence([
        _item(SegmentNumber=1, SegmentLabel=label, SegmentAlgorithmType="MANUAL", RecommendedDisplayCIELabValue=[40000, 48000, 42000],
              SegmentedPropertyCategoryCodeSequence=codes(("49755003", "SCT", "Morphologically Altered Structure")),
              SegmentedPropertyTypeCodeSequence=codes(("52988006", "SCT", "Lesion")),
              AnatomicRegionSequence=codes(("10200004", "SCT", "Liver")), TrackingID=label, TrackingUID=derive(series.uid, label))
    ])  # fmt: skip
    organisation = derive(series.uid, "dimensions")
    d.DimensionOrganizationSequence = Sequence([_item(DimensionOrganizationUID=organisation)])
    d.DimensionIndexSequence = Sequence([
        _item(DimensionOrganizationUID=organisation, DimensionIndexPointer=0x0062000B, FunctionalGroupPointer=0x0062000A),
        _item(DimensionOrganizationUID=organisation, DimensionIndexPointer=0x00200032, FunctionalGroupPointer=0x00209113),
    ])  # fmt: skip
    d.SharedFunctionalGroupsSequence = Sequence([
        _item(PlaneOrientationSequence=Sequence([_item(ImageOrientationPatient=numbers(AXIAL))]),
              PixelMeasuresSequence=Sequence([_item(PixelSpacing=first.PixelSpacing, SliceThickness=first.SliceThickness,
                                                    SpacingBetweenSlices=first.SliceThickness)]),
              SegmentIdentificationSequence=Sequence([_item(ReferencedSegmentNumber=1)]))
    ])  # fmt: skip
    d.PerFrameFunctionalGroupsSequence = Sequence()
    for n, (image, _) in enumerate(hits, 1):
        source = reference(image)
        source.PurposeOfReferenceCodeSequence = codes(
            ("121322", "DCM", "Source image for image processing operation")
        )
        source.SpatialLocationsPreserved = "YES"
        derivation = _item(
            SourceImageSequence=Sequence([source]),
            DerivationCodeSequence=codes(("113076", "DCM", "Segmentation")),
        )
        d.PerFrameFunctionalGroupsSequence.append(
            _item(FrameContentSequence=Sequence([_item(DimensionIndexValues=[1, n])]), DerivationImageSequence=Sequence([derivation]),
                  PlanePositionSequence=Sequence([_item(ImagePositionPatient=image.ImagePositionPatient)]))
        )  # fmt: skip
    used = Sequence([reference(image) for image, _ in hits])
    d.ReferencedSeriesSequence = Sequence(
        [_item(SeriesInstanceUID=first.SeriesInstanceUID, ReferencedInstanceSequence=used)]
    )
    bits = np.packbits(
        np.stack([_mask(image, centre, half) for image, half in hits]).ravel(), bitorder="little"
    ).tobytes()
    d.PixelData = bits + b"\0" * (len(bits) % 2)
    d["PixelData"].VR = "OB"
    return d


def structures(
    series: Series, images: list[Dataset], label: str, centre: Point, radii: Point
) -> Dataset:
    """RT structure set with the contours of an ellipsoid on a CT series."""
    d = series.instance(RTStructureSetStorage)
    frame = d.FrameOfReferenceUID
    d.StructureSetLabel, d.StructureSetDate, d.StructureSetTime = (
        "LESION",
        d.ContentDate,
        d.ContentTime,
    )
    d.ApprovalStatus, d.OperatorsName = "UNAPPROVED", ""
    first = images[0]
    all_images = _item(
        SeriesInstanceUID=first.SeriesInstanceUID,
        ContourImageSequence=Sequence([reference(i) for i in images]),
    )
    study = _item(ReferencedSOPClassUID="1.2.840.10008.3.1.2.3.1", ReferencedSOPInstanceUID=first.StudyInstanceUID,
                  RTReferencedSeriesSequence=Sequence([all_images]))  # fmt: skip
    d.ReferencedFrameOfReferenceSequence = Sequence(
        [_item(FrameOfReferenceUID=frame, RTReferencedStudySequence=Sequence([study]))]
    )
    d.StructureSetROISequence = Sequence([
        _item(ROINumber=1, ReferencedFrameOfReferenceUID=frame, ROIName=label, ROIGenerationAlgorithm="MANUAL")
    ])  # fmt: skip
    turn = np.linspace(0, 2 * np.pi, 49)[:-1]
    contours = Sequence()
    for image, (a, b) in crossed(images, section(centre, radii)):
        z = float(image.ImagePositionPatient[2])
        points = np.stack(
            [centre[0] + a * np.cos(turn), centre[1] + b * np.sin(turn), np.full(48, z)], 1
        )
        contours.append(_item(ContourImageSequence=Sequence([reference(image)]), ContourGeometricType="CLOSED_PLANAR",
                              NumberOfContourPoints=48, ContourData=[f"{v:.2f}" for v in points.ravel()]))  # fmt: skip
    d.ROIContourSequence = Sequence(
        [_item(ROIDisplayColor=[230, 60, 60], ContourSequence=contours, ReferencedROINumber=1)]
    )
    d.RTROIObservationsSequence = Sequence([
        _item(ObservationNumber=1, ReferencedROINumber=1, RTROIInterpretedType="GTV", ROIInterpreter="KERVELLA^Solène^^Dr")
    ])  # fmt: skip
    return d

"""What tells an image from others at the same place: echo, b-value, phase, segment… (`appliance.domain.stacks`)."""

from pydicom.dataset import FileDataset

from appliance.dicom.elements import first_item, number, numbers, raw_value, text, texts
from appliance.domain.stacks import Trait, Value
from pacs_bridge.prepare.groups import Groups
from pacs_bridge.prepare.private import private_text

_FRAME_TYPES = (
    "MRImageFrameTypeSequence", "CTImageFrameTypeSequence", "PETFrameTypeSequence", "MRSpectroscopyFrameTypeSequence",
    "XAXRFFrameCharacteristicsSequence")

#: In which functional group, by which attribute; the last one is that of single-frame objects.
_NUMBERS: tuple[tuple[Trait, str, tuple[str, ...]], ...] = (
    (Trait.SEGMENT, "SegmentIdentificationSequence", ("ReferencedSegmentNumber",)),
    (Trait.ECHO_MS, "MREchoSequence", ("EffectiveEchoTime", "EchoTime")),
    (Trait.B_VALUE, "MRDiffusionSequence", ("DiffusionBValue",)),
    (Trait.TIME, "FrameContentSequence", ("TemporalPositionIndex", "TemporalPositionIdentifier")),
    (Trait.PHASE_PERCENT, "CardiacSynchronizationSequence", ("NominalPercentageOfCardiacPhase",)),
    (Trait.PHASE_PERCENT, "RespiratorySynchronizationSequence", ("NominalPercentageOfRespiratoryPhase",)),
    (Trait.ENERGY_KV, "CTXRayDetailsSequence", ("KVP",)),
    (Trait.INVERSION_MS, "MRModifierSequence", ("InversionTimes", "InversionTime")),
    (Trait.FLIP_DEG, "MRTimingAndRelatedParametersSequence", ("FlipAngle",)),
    (Trait.ACQUISITION, "FrameContentSequence", ("FrameAcquisitionNumber", "AcquisitionNumber")),
    (Trait.REFERENCE_MS, "FrameContentSequence", ("FrameReferenceTime",)),
    (Trait.TRIGGER_MS, "CardiacSynchronizationSequence", ("NominalCardiacTriggerDelayTime", "TriggerTime")),
)
_WORDS: tuple[tuple[Trait, str, str], ...] = (
    (Trait.STACK, "FrameContentSequence", "StackID"),
    (Trait.KERNEL, "CTReconstructionSequence", "ConvolutionKernel"),
)
#: Frames of nuclear medicine are numbered by vectors (PS3.3 C.8.4.8).
_VECTORS = ((Trait.ENERGY_WINDOW, "EnergyWindowVector"), (Trait.DETECTOR, "DetectorVector"),
            (Trait.PHASE_PERCENT, "PhaseVector"), (Trait.TIME, "TimeSlotVector"))
_PRIVATE_B_VALUES = (
    ("SIEMENS MR HEADER", 0x0019, 0x0C), ("Philips Imaging DD 001", 0x2001, 0x03), ("GEMS_PARM_01", 0x0043, 0x39))
_DIMENSIONS = (Trait.DIMENSION_1, Trait.DIMENSION_2, Trait.DIMENSION_3, Trait.DIMENSION_4)


def traits_of(dataset: FileDataset, groups: Groups, index: int) -> dict[str, Value]:
    """Return the traits that frame `index` (from 0) tells."""
    found: dict[str, Value] = {}
    for trait, sequence, keywords in _NUMBERS:
        value = _number(groups, index, sequence, keywords)
        if value is not None:
            found.setdefault(str(trait), value)
    for trait, sequence, keyword in _WORDS:
        word = text(groups.item(index, sequence, keyword), keyword, 64)
        if word:
            found[str(trait)] = word
    found |= _kind(dataset, groups, index) | _diffusion(dataset, groups, index, found)
    return found | _numbered(dataset, groups, index)


def is_localizer(dataset: FileDataset, groups: Groups, index: int) -> bool:
    """Whether the frame was made to plan others: value 3 of (0008,0008) *Image Type* or (0008,9007) *Frame Type*."""
    return "LOCALIZER" in (*_frame_type(groups, index), *texts(dataset, "ImageType"))


def _number(groups: Groups, index: int, sequence: str, keywords: tuple[str, ...]) -> Value | None:
    for keyword in keywords:
        value = number(groups.item(index, sequence, keyword), keyword)
        if value is not None:
            return int(value) if value == int(value) else round(value, 4)
    return None


def _kind(dataset: FileDataset, groups: Groups, index: int) -> dict[str, Value]:
    words = _frame_type(groups, index) or texts(dataset, "ImageType", 16)
    found: dict[str, Value] = {str(Trait.TYPE): "\\".join(words)} if words else {}
    holder = groups.item(index, "MRImageFrameTypeSequence", "ComplexImageComponent")
    component = text(holder, "ComplexImageComponent", 16)
    return found | ({str(Trait.COMPONENT): component} if component else {})


def _frame_type(groups: Groups, index: int) -> tuple[str, ...]:
    held = (groups.group(index, sequence) for sequence in _FRAME_TYPES)
    return next((texts(group, "FrameType", 16) for group in held if group is not None), ())


def _diffusion(dataset: FileDataset, groups: Groups, index: int, found: dict[str, Value]) -> dict[str, Value]:
    group = groups.group(index, "MRDiffusionSequence")
    gradient = None if group is None else first_item(group, "DiffusionGradientDirectionSequence")
    direction = numbers(dataset if gradient is None else gradient, "DiffusionGradientOrientation")
    told: dict[str, Value] = {str(Trait.DIRECTION): " ".join(f"{v:.2f}" for v in direction)} if direction else {}
    private = None if str(Trait.B_VALUE) in found else _private_b_value(dataset)
    return told if private is None else {**told, str(Trait.B_VALUE): private}


def _private_b_value(dataset: FileDataset) -> float | None:
    """Return the b-value of Siemens, Philips or GE; GE adds 10^9 to say that it is valid."""
    for creator, group, element in _PRIVATE_B_VALUES:
        try:
            value = float(private_text(dataset, creator, group, element))
        except ValueError:
            continue
        return value % 1e8 if value >= 1e8 else value
    return None


def _numbered(dataset: FileDataset, groups: Groups, index: int) -> dict[str, Value]:
    found: dict[str, Value] = {}
    for trait, keyword in _VECTORS:
        vector = numbers(dataset, keyword)
        if index < len(vector):
            found[str(trait)] = int(vector[index])
    content = groups.group(index, "FrameContentSequence")
    if content is not None and raw_value(content, "DimensionIndexValues") is not None:
        pairs = zip(_DIMENSIONS, numbers(content, "DimensionIndexValues"), strict=False)
        found |= {str(trait): int(value) for trait, value in pairs}
    return found

"""Presentation contexts of a C-GET: at most 128, for the classes the study is known to have."""

from collections.abc import Sequence
from typing import Any

from pynetdicom import build_context, build_role
from pynetdicom.presentation import PresentationContext

from pacs_bridge.sop_classes import STUDY_ROOT_GET

MOST = 128
SYNTAXES = (
    "1.2.840.10008.1.2.1", "1.2.840.10008.1.2", "1.2.840.10008.1.2.4.70", "1.2.840.10008.1.2.4.80",
    "1.2.840.10008.1.2.4.90", "1.2.840.10008.1.2.4.50", "1.2.840.10008.1.2.5",
    "1.2.840.10008.1.2.4.91", "1.2.840.10008.1.2.4.51", "1.2.840.10008.1.2.4.57",
    "1.2.840.10008.1.2.4.81", "1.2.840.10008.1.2.4.201", "1.2.840.10008.1.2.4.203",
    "1.2.840.10008.1.2.4.100", "1.2.840.10008.1.2.4.102", "1.2.840.10008.1.2.1.99",
    "1.2.840.10008.1.2.2",
)  # fmt: skip
"""By how often archives hold them; each in a context of its own, so that all may be accepted."""
_IMAGE = "1.2.840.10008.5.1.4.1.1."
OF_MODALITY = {
    "CT": ("2", "2.1"), "MR": ("4", "4.1", "4.2"), "US": ("6.1", "3.1"), "CR": ("1", "1.1"),
    "DX": ("1.1", "1"), "MG": ("1.2", "1.2.1", "13.1.3"), "XA": ("12.1", "12.1.1"),
    "RF": ("12.2",), "NM": ("20",), "PT": ("128", "130"), "SR": ("88.11", "88.22", "88.33"),
    "KO": ("88.59",), "PR": ("11.1", "11.2"), "DOC": ("104.1",), "OT": ("7",), "SC": ("7",),
    "SEG": ("66.4",), "RTSTRUCT": ("481.3",), "RTDOSE": ("481.2",), "RTPLAN": ("481.5",),
    "ES": ("77.1.1", "77.1.4"), "XC": ("77.1.4",), "OP": ("77.1.5.1",), "ECG": ("9.1.1", "9.1.2"),
}  # fmt: skip
COMMON = ("7", "88.11", "88.22", "88.33", "88.59", "11.1", "104.1")


def classes_for(classes: Sequence[str], modalities: Sequence[str]) -> Sequence[str]:
    """Return the SOP classes to propose: those told, else those of the modalities and companions."""
    if classes:
        return list(dict.fromkeys(classes))[: MOST - 1]
    ends = [end for modality in modalities for end in OF_MODALITY.get(modality, ())]
    if not ends:
        ends = [end for group in OF_MODALITY.values() for end in group]
    return list(dict.fromkeys(f"{_IMAGE}{end}" for end in (*ends, *COMMON)))


def proposal(classes: Sequence[str]) -> tuple[list[PresentationContext], list[Any]]:
    """Return the contexts (that of the C-GET itself first) and the roles in which we store."""
    each = max(1, min(len(SYNTAXES), (MOST - 1) // max(1, len(classes))))
    contexts = [build_context(STUDY_ROOT_GET)]
    for uid in classes:
        if each < 3:
            contexts.append(build_context(uid, list(SYNTAXES)))
        else:
            contexts += [build_context(uid, syntax) for syntax in SYNTAXES[:each]]
    return contexts[:MOST], [build_role(uid, scp_role=True) for uid in classes]

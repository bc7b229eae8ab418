"""What a careful sender announces of a file: the UIDs of its data set, else those of its group 0002.

The bytes sent stay those of the file. Where a file says nothing usable, nothing is announced: the product must cope.
"""

import logging
import warnings
from dataclasses import replace
from pathlib import Path

from pydicom import config, dcmread
from pydicom.dataset import FileDataset

from tests.peers.sender import EXPLICIT, IMPLICIT, SECONDARY_CAPTURE, Sent, as_bytes

BIG_ENDIAN = "1.2.840.10008.1.2.2"


def announced(path: Path) -> Sent:
    """Return the file as it is sent."""
    sent = as_bytes(path)
    dataset = header_of(path)
    if dataset is None:
        return sent
    sop_class = str(dataset.get("SOPClassUID") or "")
    sop_uid = str(dataset.get("SOPInstanceUID") or "")
    known = dataset.file_meta.get("MediaStorageSOPInstanceUID")
    syntax = sent.syntax if "TransferSyntaxUID" in dataset.file_meta else _found(dataset)
    return replace(
        sent,
        sop_class=sop_class or sent.sop_class or SECONDARY_CAPTURE,
        sop_uid=sop_uid or str(known or ""),
        syntax=syntax,
    )


def header_of(path: Path) -> FileDataset | None:
    """What pydicom reads before the pixels, None when that is nothing."""
    config.settings.reading_validation_mode = config.IGNORE
    logging.getLogger("pydicom").setLevel(logging.CRITICAL)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            dataset = dcmread(path, force=True, stop_before_pixels=True)
            dataset.get("SOPClassUID"), dataset.get("SOPInstanceUID")  # may be unreadable
        except (OSError, ValueError, TypeError, AttributeError, LookupError, RecursionError, NotImplementedError):
            return None
    return dataset if len(dataset) else None


def _found(dataset: FileDataset) -> str:
    """The transfer syntax of a file that names none."""
    implicit, little = dataset.original_encoding
    return IMPLICIT if implicit else EXPLICIT if little else BIG_ENDIAN

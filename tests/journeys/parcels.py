"""Every shared file as it is sent over C-STORE, and those that must not meet in one house.

Files of one SOP Instance UID with other contents are conflicts, and one study with two Patient IDs is an alarm that
closes the exam: rightly so, but then nobody could look at their pixels. Such a file is sent first with UIDs of its own,
of the same length, every other byte as it is; then as it is, for what the product promises.
"""

import csv
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from pydicom.dataset import FileDataset
from pydicom.uid import DeflatedExplicitVRLittleEndian

from appliance.dicom.elements import text
from tests.peers.announced import announced, header_of
from tests.peers.sender import ANY, Sent

BIG_ENDIAN = "1.2.840.10008.1.2.2"


@dataclass(frozen=True)
class Parcel:
    """A file of the manifest; ``original`` is what it is sent as, once its twin was looked at."""

    row: dict[str, str]
    path: Path
    sent: Sent
    original: Sent | None = None

    @property
    def name(self) -> str:
        return self.row["file"]

    @property
    def wanted(self) -> str:
        """First digits of the sum of frame 1, empty when pydicom does not decode it."""
        return self.row["frame0_raw_sha256_16"]

    @property
    def bits_allocated(self) -> int:
        return int(self.row["bits_alloc/stored/signed"].split("/")[0] or 0)


def parcels(folder: Path) -> Iterator[Parcel]:
    """Yield every file of the manifest, in its order."""
    sops: set[str] = set()
    patients: dict[str, str] = {}
    with (folder / "MANIFEST.tsv").open(encoding="utf-8") as file:
        for number, row in enumerate(csv.DictReader(file, delimiter="\t")):
            path = folder / row["file"]
            sent, header = announced(path), header_of(path)
            study, patient = ("", "") if header is None else _whose(header)
            mixed = bool(study) and patients.setdefault(study, patient) != patient
            olds = [sent.sop_uid] if mixed or sent.sop_uid in sops else []
            olds += [study, text(header, "SeriesInstanceUID")] if mixed and header is not None else []
            sops |= {sent.sop_uid} - {"", ANY}
            if not olds:
                yield Parcel(row, path, sent)
                continue
            yield Parcel(row, path, _twin(sent, olds, number), sent)


def _whose(header: FileDataset) -> tuple[str, str]:
    return text(header, "StudyInstanceUID"), text(header, "PatientID", 64)


def _twin(sent: Sent, olds: list[str], number: int) -> Sent:
    deflated = sent.syntax == DeflatedExplicitVRLittleEndian
    data = zlib.decompress(sent.data, wbits=-zlib.MAX_WBITS) if deflated else sent.data
    for old in olds:
        data = data.replace(old.encode(), _own(old, number).encode())
    if deflated:
        packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
        data = packer.compress(data) + packer.flush()
    named = _own(sent.sop_uid, number) if sent.sop_uid in olds else sent.sop_uid
    return replace(sent, sop_uid=named, data=data)


def _own(uid: str, number: int) -> str:
    """A UID of the same length that no other file has."""
    assert len(uid) > 8, uid
    return f"{uid[:-6]}9{number:05d}"

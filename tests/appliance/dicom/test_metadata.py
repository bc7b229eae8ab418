"""DICOM JSON of instances: complete, addressable, and never stopped by one bad element."""

import json
from pathlib import Path

import pydicom
import pytest
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset

from appliance.dicom.metadata import bulk_value, instance_json, with_pixels
from appliance.dicom.reading import read_before_pixels
from appliance.domain.errors import Malformed

ADDRESS = "/dicom-web/studies/1.2/series/1.3/instances/1.4"


@pytest.fixture
def dataset() -> FileDataset:
    meta = FileMetaDataset()
    meta.TransferSyntaxUID = pydicom.uid.ExplicitVRLittleEndian
    read = FileDataset("", {}, file_meta=meta)
    read.PatientName = "MARTIN^Zoé"
    read.Rows = 4
    read.WindowCenter = [40, 400]
    read.add_new(0x00420011, "OB", b"p" * 5000)
    inner = Dataset()
    inner.add_new(0x00283006, "OW", b"\1\2" * 2000)
    read.VOILUTSequence = [inner]
    return read


def test_values_follow_the_json_model(dataset: FileDataset) -> None:
    described = with_pixels(instance_json(dataset, ADDRESS), ADDRESS)
    assert described["00100010"] == {"vr": "PN", "Value": [{"Alphabetic": "MARTIN^Zoé"}]}
    assert described["00281050"] == {"vr": "DS", "Value": [40.0, 400.0]}
    assert described["00020010"]["Value"] == ["1.2.840.10008.1.2.1"]
    assert described["7FE00010"] == {"vr": "OW", "BulkDataURI": f"{ADDRESS}/bulkdata/7FE00010"}
    assert list(described) == sorted(described)


def test_bulk_data_is_addressed_and_found_again(dataset: FileDataset) -> None:
    described = instance_json(dataset, ADDRESS)
    assert described["00420011"] == {"vr": "OB", "BulkDataURI": f"{ADDRESS}/bulkdata/00420011"}
    item = described["00283010"]["Value"][0]  # type: ignore[index]
    address = item["00283006"]["BulkDataURI"]  # type: ignore[index, call-overload]
    assert address == f"{ADDRESS}/bulkdata/00283010.0.00283006"
    assert bulk_value(dataset, "00283010.0.00283006") == b"\1\2" * 2000
    assert bulk_value(dataset, "00420011") == b"p" * 5000


@pytest.mark.parametrize(
    "path", ["", "zz", "00283010", "00283010.9.00283006", "00100010", "1.2.3.4"])
def test_addresses_of_nothing_find_nothing(dataset: FileDataset, path: str) -> None:
    assert bulk_value(dataset, path) is None


def test_every_shared_file_has_metadata(shared_dicom: Path) -> None:
    described = 0
    for path in sorted(p for p in shared_dicom.rglob("*") if p.is_file()):
        try:
            read = read_before_pixels(path)
        except Malformed:
            continue
        json.dumps(instance_json(read, ADDRESS), allow_nan=False)
        described += 1
    assert described >= 580

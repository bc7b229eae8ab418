"""A foreign client speaks DICOMweb with the running demo: it finds, takes and hands in, with the key of a machine."""

import io
import json
import urllib.request
from pathlib import Path

import numpy as np
import pydicom
import pytest
import requests
from dicomweb_client import DICOMwebClient
from dicomweb_client.session_utils import create_session
from pydicom.uid import generate_uid

from tests.journeys import running
from tests.peers import orthanc
from tests.webui.images.conftest import ct_slice


@pytest.fixture(scope="module")
def key(demo: running.Demo, study: str) -> str:
    code = demo.ready["codes"][0]["code"]
    return str(demo.cli("keys", "add", "peer", "--read", code, "--deposit", "--days", "1")["key"])


@pytest.fixture
def client(demo: running.Demo, key: str) -> DICOMwebClient:
    session = create_session()
    session.headers["Authorization"] = f"Bearer {key}"
    return DICOMwebClient(demo.web + "/dicom-web", session=session)


def first_slice(client: DICOMwebClient, study: str) -> list[str]:
    series = client.search_for_series(study, search_filters={"Modality": "CT"})[0]["0020000E"]["Value"][0]
    one = client.search_for_instances(study, series, limit=1)[0]
    return [one[tag]["Value"][0] for tag in ("0020000D", "0020000E", "00080018")]


def test_the_peer_finds_what_the_key_reads(client: DICOMwebClient, study: str) -> None:
    found = client.search_for_studies(fields=["StudyDescription"])
    assert study in {one["0020000D"]["Value"][0] for one in found}
    assert client.search_for_studies(search_filters={"PatientID": "nobody"}) == []
    series = client.search_for_series(study)
    assert series
    assert client.search_for_series(search_filters={"Modality": "CT"})
    instances = client.search_for_instances(study, series[0]["0020000E"]["Value"][0], limit=3)
    assert 0 < len(instances) <= 3


def test_the_peer_takes_objects_frames_and_pictures(client: DICOMwebClient, study: str) -> None:
    names = first_slice(client, study)
    whole = client.retrieve_instance(*names, media_types=(("application/dicom", "*"),))
    assert str(whole.SOPInstanceUID) == names[2]
    plain = client.retrieve_instance(*names, media_types=(("application/dicom", "1.2.840.10008.1.2.1"),))
    assert str(plain.file_meta.TransferSyntaxUID) == "1.2.840.10008.1.2.1"
    frame = client.retrieve_instance_frames(*names, frame_numbers=[1])[0]
    first = plain.pixel_array.ravel()[: plain.Rows * plain.Columns]
    assert (np.frombuffer(frame, plain.pixel_array.dtype) == first).all()
    assert client.retrieve_instance_rendered(*names, media_types=("image/png",))[:4] == b"\x89PNG"
    assert client.retrieve_instance_metadata(*names)["00080018"]["Value"] == [names[2]]
    assert len(client.retrieve_series(names[0], names[1])) == len(client.search_for_instances(names[0], names[1]))


def test_the_peer_hands_in(client: DICOMwebClient, study: str, demo: running.Demo, key: str) -> None:
    names = first_slice(client, study)
    made = client.retrieve_instance(*names, media_types=(("application/dicom", "*"),))
    for keyword in ("StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID"):
        setattr(made, keyword, generate_uid())
    made.file_meta.MediaStorageSOPInstanceUID = made.SOPInstanceUID
    told = client.store_instances([made])
    assert told.ReferencedSOPSequence[0].ReferencedSOPInstanceUID == made.SOPInstanceUID
    assert "FailedSOPSequence" not in told
    refused = requests.post(
        demo.web + "/dicom-web/studies", data=b"junk", timeout=60,
        headers={"Authorization": f"Bearer {key}", "Content-Type": "application/dicom"},
    )  # fmt: skip
    assert refused.status_code == 409
    buffer = io.BytesIO()
    pydicom.dcmwrite(buffer, made, enforce_file_format=True)
    alone = requests.post(
        demo.web + "/dicom-web/studies", data=buffer.getvalue(), timeout=60,
        headers={"Authorization": f"Bearer {key}", "Content-Type": "application/dicom"},
    )  # fmt: skip
    assert alone.status_code == 200


def test_orthanc_hands_in_and_takes_back(demo: running.Demo, key: str, require, tmp_path: Path) -> None:
    study, files = "1.2.826.0.1.3680043.9.9191", []
    for number in range(12):
        files.append(tmp_path / f"{number}.dcm")
        ct_slice(files[-1], number, study, "STOW-1")
    peer = {"Url": demo.web + "/dicom-web/", "HttpHeaders": {"Authorization": f"Bearer {key}"}}
    settings = {"DicomWeb": {"Enable": True, "Servers": {"negatoscope": peer}}}
    plugin = "/usr/share/orthanc/plugins/libOrthancDicomWeb.so"
    with orthanc.running(require("Orthanc"), tmp_path / "orthanc", {}, [plugin], settings) as sender:
        sender.upload(files)
        resources = sender._post("/tools/find", {"Level": "Study", "Query": {"StudyInstanceUID": study}})
        asked = {"Resources": resources, "Synchronous": True}
        sender._post("/dicom-web/servers/negatoscope/stow", asked)
        found = demo.cli("journal", "list", "--query", "deposit.hand_in")
        assert found
        ours = demo.ready["codes"][0]["study_uids"][0]
        one = sender._post("/dicom-web/servers/negatoscope/qido", {"Uri": "/studies", "Arguments": {
            "StudyInstanceUID": ours}})  # fmt: skip
        assert ours in str(one[0]["0020000D"]["Value"])
    code = demo.cli("codes", "issue", "--patient-id", "STOW-1", "--given-name", "Anne-Charlotte", "--study", study)
    assert [one["uid"] for one in code["studies"]] == [study]


def test_the_document_is_served(demo: running.Demo) -> None:
    with urllib.request.urlopen(demo.web + "/openapi.json", timeout=10) as answer:
        assert json.load(answer)["openapi"] == "3.1.0"

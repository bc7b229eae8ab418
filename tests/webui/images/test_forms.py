"""The forms of objects and frames by Accept: what is given is the object, and a reader finds the same pixels in it."""

import io
from email.parser import BytesParser
from pathlib import Path
from typing import Any

import imagecodecs
import numpy as np
import pydicom
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.uid import (
    UID,
    BasicTextSRStorage,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEGBaseline8Bit,
    JPEGLSLossless,
    SecondaryCaptureImageStorage,
    SegmentationStorage,
)

from appliance.domain.identifiers import AccountId, ShareId, series_uid, study_uid
from appliance.domain.sharing import Share
from pacs_bridge.prepare.pool import Pool
from pacs_bridge.prepare.series import prepare_series
from tests.webui.images.conftest import Scene, receive

Client = TestClient[web.Request, web.Application]
Body = tuple[str, bytes]
MIXED = "1.2.826.0.1.3680043.9.21"
HTJ2K, EXPLICIT = "1.2.840.10008.1.2.4.201", str(ExplicitVRLittleEndian)
GREY, JPEG, PLANES, BITS, TEXT, LOSSLESS = range(1, 7)
GREYS = (np.arange(48 * 40).reshape(48, 40) * 2 - 1900).astype(np.int16)
COLOURS = np.stack([np.add.outer(np.arange(24) * 5, np.arange(32) * 3)] * 3, -1).astype(np.uint8)
COLOURS[..., 1] = 255 - COLOURS[..., 1]
MASK = (np.arange(3 * 5 * 7) % 3 == 0).astype(np.uint8).reshape(3, 5, 7)


def base(number: int, syntax: UID, sop_class: UID) -> FileDataset:
    meta = FileMetaDataset()
    meta.TransferSyntaxUID = syntax
    meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID = sop_class, UID(f"{MIXED}.{number}")
    ds = FileDataset("", {}, file_meta=meta, preamble=b"\0" * 128)
    ds.SpecificCharacterSet = "ISO_IR 100"
    ds.SOPClassUID, ds.SOPInstanceUID = sop_class, f"{MIXED}.{number}"
    ds.StudyInstanceUID, ds.SeriesInstanceUID = MIXED, f"{MIXED}.{number}00"
    ds.PatientName, ds.PatientID, ds.PatientBirthDate = "LEFÈVRE^Anne", "F-1", "19610314"
    ds.StudyDate, ds.StudyTime, ds.Modality, ds.InstanceNumber = "20261122", "091200", "OT", number
    return ds


def pixels(
    ds: FileDataset, shape: tuple[int, ...], photometric: str, bits: int, *, signed: bool = False,
) -> FileDataset:
    ds.Rows, ds.Columns, ds.PhotometricInterpretation = shape[0], shape[1], photometric
    ds.SamplesPerPixel = 3 if len(shape) == 3 else 1
    ds.BitsAllocated, ds.BitsStored, ds.HighBit, ds.PixelRepresentation = max(bits, 8), bits, bits - 1, int(signed)
    if bits == 12:
        ds.BitsAllocated = 16
    return ds


def grey() -> FileDataset:
    ds = pixels(base(GREY, ImplicitVRLittleEndian, SecondaryCaptureImageStorage), GREYS.shape, "MONOCHROME2", 12,
                signed=True)  # fmt: skip
    ds.SmallestImagePixelValue = -1900
    ds.PixelData = GREYS.tobytes()
    return ds


def jpeg() -> FileDataset:
    ds = pixels(base(JPEG, JPEGBaseline8Bit, SecondaryCaptureImageStorage), COLOURS.shape, "YBR_FULL_422", 8)
    ds.PlanarConfiguration, ds.NumberOfFrames = 0, 2
    frames = [imagecodecs.jpeg8_encode(one, level=95) for one in (COLOURS, COLOURS[::-1])]
    ds.PixelData = encapsulate(frames)
    return ds


def planes() -> FileDataset:
    ds = pixels(base(PLANES, ExplicitVRLittleEndian, SecondaryCaptureImageStorage), COLOURS.shape, "RGB", 8)
    ds.PlanarConfiguration = 1
    ds.PixelData = COLOURS.transpose(2, 0, 1).tobytes()
    return ds


def bits() -> FileDataset:
    ds = pixels(base(BITS, ImplicitVRLittleEndian, SegmentationStorage), MASK.shape[1:], "MONOCHROME2", 8)
    ds.BitsAllocated, ds.BitsStored, ds.HighBit, ds.NumberOfFrames = 1, 1, 0, 3
    packed = np.packbits(MASK.ravel(), bitorder="little").tobytes()
    ds.PixelData = packed + b"\0" * (len(packed) & 1)
    return ds


def text() -> FileDataset:
    ds = base(TEXT, ImplicitVRLittleEndian, BasicTextSRStorage)
    ds.CompletionFlag, ds.VerificationFlag = "COMPLETE", "VERIFIED"  # what is not validated is nobody's to take
    item = Dataset()
    item.ValueType, item.TextValue = "TEXT", "Conclusion à relire"
    ds.ContentSequence = [item]
    return ds


def lossless() -> FileDataset:
    ds = pixels(base(LOSSLESS, JPEGLSLossless, SecondaryCaptureImageStorage), GREYS.shape, "MONOCHROME2", 16)
    ds.PixelData = encapsulate([imagecodecs.jpegls_encode(GREYS.astype(np.uint16))])
    return ds


@pytest.fixture(scope="module", autouse=True)
def mixed(scene: Scene, tmp_path_factory: pytest.TempPathFactory) -> None:
    house, folder = scene.house, tmp_path_factory.mktemp("mixed")
    with Pool(workers=1) as pool:
        for number, make in enumerate((grey, jpeg, planes, bits, text, lossless)):
            path = Path(folder, f"{number}.dcm")
            pydicom.dcmwrite(path, make(), enforce_file_format=True)
            one, series = receive(house, path)
            prepare_series(house, study_uid(one), series_uid(series), pool)
    now = house.clock.now()
    with house.database.writing() as work:
        row = work.studies.by_uid(study_uid(MIXED))
        assert row is not None
        share = Share(ShareId("mixed"), row.person_id, now, "accueil", now, now.replace(year=now.year + 1),
                      studies=(row.uid,), downloads=True)  # fmt: skip
        work.shares.add(share, b"m" * 16, b"cipher")
        work.shares.redeem(share, AccountId(1), now)


def address(number: int) -> str:
    return f"/dicom-web/studies/{MIXED}/series/{MIXED}.{number}00/instances/{MIXED}.{number}"


async def given(client: Client, path: str, accept: str, status: int = 200) -> list[Body]:
    answer = await client.get(path, headers={"Accept": accept})
    body, kind = await answer.read(), answer.headers["Content-Type"]
    assert answer.status == status, body[:200]
    if not kind.startswith("multipart"):
        return [(kind, body)]
    message = BytesParser().parsebytes(f"Content-Type: {kind}\r\n\r\n".encode() + body)
    return [(str(part["Content-Type"]), bytes(part.get_payload(decode=True))) for part in message.get_payload()]


async def read(client: Client, number: int, syntax: str) -> FileDataset:
    accept = "application/dicom" + (f"; transfer-syntax={syntax}" if syntax else "")
    (kind, body), = await given(client, address(number), accept)
    found = pydicom.dcmread(io.BytesIO(body))
    assert kind == f"application/dicom; transfer-syntax={found.file_meta.TransferSyntaxUID}"
    return found


@pytest.mark.parametrize("number", [GREY, JPEG, PLANES, BITS, TEXT, LOSSLESS])
async def test_a_star_gives_the_object_as_it_came(client: Client, scene: Scene, number: int) -> None:
    (_, body), = await given(client, address(number), 'multipart/related; type="application/dicom"; transfer-syntax=*')
    with scene.house.database.reading() as work:
        row = next(r for r in work.instances.of_study(study_uid(MIXED)) if r.sop_uid == f"{MIXED}.{number}")
    assert body == scene.house.objects.read(row.key)


@pytest.mark.parametrize("syntax", [EXPLICIT, ""])
async def test_explicit_little_endian_is_made_and_is_the_default(client: Client, syntax: str) -> None:
    found = await read(client, GREY, syntax)
    assert found.file_meta.TransferSyntaxUID == EXPLICIT
    assert (found.pixel_array == GREYS).all()
    assert (found.SmallestImagePixelValue, str(found.PatientName)) == (-1900, "LEFÈVRE^Anne")


async def test_a_compressed_colour_image_is_labelled_as_what_it_has_become(client: Client) -> None:
    found = await read(client, JPEG, EXPLICIT)
    assert (found.PhotometricInterpretation, found.PlanarConfiguration) == ("YBR_FULL", 0)
    drawn = pydicom.pixels.pixel_array(found)
    assert drawn.shape == (2, 24, 32, 3)
    assert np.abs(drawn[0].astype(int) - COLOURS).mean() < 4
    htj2k = await read(client, LOSSLESS, HTJ2K)
    assert (htj2k.pixel_array == GREYS.astype(np.uint16)).all()


async def test_one_bit_pixels_follow_each_other_without_a_gap(client: Client) -> None:
    found = await read(client, BITS, EXPLICIT)
    assert (found.pixel_array == MASK).all()
    (_, body), = await given(client, address(BITS) + "/frames/1", "application/octet-stream")
    assert (np.unpackbits(np.frombuffer(body, np.uint8), bitorder="little")[:35] == MASK[0].ravel()).all()


async def test_what_has_no_pixels_is_written_again_whole(client: Client) -> None:
    found = await read(client, TEXT, EXPLICIT)
    assert found.ContentSequence[0].TextValue == "Conclusion à relire"


@pytest.mark.parametrize("number", [GREY, LOSSLESS, PLANES])
async def test_htj2k_holds_the_same_pixels(client: Client, number: int) -> None:
    found = await read(client, number, HTJ2K)
    expected = {GREY: GREYS, LOSSLESS: GREYS.astype(np.uint16), PLANES: COLOURS}[number]
    frame = pydicom.encaps.get_frame(found.PixelData, 0, number_of_frames=1)
    assert (imagecodecs.htj2k_decode(frame) == expected).all()
    if number == PLANES:
        assert (found.PhotometricInterpretation, found.PlanarConfiguration) == ("YBR_RCT", 0)


@pytest.mark.parametrize(("number", "accept"), [
    (GREY, "application/dicom; transfer-syntax=1.2.840.10008.1.2.4.50"),
    (BITS, f"application/dicom; transfer-syntax={HTJ2K}"), (TEXT, f"application/dicom; transfer-syntax={HTJ2K}"),
    (GREY, "text/html"), (GREY, "image/jpeg")])
async def test_what_cannot_be_made_is_406(client: Client, number: int, accept: str) -> None:
    await given(client, address(number), accept, 406)


async def test_a_study_of_which_some_cannot_be_given_is_206(client: Client) -> None:
    study = f"/dicom-web/studies/{MIXED}"
    kind = 'multipart/related; type="application/dicom"; transfer-syntax='
    assert len(await given(client, study, kind + "*")) == 6
    assert len(await given(client, study, kind + EXPLICIT)) == 6
    parts = await given(client, study, kind + HTJ2K, 206)
    assert [part[0].rpartition("=")[2] for part in parts] == [HTJ2K] * 3
    await given(client, study, kind + "1.2.3", 406)
    await given(client, study, "application/dicom", 406)


async def test_the_second_choice_is_taken_where_the_first_cannot_be(client: Client) -> None:
    accept = f"application/dicom; transfer-syntax=1.2.3, application/dicom; transfer-syntax={HTJ2K};q=0.5"
    (kind, _), = await given(client, address(GREY), accept)
    assert kind.endswith(HTJ2K)


async def test_compressed_frames_come_as_they_are_stored(client: Client) -> None:
    accept = 'multipart/related; type="image/jpeg"; transfer-syntax=1.2.840.10008.1.2.4.50'
    parts = await given(client, address(JPEG) + "/frames/1,2", accept)
    assert [kind for kind, _ in parts] == ["image/jpeg; transfer-syntax=1.2.840.10008.1.2.4.50"] * 2
    assert parts[0][1].rstrip(b"\0") == imagecodecs.jpeg8_encode(COLOURS, level=95).rstrip(b"\0")
    parts = await given(client, address(LOSSLESS) + "/frames/1", "image/jls")
    assert (imagecodecs.jpegls_decode(parts[0][1]) == GREYS.astype(np.uint16)).all()
    await given(client, address(LOSSLESS) + "/frames/1", "image/jpeg", 406)
    await given(client, address(JPEG) + "/frames/3", "image/jpeg", 404)


async def test_frames_are_laid_as_their_metadata_say(client: Client) -> None:
    (_, body), = await given(client, address(PLANES) + "/frames/1", "application/octet-stream")
    assert body == COLOURS.transpose(2, 0, 1).tobytes()


async def test_a_list_of_frames_is_a_multipart_in_its_order(client: Client) -> None:
    parts = await given(client, address(BITS) + "/frames/3,1", 'multipart/related; type="application/octet-stream"')
    firsts = [np.unpackbits(np.frombuffer(b, np.uint8), bitorder="little")[:35].reshape(5, 7) for _, b in parts]
    assert (firsts[0] == MASK[2]).all()
    assert (firsts[1] == MASK[0]).all()
    await given(client, address(BITS) + "/frames/3,1", "application/octet-stream", 406)


async def test_bulk_data_come_whole_in_ranges_and_all_together(client: Client) -> None:
    path = address(GREY) + "/bulkdata/7FE00010"
    (_, whole), = await given(client, path, "application/octet-stream")
    assert whole == GREYS.tobytes()
    part = await client.get(path, headers={"Range": "bytes=10-19"})
    assert (part.status, await part.read()) == (206, whole[10:20])
    assert part.headers["Content-Range"] == f"bytes 10-19/{len(whole)}"
    assert (await client.get(path, headers={"Range": "bytes=999999-"})).status == 416
    parts = await given(client, address(GREY) + "/bulkdata", "*/*")
    assert [body for _, body in parts] == [whole]
    assert len(await given(client, f"/dicom-web/studies/{MIXED}/bulkdata", "*/*")) == 5


async def test_what_is_known_already_is_304(client: Client) -> None:
    for path, accept in ((address(GREY), "application/dicom"), (address(GREY) + "/frames/1", "image/jphc")):
        first = await client.get(path, headers={"Accept": accept})
        again = await client.get(path, headers={"Accept": accept, "If-None-Match": first.headers["ETag"]})
        assert (again.status, await again.read()) == (304, b"")


async def test_options_tell_what_there_is(client: Client) -> None:
    told: dict[str, Any] = await (await client.options("/dicom-web/", headers={"Accept": "application/json"})).json()
    assert "/dicom-web/studies/{study}/series/{series}/instances/{instance}/frames/{frames}" in {
        one["path"] for one in told["resources"]}
    wadl = await client.options("/dicom-web/studies")
    assert wadl.content_type == "application/vnd.sun.wadl+xml"
    assert "GET" in wadl.headers["Allow"]

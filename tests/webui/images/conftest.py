"""A house with one prepared series, a physician who holds it, and the image routes in front."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import numpy as np
import pydicom
import pytest
import pytest_asyncio
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from pydicom.dataset import FileDataset, FileMetaDataset
from pydicom.uid import UID, CTImageStorage, ExplicitVRLittleEndian

from appliance.bootstrap import House
from appliance.config.settings import Settings
from appliance.dicom.facts import read_facts
from appliance.domain.identifiers import AccountId, series_uid, study_uid
from appliance.domain.journal import Actor
from appliance.usecases.ports import AccountRow, ReceivedFile, SessionRow
from pacs_bridge.prepare.pool import Pool
from pacs_bridge.prepare.series import prepare_series
from tests.houses import new_house
from webui.brand import brand_of
from webui.dicomweb.routes import routes as dicomweb_routes
from webui.i18n import Catalogues
from webui.keys import BRAND, CATALOGUES, DB, HOUSE, SETTINGS
from webui.viewer_api.routes import routes as viewer_routes

STUDY, FOREIGN, SERIES = "1.2.826.0.1.3680043.9.11", "1.2.826.0.1.3680043.9.12", "1.2.826.0.1.1.2"
OTHER_PERSON = "1.2.826.0.1.3680043.9.13"
SLICES = 6


def sop(number: int, study: str = STUDY) -> str:
    return f"{study}.{number}"


def slice_pixels(number: int) -> "np.ndarray[tuple[int, int], np.dtype[np.int16]]":
    rows, columns = np.mgrid[:32, :24]
    return np.asarray(rows * 10 + columns - 100 + number, np.int16)


def ct_slice(path: Path, number: int, study: str, patient: str) -> None:
    meta = FileMetaDataset()
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID = CTImageStorage, UID(sop(number, study))
    ds = FileDataset("", {}, file_meta=meta, preamble=b"\0" * 128)
    ds.SpecificCharacterSet = "ISO_IR 192"
    ds.SOPClassUID, ds.SOPInstanceUID = CTImageStorage, sop(number, study)
    ds.StudyInstanceUID, ds.SeriesInstanceUID = study, f"{study}.{SERIES[-1]}00"
    ds.PatientName, ds.PatientID, ds.PatientBirthDate = "LEFÈVRE^Anne-Charlotte", patient, "19610314"
    ds.StudyDate, ds.StudyTime, ds.Modality, ds.SeriesNumber = "20261122", "091200", "CT", 2
    ds.InstanceNumber, ds.FrameOfReferenceUID = SLICES - number, "1.9"
    ds.ImagePositionPatient, ds.ImageOrientationPatient = [0, 0, number * 1.25], [1, 0, 0, 0, 1, 0]
    ds.PixelSpacing, ds.SliceThickness = [0.5, 0.5], 1.25
    ds.Rows, ds.Columns, ds.SamplesPerPixel, ds.PhotometricInterpretation = 32, 24, 1, "MONOCHROME2"
    ds.BitsAllocated, ds.BitsStored, ds.HighBit, ds.PixelRepresentation = 16, 16, 15, 1
    ds.RescaleSlope, ds.RescaleIntercept = 1, -1024
    ds.WindowCenter, ds.WindowWidth = -1000, 400
    ds.PixelData = slice_pixels(number).tobytes()
    if number == 2:
        mark(ds)
    pydicom.dcmwrite(path, ds, enforce_file_format=True)


def mark(ds: FileDataset) -> None:
    """Lay an overlay of 8 × 16 with its first row set over the image, from row 3, column 5."""
    for element, kind, value in (
        (0x0010, "US", 8), (0x0011, "US", 16), (0x0022, "LO", "Marque"), (0x0040, "CS", "G"),
        (0x0050, "SS", [3, 5]), (0x0100, "US", 1), (0x0102, "US", 0), (0x3000, "OW", b"\xff\xff" + bytes(14)),
    ):
        ds.add_new(0x60000000 | element, kind, value)


@dataclass(frozen=True)
class Scene:
    """The house, and the cookie of the physician's session."""

    house: House
    cookie: dict[str, str]
    bearer: str
    session_id: int
    settings: Settings


def receive(house: House, path: Path) -> tuple[str, str]:
    facts = read_facts(path)
    key = f"received/{facts.study_uid}/{facts.sop_uid}.0123abcd.dcm"
    house.objects.put(key, path.read_bytes())
    digest = hashlib.sha256(path.read_bytes()).digest()
    house.receiving.accept(ReceivedFile(
        key, path.stat().st_size, digest, digest, facts, "PACS", "pacs"))
    return facts.study_uid, facts.series_uid


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    folder = tmp_path_factory.mktemp("house")
    settings = Settings(state_dir=folder)
    with new_house(settings) as house, Pool(workers=1) as pool:
        for study, patient in ((STUDY, "F-1"), (FOREIGN, "F-1"), (OTHER_PERSON, "F-2")):
            received = {receive(house, _written(folder, n, study, patient))
                        for n in range(SLICES)}
            for one, series in received:
                prepare_series(house, study_uid(one), series_uid(series), pool)
        yield _with_session(house, settings)


def _written(folder: Path, number: int, study: str, patient: str) -> Path:
    path = folder / f"{study}.{number}.dcm"
    ct_slice(path, number, study, patient)
    return path


def _with_session(house: House, settings: Settings) -> Scene:
    now = house.clock.now()
    row = AccountRow(
        AccountId(0), "alix@cabinet.example", "Alix", "MARTIN", "Cabinet", "+33600000001",
        "810000000001", "10", "", True, None, now, "card", now + timedelta(days=400), now, "good")
    account = house.people.add_account(row, "Correct-Horse-9-Battery", Actor("staff", "1", "accueil"))
    token = house.secrets.token()
    with house.database.writing() as work:
        session = work.sessions.add(SessionRow(
            0, house.secrets.hashed(token), account, None, "csrf-token", "password_email",
            "127.0.0.1", now, now, now + timedelta(hours=4), None, "", ""))
    grant(house, account, STUDY, "F-1")
    grant(house, account, OTHER_PERSON, "F-2")
    return Scene(house, {"negatoscope": token}, token, session, settings)


def grant(house: House, account: int, study: str, patient: str) -> None:
    from appliance.domain.identifiers import ShareId
    from appliance.domain.sharing import Share

    now = house.clock.now()
    with house.database.writing() as work:
        row = work.studies.by_uid(study_uid(study))
        assert row is not None
        share = Share(ShareId(f"share-{patient}"), row.person_id, now, "accueil", now,
                      now + timedelta(days=9), studies=(row.uid,), downloads=study == STUDY)
        work.shares.add(share, patient.encode() * 8, b"cipher")
        work.shares.redeem(share, AccountId(account), now)


@pytest_asyncio.fixture
async def client(scene: Scene) -> AsyncIterator[TestClient[web.Request, web.Application]]:
    async with serving(scene) as opened:
        yield opened


@asynccontextmanager
async def serving(scene: Scene) -> AsyncIterator[TestClient[web.Request, web.Application]]:
    """Serve DICOMweb and the viewer's data from a scene, its session's cookie in hand."""
    app = web.Application()
    app[HOUSE], app[SETTINGS], app[BRAND] = scene.house, scene.settings, brand_of(scene.settings)
    app[CATALOGUES] = Catalogues()
    with ThreadPoolExecutor(4) as executor:
        app[DB] = executor
        app.add_routes([*dicomweb_routes(), *viewer_routes()])
        async with TestClient(TestServer(app), cookies=scene.cookie) as opened:
            yield opened
    await asyncio.sleep(0)

"""The demo's PACS before DCMTK's tools."""

import socket
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from pydicom import dcmread

from pacs_bridge.demo_pacs.archive import Archive
from pacs_bridge.demo_pacs.index import cache_of, entries_of
from pacs_bridge.demo_pacs.matching import matches
from pacs_bridge.demo_pacs.phantoms.catalog import Catalog
from pacs_bridge.demo_pacs.phantoms.radiograph import write
from pacs_bridge.demo_pacs.service import start
from tests.pacs_bridge.conftest import Acceptor
from tests.peers import dcmtk


@pytest.fixture(scope="module")
def exams(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("exams")
    write(Catalog(date(2026, 11, 24)), folder)
    (folder / "broken.dcm").write_bytes(b"not DICOM at all" * 9)
    return folder


@pytest.fixture
def pacs(exams: Path, acceptor: Acceptor) -> Iterator[int]:
    sock = socket.create_server(("127.0.0.1", 0))
    archive = Archive(exams, entries_of(exams), "DEMOPACS")
    server = start(archive, "DEMOPACS", sock, {"NEGATOSCOPE": ("127.0.0.1", acceptor.port)})
    yield sock.getsockname()[1]
    server.shutdown()


def test_findscu_finds_by_name_without_accents(pacs: int, require, tmp_path: Path):
    ran = dcmtk.run(
        require("findscu"), "-S", "-aec", "DEMOPACS", "-X", "-k", "QueryRetrieveLevel=STUDY", "-k",
        "PatientName=D'AUBIGNE*", "-k", "StudyDate=20260101-20261231", "-k", "StudyInstanceUID", "-k",
        "ModalitiesInStudy", "-k", "NumberOfStudyRelatedInstances", "127.0.0.1", str(pacs),
        cwd=tmp_path)  # fmt: skip
    assert ran.code == 0, ran.output
    [answer] = [dcmread(f, force=True) for f in tmp_path.glob("rsp*.dcm")]
    assert sorted(answer.ModalitiesInStudy) == ["CR", "DX"]
    assert answer.NumberOfStudyRelatedInstances == 2
    assert str(answer.PatientName).startswith("D'AUBIGNÉ^François")


def test_findscu_finds_nothing_outside_the_dates(pacs: int, require, tmp_path: Path):
    dcmtk.run(
        require("findscu"), "-S", "-aec", "DEMOPACS", "-X", "-k", "QueryRetrieveLevel=STUDY", "-k",
        "StudyDate=-20200101", "-k", "StudyInstanceUID", "127.0.0.1", str(pacs),
        cwd=tmp_path)  # fmt: skip
    assert not list(tmp_path.glob("rsp*.dcm"))


def test_movescu_moves_to_the_acceptor(pacs: int, exams: Path, acceptor: Acceptor, require):
    uid = entries_of(exams)[0]["StudyInstanceUID"]
    ran = dcmtk.run(
        require("movescu"), "-S", "-aec", "DEMOPACS", "-aem", "NEGATOSCOPE", "-k",
        "QueryRetrieveLevel=STUDY", "-k", f"StudyInstanceUID={uid}", "127.0.0.1",
        str(pacs))  # fmt: skip
    assert ran.code == 0, ran.output
    assert len(acceptor.house.receiving.files) == 2


def test_a_move_to_nobody_is_refused(pacs: int, exams: Path, require):
    uid = entries_of(exams)[0]["StudyInstanceUID"]
    ran = dcmtk.run(
        require("movescu"), "-v", "-S", "-aec", "DEMOPACS", "-aem", "NOBODY", "-k",
        "QueryRetrieveLevel=STUDY", "-k", f"StudyInstanceUID={uid}", "127.0.0.1",
        str(pacs))  # fmt: skip
    assert "MoveDestinationUnknown" in ran.output or "0xa801" in ran.output.lower()


def test_getscu_gets_what_it_can_take(require, shared_dicom: Path, tmp_path: Path):
    folder = shared_dicom / "series" / "ct-head-1mm"
    entries = entries_of(folder)[:5]
    sock = socket.create_server(("127.0.0.1", 0))
    server = start(Archive(folder, entries, "DEMOPACS"), "DEMOPACS", sock, {})
    ran = dcmtk.run(
        require("getscu"), "-S", "+xs", "-aec", "DEMOPACS", "-k", "QueryRetrieveLevel=STUDY", "-k",
        f"StudyInstanceUID={entries[0]['StudyInstanceUID']}", "-od", str(tmp_path), "127.0.0.1",
        str(sock.getsockname()[1]))  # fmt: skip
    server.shutdown()
    assert len(list(tmp_path.iterdir())) == 5, ran.output


def test_a_second_start_reads_the_cache(exams: Path, tmp_path: Path, monkeypatch):
    cache = tmp_path / "cache" / "index.json"
    first = entries_of(exams, cache)
    assert len(first) == 2
    assert cache.stat().st_mode & 0o777 == 0o600
    monkeypatch.setattr("pacs_bridge.demo_pacs.index._read", None)
    (exams / "broken.dcm").rename(tmp_path / "broken.dcm")
    assert entries_of(exams, cache) == first
    assert exams not in cache_of(exams).parents


@pytest.mark.parametrize(("keyword", "asked", "held", "found"), [
    ("PatientName", "lefevre*", "LEFÈVRE^Anne-Charlotte", True),
    ("PatientName", "LEFEVRE^ANNE*", "LEFÈVRE^Anne-Charlotte", True),
    ("PatientName", "LEF?VRE^*", "LEFÈVRE^Anne-Charlotte", True),
    ("PatientName", "LEF", "LEFÈVRE^Anne-Charlotte", False),
    ("PatientName", "山田*", "Yamada^Tarou=山田^太郎", True),
    ("PatientID", "F-1*", "F-100201", True), ("PatientID", "f-1*", "F-100201", False),
    ("StudyDate", "20260101-", "20261124", True), ("StudyDate", "-20260101", "20261124", False),
    ("StudyDate", "20261124", "20261124", True), ("StudyDate", "20260101-", "", False),
    ("StudyTime", "09-10", "101500", True), ("StudyInstanceUID", "1.2\\1.3", "1.3", True),
    ("StudyInstanceUID", "1.*", "1.3", False), ("ModalitiesInStudy", "CT", "MR\\CT", True),
    ("SeriesNumber", "02", "2", True), ("AccessionNumber", "", "x", True),
])  # fmt: skip
def test_matching(keyword: str, asked: str, held: str, found: bool):
    assert matches(keyword, asked, held) is found

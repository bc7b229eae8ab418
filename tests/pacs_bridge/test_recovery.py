"""Files that a crash left without a row: whole ones adopted, cut ones put aside."""

from pathlib import Path

from pacs_bridge.receive import part10
from pacs_bridge.receive.recovery import recover
from tests.pacs_bridge.houses import FakeHouse
from tests.peers.sender import Sent, as_bytes


def left(house: FakeHouse, name: str, sent: Sent, length: int | None = None) -> str:
    head = part10.head(part10.FileMeta(sent.sop_class, sent.sop_uid, sent.syntax, "PACS"))
    house.objects.put(f"received/1.2/{name}.dcm", head + sent.data[:length])
    return f"received/1.2/{name}.dcm"


def test_recovery(tmp_path: Path, shared_dicom: Path):
    house = FakeHouse(tmp_path)
    sent = as_bytes(sorted((shared_dicom / "series" / "ct-head-1mm").glob("*"))[0])
    whole = left(house, "whole", sent)
    left(house, "cut", sent, len(sent.data) - 1000)
    left(house, "begun", sent, 300)
    house.objects.put("received/1.2/junk.dcm", b"junk")
    assert recover(house) == (1, 3)
    [file] = house.receiving.files
    assert (file.key, file.calling_aet) == (whole, "PACS")
    assert list(house.objects.keys("received")) == [whole]
    assert len(list(house.objects.keys("quarantine"))) == 3
    assert house.receiving.resumed == 1
    assert recover(house) == (0, 0)


def test_an_adopted_file_has_the_digests_of_its_reception(tmp_path: Path, shared_dicom: Path):
    from tests.pacs_bridge.conftest import accepting
    from tests.peers.sender import Sender

    sent = as_bytes(sorted((shared_dicom / "series" / "ct-head-1mm").glob("*"))[0])
    received, adopted = FakeHouse(tmp_path / "a"), FakeHouse(tmp_path / "b")
    with accepting(received) as acceptor:
        assert Sender(acceptor.port).store(sent) == 0
    left(adopted, "x", sent)
    recover(adopted)
    [one], [other] = received.receiving.files, adopted.receiving.files
    assert (one.sha256, one.pixels_sha256, one.facts) == (other.sha256, other.pixels_sha256, other.facts)

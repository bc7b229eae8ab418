"""What we write ourselves is DICOM to an independent judge: David Clunie's dciodvfy finds no error in it."""


from pydicom import dcmread

from tests.peers.announced import announced
from tests.peers.dicom3tools import errors
from tests.peers.sender import Sender

COERCED = 0xB000


def test_the_exams_of_the_demo(require, demo):
    judge, folder = require("dciodvfy"), demo.state / "exams"
    series = sorted({path.parent for path in folder.rglob("*") if path.is_file() and path.suffix != ".json"})
    assert len(series) >= 8
    assert {str(one): errors(judge, next(iter(sorted(one.iterdir())))) for one in series} == {
        str(one): [] for one in series
    }


def test_an_object_that_was_coerced(require, demo, tmp_path):
    judge, folder = require("dciodvfy"), demo.state
    dataset = dcmread(next((folder / "exams").rglob("*CT/0001.dcm")))
    dataset.StudyInstanceUID = ""
    dataset.SOPInstanceUID = dataset.file_meta.MediaStorageSOPInstanceUID = "1.2.3.4.5.6"
    dataset.save_as(tmp_path / "bare.dcm")
    assert Sender(demo.ready["dicom"]["port"]).store(announced(tmp_path / "bare.dcm")) == COERCED
    [kept] = (folder / "objects" / "received").rglob("1.2.3.4.5.6.*")
    assert errors(judge, kept) == []

"""Whether pixels were lost: what compressed them is believed, not what the label says."""

from pathlib import Path

import pytest
from pydicom import dcmread
from pydicom.encaps import encapsulate, get_frame

from pacs_bridge.prepare.making import Task
from pacs_bridge.prepare.worker import make


@pytest.mark.parametrize(
    ("name", "lossy"),
    [
        ("dcmjs/sample-op.dcm", True),  # labelled .70, a baseline DCT inside
        ("dcm4che/CT-JPEGLosslessSV1.dcm", False),
        ("syntax/CTImage.dcm_JPEGProcess14TransferSyntax_1.2.840.10008.1.2.4.57.dcm", False),
        ("syntax2/CTImage.dcm_JPEGProcess1TransferSyntax_1.2.840.10008.1.2.4.50.dcm", True),
        ("wg04/MR3_JPLY", True),
        ("wg04/MR1_JLSL", False),
        ("wg04/MR1_JLSN", True),
        ("wg04/MR1_J2KI", True),
        ("wg04/MR1_J2KR", False),
        ("wg04/MR1_RLE", False),
    ],
)
def test_the_verdict_is_that_of_the_codestream(shared_dicom: Path, tmp_path: Path, name: str, *, lossy: bool) -> None:
    made = make(Task(shared_dicom / name, tmp_path / "f", tmp_path / "n", "/x"))
    assert made.reason == ""
    assert [image["quality"]["lossy"] for image in made.images[:1]] == [lossy]


@pytest.mark.parametrize("share", [0.5, 0.98])
@pytest.mark.parametrize(
    "name",
    [
        "syntax2/CTImage.dcm_JPEGProcess1TransferSyntax_1.2.840.10008.1.2.4.50.dcm",
        "wg04/MR3_JPLY",
        "syntax/CTImage.dcm_JPEGProcess14TransferSyntax_1.2.840.10008.1.2.4.57.dcm",
        "dcm4che/CT-JPEGLosslessSV1.dcm",
        "wg04/MR1_JLSL",
        "wg04/MR1_J2KR",
        "wg04/MR1_RLE",
    ],
)
def test_a_frame_that_was_cut_is_no_image(shared_dicom: Path, tmp_path: Path, name: str, share: float) -> None:
    """Codecs fill what is missing with grey; half a slice must not pass for a whole one, verified."""
    dataset = dcmread(shared_dicom / name)
    frame = get_frame(dataset.PixelData, 0, number_of_frames=1)
    dataset.PixelData = encapsulate([frame[: round(len(frame) * share)]])
    dataset.save_as(tmp_path / "cut.dcm")
    assert make(Task(tmp_path / "cut.dcm", tmp_path / "f", tmp_path / "n", "/x")).reason == "corrupt"

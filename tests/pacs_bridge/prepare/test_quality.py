"""Whether pixels were lost: what compressed them is believed, not what the label says."""

from pathlib import Path

import pytest

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

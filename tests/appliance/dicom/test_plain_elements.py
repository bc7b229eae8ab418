"""Plain elements say what pydicom says, or nothing."""

import json
import struct
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydicom.dataelem import RawDataElement, convert_raw_data_element
from pydicom.tag import Tag

from appliance.dicom import metadata
from appliance.dicom.plain_elements import plain_element
from appliance.dicom.reading import read_before_pixels
from appliance.domain.errors import Malformed

VRS = ("AE", "AS", "CS", "DA", "TM", "UI", "LO", "SH", "ST", "LT", "UT", "PN", "IS", "DS", "US", "SS", "UL", "SL")


def raw(vr: str, value: bytes, *, little: bool = True) -> RawDataElement:
    return RawDataElement(Tag(0x00091001), vr, len(value), value, 0, False, little)


@pytest.mark.filterwarnings("ignore")
@given(st.sampled_from(VRS), st.binary(max_size=24) | st.from_regex(r"[-+0-9A-Za-z .\\^~=]{0,20}", fullmatch=True).map(
    lambda text: (text + " " * (len(text) % 2)).encode()))  # fmt: skip
def test_plain_is_what_pydicom_says(vr, value):
    plain = plain_element(raw(vr, value))
    if plain is not None:
        said = convert_raw_data_element(raw(vr, value), encoding=["iso8859"]).to_json_dict(None, 0)
        assert json.dumps(plain) == json.dumps(said)


@pytest.mark.parametrize(
    ("vr", "value", "said"),
    [
        ("DS", b"0.5\\-1E2 ", [0.5, -100.0]),
        ("US", struct.pack("<2H", 1, 512), [1, 512]),
        ("UI", b"1.2.840\0", ["1.2.840"]),
        ("PN", b"LEFEVRE^ANNE", [{"Alphabetic": "LEFEVRE^ANNE"}]),
    ],
)
def test_what_is_plain(vr, value, said):
    assert plain_element(raw(vr, value)) == {"vr": vr, "Value": said}


@pytest.mark.parametrize(
    "element",
    [raw("PN", "LEFÈVRE".encode()), raw("PN", b"A=B"), raw("LT", b"a\\b"), raw("US", b"\1"), raw("SQ", b"x"),
     raw("US", b"\0\1", little=False), raw("DS", b"1,5"), raw("IS", b"99999999999999999999"),
     raw("LO", b"\x1b$B"), None],
)  # fmt: skip
def test_the_rest_is_left_alone(element):
    assert plain_element(element) is None


def test_every_shared_file_says_the_same(shared_dicom: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    compared = 0
    for path in sorted(p for p in shared_dicom.rglob("*") if p.is_file())[::7]:
        try:
            quick = metadata.instance_json(read_before_pixels(path), "/x")
            with monkeypatch.context() as slow:
                slow.setattr(metadata, "plain_element", lambda _: None)
                said = metadata.instance_json(read_before_pixels(path), "/x")
        except Malformed:
            continue
        assert json.dumps(quick) == json.dumps(said), path.name
        compared += 1
    assert compared > 80

"""The multipart reader: whatever the pieces, the same parts; whatever the bytes, no break."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.domain.errors import Malformed
from webui.dicomweb.multipart import HEADING_BYTES, PREAMBLE_BYTES, Begin, Data, End, Reader, related

BOUNDARY = "b0undary"
BODIES = st.lists(st.binary(max_size=60) | st.sampled_from([b"\r\n--", b"\r\n--b0undar", b"--b0undary", b"\r\n\r\n"]))


def built(bodies: list[bytes], preamble: bytes = b"", epilogue: bytes = b"") -> bytes:
    out = preamble
    for body in bodies:
        out += b"--" + BOUNDARY.encode() + b"\r\nContent-Type: application/dicom\r\n\r\n" + body + b"\r\n"
    return out + b"--" + BOUNDARY.encode() + b"--" + epilogue


def read(data: bytes, size: int) -> list[bytes]:
    reader, parts = Reader(BOUNDARY), []
    for at in range(0, len(data), size):
        for event in reader.feed(data[at : at + size]):
            if isinstance(event, Begin):
                parts.append(b"")
            elif isinstance(event, Data):
                parts[-1] += event.data
    reader.close()
    return parts


@given(BODIES, st.integers(1, 80), st.sampled_from([b"", b"\r\n", b"hello\r\n"]), st.binary(max_size=20))
def test_parts_are_the_same_however_they_come(bodies: list[bytes], size: int, preamble: bytes, after: bytes) -> None:
    bodies = [one for one in bodies if b"--b0undary" not in b"\r\n" + one]
    if not bodies and preamble == b"hello\r\n":
        preamble = b""
    assert read(built(bodies, preamble, after), size) == bodies


@given(st.binary(max_size=400), st.integers(1, 50))
def test_any_bytes_are_read_or_refused(data: bytes, size: int) -> None:
    hostile = data.replace(b"\x00", b"\r\n--b0undary").replace(b"\x01", b"\r\n\r\n")
    try:
        parts = read(hostile, size)
    except Malformed:
        return
    assert sum(map(len, parts)) <= len(hostile)


@pytest.mark.parametrize("body", [
    b"", b"--b0undary", b"--b0undary\r\nContent-Type: x\r\n\r\nabc", b"--b0undaryX\r\n\r\nabc\r\n--b0undary--",
    b"--b0undary\r\nno colon\r\n\r\nabc\r\n--b0undary--", b"p" * (PREAMBLE_BYTES + 20), b"--b0undary" + b" " * 100])
def test_what_is_no_multipart_is_refused(body: bytes) -> None:
    with pytest.raises(Malformed):
        read(body, 7)


def test_memory_stays_small_whatever_comes() -> None:
    reader = Reader(BOUNDARY)
    list(reader.feed(b"--b0undary\r\n\r\n"))
    for _ in range(64):
        list(reader.feed(b"\r" * 65536))
        assert len(reader._held) < 64
    endless = Reader(BOUNDARY)
    list(endless.feed(b"--b0undary\r\nX: "))
    with pytest.raises(Malformed):
        list(endless.feed(b"a" * HEADING_BYTES))


def test_an_end_is_told() -> None:
    events = list(Reader(BOUNDARY).feed(built([b"x"])))
    assert [type(event) for event in events] == [Begin, Data, End]


@pytest.mark.parametrize(("header", "cause"), [
    ("application/dicom", "media"), ("multipart/form-data; boundary=x", "media"),
    ("multipart/related; type=x", "multipart"), ('multipart/related; boundary="a\x01"', "multipart"),
    ("multipart/related; boundary=" + "x" * 129, "multipart"), ("multipart/related;" + " " * 2000, "media")])
def test_boundaries_are_those_of_the_standard(header: str, cause: str) -> None:
    with pytest.raises(Malformed, match=cause):
        related(header)


def test_a_boundary_may_be_quoted() -> None:
    header = 'Multipart/Related; type="Application/DICOM"; boundary="a b"'
    assert related(header) == ("a b", "application/dicom")

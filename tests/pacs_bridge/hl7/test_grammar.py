"""The reader: what the standard says, what hostile bytes cost, and that nothing but `Malformed` comes out."""

import contextlib
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.domain.errors import Malformed
from pacs_bridge.hl7 import charsets
from pacs_bridge.hl7.answers import Asked, Code, answer, asked_of
from pacs_bridge.hl7.framing import Deframer, framed
from pacs_bridge.hl7.grammar import Separators, parsed, unescaped
from pacs_bridge.hl7.headers import header_of, instant
from pacs_bridge.hl7.patients import Reading, patient_message
from tests.pacs_bridge.hl7.messages import Adt

PLAIN = Separators()


def read(body: bytes):
    codec = charsets.codec_of(body, "8859/1")
    message = parsed(charsets.decoded(body, codec), codec)
    return patient_message(message, header_of(message), Reading())


@pytest.mark.parametrize(("text", "meant"), [
    ("D\\T\\A", "D&A"), ("\\E\\", "\\"), ("a\\F\\b\\S\\c\\R\\d", "a|b^c~d"), ("\\XC389\\", "É"), ("\\.br\\", "\n"),
    ("\\H\\gras\\N\\", "gras"), ("\\Zlocal\\x", "x"), ("seul\\", "seul\\"), ("a\x00\x1bb\tc", "ab c"),
])  # fmt: skip
def test_escapes(text, meant):
    assert unescaped(text, PLAIN, "utf-8") == meant


@pytest.mark.parametrize("text", ["\\XZZ\\", "\\XFF\\", "\\C2842\\", "\\M\\"])
def test_escapes_that_cannot_be_undone_are_errors(text):
    with pytest.raises(Malformed):
        unescaped(text, PLAIN, "utf-8")


def test_separators_are_those_of_the_message():
    text = Adt().text().replace("|", "#").replace("^", "*").replace("MSH#*~\\&", "MSH#*~\\&")
    assert read(text.encode()).groups[0].patient.name.startswith("LEFÈVRE^Anne-Charlotte")


@pytest.mark.parametrize("end", ["\r", "\n", "\r\n"])
def test_line_ends_of_every_sender(end):
    assert read(Adt().text().replace("\r", end).encode()).groups[0].patient.birth_date == "19610314"


@pytest.mark.parametrize(("charset", "codec"), [
    ("8859/1", "latin-1"), ("8859/15", "iso8859-15"), ("UNICODE UTF-8", "utf-8"), ("", "latin-1"),
    ("unicode utf-8~8859/1", "utf-8"),
])  # fmt: skip
def test_the_character_set_is_that_of_msh_18(charset, codec):
    name = "NUÑEZ^Œdile" if codec != "latin-1" else "NUÑEZ^Zoë"
    body = Adt(name=f"{name}^^^^^L", charset=charset, codec=codec).bytes()
    assert read(body).groups[0].patient.name == name


@pytest.mark.parametrize("adt", [
    Adt(charset="UNICODE UTF-8", codec="latin-1"), Adt(charset="ISO IR87"), Adt(charset="8859/99"),
    Adt(charset="ASCII"),
])  # fmt: skip
def test_letters_are_never_guessed(adt):
    with pytest.raises(Malformed, match="charset"):
        read(adt.bytes())


@pytest.mark.parametrize(("text", "iso"), [
    ("20261124101500", "2026-11-24T09:15:00"), ("20261124101500+0000", "2026-11-24T10:15:00"),
    ("202611241015", "2026-11-24T09:15:00"), ("20261124", "2026-11-23T23:00:00"),
    ("20261124101500.1234-0500", "2026-11-24T15:15:00.123400"),
])  # fmt: skip
def test_instants(text, iso):
    assert instant(text, "MSH-7").isoformat().removesuffix("+00:00") == iso


@pytest.mark.parametrize("text", ["", "2026", "20261324", "20261124250000", "2026112410150", "hier", "20261124+9900"])
def test_instants_that_are_none(text):
    with pytest.raises(Malformed):
        instant(text, "MSH-7")


@pytest.mark.parametrize("body", [
    b"", b"MSH", b"MSH|", b"MSH|^~\\&", b"MSH||||||||", b"MSH|^^^^|HIS", b"MSHA^~\\&AHIS", b"PID|||1",
    b"MSH|^~\\&|HIS|||||ADT^A08|", b"MSH|^~\\&|HIS\rpid|||x", b"MSH|^~\\&|HIS\r\x00\x00\x00",
])  # fmt: skip
def test_what_is_no_message(body):
    with pytest.raises(Malformed):
        read(body)


@pytest.mark.parametrize("body", [
    Adt().bytes() + b"ZZZ" + b"|" * 3_000_000, Adt().bytes() + b"ZZZ|" + b"~" * 3_000_000,
    Adt().bytes() + b"OBX|1\r" * 300_000, Adt(name="~" * 100_000).bytes(), Adt(pid3="^" * 3_000_000).bytes(),
    Adt(pid3="\\" * 3_000_000 + "^^^HOSP").bytes(), Adt(name="&" * 3_000_000).bytes(),
    Adt(birth="1" * 3_000_000).bytes(), Adt(name="A" * 3_000_000).bytes(),
], ids=range(9))  # fmt: skip
def test_a_hostile_message_costs_little(body):
    begun = time.process_time()
    with contextlib.suppress(Malformed):
        read(body)
    assert time.process_time() - begun < 2


@given(st.binary(max_size=400))
def test_any_bytes_are_read_or_malformed(body):
    for whole in (body, Adt().bytes()[:60] + body, Adt().bytes() + body):
        with contextlib.suppress(Malformed):
            read(whole)
        assert b"\rMSA|" in answer(Asked(), Code.AA, instant("20261124", "x"))
        assert answer(asked_of(whole), Code.AR, instant("20261124", "x"), "msh").startswith(b"MSH")


@given(st.data())
def test_a_message_with_any_letter_changed_is_read_or_malformed(data):
    body = bytearray(Adt(status="VALI").bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        body[data.draw(st.integers(0, len(body) - 1))] = data.draw(st.integers(0, 255))
    with contextlib.suppress(Malformed):
        read(bytes(body))
    asked = asked_of(bytes(body))
    assert b"MSA" in answer(asked, Code.AE, instant("20261124", "x"), "field", "PID-3")


@pytest.mark.parametrize("body", [b"MSH||~\\&|HIS|CH|NEG|RAD|2026||ADT^A08|C1|P", b"MSH|^^^^|", b"MSH|^~|\\&HIS|"])
def test_separators_that_are_none_are_not_answered_with(body):
    assert answer(asked_of(body), Code.AR, instant("20261124", "x"), "msh").startswith(b"MSH|^~\\&|NEGATOSCOPE|")


@given(st.lists(st.binary(max_size=50).filter(lambda b: b"\x1c\x0d" not in b and not b.endswith(b"\x1c")), max_size=5),
       st.integers(1, 9))  # fmt: skip
def test_frames_are_found_however_the_stream_is_cut(messages, step):
    stream = b"\r\n".join(framed(message) for message in messages)
    deframer = Deframer(1000)
    found = [m for i in range(0, len(stream), step) for m in deframer.feed(stream[i : i + step])]
    assert found == messages
    assert not deframer.inside


def test_frames_beyond_the_limit_and_bytes_outside_are_errors():
    with pytest.raises(Malformed, match="frame_size"):
        list(Deframer(10).feed(b"\x0b" + b"A" * 11))
    with pytest.raises(Malformed, match="frame_size"):
        list(Deframer(10).feed(framed(b"A" * 11)))
    with pytest.raises(Malformed, match="frame"):
        list(Deframer(10).feed(b"GET / HTTP/1.1\r\n"))


def test_the_answer_says_it_in_the_sender_s_separators():
    body = Adt(control="C|1".replace("|", "\\F\\"), charset="8859/1", codec="latin-1").bytes()
    said = answer(asked_of(body), Code.AE, instant("20261124101500", "x"), "birth_date", "PID-7").decode().split("\r")
    assert said[0].startswith("MSH|^~\\&|NEGATOSCOPE|RAD|HIS|CH|20261124101500+0100||ACK^A08|")
    assert said[0].endswith("|P|2.5||||||8859/1")
    assert said[1] == "MSA|AE|C\\F\\1"
    assert said[2] == "ERR||PID^1^7|207|E||||birth_date"

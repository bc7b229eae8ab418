"""Reports read from ORU and MDM: text, RTF, PDF; the exam they name; hostile contents."""

import base64
import contextlib
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.domain.errors import Malformed
from appliance.domain.reports import Relation, ReportState
from pacs_bridge.hl7.grammar import parsed
from pacs_bridge.hl7.headers import header_of
from pacs_bridge.hl7.patients import Reading
from pacs_bridge.hl7.reports import document_message, order_message, result_message
from pacs_bridge.hl7.rtf import text_of
from tests.pacs_bridge.hl7.messages import IPP, Adt, mdm, oru

PDF = b"%PDF-1.4\n%\xe2\xe3\nendobj"
B64 = base64.b64encode(PDF).decode()
RTF = (
    r"{\rtf1\ansi\ansicpg1252{\fonttbl{\f0 Arial;}}\f0 Scanner c\'e9r\'e9bral.\par "
    r"Pas d\rquote h\u233?morragie\tab\{x\}.\par}"
)


def read(text: str, reading: Reading | None = None):
    message = parsed(text, "utf-8")
    header = header_of(message)
    kinds = {"ORU": result_message, "MDM": document_message, "ORM": order_message, "OMI": order_message}
    return kinds[header.kind](message, header, reading or Reading())


def test_a_result_with_lines_of_text():
    lines = [
        "OBX|1|FT|18748-4^CR^LN||Technique : hélice.\\.br\\Pas d'injection.||||||F",
        "OBX|2|TX|18748-4^CR^LN||Conclusion~A ^ B|||HH|||F",
    ]
    [report] = read(oru(obx=lines)).reports
    assert report.content.mime == "text/plain"
    assert report.content.data.decode() == "Technique : hélice.\nPas d'injection.\nConclusion\nA ^ B"
    assert (report.number, report.state, report.important) == ("R42", ReportState.VALIDATED, True)
    assert (report.study_uid, report.accession) == ("1.2.3", "A1")
    assert report.title == "Scanner"
    assert report.author == "DURAND Paul"


@pytest.mark.parametrize(("obx", "mime"), [
    (f"OBX|1|ED|PDF||^AP^PDF^Base64^{B64}||||||F", "application/pdf"),
    (f"OBX|1|ED|PDF||^application^pdf^Base64^{B64[:20]}\\.br\\{B64[20:]}||||||F", "application/pdf"),
    ("OBX|1|ED|CDA||^TEXT^x-hl7-cda-level-one^Base64^PENsaW5pY2FsRG9jdW1lbnQvPg==||||||F", "text/xml"),
    ("OBX|1|ED|H||^TEXT^HTML^A^<p>x</p>||||||F", "text/html"),
    (f"OBX|1|ED|R||^application^rtf^Base64^{base64.b64encode(RTF.encode()).decode()}||||||F", "text/plain"),
    ("OBX|1|FT|R||" + RTF.replace("\\", "\\E\\") + "||||||F", "text/plain"),
    (f"OBX|1|TX|T||copie||||||F\rOBX|2|ED|PDF||^AP^PDF^Base64^{B64}||||||F", "application/pdf"),
])  # fmt: skip
def test_documents_of_every_kind(obx, mime):
    [report] = read(oru(obx=[obx])).reports
    assert report.content.mime == mime
    if "rtf" in obx:
        assert report.content.data.decode() == "Scanner cérébral.\nPas d’hémorragie\t{x}."
    if mime == "application/pdf":
        assert report.content.data == PDF


@pytest.mark.parametrize("obx", [
    "OBX|1|ED|PDF||^AP^PDF^Base64^!!!||||||F", "OBX|1|ED|PDF||^AP^PDF^Base64^SGVsbG8=||||||F",
    "OBX|1|ED|R||^AP^RTF^Base64^SGVsbG8=||||||F",
])  # fmt: skip
def test_a_document_that_is_not_what_it_says_is_an_error(obx):
    with pytest.raises(Malformed, match="content"):
        read(oru(obx=[obx]))


def test_what_points_elsewhere_is_not_fetched():
    with pytest.raises(Malformed, match="segment_missing"):
        read(oru(obx=["OBX|1|RP|PDF||http://10.0.0.1/report.pdf||||||F"]))


def test_the_exam_by_each_of_its_names():
    reference = "OBX|2|HD|113014^Study^DCM||1.2.9||||||O"
    text = "OBX|1|TX|T||x||||||F"
    assert read(oru(zds="", obx=[text, reference])).reports[0].study_uid == "1.2.9"
    assert read(oru(zds="", obx=[text, reference])).reports[0].state is ReportState.VALIDATED
    assert read(oru(zds="", ipc="A7^RIS|RP1|1.2.7", obx=[text])).reports[0].study_uid == "1.2.7"
    assert read(oru(zds="", ipc="A7^RIS|RP1|1.2.7", obx=[text])).reports[0].accession == "A7"
    assert read(oru(zds="", ipc="A7^RIS", obx=[text])).reports[0].accession_issuer == "RIS"
    chosen = Reading(accession=("ORC-3", "OBR-18"))
    assert read(oru(zds="", obx=[text]), chosen).reports[0].accession == "R42"
    assert read(oru(zds="", obx=[text]), Reading(accession=())).reports[0].accession == ""
    with pytest.raises(Malformed):
        read(oru(zds="not-a-uid", obx=[text]))


CDA = (
    '<?xml version="1.0"?><ClinicalDocument xmlns="urn:hl7-org:v3"><id root="1.9.9"/><component><structuredBody>'
    '<component><section><code code="121181" codeSystem="1.2.840.10008.2.16.4"/><entry>'
    '<act classCode="ACT" moodCode="EVN"><id root="1.2.77"/><code code="113014" codeSystem="1.2.840.10008.2.16.4"/>'
    "</act></entry></section></component></structuredBody></component></ClinicalDocument>"
)


def carried(xml: str) -> str:
    return f"OBX|1|ED|CDA||^TEXT^XML^Base64^{base64.b64encode(xml.encode()).decode()}||||||F"


def test_the_exam_that_a_clinical_document_names():
    assert read(oru(zds="", obx=[carried(CDA)])).reports[0].study_uid == "1.2.77"
    assert read(oru(zds="1.2.3", obx=[carried(CDA)])).reports[0].study_uid == "1.2.3"
    assert read(oru(zds="", obx=[carried(CDA.replace("113014", "113015"))])).reports[0].study_uid == ""


@pytest.mark.parametrize("xml", [
    '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', "<a><b></a>", "x", "<a>" * 300,
    '<?xml version="1.0" encoding="x"?><a/>',
])  # fmt: skip
def test_a_clinical_document_that_is_none_is_an_error(xml):
    with pytest.raises(Malformed, match="content"):
        read(oru(zds="", obx=[carried(xml)]))


def test_several_orders_are_several_reports_and_one_without_text_is_none():
    text = oru(obx=["OBX|1|TX|T||un||||||F"]) + (
        "ORC|RE||R43\rOBR|2||R43|IRM^IRM||||||||||||||A2|||||||F\rOBX|1|TX|T|b|deux||||||P\r"
        "ORC|RE||R44\rOBR|3||R44|X||||||||||||||A3|||||||F\r"
    )
    found = read(text).reports
    assert [(one.number, one.accession, one.state.value) for one in found] == [
        ("R42", "A1", "validated"), ("R43/b", "A2", "provisional"),
    ]  # fmt: skip


def test_a_cancelled_result_needs_no_text():
    [report] = read(oru(obr25="X", obx=["OBX|1|TX|T||retiré||||||X"])).reports
    assert (report.state, report.content) == (ReportState.CANCELLED, None)


def test_an_observation_taken_back_is_not_read():
    lines = ["OBX|1|TX|T||faux||||||D", "OBX|2|TX|T||juste||||||F"]
    [report] = read(oru(obx=lines)).reports
    assert report.content.data == b"juste"
    assert report.state is ReportState.VALIDATED


@pytest.mark.parametrize(("event", "relation", "state"), [
    ("T02", Relation.ALONE, "validated"), ("T06", Relation.ADDS, "validated"), ("T10", Relation.REPLACES, "corrected"),
    ("T11", Relation.ALONE, "cancelled"), ("T08", Relation.ALONE, "validated"),
])  # fmt: skip
def test_documents(event, relation, state):
    [report] = read(mdm(event, parent="D0^RIS" if relation else "")).reports
    assert (report.number, report.relation, report.state.value) == ("D1^RIS", relation, state)
    assert report.parent == ("D0^RIS" if relation else "")
    assert report.content.data == b"Texte."
    assert report.stated_at.isoformat() == "2026-11-24T08:30:00+00:00"
    assert report.author == "DURAND Paul"


@pytest.mark.parametrize("text", [
    mdm("T10", parent=""), mdm("T02", number=""), mdm("T02").replace("TXA", "ZZZ"), oru(orc3="", obr3=""),
    oru(obx=[]), oru().replace("PID|", "ZPI|"),
])  # fmt: skip
def test_what_is_missing_is_an_error(text):
    with pytest.raises(Malformed):
        read(text)


def test_orders_name_exams():
    text = Adt(event="O01", kind="ORM").text() + "ORC|NW|P1|R42\rOBR|1|P1|R42|X||||||||||||||A1\rZDS|1.2.3^X\r"
    assert read(text).studies == (("1.2.3", "A1"),)
    steps = "IPC|A1|RP|1.2.3|SP\rIPC|A1|RP|1.2.3|S2\r"
    text = Adt(event="O23", kind="OMI").text() + "ORC|NW|P1|R42\rOBR|1|P1|R42|X\r" + steps
    assert read(text).studies == (("1.2.3", "A1"),)
    assert read(Adt(event="O01", kind="ORM").text()).studies == ()
    assert IPP.startswith("F-1")


@pytest.mark.parametrize(("rtf", "words"), [
    (r"{\rtf1\ansi a\par b}", "a\nb"), (r"{\rtf1{\*\x y}z}", "z"), (r"{\rtf1\uc2\u8364 ??x}", "€x"),
    (r"{\rtf1\uc1\u233\'e9t}", "ét"), (r"{\rtf1\mac\'8e}", "é"), (r"{\rtf1{\pict 0a0b}x}", "x"),
    (r"{\rtf1 a\~b}", "a\u00a0b"),
    (r"{\rtf1{\field{\*\fldinst HYPERLINK x}{\fldrslt lien}}}", "lien"), ("{\\rtf1 a\\\nb}", "ab"), (r"{\rtf1", ""),
    (r"{\rtf1}}}x", "x"), (r"{\rtf1\u-3 ?\u55357?x}", "\ufffd\ufffdx"),
])  # fmt: skip
def test_rtf(rtf, words):
    assert text_of(rtf.encode("latin-1")) == words


@given(st.binary(max_size=300))
def test_any_rtf_is_read_or_malformed(data):
    with contextlib.suppress(Malformed):
        assert "\x00" not in text_of(b"{\\rtf1 " + data.replace(b"\x00", b""))


@pytest.mark.parametrize(
    "piece", [b"{", b"\\", b"\\'e", b"{\\*}", b"\\u1", b"a\n", b"\\'e9", b"{a}"], ids=lambda piece: piece.hex()
)
def test_hostile_rtf_costs_little(piece):
    data = piece * (4_000_000 // len(piece))
    begun = time.process_time()
    with contextlib.suppress(Malformed):
        text_of(b"{\\rtf1" + data)
    assert time.process_time() - begun < 3

"""Reports made readable: each template, each carrier, and what must not pass."""

import base64
from pathlib import Path

import pydicom
import pytest
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.uid import UID

from appliance.domain.reports import CDA_CLASS, CLASSES, PDF_CLASS
from pacs_bridge.demo_pacs.phantoms import documents as doc
from pacs_bridge.prepare.making import Rendered, ReportTask
from pacs_bridge.prepare.pool import Lanes, Pool
from pacs_bridge.prepare.reports import page as pages
from pacs_bridge.prepare.reports.rendering import render
from pacs_bridge.prepare.reports.structured import _shortened, _unit
from tests.pacs_bridge.prepare.reports import (
    FINDING,
    FINDINGS,
    clinical,
    encapsulated,
    rendered,
    report,
    series,
    shown,
    written,
)

MM, DIAMETER = ("mm", "UCUM", "millimeter"), ("103339001", "SCT", "Grand axe")


def image(folder: Path) -> Dataset:
    made = series(2, "CT").instance(UID("1.2.840.10008.5.1.4.1.1.2"))
    made.InstanceNumber = 37
    return made


# --- structured reports ---------------------------------------------------------------------------


def test_sections_are_headings_and_findings_are_paragraphs(tmp_path):
    section = doc.item("CONTAINER", "CONTAINS", FINDINGS, doc.text("CONTAINS", FINDING, "Une lésion.\r\nStable."))
    assert shown(tmp_path, section) == "<h3>Findings</h3><p>Une lésion.<br>Stable.</p>"


def test_a_paragraph_with_a_name_of_its_own_has_it_as_heading(tmp_path):
    words = doc.text("CONTAINS", ("121060", "DCM", "History"), "Chute.\n\nDouleur.")
    assert shown(tmp_path, words) == "<h3>History</h3><p>Chute.</p><p>Douleur.</p>"


def test_an_image_under_its_sentence_is_a_jump(tmp_path):
    target = image(tmp_path)
    finding = doc.text("CONTAINS", FINDING, "Une lésion.", doc.image("INFERRED FROM", target))
    dataset = doc.basic_text(series(), [(FINDINGS, [("Une lésion.", [target])])])
    _, html = rendered(written(dataset, tmp_path / "a.dcm"))
    jump = f'<a data-sop-uid="{target.SOPInstanceUID}" data-study-uid="{target.StudyInstanceUID}">Image</a>'
    assert f"<p>Une lésion.</p><p>{jump}</p>" in html
    assert 'data-sop-uid="' in shown(tmp_path, finding)


def test_measurements_are_a_table_with_their_units_and_images(tmp_path):
    target = image(tmp_path)
    line = doc.line([1, 2, 3, 4], target)
    sizes = [doc.number("CONTAINS", DIAMETER, 23.5, MM, line), doc.number("CONTAINS", DIAMETER, 4, ("cm2", "UCUM", ""))]
    html = shown(tmp_path, doc.item("CONTAINER", "CONTAINS", FINDINGS, *sizes))
    head = '<thead><tr><th data-word="measure">Mesure</th><th data-word="value">Valeur</th>'
    assert head in html
    assert '<th scope="row">Grand axe <a data-sop-uid=' in html.replace("  ", " ")
    assert '<td><span data-number="23.5">23,5</span></td><td>mm</td>' in html
    assert '<td><span data-number="4">4</span></td><td>cm²</td>' in html


def test_a_group_of_measurements_has_the_name_of_its_lesion(tmp_path):
    size = doc.number("CONTAINS", DIAMETER, 23.5, MM)
    group = doc.lesion("Lésion hépatique", "1.2.3", ("1", "SCT", "Foie"), ("2", "SCT", "Masse"), [size])
    html = shown(tmp_path, doc.item("CONTAINER", "CONTAINS", ("126010", "DCM", "Imaging Measurements"), group))
    assert html.startswith("<h3>Imaging Measurements</h3><h4>Lésion hépatique</h4><dl><dt>Finding</dt><dd>Masse</dd>")
    assert "<dt>Finding Site</dt><dd>Foie</dd></dl><table>" in html
    assert "1.2.3" not in html


def test_what_a_program_computed_has_six_digits_and_what_was_typed_has_all():
    assert [_shortened(v) for v in ("64.4505437946691", "1234567", "0.5", "-", "12.50")] == [
        "64.4505", "1234567", "0.5", "-", "12.50",
    ]  # fmt: skip
    assert [_unit(*u) for u in (("1", "no units"), ("{ratio}", "ratio"), ("g/ml{SUVbw}", ""), ("mm3", ""))] == [
        "", "ratio", "g/ml", "mm³",
    ]  # fmt: skip


def test_a_number_that_could_not_be_taken_says_why(tmp_path):
    item = doc.item("NUM", "CONTAINS", DIAMETER, MeasuredValueSequence=Sequence())
    item.NumericValueQualifierCodeSequence = doc.codes(("114000", "DCM", "Not a number"))
    assert "<td>Not a number</td><td></td>" in shown(tmp_path, item)


def test_items_that_are_one_sentence_stay_one(tmp_path):
    parts = [
        doc.text("CONTAINS", FINDING, "Adressé par"),
        doc.item("PNAME", "CONTAINS", ("121008", "DCM", "Physician"), PersonName="FUKUDA^Ken^^Dr"),
        doc.text("CONTAINS", FINDING, ", vu ce jour."),
    ]
    section = doc.item("CONTAINER", "CONTAINS", FINDINGS, *parts)
    section.ContinuityOfContent = "CONTINUOUS"
    assert shown(tmp_path, section) == "<h3>Findings</h3><p>Adressé par Dr Ken FUKUDA, vu ce jour.</p>"


def test_an_item_by_reference_is_named_and_a_ring_ends(tmp_path):
    back = Dataset()
    back.RelationshipType, back.ReferencedContentItemIdentifier = "INFERRED FROM", [1, 1]
    words = doc.text("CONTAINS", ("1", "99T", "Mesure"), "23 mm", back)
    assert '<p><span data-word="see">Voir</span> Mesure : 23 mm</p>' in shown(tmp_path, words)
    nowhere = Dataset()
    nowhere.RelationshipType, nowhere.ReferencedContentItemIdentifier = "INFERRED FROM", [1, 7, 99999999]
    assert shown(tmp_path, doc.text("CONTAINS", FINDING, "a", nowhere)) == "<p>a</p>"


def test_an_empty_report_says_so(tmp_path):
    assert 'data-word="empty"' in shown(tmp_path)


# --- places in plain words ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "place"),
    [
        ("lésion (série 2, image 37)", ("2", "37")),
        ("lésion, série n° 3 coupe 112", ("3", "112")),
        ("nodule (series 4, image 5).", ("4", "5")),
        ("Elle mesurait 14 mm (examen antérieur, série 2, image 37)", None),
        ("comparé au 12/03/2025, série 2 image 4", None),
        ("série 2 de 37 images", None),
        ("<script>série 2, image 1</script>", ("2", "1")),
    ],
)
def test_a_place_in_words_is_a_jump_unless_it_speaks_of_another_exam(words, place):
    page = pages.Page()
    page.paragraphs(words)
    html = page.html()
    assert ("<a " in html) == (place is not None)
    if place:
        assert f'data-series-number="{place[0]}" data-image-number="{place[1]}"' in html
    assert "<script" not in html


# --- text in HTML ---------------------------------------------------------------------------------

HOSTILE = (
    "<html><head><title>x</title><style>body{}</style></head><body onload=steal()><h1>Titre</h1><p style='color:red'"
    " onclick='x()'>Texte <b>gras</b> &lt;5 mm</p><script>alert(1)</script><img src=x onerror=alert(1)>"
    "<a href='javascript:alert(1)'>lien</a><iframe src='//evil'></iframe><svg><script>alert(1)</script></svg>"
    "<form action='//evil'><input></form><table><tr><td colspan=2>a</td></tr></table></body></html>"
)


def test_html_in_a_text_keeps_its_structure_and_loses_what_acts(tmp_path):
    html = shown(tmp_path, doc.text("CONTAINS", FINDING, HOSTILE))
    assert "<h3>Titre</h3>" in html
    assert "<p>Texte <b>gras</b> &lt;5 mm</p>" in html
    assert '<td colspan="2">a</td>' in html
    assert not [bad for bad in ("script", "alert", "on", "style", "href", "img", "evil", "form", "svg") if
                f"<{bad}" in html or f" {bad}=" in html or "alert" in html or "evil" in html]  # fmt: skip


def test_angle_brackets_of_a_plain_text_are_words(tmp_path):
    assert shown(tmp_path, doc.text("CONTAINS", FINDING, "taille < 5 mm et > 2 <img src=x onerror=alert(1)>")) == (
        "<p>taille &lt; 5 mm et &gt; 2 &lt;img src=x onerror=alert(1)&gt;</p>"
    )


# --- clinical documents ---------------------------------------------------------------------------

BODY = (
    "<structuredBody><component><section><title>Résultats</title><text><paragraph>Une <content styleCode='Bold'>masse"
    "</content><br/>de 3 cm</paragraph><list listType='ordered'><item>un</item></list><table><thead><tr><th>a</th></tr>"
    "</thead><tbody><tr><td colspan='2' onclick='x'>b</td></tr></tbody></table><linkHtml href='javascript:x'>lien"
    "</linkHtml><renderMultiMedia referencedObject='m'/></text><entry><observation classCode='DGIMG'>"
    "<id root='1.2.3.4'/></observation></entry><component><section><title>Foie</title><text>Normal &lt; 16 cm</text>"
    "</section></component>"
    "</section></component></structuredBody>"
)


def test_the_narrative_of_a_clinical_document(tmp_path):
    (tmp_path / "a.xml").write_bytes(clinical(BODY))
    made, html = rendered(tmp_path / "a.xml", "text/xml")
    assert made.reason == ""
    assert html == (
        "<h3>Résultats</h3><p>Une <b>masse</b><br>de 3 cm</p><ol><li>un</li></ol><table><thead><tr><th>a</th></tr>"
        '</thead><tbody><tr><td colspan="2">b</td></tr></tbody></table>lien<h4>Foie</h4><p>Normal &lt; 16 cm</p>'
        '<p><b data-word="images">Images citées</b> <a data-sop-uid="1.2.3.4">Image</a></p>'
    )


def test_a_document_that_carries_a_pdf_is_that_pdf(tmp_path):
    pdf = base64.b64encode(b"%PDF-1.4 x").decode()
    body = f'<nonXMLBody><text mediaType="application/pdf" representation="B64">{pdf}</text></nonXMLBody>'
    dataset = encapsulated(clinical(body), CDA_CLASS, "text/XML")
    source = written(dataset, tmp_path / "a.dcm")
    assert rendered(source)[0] == Rendered(media="application/pdf")
    assert source.with_suffix(".shown").read_bytes() == b"%PDF-1.4 x"


BOMB = '<!DOCTYPE z [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
EXTERNAL = '<!DOCTYPE z [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
DEEP = "<structuredBody>" + "<component><section>" * 400 + "</section></component>" * 400 + "</structuredBody>"


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (clinical("<structuredBody/>", f"<title>{'&b;'}</title>", BOMB), "report_dtd"),
        (clinical("<structuredBody/>", "<title>&x;</title>", EXTERNAL), "report_dtd"),
        (clinical(DEEP), "report_too_deep"),
        (clinical("<structuredBody><component><section><text>" + "<br/>" * 200_001 + "</text></section></component>"
                  "</structuredBody>"), "report_too_large"),
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "report_unreadable"),
        (b"not XML", "report_unreadable"),
        (clinical("<nonXMLBody><text mediaType='image/svg+xml'>x</text></nonXMLBody>"), "report_kind"),
        (clinical("<nonXMLBody><text mediaType='text/xml'>x</text></nonXMLBody>"), "report_kind"),
        (clinical("<nonXMLBody><text mediaType='application/pdf' representation='B64'>!</text></nonXMLBody>"),
         "report_unreadable"),
    ],
)  # fmt: skip
def test_a_hostile_clinical_document_is_refused_with_its_reason(tmp_path, data, reason):
    (tmp_path / "a.xml").write_bytes(data)
    assert rendered(tmp_path / "a.xml", "text/xml")[0] == Rendered(reason=reason)


# --- PDF, text, everything else -------------------------------------------------------------------


def test_a_pdf_passes_byte_for_byte_without_its_padding(tmp_path):
    source = written(encapsulated(b"%PDF-1.4 abc", PDF_CLASS, "application/pdf"), tmp_path / "a.dcm")
    assert rendered(source)[0] == Rendered(media="application/pdf")
    assert source.with_suffix(".shown").read_bytes() == b"%PDF-1.4 abc"


@pytest.mark.parametrize("data", [b"<html><script>alert(1)</script>", b"<svg onload=alert(1)>", b"x" * 2000 + b"%PDF-"],
                         ids=["html", "svg", "late"])  # fmt: skip
def test_what_only_calls_itself_a_pdf_is_refused(tmp_path, data):
    source = written(encapsulated(data, PDF_CLASS, "application/pdf"), tmp_path / "a.dcm")
    assert rendered(source)[0] == Rendered(reason="report_kind")


@pytest.mark.parametrize(
    ("mime", "data", "expected"),
    [
        ("text/plain", "É\n\nb <x>".encode(), "<p>É</p><p>b &lt;x&gt;</p>"),
        ("text/plain; charset=x", "É".encode("cp1252"), "<p>É</p>"),
        ("text/html", b"<p onclick=x>a</p>", "<p>a</p>"),
    ],
)
def test_texts_of_the_feed(tmp_path, mime, data, expected):
    (tmp_path / "a").write_bytes(data)
    made, html = rendered(tmp_path / "a", mime)
    assert (made.reason, html) == ("", expected)


def test_a_kind_that_nobody_reads_is_refused(tmp_path):
    (tmp_path / "a").write_bytes(b"{\\rtf1}")
    assert rendered(tmp_path / "a", "application/rtf")[0] == Rendered(reason="report_kind")


# --- hostile trees --------------------------------------------------------------------------------


def nested(depth: int) -> Dataset:
    item = doc.text("CONTAINS", FINDING, "au fond")
    for _ in range(depth):
        item = doc.item("CONTAINER", "CONTAINS", FINDINGS, item)
    return item


def test_a_tree_that_is_too_deep_is_refused(tmp_path):
    assert rendered(written(report(nested(60)), tmp_path / "a.dcm"))[0] == Rendered(reason="report_too_deep")


def test_a_tree_with_too_many_items_is_refused(tmp_path):
    many = [doc.text("CONTAINS", FINDING, "a") for _ in range(20_001)]
    assert rendered(written(report(*many), tmp_path / "a.dcm"))[0] == Rendered(reason="report_too_large")


def test_a_text_of_a_hundred_megabytes_is_refused_quickly(tmp_path):
    dataset = report(doc.text("CONTAINS", FINDING, "a" * 100_000_000))
    assert rendered(written(dataset, tmp_path / "a.dcm"))[0] == Rendered(reason="report_too_large")
    dataset = report(doc.text("CONTAINS", FINDING, "a" * 3_000_000))
    assert rendered(written(dataset, tmp_path / "b.dcm"))[0] == Rendered(reason="report_too_large")


def test_what_is_no_dicom_at_all_is_refused(tmp_path):
    (tmp_path / "a.dcm").write_bytes(b"\0" * 400)
    assert rendered(tmp_path / "a.dcm")[0].reason in ("report_unreadable", "report_kind")


def test_a_worker_that_takes_too_long_costs_its_time_only(tmp_path):
    source = written(report(*[doc.text("CONTAINS", FINDING, "a" * 500) for _ in range(4000)]), tmp_path / "a.dcm")
    with Pool(workers=1, lanes=Lanes(slow_s=0.01, bytes_a_second=1 << 40)) as pool:
        assert pool.rendered(ReportTask(source, "application/dicom", tmp_path / "o")).reason == "timeout"


def test_every_shared_report_is_shown_or_named(shared_dicom, tmp_path):
    found = 0
    for path in sorted(shared_dicom.rglob("*")):
        if not path.is_file() or "fuzz" in path.parts:
            continue
        try:
            sop_class = pydicom.dcmread(path, force=True, specific_tags=["SOPClassUID"]).get("SOPClassUID", "")
        except Exception:
            continue
        if str(sop_class) in CLASSES:
            output = tmp_path / "shown"
            made = render(ReportTask(path, "application/dicom", output))
            assert made.reason or output.stat().st_size > 20
            found += not made.reason
    assert found >= 12


def test_html_that_holds_its_cleaner_is_killed(tmp_path):
    (tmp_path / "a.html").write_bytes(b"<div>" * 400_000)
    with Pool(workers=1, lanes=Lanes(slow_s=6, bytes_a_second=1 << 40)) as pool:
        assert pool.rendered(ReportTask(tmp_path / "a.html", "text/html", tmp_path / "o")).reason in (
            "timeout", "memory", "corrupt",
        )  # fmt: skip
        (tmp_path / "b.html").write_bytes(b"<p>suite</p>")
        assert pool.rendered(ReportTask(tmp_path / "b.html", "text/html", tmp_path / "o")).media == "text/html"

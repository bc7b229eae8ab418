"""The slip, read back."""

import io
from dataclasses import replace
from datetime import date

from pypdf import PdfReader

from appliance.paper.composing import Letterhead, compose
from appliance.paper.slip import Slip, SlipExam, link, render
from appliance.usecases.sharing import Order
from tests.appliance.usecases.conftest import DESK, clock, house, studies  # noqa: F401

SLIP = Slip(
    "A2B3C4D6", "LEFÈVRE Anne-Charlotte", "14/03/1961", date(2026, 11, 24), date(2027, 5, 24), "CH de Villexemple",
    "https://imagerie.example/", [SlipExam(date(2026, 11, 22), "Scanner", "TDM cérébrale")], [("Radiologie", "04 65")],
)  # fmt: skip


def text_of(slip: Slip) -> str:
    reader = PdfReader(io.BytesIO(render(slip)))
    assert len(reader.pages) == 1
    return reader.pages[0].extract_text()


def test_the_slip_says_what_the_doctor_needs():
    text = text_of(SLIP)
    for part in ("A2B3 C4D6", "LEFÈVRE Anne-Charlotte", "14/03/1961", "24/05/2027", "imagerie.example", "Scanner"):
        assert part in text


def test_the_slip_says_whether_images_may_be_downloaded():
    assert "en ligne, sans les télécharger" in text_of(SLIP)
    assert "les télécharger (DICOM)" in text_of(replace(SLIP, downloads=True))


def test_the_qr_code_holds_the_code_only():
    assert link(SLIP) == "https://imagerie.example/c#A2B3C4D6"


def test_the_slip_stays_on_one_page_whatever_is_shared_and_speaks_english():
    exams = [SlipExam(None, "IRM", "x" * 500)] * 40
    text = text_of(replace(SLIP, exams=exams, language="en"))
    assert "and 32 more" in text
    assert "Share code" in text


def test_letters_that_the_font_lacks_are_spelled():
    assert "LUKASIEWICZ Lukasz" in text_of(replace(SLIP, patient="ŁUKASIEWICZ Łukasz\x1b"))


def test_the_slip_of_a_share_shows_the_date_that_the_desk_typed(house, studies):  # noqa: F811
    issued = house.sharing.issue(Order(studies, birth_date="15/03/1961"), DESK)
    view = house.sharing.shown(issued.share.id)
    slip = compose(view, issued.code, Letterhead("CH", "https://x.example"), house.clock.now())
    assert (slip.birth_date, slip.patient, slip.code) == ("15/03/1961", "LEFÈVRE Anne-Charlotte", issued.code)
    assert [exam.kind for exam in slip.exams] == ["Scanner", "IRM"]


def test_nothing_falls_off_the_page_however_long_the_texts():
    exams = [SlipExam(date(2026, 11, 22), "Scanner", "W" * 500)] * 40
    long = replace(
        SLIP, patient="W" * 64 + " " + "M" * 64, hospital="W" * 200, public_url=f"https://{'a' * 200}.example",
        exams=exams, phones=[("Médecine nucléaire" * 3, "04 65 71 10 01")] * 8,
    )  # fmt: skip
    lowest: list[float] = []

    def visit(text, _cm, matrix, _font, _size):
        if text.strip():
            lowest.append(matrix[5])

    PdfReader(io.BytesIO(render(long))).pages[0].extract_text(visitor_text=visit)
    assert min(lowest) > 10


def test_the_link_in_the_picture_is_the_code_and_nothing_of_the_patient():
    pages = PdfReader(io.BytesIO(render(SLIP)))
    assert len(pages.pages[0].images) == 1
    assert "LEF" not in str(pages.metadata)

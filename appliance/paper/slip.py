"""The slip that a patient carries: A5, the code in two groups, a QR code that holds the code only."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import cast

import segno
from fpdf import FPDF

from appliance.paper.latin import latin
from appliance.paper.words import SPELLED, WORDS, Language

_MARGIN_MM = 12.0
_WIDTH_MM = 148.0 - 2 * _MARGIN_MM
_MOST_EXAMS = 8


@dataclass(frozen=True, slots=True)
class SlipExam:
    """A line of the slip."""

    day: date | None
    kind: str
    description: str


@dataclass(frozen=True, slots=True)
class Slip:
    """What stands on the slip. ``code`` has no group; ``until`` is the last day on which it works."""

    code: str
    patient: str
    birth_date: str
    given_on: date
    until: date
    hospital: str
    public_url: str
    exams: Sequence[SlipExam]
    phones: Sequence[tuple[str, str]] = ()
    downloads: bool = False
    language: Language = "fr"


def render(slip: Slip) -> bytes:
    """Return the slip as PDF."""
    page = _Page(slip)
    page.head()
    page.code_box()
    page.steps()
    page.exams()
    page.notes()
    return bytes(page.pdf.output())


def link(slip: Slip) -> str:
    """Return what the QR code holds: the fragment never reaches a server's log."""
    return f"{slip.public_url.rstrip('/')}/c#{slip.code}"


class _Page:
    def __init__(self, slip: Slip) -> None:
        self.slip = slip
        self.words = WORDS[slip.language]
        self.pdf = FPDF(unit="mm", format=(148, 210))
        self.pdf.set_title(self.words["title"])
        self.pdf.set_lang(slip.language)
        self.pdf.set_margin(_MARGIN_MM)
        self.pdf.set_auto_page_break(auto=False)
        self.pdf.add_page()

    def head(self) -> None:
        slip, words = self.slip, self.words
        self._text(slip.hospital, 12, bold=True, lines=1)
        self._text(f"{words['date']} {_french(slip.given_on)}", 9, grey=True)
        self.pdf.ln(3)
        self._text(words["heading"], 14, bold=True)
        self._text(f"{slip.patient}, {words['born']} {slip.birth_date}", 11, lines=2)
        self.pdf.ln(2)

    def code_box(self) -> None:
        slip, words, pdf = self.slip, self.words, self.pdf
        top, height = pdf.get_y(), 36.0
        pdf.set_draw_color(11, 96, 119)
        pdf.rect(_MARGIN_MM, top, _WIDTH_MM, height)
        self._at(top + 3, words["code"], 9, grey=True)
        pdf.set_font("Courier", "B", 26)
        pdf.set_xy(_MARGIN_MM + 4, top + 8)
        pdf.cell(text=f"{slip.code[:4]} {slip.code[4:]}")
        self._at(top + 20, " - ".join(_spoken(part) for part in (slip.code[:4], slip.code[4:])), 8)
        self._at(top + 27, f"{words['until']} {_french(slip.until)}", 11, bold=True)
        picture = io.BytesIO()
        segno.make(link(slip), error="m").save(picture, kind="png", scale=8, border=2)
        pdf.image(picture, x=_MARGIN_MM + _WIDTH_MM - 32, y=top + 2, w=30, alt_text=words["code"])
        pdf.set_xy(_MARGIN_MM, top + height + 4)

    def steps(self) -> None:
        words = self.words
        self._text(words["how"], 11, bold=True)
        address = self.slip.public_url.removeprefix("https://").removeprefix("http://").rstrip("/")
        self._text(f"1. {words['1']} {address}", 9, lines=2)
        self._text(f"2. {words['2']}", 9)
        self._text(f"3. {words['3']}", 9)
        self.pdf.ln(2)

    def exams(self) -> None:
        self._text(self.words["exams"], 11, bold=True)
        shown = self.slip.exams[:_MOST_EXAMS]
        for exam in shown:
            day = _french(exam.day) if exam.day else "-"
            self._text(f"{day}   {exam.kind}   {exam.description}", 9, lines=1)
        if left := len(self.slip.exams) - len(shown):
            self._text(self.words["more"].format(n=left), 9)
        self._text(self.words["downloads" if self.slip.downloads else "no_downloads"], 9)
        self.pdf.ln(2)

    def notes(self) -> None:
        self._text(self.words["privacy"], 8)
        phones = "   ".join(f"{service} {number}" for service, number in self.slip.phones)
        if phones:
            self._text(phones, 9, bold=True, lines=3)
        self._text(self.words["legal"], 7, grey=True)

    def _text(self, text: str, size: int, *, bold: bool = False, grey: bool = False, lines: int = 9) -> None:
        """Write a paragraph; what does not fit in ``lines`` is cut and shows it."""
        self._font(size, bold=bold, grey=grey)
        kept = self._broken(latin(text))
        if len(kept) > lines:
            kept = [*kept[: lines - 1], f"{kept[lines - 1][:-4]}..."]
        for line in kept:
            self.pdf.cell(_WIDTH_MM, size * 0.48, line, new_x="LMARGIN", new_y="NEXT")

    def _broken(self, text: str) -> list[str]:
        lines = self.pdf.multi_cell(_WIDTH_MM, text=text[:2000], align="L", dry_run=True, output="LINES")
        return cast(list[str], lines)

    def _at(self, top: float, text: str, size: int, *, bold: bool = False, grey: bool = False) -> None:
        self._font(size, bold=bold, grey=grey)
        self.pdf.set_xy(_MARGIN_MM + 4, top)
        self.pdf.cell(text=latin(text))

    def _font(self, size: int, *, bold: bool, grey: bool) -> None:
        self.pdf.set_font("Helvetica", "B" if bold else "", size)
        self.pdf.set_text_color(90 if grey else 20)


def _french(day: date) -> str:
    return day.strftime("%d/%m/%Y")


def _spoken(group: str) -> str:
    return ", ".join(SPELLED.get(c, c) for c in group)

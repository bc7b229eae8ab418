"""A plain document of headings, paragraphs, tables and pictures, as Markdown and as PDF (A4)."""

import io
from collections.abc import Sequence
from dataclasses import dataclass

from fpdf import FPDF
from fpdf.fonts import FontFace
from PIL import Image

from appliance.paper.latin import latin

_MARGIN_MM = 18.0
_SIZES = {1: 18, 2: 13, 3: 11}
_TEXT, _SMALL = 9.5, 8.0
_HIGHEST_PICTURE_MM = 190.0


@dataclass(frozen=True, slots=True)
class Heading:
    """A title; ``level`` from 1 to 3."""

    level: int
    text: str


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Some sentences."""

    text: str


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under their titles; ``shares`` are the relative widths of the columns."""

    heads: Sequence[str]
    rows: Sequence[Sequence[str]]
    shares: Sequence[int] = ()


@dataclass(frozen=True, slots=True)
class Picture:
    """A PNG or JPEG of our own making; ``width_mm`` at most, less where the page ends."""

    data: bytes
    caption: str = ""
    width_mm: float = 210.0 - 2 * _MARGIN_MM


Block = Heading | Paragraph | Table | Picture


@dataclass(frozen=True, slots=True)
class Document:
    """What is written, and in which language."""

    title: str
    language: str
    blocks: Sequence[Block]


def markdown(document: Document) -> str:
    """Return the document as Markdown; nothing in it is markup."""
    return "\n\n".join(_block(block) for block in document.blocks) + "\n"


def pdf(document: Document) -> bytes:
    """Return the document as PDF, its pages numbered."""
    sheet = _Sheet(document)
    for block in document.blocks:
        sheet.block(block)
    return bytes(sheet.output())


def _block(block: Block) -> str:
    if isinstance(block, Heading):
        return f"{'#' * block.level} {_plain(block.text)}"
    if isinstance(block, Paragraph):
        return _plain(block.text)
    if isinstance(block, Picture):
        return f"*{_plain(block.caption)}*"
    lines = [block.heads, ["---"] * len(block.heads), *block.rows]
    return "\n".join(f"| {' | '.join(_cell(cell) for cell in line)} |" for line in lines)


def _plain(text: str) -> str:
    return " ".join(text.split()).replace("<", "&lt;")


def _cell(text: str) -> str:
    return _plain(text).replace("|", "\\|") or " "


class _Sheet(FPDF):
    def __init__(self, document: Document) -> None:
        super().__init__(unit="mm", format="A4")
        self._title = document.title
        self.set_title(latin(document.title))
        self.set_lang(document.language)
        self.set_margin(_MARGIN_MM)
        self.set_auto_page_break(auto=True, margin=_MARGIN_MM)
        self.add_page()

    def footer(self) -> None:
        """Write the title and the page."""
        self.set_y(-12)
        self.set_font("Helvetica", "", 7)
        self.set_text_color(110)
        self.cell(0, 4, latin(f"{self._title}   {self.page_no()}"), align="R")

    def block(self, block: Block) -> None:
        """Write one block."""
        self.set_text_color(20)
        if isinstance(block, Heading):
            self._heading(block)
        elif isinstance(block, Paragraph):
            self.set_font("Helvetica", "", _TEXT)
            self.multi_cell(0, 4.6, latin(block.text), align="L", new_x="LMARGIN", new_y="NEXT")
            self.ln(2)
        elif isinstance(block, Picture):
            self._picture(block)
        else:
            self._table(block)

    def _heading(self, heading: Heading) -> None:
        self.ln(4 if heading.level > 1 else 0)
        self.set_font("Helvetica", "B", _SIZES[heading.level])
        self.multi_cell(0, _SIZES[heading.level] * 0.48, latin(heading.text), new_x="LMARGIN", new_y="NEXT")
        self.ln(1.5)

    def _picture(self, block: Picture) -> None:
        """Place a picture with its caption on one page."""
        self.set_font("Helvetica", "", _SMALL)
        with Image.open(io.BytesIO(block.data)) as opened:
            tall = opened.height / opened.width
        width = min(block.width_mm, self.epw, _HIGHEST_PICTURE_MM / tall)
        if self.will_page_break(width * tall + 8):
            self.add_page()
        self.image(io.BytesIO(block.data), w=width, alt_text=latin(block.caption) or None)
        self.ln(1)
        if block.caption:
            self.multi_cell(0, 4, latin(block.caption), align="L", new_x="LMARGIN", new_y="NEXT")
        self.ln(3)

    def _table(self, block: Table) -> None:
        self.set_font("Helvetica", "", _SMALL)
        self.set_draw_color(190)
        bold = FontFace(emphasis="BOLD", fill_color=(236, 242, 244))
        shares = tuple(block.shares) or None
        with self.table(
            col_widths=shares, line_height=4, text_align="LEFT", headings_style=bold, borders_layout="HORIZONTAL_LINES"
        ) as table:
            for line in (block.heads, *block.rows):
                row = table.row()
                for cell in line:
                    row.cell(latin(cell))
        self.ln(3)

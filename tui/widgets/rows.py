"""A list of rows, drawn line by line: 200 or a million, the cost is the window's height.

Columns give way: a fixed width, a share of what is left, and the width of the list under which they leave.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.message import Message
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip

from tui.widgets.text import SIGNS, fit

ROLES = {
    "": "text1",
    "dim": "text3",
    "soft": "text2",
    "ok": "ok",
    "warn": "warn",
    "bad": "bad",
    "info": "info",
    "mute": "text2",
    "brand": "brand",
}


@dataclass(frozen=True, slots=True)
class Column:
    title: str
    width: int
    share: int = 0
    right: bool = False
    from_width: int = 0


@dataclass(frozen=True, slots=True)
class Cell:
    text: str
    tone: str = ""
    sign: bool = False  # the sign of the tone before the words

    @property
    def shown(self) -> str:
        return f"{SIGNS[self.tone]} {self.text}" if self.sign else self.text


@dataclass(frozen=True, slots=True)
class Row:
    key: str
    cells: tuple[Cell, ...]


class Rows(ScrollView, can_focus=True, inherit_bindings=False):
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", show=False),
        Binding("down,j", "move(1)", show=False),
        Binding("pageup", "page(-1)", show=False),
        Binding("pagedown", "page(1)", show=False),
        Binding("home", "edge(0)", show=False),
        Binding("end,G", "edge(1)", show=False),
        Binding("enter", "open", show=False),
    ]

    cursor: reactive[int] = reactive(0)

    @dataclass
    class Highlighted(Message):
        rows: "Rows"
        index: int

    @dataclass
    class Opened(Message):
        rows: "Rows"
        index: int

    @dataclass
    class WantMore(Message):
        rows: "Rows"

    def __init__(self, columns: Sequence[Column], *, head: bool = True, id: str | None = None) -> None:  # noqa: A002 - Textual's own name
        super().__init__(id=id)
        self._columns = tuple(columns)
        self._rows: list[Row] = []
        self._head = int(head)
        self.total = 0
        self.ticked: set[str] = set()

    def show_rows(self, rows: Sequence[Row], total: int | None = None, columns: Sequence[Column] | None = None) -> None:
        key = self._rows[self.cursor].key if self._rows and self.cursor < len(self._rows) else None
        self._rows = list(rows)
        self._columns = tuple(columns) if columns is not None else self._columns
        self.total = len(self._rows) if total is None else total
        self.virtual_size = Size(self.size.width, len(self._rows) + self._head)
        at = next((i for i, r in enumerate(self._rows) if r.key == key), 0)
        self.cursor = at
        self.refresh()
        if self._rows:
            self.post_message(self.Highlighted(self, at))

    @property
    def row_count(self) -> int:
        return len(self._rows)

    def on_resize(self) -> None:
        self.virtual_size = Size(self.size.width, len(self._rows) + self._head)

    def watch_cursor(self, old: int, new: int) -> None:
        if not self._rows:
            return
        height = max(1, self.size.height - self._head)
        if new < self.scroll_offset.y:
            self.scroll_to(y=new, animate=False, immediate=True)
        elif new >= self.scroll_offset.y + height:
            self.scroll_to(y=new - height + 1, animate=False, immediate=True)
        self.refresh()
        self.post_message(self.Highlighted(self, new))
        if new > len(self._rows) - 40 and len(self._rows) < self.total:
            self.post_message(self.WantMore(self))

    def _clamp(self, index: int) -> int:
        return max(0, min(len(self._rows) - 1, index))

    def action_move(self, by: int) -> None:
        self.cursor = self._clamp(self.cursor + by)

    def action_page(self, by: int) -> None:
        self.cursor = self._clamp(self.cursor + by * max(1, self.size.height - self._head - 1))

    def action_edge(self, last: int) -> None:
        self.cursor = self._clamp(len(self._rows) if last else 0)

    def action_open(self) -> None:
        if self._rows:
            self.post_message(self.Opened(self, self.cursor))

    def on_click(self, event: events.Click) -> None:
        index = event.y - self._head + self.scroll_offset.y
        if event.y >= self._head and index < len(self._rows):
            self.cursor = index
            if event.chain == 2:
                self.action_open()

    def _layout(self, width: int) -> tuple[list[tuple[int, Column, int]], int]:
        gap = 2 if width >= 60 else 1
        kept = [(i, c) for i, c in enumerate(self._columns) if width >= c.from_width]
        room = width - 2 - sum(c.width for _, c in kept) - gap * (len(kept) - 1)
        shares = sum(c.share for _, c in kept)
        out = [(i, c, c.width + (room * c.share // shares if shares and room > 0 else 0)) for i, c in kept]
        return out, gap

    def render_line(self, y: int) -> Strip:
        width = self.size.width
        colours = self.app.get_css_variables()
        ground = Style(bgcolor=self.background_colors[1].hex)
        layout, gap = self._layout(width)
        if y < self._head:
            text = " " + (" " * gap).join(fit(c.title, w, right=c.right) for _, c, w in layout)
            return Strip([Segment(fit(text, width), ground + Style(color=colours["text3"]))], width)
        index = y - self._head + self.scroll_offset.y
        if index >= len(self._rows):
            return Strip([Segment(" " * width, ground)], width)
        row, here = self._rows[index], index == self.cursor
        lit = here and self.has_focus
        base = ground + Style(bgcolor=colours["soft"] if lit else colours["raised"] if here else None, bold=lit or None)
        mark = "▌" if here else " "
        out = [Segment(mark, base + Style(color=colours["brand"] if lit or not here else colours["line2"], bold=False))]
        used = 1
        for position, (i, column, w) in enumerate(layout):
            cell = row.cells[i]
            lead = " " * gap if position else ""
            out.append(
                Segment(
                    lead + fit(cell.shown, w, right=column.right),
                    base + Style(color=colours[ROLES.get(cell.tone, "text1")]),
                )
            )
            used += len(lead) + w
        out.append(Segment(" " * max(0, width - used), base))
        return Strip(out).adjust_cell_length(width, base)

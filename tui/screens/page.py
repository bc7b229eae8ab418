"""What a page is: a name, a body between the frame's lines, and loading that never blocks.

`ListPage` adds the pattern of most pages: a list, the facts of the line under the cursor, a search.
"""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Any, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container, Horizontal, Vertical
from textual.content import Content
from textual.screen import Screen
from textual.timer import Timer
from textual.widgets import Input, Static

from appliance.contract.faults import Refused, Unavailable
from appliance.contract.words import Words
from tui.here import Here, start
from tui.widgets.frame import Banner, FactsView, KeyBar, Rail, TopLine
from tui.widgets.rows import Cell, Column, Row, Rows
from tui.widgets.text import Fact, line, span

PAGE = 200
SEARCH_PAUSE_S = 0.2


class Page(Here, Screen[None]):
    """A screen of the console with its frame."""

    name_: ClassVar[str]
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (112, "-wide"), (156, "-broad")]
    VERTICAL_BREAKPOINTS = [(0, "-low"), (34, "-tall")]

    @property
    def crumb(self) -> str:
        """Return where one is."""
        return self.console.say(f"page.{self.name_}")

    @property
    def say(self) -> Words:
        """Return the words."""
        return self.console.say

    def compose(self) -> ComposeResult:
        """Yield the frame around the body."""
        yield TopLine()
        with Horizontal(id="frame"):
            yield Rail()
            with Vertical(id="page"):
                yield Banner()
                with Container(id="body"):
                    yield from self.body()
        yield KeyBar()

    def body(self) -> ComposeResult:
        """Yield what stands between the lines."""
        yield from ()

    def on_mount(self) -> None:
        """Ask for the first time."""
        self.console.show_banner()
        self.reload()

    def reload(self) -> None:
        """Ask again, without blocking; an answer that comes late for this page is dropped with its worker."""

    def at(self, instant: datetime | None, shape: str = "%d/%m/%Y %H:%M") -> str:
        """Return an instant as the clock on the wall says, or a dash."""
        return format(self.console.clock_time(instant), shape) if instant else "–"

    def ask(self, job: Callable[[], Awaitable[None]], group: str = "load") -> None:
        """Run a question; a lost link and a refusal are said here, once for every page."""

        async def guarded() -> None:
            try:
                await job()
                self.console.found()
            except Unavailable as away:
                self.console.lost(away.cause)
                self.on_lost()
            except Refused as no:
                self.console.found()
                self.console.tell("bad", self.say.fault(no.fault.cause, no.fault.facts))

        start(self, guarded, group)

    def on_lost(self) -> None:
        """The socket is gone: what is on screen stays."""

    def act(self, verb: Callable[[], Awaitable[str]]) -> None:
        """Do something, say what it did, ask again."""

        async def job() -> None:
            self.console.tell("ok", await verb())
            self.reload()

        self.ask(job, "act")


class ListPage(Page):
    """A list with facts of its current line."""

    COLUMNS: ClassVar[Sequence[tuple[str, int, int, bool, int]]]
    """Title, width, share of what is left, whether to the right, the width of the list under which it leaves."""
    WAYS: ClassVar[tuple[str, ...]] = ()
    """Other views or filters of the same list."""
    SEARCH: ClassVar[bool] = True
    ABOVE: ClassVar[str] = "overview"
    """The page that one goes back to."""
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("slash", "search", "k.search"),
        Binding("escape", "leave", "k.back", show=False),
        Binding("right", "way(1)", show=False),
        Binding("left", "way(-1)", show=False),
        Binding("shift+down", "scroll_facts(1)", show=False),
        Binding("shift+up", "scroll_facts(-1)", show=False),
    ]

    def __init__(self) -> None:
        super().__init__()
        self.items: list[Any] = []
        self.total = 0
        self.query_text = ""
        self.way = 0
        self._loaded = False
        self._pause: Timer | None = None

    def body(self) -> ComposeResult:
        """Yield the bar, the search, the list and the facts."""
        yield Static(id="bar")
        yield Input(id="search", placeholder=self.say(f"search.{self.name_}") if self.SEARCH else "")
        with Container(id="split"):
            yield Rows(self.columns(), id="rows")
            yield Static(id="state")
            yield FactsView()

    def columns(self) -> list[Column]:
        """Return the columns with their titles in words."""
        return [Column(self.say(f"col.{t}") if t else "", w, s, r, f) for t, w, s, r, f in self.COLUMNS]

    def on_mount(self) -> None:
        """Say that it is being read."""
        self.query_one("#search").display = False
        self.query_one(FactsView).display = False
        self._state("info", "state.loading", "")
        self.query_one(Rows).focus()
        super().on_mount()

    async def fetch(self, offset: int) -> tuple[Sequence[Any], int]:
        """Return the next items and how many there are."""
        raise NotImplementedError

    def row(self, item: Any) -> Row:
        """Return the line of an item."""
        raise NotImplementedError

    def facts(self, item: Any) -> list[Fact]:
        """Return what is known of an item."""
        return []

    def facts_title(self, item: Any) -> str:
        """Return the title over the facts."""
        return ""

    def summary(self) -> Content | str:
        """Return what stands at the left of the bar."""
        return ""

    @property
    def current(self) -> Any | None:
        """Return the item under the cursor."""
        at = self.query_one(Rows).cursor if self.query(Rows) else 0
        return self.items[at] if at < len(self.items) else None

    def reload(self) -> None:
        """Read the list from its beginning."""

        async def job() -> None:
            items, self.total = await self.fetch(0)
            self.items, self._loaded = list(items), True
            self.fill()

        self.ask(job)

    def on_lost(self) -> None:
        """Say so only when nothing was read before."""
        if not self._loaded:
            self._state("bad", "state.lost", "state.lost.do")

    def fill(self) -> None:
        """Draw the list, or why there is none."""
        rows = self.query_one("#rows", Rows)
        rows.show_rows([self.row(item) for item in self.items], self.total)
        if self.items:
            rows.display, self.query_one("#state").display = True, False
            self.query_one(FactsView).display = True
        elif self.query_text:
            self._state("mute", "state.nothing", "state.nothing.do")
        else:
            self._state("mute", f"empty.{self.name_}", f"empty.{self.name_}.do")
        self._bar()
        self.refresh_bindings()

    def _state(self, tone: str, what: str, do: str) -> None:
        self.query_one("#rows").display = self.query_one(FactsView).display = False
        state = self.query_one("#state", Static)
        state.display = True
        sign = {"info": "◐ ", "bad": "✖ ", "mute": ""}[tone]
        head = line(span(sign, tone), span(self.say(what, q=self.query_text), "head"))
        state.update(Content("\n").join([head, span(self.say(do) if do else "", "soft")]))

    def _bar(self) -> None:
        left: list[Content | str] = [" "]
        for i, way in enumerate(self.WAYS):
            left += [span(self.say(way), "bold $brand underline" if i == self.way else "soft"), "   "]
        left.append(self.summary())
        head, tail = line(*left), span(self._count() + " ", "dim")
        width = self.query_one("#bar").size.width or self.size.width
        if head.cell_length + tail.cell_length + 2 > width:
            tail = span(self.say.number(self.total) + " ", "dim")
        gap = " " * max(2, width - head.cell_length - tail.cell_length)
        self.query_one("#bar", Static).update(line(head, gap, tail))

    def _count(self) -> str:
        say, n = self.say, len(self.items)
        part = n < self.total
        count = (
            say("count.part", n=say.number(n), total=say.number(self.total))
            if part
            else say("count.all", n=say.number(n))
        )
        searched = self.query_text and not self.query_one("#search").display
        return f"« {self.query_text} »  {count}" if searched else count

    def on_resize(self) -> None:
        """Draw the bar for the new width."""
        self.call_after_refresh(self._bar)

    def on_rows_highlighted(self, event: Rows.Highlighted) -> None:
        """Show the facts of the line."""
        item = self.items[event.index] if event.index < len(self.items) else None
        if item is not None and event.rows.id == "rows":
            self.query_one(FactsView).show(self.facts(item), self.facts_title(item))
            self.refresh_bindings()

    def on_rows_opened(self, event: Rows.Opened) -> None:
        """Open the line."""
        if event.rows.id == "rows":
            self.open_item()

    def open_item(self) -> None:
        """Do what Enter does on a line; nothing by default: the facts are already there."""

    def on_rows_want_more(self, event: Rows.WantMore) -> None:
        """Read on."""

        async def job() -> None:
            more, self.total = await self.fetch(len(self.items))
            self.items += more
            event.rows.show_rows([self.row(item) for item in self.items], self.total)
            self._bar()

        self.ask(job, "more")

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Hide the keys that cannot work here."""
        del parameters
        return self.SEARCH if action == "search" else True

    def action_search(self) -> None:
        """Open the search line."""
        box = self.query_one("#search", Input)
        box.display = True
        box.focus()

    def action_scroll_facts(self, by: int) -> None:
        """Scroll the facts without leaving the list."""
        self.query_one(FactsView).scroll_relative(y=by, animate=False)

    def on_input_changed(self, event: Input.Changed) -> None:
        """Search once the typing pauses."""
        if event.input.id != "search" or event.value == self.query_text:
            return
        self.query_text = event.value
        if self._pause is not None:
            self._pause.stop()
        self._pause = self.set_timer(SEARCH_PAUSE_S, self.reload)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Go back to the list with the search kept."""
        if event.input.id == "search":
            self._leave_search()

    def _leave_search(self) -> None:
        self.query_one("#search").display = False
        self.query_one("#rows").focus()
        self._bar()

    def action_leave(self) -> None:
        """Clear the search, else go to the page above."""
        box = self.query_one("#search", Input)
        if box.display or self.query_text:
            self.query_text = ""
            box.value = ""
            self._leave_search()
            self.reload()
        elif self.name_ != "overview":
            self.console.go(self.ABOVE)

    def action_way(self, by: int) -> None:
        """Show another view of the list."""
        if self.WAYS and not isinstance(self.focused, Input):
            self.way = (self.way + by) % len(self.WAYS)
            self.query_one("#rows", Rows).cursor = 0
            self.reload()


def state_cell(tone: str, text: str) -> Cell:
    """Return a state: sign, word and colour."""
    return Cell(text, tone, sign=True)

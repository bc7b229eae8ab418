"""What every screen shares: the top line, the rail, the line of keys, panels and facts."""

from collections.abc import Callable

from rich.cells import cell_len
from textual import events
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.geometry import Size
from textual.widget import Widget
from textual.widgets import Static

from tui.here import Here
from tui.widgets.text import SIGNS, Fact, facts, fit, line, span

KEYS = {
    "enter": "↵",
    "escape": "Esc",
    "slash": "/",
    "question_mark": "?",
    "space": "Espace",
    "ctrl+p": "^P",
    "plus": "+",
    "minus": "-",
    "left": "←",
    "right": "→",
    "up": "↑",
    "down": "↓",
    "f5": "F5",
    "tab": "Tab",
    "colon": ":",
    "ctrl+s": "^S",
    "f1": "F1",
}


def pages_and_keys() -> tuple[tuple[str, str], ...]:
    """Return the pages of the rail with their keys."""
    from tui.app import RAIL

    return RAIL


class Part(Here, Widget):
    """A piece of the frame."""


class TopLine(Part):
    """Where one is (left), what the appliance feels (right)."""

    def render(self) -> Content:
        app, width = self.console, self.size.width
        crumb = getattr(self.screen, "crumb", "")
        left = line(span(" Négatoscope", "bold $brand"), span("  " + crumb, "head"))
        bits: list[Content | str] = []
        for tone in ("bad", "warn"):
            n = app.alarm_counts.get(tone, 0)
            if n:
                bits += [span(f"{SIGNS[tone]} {n}", tone), "  "]
        room = width - left.cell_length
        bits.append(span(app.here.hospital + "  ", "dim") if app.here and room >= 48 else "")
        bits.append(span(app.here.host + "  ", "dim") if app.here and room >= 80 else "")
        bits.append(
            span(
                "✖ " + app.say("link.lost.short") if app.lost_since else "● " + app.say("link.ok"),
                "bad" if app.lost_since else "ok",
            )
        )
        bits.append(span(f"  {app.now():%H:%M} ", "soft"))
        right = line(*bits)
        return line(left, " " * max(1, width - left.cell_length - right.cell_length), right)

    def on_mount(self) -> None:
        self.set_interval(5, self.refresh)


class Banner(Part):
    """Nothing, or one sentence above the page: the link is lost, or what an act has just done."""

    def render(self) -> Content:
        app = self.console
        if app.lost_since:
            return line(
                " ",
                span(SIGNS["bad"] + " ", "bad"),
                span(
                    fit(
                        app.say("link.lost", at=f"{app.lost_since:%H:%M:%S}", n=max(0, app.retry_in)),
                        self.size.width - 3,
                    ),
                    "head",
                ),
            )
        if app.notice:
            tone, text = app.notice
            return line(" ", span(SIGNS[tone] + " ", tone), span(fit(text, self.size.width - 4)))
        return line("")


class Rail(Part):
    """The pages and their keys, on wide terminals."""

    def render(self) -> Content:
        out = []
        for name, key in pages_and_keys():
            here = name == getattr(self.screen, "name_", "")
            tone = self.console.page_tones.get(name, "")
            label = fit(self.console.say(f"page.{name}"), 14)
            out.append(
                line(
                    span("▌" if here else " ", "brand"),
                    span(f"{key} ", "brand" if here else "dim"),
                    span(label, "bold $text1" if here else "soft"),
                    span(" " + SIGNS[tone], tone) if tone else "",
                )
            )
        return Content("\n").join(out)

    def on_click(self, event: events.Click) -> None:
        pages = [name for name, _ in pages_and_keys()]
        if 0 <= event.y - 1 < len(pages):
            self.console.go(pages[event.y - 1])


class KeyBar(Part):
    """The keys that work here, most useful first; what does not fit is in the help."""

    def __init__(self, *extra: tuple[str, str]) -> None:
        super().__init__()
        self._extra = extra  # keys that a field takes before the screen sees them
        self._spans: list[tuple[int, int, str]] = []

    def on_mount(self) -> None:
        self.screen.bindings_updated_signal.subscribe(self, lambda _: self.refresh())

    def keys(self) -> list[tuple[str, str, str]]:
        found: dict[str, tuple[str, str, str]] = {
            f"extra{i}": (k, KEYS.get(k, k), d) for i, (k, d) in enumerate(self._extra)
        }
        for active in self.screen.active_bindings.values():
            b = active.binding
            if b.show and active.enabled and b.action not in found and b.description.startswith("k."):
                found[b.action] = (b.key, b.key_display or KEYS.get(b.key, b.key), b.description)
        return list(found.values())

    def render(self) -> Content:
        say, width = self.console.say, self.size.width
        items = [(k, "F1" if k == "f1" else s, say(d)) for k, s, d in self.keys()]
        last = [i for i in items if i[0] in ("question_mark", "f1", "colon")]
        items = [i for i in items if i not in last]
        room = width - 1 - sum(cell_len(s) + cell_len(d) + 3 for _, s, d in last)
        out: list[Content | str] = [" "]
        x, self._spans = 1, []
        for key, shown, label in [*items, *last]:
            size = cell_len(shown) + 1 + cell_len(label) + 2
            if (key, shown, label) not in last:
                if size > room:
                    continue
                room -= size
            self._spans.append((x, x + size - 2, key))
            out += [span(shown, "bold $brand"), span(" " + label + "  ", "soft")]
            x += size
        return line(*out)

    def on_click(self, event: events.Click) -> None:
        for start, end, key in self._spans:
            if start <= event.x <= end:
                self.console.simulate_key(key)


class Panel(Part):
    """A title on a rule, then text drawn for the width at hand."""

    def __init__(self, title: str, name: str, draw: Callable[[int, int], Content] | None = None) -> None:
        super().__init__(id=name)
        self._title, self.draw = title, draw

    def on_mount(self) -> None:
        self.border_title = self.console.say(self._title)

    def render(self) -> Content:
        return self.draw(self.size.width, self.size.height) if self.draw else Content("")

    def redraw(self, draw: Callable[[int, int], Content], title: str | None = None) -> None:
        self.draw = draw
        if title is not None:
            self.border_title = title
        self.refresh(layout=True)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        return len(self.draw(width, 99).plain.split("\n")) if self.draw else 1


class FactsView(VerticalScroll, can_focus=False):
    """Facts about the line under the cursor."""

    def __init__(self) -> None:
        super().__init__(id="facts")
        self._items: list[Fact] = []
        self._title = ""

    def compose(self) -> ComposeResult:
        yield Static(id="facts-text")

    def show(self, items: list[Fact], title: str = "") -> None:
        """Show the facts from their beginning."""
        broad = bool(title) and self.screen.has_class("-broad")
        self._items = [Fact("", title, "head"), Fact("", ""), *items] if broad else items
        self._title = title
        self._draw()
        self.scroll_home(animate=False)

    def _draw(self) -> None:
        width = self.size.width or self.screen.size.width
        self.border_title = fit(self._title, max(10, width - 6)).rstrip() if self._title else None
        self.query_one(Static).update(facts(self._items, max(20, self.size.width - 2)))

    def on_resize(self) -> None:
        self._draw()

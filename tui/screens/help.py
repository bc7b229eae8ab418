"""The help of the page below: its keys, the keys of everywhere, what the signs mean."""

from typing import Any, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen, Screen
from textual.widgets import Static

from tui.here import Here
from tui.screens.dialogs import LOW
from tui.widgets.frame import KEYS, KeyBar, pages_and_keys
from tui.widgets.text import fit, line, sign, span


class Help(Here, ModalScreen[None]):
    VERTICAL_BREAKPOINTS = LOW
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,question_mark,enter", "leave", "k.close", key_display="Esc")
    ]

    def __init__(self, below: Screen[Any]) -> None:
        super().__init__()
        self._below = below

    def compose(self) -> ComposeResult:
        say = self.console.say
        here, seen = [], set()
        for active in self._below.active_bindings.values():
            b = active.binding
            if (
                active.node is self._below
                and b.description.startswith("k.")
                and b.action not in seen
                and active.enabled
            ):
                seen.add(b.action)
                here.append((b.key_display or KEYS.get(b.key, b.key), say(b.description)))
        every = [
            ("↑ ↓  j k", say("h.move")),
            ("↵", say("h.open")),
            ("/", say("k.search")),
            ("← →", say("h.view")),
            ("Esc", say("h.back")),
            ("F5", say("h.reload")),
            ("F3  F4", say("h.looks")),
            (":  ^P", say("k.commands")),
            ("q", say("cmd.quit")),
        ]

        def column(title: str, rows: list[tuple[str, str]], keys: int = 10) -> Content:
            return Content("\n").join(
                [span(title, "head"), *(line(span(fit(k, keys), "brand"), span(v)) for k, v in rows)]
            )

        pages = [(k, say(f"page.{n}")) for n, k in pages_and_keys()]
        legend = line(
            *(
                x
                for t in ("ok", "info", "warn", "bad", "mute")
                for x in (sign(t), " ", span(say(f"sign.{t}") + "   ", "soft"))
            )
        )
        with Vertical(classes="dialog -help"):
            yield Static(span(say("h.title", page=getattr(self._below, "crumb", "")), "head"), classes="heading")
            with VerticalScroll():
                with Horizontal(id="help-columns"):
                    yield Static(column(say("h.here"), here, 6))
                    yield Static(column(say("h.every"), every))
                    yield Static(column(say("h.pages"), pages, 3))
                yield Static(legend, classes="label")
                yield Static(span(say("h.azerty"), "dim"))
            yield KeyBar()

    def action_leave(self) -> None:
        self.dismiss(None)

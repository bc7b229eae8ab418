"""Versions and licences."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Static

from tui.screens.page import Page
from tui.widgets.frame import Panel
from tui.widgets.text import Fact, facts, line, span

LICENCES = (
    ("Apache-2.0", "Négatoscope, aiohttp, cryptography"),
    ("MIT", "Textual, pydicom, pynetdicom, term-image, SQLAlchemy, pydantic"),
    ("BSD-3", "imagecodecs, NumPy"),
    ("MIT-CMU", "Pillow"),
    ("LGPL-2.1", "pyscard"),
)


class About(Page):
    """What runs here, since when, and whose work it stands on."""

    name_ = "about"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "app.go('overview')", "k.back", show=False)]

    def body(self) -> ComposeResult:
        """Yield the two panels."""
        title = line(" ", span("Négatoscope", "bold $brand"), "  ", span(self.say("about.line"), "soft"))
        yield Static(title, id="verdict")
        yield Panel("about.system", "system")
        rows = [Fact(name, text) for name, text in LICENCES]
        yield Panel("about.licences", "licences", lambda w, h: facts(rows, w - 1))

    def reload(self) -> None:
        """Ask what runs."""

        async def job() -> None:
            seen = await self.console.link.about()
            self.console.here = seen
            pairs = (
                ("version", seen.version),
                ("demo", self.say("about.demo.yes" if seen.demo else "about.demo.no")),
                ("uptime", self.at(seen.since)),
                ("host", seen.host),
                ("user", seen.user),
                ("os", seen.system),
                ("python", seen.python),
                ("database", seen.database),
                ("objects", seen.objects),
                ("aet", seen.aet),
            )
            rows = [Fact(self.say(f"about.{name}"), value) for name, value in pairs]
            self.query_one("#system", Panel).redraw(lambda w, h: facts(rows, w - 1))

        self.ask(job)

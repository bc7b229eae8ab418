"""The console: pages, the link to the admin socket, light and dark, French and English."""

from collections.abc import Callable, Iterable
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import ClassVar

from textual.app import App, SystemCommand
from textual.binding import Binding, BindingType
from textual.command import CommandPalette
from textual.dom import DOMNode
from textual.screen import Screen

from appliance.contract.faults import Refused, Unavailable
from appliance.contract.overview import AboutView, OverviewView
from appliance.contract.words import LOCALE as SHARED
from appliance.contract.words import Words
from appliance.domain.sharing import PARIS
from tui.here import start
from tui.link import Link
from tui.screens import PAGES
from tui.screens.help import Help
from tui.themes import DARK, LIGHT

ROOTS = (Path(__file__).parent / "locale", SHARED)
RAIL = (
    ("overview", "1"),
    ("nodes", "2"),
    ("studies", "3"),
    ("codes", "4"),
    ("jobs", "6"),
    ("journal", "7"),
    ("about", "!"),
)
# A page answers to its digit and to the same key of a French keyboard without shift.
_KEYS = {
    "overview": "1,ampersand",
    "nodes": "2,é",
    "studies": "3,quotation_mark",
    "codes": "4,apostrophe",
    "jobs": "6,minus",
    "journal": "7,è",
    "about": "exclamation_mark",
}
REFRESH_S = 15
FIRST_TRY_S, NEXT_TRY_S = 3, 5


def _now() -> datetime:
    return datetime.now(PARIS)  # noqa: TID251 - the clock of the outermost room


class Console(App[None]):
    """The application."""

    CSS_PATH = "app.tcss"
    TITLE = "Négatoscope"
    ENABLE_COMMAND_PALETTE = True
    COMMAND_PALETTE_BINDING = "ctrl+p"
    BINDINGS: ClassVar[list[BindingType]] = [
        *(Binding(keys, f"go('{name}')", show=False) for name, keys in _KEYS.items()),
        Binding("f5", "reload", show=False),
        Binding("f3", "flip_theme", show=False),
        Binding("f4", "flip_language", show=False),
        Binding("question_mark,f1", "help", "k.help", key_display="?"),
        Binding("colon", "command_palette", "k.commands"),
        Binding("q", "quit", show=False),
        Binding("ctrl+q", "quit", show=False),
    ]

    def __init__(
        self,
        link: Link,
        *,
        language: str = "fr",
        dark: bool = True,
        first: str = "overview",
        clock: Callable[[], datetime] = _now,
    ) -> None:
        super().__init__()
        self.link = link
        self.say = Words(language, ROOTS)
        self.now = clock
        self.first = first if first in PAGES else "overview"
        self.here: AboutView | None = None
        self.alarm_counts: dict[str, int] = {}
        self.page_tones: dict[str, str] = {}
        self.lost_since: datetime | None = None
        self.lost_cause = ""
        self.retry_in = 0
        self.notice: tuple[str, str] | None = None
        self.register_theme(DARK)
        self.register_theme(LIGHT)
        self.theme = DARK.name if dark else LIGHT.name

    def on_mount(self) -> None:
        """Open the first page and keep the counts of the rail fresh."""
        self.go(self.first)
        self.set_interval(1, self._tick)
        self.set_interval(REFRESH_S, self._count_again)
        start(self, self._meet, "meet")

    async def on_unmount(self) -> None:
        """End the link."""
        await self.link.close()

    def clock_time(self, instant: datetime) -> datetime:
        """Return an instant as the clock on the wall says."""
        return instant.astimezone(PARIS)

    def go(self, name: str) -> None:
        """Open a page, leaving whatever was over the last one."""
        while len(self.screen_stack) > 2:
            self.pop_screen()
        self.notice = None
        page = PAGES[name]()
        if len(self.screen_stack) == 2:
            self.switch_screen(page)
        else:
            self.push_screen(page)

    def action_go(self, name: str) -> None:
        """Open a page, unless a dialog asks something."""
        if not self.screen.is_modal:
            self.go(name)

    def action_reload(self) -> None:
        """Ask again."""
        getattr(self.screen, "reload", lambda: None)()

    def action_help(self) -> None:
        """Show the keys of this page."""
        if not self.screen.is_modal:
            self.push_screen(Help(self.screen))

    def action_command_palette(self) -> None:
        """Open the menu."""
        if not isinstance(self.screen, CommandPalette):
            self.push_screen(CommandPalette(placeholder=self.say("k.palette"), id="--command-palette"))

    def action_flip_theme(self) -> None:
        """Light to dark, dark to light."""
        self.theme = LIGHT.name if self.theme == DARK.name else DARK.name
        self.screen.refresh(layout=True, recompose=False)

    def action_flip_language(self) -> None:
        """French to English, English to French."""
        self.say = Words("en" if self.say.language == "fr" else "fr", ROOTS)
        if (page := getattr(self.screen, "name_", "")) in PAGES:
            self.go(page)

    def tell(self, tone: str, text: str) -> None:
        """Say one sentence above the page until the next page or the next act."""
        self.notice = (tone, text)
        self.show_banner()

    def show_banner(self) -> None:
        """Draw the banner, the top line and the rail again, on every screen of the stack."""
        for screen in self.screen_stack:
            for banner in screen.query("Banner"):
                banner.display = bool(self.lost_since or self.notice)
                banner.set_class(bool(self.lost_since), "-lost")
                banner.refresh()
            for top in screen.query("TopLine, Rail"):
                top.refresh()

    def lost(self, cause: str = "no_answer") -> None:
        """Remember that the service does not answer, and since when."""
        self.lost_cause = cause
        if self.lost_since is None:
            self.lost_since, self.retry_in = self.now(), FIRST_TRY_S
        self.show_banner()

    def found(self) -> None:
        """The service answered."""
        if self.lost_since is not None:
            self.lost_since = None
            self.show_banner()

    def count(self, seen: OverviewView) -> None:
        """Put the alarms into the top line and the rail."""
        self.alarm_counts = {tone: sum(a.level == tone for a in seen.alarms) for tone in ("bad", "warn")}
        worst: dict[str, str] = {}
        for alarm in seen.alarms:
            worst[alarm.page] = "bad" if "bad" in (alarm.level, worst.get(alarm.page)) else alarm.level
        self.page_tones = worst
        self.show_banner()

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """Yield the entries of the menu: pages, the keys of here, looks."""
        say = self.say
        for name, key in RAIL:
            yield SystemCommand(say(f"page.{name}"), say("cmd.go", key=key), lambda n=name: self.go(n))
        for active in screen.active_bindings.values():
            found = active.binding
            if found.show and active.enabled and found.description.startswith("k.") and active.node is screen:
                run = partial(self._run_key, found.action, active.node)
                yield SystemCommand(say(found.description), say("cmd.here", key=found.key), run)
        yield SystemCommand(say("cmd.theme"), "F3", self.action_flip_theme)
        yield SystemCommand(say("cmd.language"), "F4", self.action_flip_language)
        yield SystemCommand(say("cmd.help"), "?", self.action_help)
        yield SystemCommand(say("cmd.quit"), "q", self.exit)

    def _run_key(self, action: str, node: DOMNode) -> None:
        start(self, partial(self.run_action, action, node), "menu")

    def _tick(self) -> None:
        if self.lost_since is None:
            return
        self.retry_in -= 1
        if self.retry_in <= 0:
            self.retry_in = NEXT_TRY_S
            start(self, self._retry, "link")
        self.show_banner()

    async def _retry(self) -> None:
        if await self._meet():
            self.found()
            self.action_reload()

    async def _meet(self) -> bool:
        """Learn whom we speak to, and count; False while nobody answers."""
        try:
            self.here = await self.link.about()
            self.count(await self.link.overview())
        except Unavailable as away:
            self.lost(away.cause)
            return False
        except Refused as no:
            self.tell("bad", self.say.fault(no.fault.cause, no.fault.facts))
        return True

    def _count_again(self) -> None:
        if self.lost_since is None:
            start(self, self._meet, "counts")

"""Any image in the terminal: enough to say that the images are there, and the right ones. Never for reading."""

from io import BytesIO
from typing import ClassVar

from PIL import Image
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Static

from appliance.contract.studies import PictureFacts, SeriesView, StudyView
from tui.screens.page import Page
from tui.widgets.film import STYLES, Film, Window, windowed
from tui.widgets.text import line, span

CT_PRESETS = (
    ("preset.brain", Window(40, 80)),
    ("preset.lung", Window(-600, 1500)),
    ("preset.bone", Window(500, 2000)),
    ("preset.abdomen", Window(40, 400)),
)


class Picture(Page):
    """One image of a study with the patient above it."""

    name_ = "picture"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left,h", "frame(-1)", "k.before"),
        Binding("right,l", "frame(1)", "k.after"),
        Binding("s", "series", "k.series"),
        Binding("up", "center(1)", "k.level"),
        Binding("down", "center(-1)", show=False),
        Binding("plus,equals_sign", "width(1)", "k.width", key_display="+"),
        Binding("minus,6", "width(-1)", show=False),
        Binding("w", "preset", "k.preset"),
        Binding("i", "invert", "k.invert"),
        Binding("m", "style", "k.style"),
        Binding("escape", "leave", "k.back"),
    ]

    def __init__(self, study: StudyView) -> None:
        super().__init__()
        self.study = study
        self.shown: list[SeriesView] = [series for series in study.series if series.ready]
        self.at_series = 0
        self.index = max(1, self.shown[0].ready // 2)
        self.preset, self.inverted = 0, False
        self.window: Window | None = None
        self.seen: PictureFacts | None = None
        self._image: Image.Image | None = None

    @property
    def series(self) -> SeriesView:
        """Return the series shown."""
        return self.shown[self.at_series]

    @property
    def crumb(self) -> str:
        """Return the way here."""
        return f"{self.say('page.studies')} › {self.say('page.picture')}"

    def body(self) -> ComposeResult:
        """Yield the identity, the film and its facts, the caption."""
        study, who = self.study, self.study.patient
        yield Static(
            line(
                " ",
                span(who.name or who.id, "head"),
                span(f"   {self.say.date(who.birth_date)}   {who.sex}   IPP {who.id}"),
                span(f"   {study.modality} {self.say.date(study.date)}", "soft"),
            ),
            id="identity",
        )
        with Horizontal(id="picture"):
            yield Film()
            with Vertical(id="picture-side"):
                yield Static(id="picture-facts")
        yield Static(id="caption")

    def reload(self) -> None:
        """Ask for the image at hand."""

        async def job() -> None:
            data, seen = await self.console.link.picture(self.study.uid, self.series.uid, self.index)
            self._image, self.seen = Image.open(BytesIO(data)), seen
            if self.window is None:
                self.window = self.presets()[self.preset % len(self.presets())][1]
            self._draw()

        self.ask(job)

    def presets(self) -> list[tuple[str, Window]]:
        """Return the windows to choose from: the image's own first; numbers of CT only where the unit is HU."""
        seen = self.seen
        if seen is None:
            return [("preset.auto", Window(128, 256))]
        own = [("preset.file" if w.name else "preset.auto", Window(w.center, w.width)) for w in seen.windows[:2]]
        extra = list(CT_PRESETS) if seen.unit == "HU" else []
        return [*own, *extra] or [("preset.auto", Window(128, 256))]

    def _draw(self) -> None:
        if self._image is None or self.seen is None or self.window is None:
            return
        film, seen = self.query_one(Film), self.seen
        if seen.colour:
            film.show(self._image)
        else:
            inverted = self.inverted != seen.inverted
            film.show(windowed(self._image, self.window, (seen.slope, seen.intercept), inverted=inverted))
        self._caption(seen)

    def _caption(self, seen: PictureFacts) -> None:
        say, window = self.say, self.window
        letter = "L" if say.language == "fr" else "W"
        numbers = "" if seen.colour or window is None else f"C {window.center:.0f}  {letter} {window.width:.0f}"
        name = self.presets()[self.preset % len(self.presets())][0]
        head = line(
            " ",
            span(say("picture.image", n=seen.index, total=seen.total)),
            span(f"   {numbers}"),
            span("" if seen.colour else f"   {say(name)}", "soft"),
            span("   " + say("picture.inverted") if self.inverted else "", "warn"),
        )
        note = span(say("picture.notice") + " ", "warn")
        box = self.query_one("#caption", Static)
        box.update(line(head, " " * max(2, box.size.width - head.cell_length - note.cell_length), note))
        rows = (
            ("series", f"{self.series.number or '–'}  {self.series.description}"),
            ("picture.place", f"{seen.index} / {seen.total}"),
            ("picture.window", numbers or "–"),
            ("picture.unit", seen.unit or "–"),
            ("picture.style", say(f"style.{self.query_one(Film).style_}")),
            ("picture.quality", say("picture.lossy" if seen.lossy else "picture.lossless")),
        )
        parts = [part for name, value in rows for part in (span(say(name), "dim"), span(value), span(""))]
        self.query_one("#picture-facts", Static).update(Content("\n").join(parts))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer the other series when there is one."""
        del parameters
        return len(self.shown) > 1 if action == "series" else True

    def action_frame(self, by: int) -> None:
        """Show the image after, or before."""
        last = self.seen.total if self.seen else self.series.ready
        wanted = max(1, min(last, self.index + by))
        if wanted != self.index:
            self.index = wanted
            self.reload()

    def action_series(self) -> None:
        """Show the next series, from its middle."""
        self.at_series = (self.at_series + 1) % len(self.shown)
        self.index, self.window, self.preset, self.inverted = max(1, self.series.ready // 2), None, 0, False
        self.reload()

    def action_center(self, by: int) -> None:
        """Move the centre."""
        if self.window:
            step = max(1.0, self.window.width / 12)
            self.window = Window(self.window.center + by * step, self.window.width)
            self._draw()

    def action_width(self, by: int) -> None:
        """Widen or narrow the window."""
        if self.window:
            factor = 1.2 if by > 0 else 1 / 1.2
            self.window = Window(self.window.center, max(1.0, self.window.width * factor))
            self._draw()

    def action_preset(self) -> None:
        """Take the next window."""
        self.preset = (self.preset + 1) % len(self.presets())
        self.window = self.presets()[self.preset][1]
        self._draw()

    def action_invert(self) -> None:
        """Black to white."""
        self.inverted = not self.inverted
        self._draw()

    def action_style(self) -> None:
        """Draw by blocks, kitty or iTerm2."""
        film = self.query_one(Film)
        film.set_style(STYLES[(STYLES.index(film.style_) + 1) % len(STYLES)])
        self._draw()

    def action_leave(self) -> None:
        """Go back to the list."""
        self.dismiss(None)

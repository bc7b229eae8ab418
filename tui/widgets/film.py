"""An image in the terminal, by term-image.

Blocks (two pixels a cell) are plain cells: they clip, scroll, stand under dialogs and export. Kitty and iTerm2 send
one escape a row and are drawn only when asked for. term-image never reads the terminal here: Textual owns it.
"""

from dataclasses import dataclass

import term_image
from PIL import Image
from rich.segment import ControlType, Segment
from rich.text import Text
from term_image.image import BlockImage, ITerm2Image, KittyImage
from textual.strip import Strip
from textual.widget import Widget

term_image.disable_queries()
term_image.set_cell_ratio(0.5)

STYLES = ("blocks", "kitty", "iterm2")


@dataclass(frozen=True, slots=True)
class Window:
    """A linear window in the unit of the image, (0028,1050) and (0028,1051)."""

    center: float
    width: float


def windowed(
    image: Image.Image, window: Window, scale: tuple[float, float] = (1.0, 0.0), *, inverted: bool = False
) -> Image.Image:
    """Return an 8-bit image of a 16-bit one, PS3.3 C.11.2.1.2.1 within half a grey level.

    ``scale`` is slope and intercept from a sample to the unit of the window.
    """
    slope, intercept = scale
    gain = 255.0 / max(1.0, window.width)
    low = window.center - window.width / 2
    grey = image.convert("F").point(lambda v: v * (slope * gain) + (intercept - low) * gain).convert("L")
    return grey.point([255 - i for i in range(256)]) if inverted else grey


class Film(Widget):
    def __init__(self) -> None:
        super().__init__(id="film")
        self._image: Image.Image | None = None
        self._built: tuple[int, int, int, str] | None = None
        self._strips: list[Strip] = []
        self.style_ = "blocks"

    def show(self, image: Image.Image) -> None:
        self._image, self._built = image, None
        self.refresh()

    def set_style(self, style: str) -> None:
        self.style_, self._built = style, None
        self.refresh()

    def _build(self, image: Image.Image, width: int, height: int) -> None:
        if self.style_ == "blocks":
            drawn = BlockImage(image.convert("RGB"))
            drawn.set_size(frame_size=(width, height))
            text = format(drawn, f"|{width}.-{height}#")
            self._strips = [
                Strip(
                    Segment.apply_style(Text.from_ansi(row, end="").render(self.app.console), self.rich_style)
                ).adjust_cell_length(width, self.rich_style)
                for row in text.split("\n")
            ]
            return
        kind = KittyImage if self.style_ == "kitty" else ITerm2Image
        kind.forced_support = True
        drawn = kind(image.convert("RGB"))
        drawn.set_size(frame_size=(width, height))
        left = (width - drawn.rendered_width) // 2
        pad = Segment(" " * left, self.rich_style)
        rest = Segment(" " * (width - left), self.rich_style)
        self._strips = [
            Strip([pad, Segment(row, None, [(ControlType.CURSOR_FORWARD, 0)]), rest], width)
            for row in format(drawn, "1.1+L").split("\n")
        ]

    def render_line(self, y: int) -> Strip:
        width, height = self.size
        if self._image is None or not width or not height:
            return Strip.blank(width, self.rich_style)
        key = (width, height, id(self._image), self.style_)
        if self._built != key:
            self._build(self._image, width, height)
            self._built = key
        return self._strips[y] if y < len(self._strips) else Strip.blank(width, self.rich_style)

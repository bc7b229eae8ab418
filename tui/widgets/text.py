"""Words to cells: states with a sign, foreign text made harmless, facts aligned."""

from dataclasses import dataclass
from textwrap import wrap

from rich.cells import cell_len, set_cell_size
from textual.content import Content

SIGNS = {"ok": "●", "warn": "▲", "bad": "✖", "info": "◐", "mute": "○", "": "·"}
STYLES = {
    "ok": "$ok",
    "warn": "$warn",
    "bad": "$bad",
    "info": "$info",
    "mute": "$text3",
    "": "$text1",
    "dim": "$text3",
    "soft": "$text2",
    "brand": "$brand",
    "head": "bold $text1",
}


def literal(text: str) -> str:
    """Return `text` with every control character made visible: what a PACS sends is shown, never obeyed."""
    return "".join(chr(0x2400 + ord(c)) if ord(c) < 32 else "␡" if 0x7F <= ord(c) < 0xA0 else c for c in text)


def fit(text: str, width: int, *, right: bool = False) -> str:
    """Return ``text`` cut or padded to ``width`` cells."""
    text = literal(text)
    if cell_len(text) > width:
        return set_cell_size(text, max(0, width - 1)) + "…" if width > 1 else set_cell_size(text, width)
    gap = " " * (width - cell_len(text))
    return gap + text if right else text + gap


def span(text: str, tone: str = "") -> Content:
    """Return styled text, taken literally."""
    return Content.styled(literal(text), STYLES.get(tone, tone))


def sign(tone: str) -> Content:
    """Return the sign of a tone."""
    return span(SIGNS[tone], tone)


def line(*parts: Content | str) -> Content:
    """Return the parts one after another."""
    return Content.assemble(*(p if isinstance(p, Content) else span(p) for p in parts))


def stack(lines: list[Content]) -> Content:
    """Return the lines one under another."""
    return Content("\n").join(lines)


def bar(share: float, width: int, tone: str) -> Content:
    """Return a bar filled to ``share``."""
    full = max(0, min(width, round(share * width)))
    return Content.assemble(span("━" * full, tone), span("─" * (width - full), "$line2"))


@dataclass(frozen=True, slots=True)
class Fact:
    """A labelled value, or, without a label, a heading or a free line."""

    label: str
    value: str
    tone: str = ""
    mark: str = ""


def facts(items: list[Fact], width: int) -> Content:
    """Return `items` with labels in one column and values wrapped under themselves."""
    labels = max((cell_len(i.label) for i in items if i.label), default=0)
    labels = min(labels, max(8, width // 3))
    out: list[Content] = []
    for item in items:
        lead = labels + 2 if item.label else 0
        mark = f"{item.mark} " if item.mark else ""
        room = max(8, width - lead - len(mark))
        rows = [
            r
            for part in literal(item.value.replace("\n", "\v")).split(literal("\v"))
            for r in (wrap(part, room, break_on_hyphens=False) or [""])
        ]
        for i, row in enumerate(rows):
            head = fit(item.label, labels) + "  " if item.label and not i else " " * lead
            out.append(
                Content.assemble(
                    span(head, "dim"),
                    span(mark if not i else " " * len(mark), item.tone),
                    span(row, "" if item.tone == "mute" else item.tone),
                )
            )
    return stack(out)

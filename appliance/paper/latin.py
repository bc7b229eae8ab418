"""Text for the fonts that every PDF reader knows: Latin-1, what it lacks spelled with what it has."""

import unicodedata

_SPELLED = str.maketrans(
    {
        "’": "'",
        "‘": "'",
        "“": '"',
        "”": '"',
        "–": "-",
        "—": "-",
        "…": "...",
        "→": "->",
        "œ": "oe",
        "Œ": "OE",
        "Ł": "L",
        "ł": "l",
        "Đ": "D",
        "đ": "d",
        "\u202f": "\u00a0",
    }
)


def latin(text: str) -> str:
    """Return the text in Latin-1; a letter it lacks loses its accent, another script becomes ``?``."""
    out = []
    for c in text.translate(_SPELLED):
        if ord(c) < 256:
            out.append(c if c.isprintable() or c == "\u00a0" else " ")
            continue
        base = "".join(b for b in unicodedata.normalize("NFKD", c) if ord(b) < 256)
        out.append(base or "?")
    return "".join(out)

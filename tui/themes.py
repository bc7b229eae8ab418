"""Light and dark, from the tokens of the web faces. Nothing outside this file names a colour."""

from textual.theme import Theme

_DARK = {
    "line": "#28323b",
    "line2": "#3a4650",
    "text1": "#e9eef2",
    "text2": "#aeb9c3",
    "text3": "#94a1ad",
    "ok": "#7fdca8",
    "warn": "#f4c368",
    "bad": "#ff9ca0",
    "info": "#9cc4f5",
    "bg": "#0a0d10",
    "bar": "#11161a",
    "raised": "#192026",
    "soft": "#12303a",
    "brand": "#63c5dc",
    "onbrand": "#04212a",
    "okbg": "#0f2c1e",
    "warnbg": "#33260c",
    "badbg": "#3a1518",
    "infobg": "#14263d",
}
_LIGHT = {
    "line": "#dbe1e5",
    "line2": "#a7b1ba",
    "text1": "#15202a",
    "text2": "#46535f",
    "text3": "#586571",
    "ok": "#12633a",
    "warn": "#734600",
    "bad": "#9d1620",
    "info": "#1c4c8c",
    "bg": "#ffffff",
    "bar": "#f0f3f5",
    "raised": "#f5f7f8",
    "soft": "#e2eff3",
    "brand": "#0b6077",
    "onbrand": "#ffffff",
    "okbg": "#e4f4ea",
    "warnbg": "#fdf2da",
    "badbg": "#fdecec",
    "infobg": "#e9f1fb",
}


def _theme(name: str, v: dict[str, str], *, dark: bool) -> Theme:
    return Theme(
        name=name,
        dark=dark,
        primary=v["brand"],
        secondary=v["brand"],
        accent=v["brand"],
        foreground=v["text1"],
        background=v["bg"],
        surface=v["bar"],
        panel=v["raised"],
        success=v["ok"],
        warning=v["warn"],
        error=v["bad"],
        variables={
            **v,
            "block-cursor-background": v["soft"],
            "block-cursor-foreground": v["text1"],
            "block-cursor-blurred-background": v["soft"],
            "block-cursor-text-style": "none",
            "input-cursor-background": v["brand"],
            "input-selection-background": v["soft"],
            "scrollbar": v["line2"],
            "scrollbar-background": v["bg"],
            "scrollbar-background-hover": v["bg"],
            "scrollbar-background-active": v["bg"],
            "scrollbar-hover": v["text3"],
            "scrollbar-active": v["brand"],
            "border": v["line2"],
            "border-blurred": v["line"],
        },
    )


DARK = _theme("negatoscope-dark", _DARK, dark=True)
LIGHT = _theme("negatoscope-light", _LIGHT, dark=False)

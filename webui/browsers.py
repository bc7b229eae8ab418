"""What a browser calls itself, in two words for the list of sessions. Never trusted, never decided upon."""

import re

_BROWSERS = (
    ("Edg", "Edge"), ("OPR/", "Opera"), ("SamsungBrowser", "Samsung Internet"), ("Firefox/", "Firefox"),
    ("FxiOS", "Firefox"), ("CriOS", "Chrome"), ("HeadlessChrome/", "Chrome"), ("Chromium", "Chromium"),
    ("Chrome/", "Chrome"), ("Safari/", "Safari"),
)  # fmt: skip
_SYSTEMS = (
    ("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Windows", "Windows"), ("CrOS", "ChromeOS"),
    ("Mac OS X", "macOS"), ("Linux", "Linux"),
)  # fmt: skip


def browser_name(user_agent: str) -> str:
    """Return ``Firefox, Windows``; empty when it says nothing we know."""
    words = (_first(user_agent, _BROWSERS), _first(user_agent, _SYSTEMS))
    return ", ".join(word for word in words if word)


def is_mobile(user_agent: str) -> bool:
    """Whether it says that it is carried in a pocket."""
    return bool(re.search(r"iPhone|Android|Mobile", user_agent))


def _first(user_agent: str, table: tuple[tuple[str, str], ...]) -> str:
    return next((word for mark, word in table if mark in user_agent), "")

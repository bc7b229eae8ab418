"""The language the command line speaks: French unless the environment asks for English."""

import os
from collections.abc import Mapping


def spoken(environment: Mapping[str, str] | None = None) -> str:
    """Return ``fr`` or ``en``: ``NEGATOSCOPE_LANG``, else the locale of messages."""
    names = os.environ if environment is None else environment
    for name in ("NEGATOSCOPE_LANG", "LC_ALL", "LC_MESSAGES", "LANG"):
        wish = names.get(name, "")
        if wish:
            return "en" if wish.lower().startswith("en") else "fr"
    return "fr"

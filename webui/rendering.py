"""Templates: Jinja2 with escaping everywhere and undefined names refused."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from appliance.domain.contacts import shown_phone
from appliance.domain.share_codes import grouped
from appliance.domain.sharing import PARIS
from webui.assets import Assets

TEMPLATES = Path(__file__).parent / "templates"


class Templates:
    """The compiled templates; what they may call is listed here."""

    def __init__(self, assets: Assets, root: Path = TEMPLATES) -> None:
        self._environment = Environment(
            loader=FileSystemLoader(root),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.globals.update(asset=assets.address, shown_phone=shown_phone)
        self._environment.filters.update(grouped=grouped, countdown=countdown, minutes=minutes)

    def render(self, name: str, context: Mapping[str, Any]) -> str:
        """Return the page of the template ``name``."""
        return self._environment.get_template(name).render(context)


def countdown(seconds: int) -> str:
    """Return ``00:14:44``."""
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"


def minutes(seconds: int) -> str:
    """Return ``4 min 05 s``."""
    return f"{seconds // 60}\u00a0min\u00a0{seconds % 60:02d}\u00a0s"


def clock_time(at: datetime) -> str:
    """Return the time in Paris, ``14:02``."""
    return f"{at.astimezone(PARIS):%H:%M}"

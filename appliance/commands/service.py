"""``negatoscope service``: one service in the foreground, as systemd or the supervisor starts it."""

import importlib
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from appliance.config import logs
from appliance.config.settings import load


class Name(StrEnum):
    """The services."""

    WEB = "web"
    BRIDGE = "bridge"
    COURIER = "courier"
    ADMIN = "admin"
    CARD = "card"


_MODULES = {
    Name.WEB: "webui.service",
    Name.BRIDGE: "pacs_bridge.service",
    Name.COURIER: "appliance.courier.service",
    Name.ADMIN: "appliance.adminapi.service",
    Name.CARD: "webui.card.service",
}


def command(
    name: Annotated[Name, typer.Argument()],
    config: Annotated[Path, typer.Option("--config", metavar="FILE", help="TOML")],
) -> None:
    """Run one service until SIGTERM."""
    settings = load(config)
    logs.set_up(name, settings.logs.level)
    module = importlib.import_module(_MODULES[name])
    raise typer.Exit(module.main(settings))

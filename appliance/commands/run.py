"""``negatoscope run``: every service in the foreground, from one configuration."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from appliance.commands import services
from appliance.config.settings import load
from appliance.store.migrations import migrate
from appliance.supervisor import Facts, Run

Config = Annotated[Path, typer.Option("--config", metavar="FILE", help="TOML")]


def command(
    config: Config,
    ready_file: Annotated[Path | None, typer.Option(metavar="FILE", help="JSON, 0600")] = None,
) -> None:
    """Run until a signal, or until a service dies."""
    settings = load(config)
    settings.state_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    migrate(settings.database_url)
    sockets = services.bind(settings)

    async def facts() -> Facts:
        return services.facts(settings, sockets)

    run = Run(
        [services.children(settings, config.resolve(), sockets)],
        facts=facts,
        ready_file=ready_file,
    )
    raise typer.Exit(asyncio.run(run.until_ended()))

"""``negatoscope migrate``: bring the database to this program's schema; once, before the services."""

import json
from pathlib import Path
from typing import Annotated

import typer

from appliance.config.settings import load
from appliance.store import migrations


def command(
    config: Annotated[Path, typer.Option("--config", metavar="FILE", help="TOML")],
    roles: Annotated[
        bool, typer.Option("--roles", help="créer un rôle PostgreSQL par service / make a PostgreSQL role a service")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """Upgrade in one transaction; safe to run twice and to interrupt."""
    settings = load(config)
    settings.state_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    revision = migrations.migrate(settings.database_url, with_roles=roles)
    typer.echo(json.dumps({"revision": revision}) if as_json else revision)

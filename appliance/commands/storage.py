"""``negatoscope storage``: room on the disk of the images, and the way from one store to another."""

import json
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer

from appliance.commands.asking import SAID_NO, AsJson, Config, Reason, ask, facts, leave, say_json, words
from appliance.config.settings import load
from appliance.domain.errors import Unavailable

app = typer.Typer(no_args_is_help=True)
GB = 1e9


@app.command("status")
def status(as_json: AsJson = False, reason: Reason = "", config: Config = None) -> None:
    """Dire la place / tell the room."""
    room = ask(lambda client: client.storage(), reason, config, as_json=as_json)
    if as_json:
        say_json(room)
        return
    if not room.total_bytes:
        typer.echo(words()("said.bucket", place=room.place))
        return
    shown = {name: f"{value / GB:.1f}" for name, value in _sizes(room.used_bytes, room.total_bytes, room.free_bytes)}
    typer.echo(words()("said.disk", **shown))


@app.command("due")
def due(
    days: Annotated[int, typer.Option("--days", min=0, max=3650, help="d'ici là / until then")] = 0,
    as_json: AsJson = False,
    reason: Reason = "",
    config: Config = None,
) -> None:
    """Dire ce qui partira, sans rien supprimer / tell what will go, without deleting anything."""
    told = ask(lambda client: client.due(days), reason, config, as_json=as_json)
    if as_json:
        say_json(told)
        return
    say = words()
    typer.echo(say("said.due", at=told.at))
    facts([(f"due.{name}", str(count)) for name, count in told.model_dump(exclude={"at"}).items()])


@app.command("copy")
def copy(
    config: Annotated[Path, typer.Option("--config", metavar="FILE", help="de / from: TOML")],
    to: Annotated[Path, typer.Option("--to", metavar="FILE", help="vers / into: TOML")],
    as_json: AsJson = False,
) -> None:
    """Copier les images d'un dépôt à l'autre, ou ce qui manque / copy the images, or what is missing."""
    from appliance.blobs.moving import copied
    from appliance.bootstrap import open_objects

    counts: Counter[bool] = Counter()
    try:
        with closing(open_objects(load(config))) as source, closing(open_objects(load(to))) as target:
            counts.update(copied(source, target))
    except Unavailable as fault:
        leave(fault.cause, words().fault(fault.cause, {}), SAID_NO, as_json=as_json)
    told = {"copied": counts[True], "there": counts[False]}
    typer.echo(json.dumps(told) if as_json else words()("said.copied", **told))


def _sizes(used: int, total: int, free: int) -> tuple[tuple[str, int], ...]:
    return (("used", used), ("total", total), ("free", free))

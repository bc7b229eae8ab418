"""``negatoscope storage``: room on the disk of the images."""

import typer

from appliance.commands.asking import AsJson, Config, Reason, ask, say_json, words

app = typer.Typer(no_args_is_help=True)
GB = 1e9


@app.callback()
def group() -> None:
    """Keep ``status`` a verb of its own."""


@app.command("status")
def status(as_json: AsJson = False, reason: Reason = "", config: Config = None) -> None:
    """Dire la place / tell the room."""
    room = ask(lambda client: client.storage(), reason, config, as_json=as_json)
    if as_json:
        say_json(room)
        return
    shown = {name: f"{value / GB:.1f}" for name, value in _sizes(room.used_bytes, room.total_bytes, room.free_bytes)}
    typer.echo(words()("said.disk", **shown))


def _sizes(used: int, total: int, free: int) -> tuple[tuple[str, int], ...]:
    return (("used", used), ("total", total), ("free", free))

"""``negatoscope reports``: exams kept back until their report."""

from typing import Annotated

import typer

from appliance.commands.asking import AsJson, Config, Reason, ask, say_json, words
from appliance.contract.studies import ReleaseAsked

app = typer.Typer(no_args_is_help=True)


@app.callback()
def reports() -> None:
    """Comptes rendus et embargo / reports and the embargo."""


@app.command("release")
def release(
    study: Annotated[str, typer.Argument(metavar="UID")],
    as_json: AsJson = False,
    reason: Reason = "",
    config: Config = None,
) -> None:
    """Ouvrir un examen avant son compte rendu (avec --reason) / open an exam before its report (with --reason)."""
    asked = ReleaseAsked(reason=reason[:512])
    after = ask(lambda client: client.release(study, asked), reason, config, as_json=as_json)
    if as_json:
        say_json(after)
    else:
        typer.echo(words()("said.reports.release", id=after.uid))

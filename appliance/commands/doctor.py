"""``negatoscope doctor``: what can be checked from inside, each fault with what to do; and the flow matrix."""

from typing import Annotated

import typer

from appliance.commands import flows as matrix
from appliance.commands.asking import SAID_NO, AsJson, Config, Reason, ask, say_json, words
from appliance.contract.flows import TopologyWord

SIGNS = {"ok": "●", "info": "◐", "warn": "▲", "bad": "✖", "mute": "○"}
TOPOLOGIES: tuple[TopologyWord, ...] = ("one-box", "dmz-lan")
app = typer.Typer(invoke_without_command=True)


@app.callback()
def checks(context: typer.Context, as_json: AsJson = False, reason: Reason = "", config: Config = None) -> None:
    """Tout contrôler ; 1 s'il faut réparer / check everything; 1 when something is to repair."""
    if context.invoked_subcommand is not None:
        return
    found = ask(lambda client: client.checks(), reason, config, as_json=as_json)
    if as_json:
        say_json(found)
    else:
        say = words()
        for check in found:
            typer.echo(f"{SIGNS[check.level]} {say.saying(check.text)}")
            if check.remedy is not None:
                typer.echo(f"    → {say.saying(check.remedy)}")
    if any(check.level == "bad" for check in found):
        raise typer.Exit(SAID_NO)


@app.command("flows")
def flows(
    topology: Annotated[str, typer.Option("--topology", metavar="one-box|dmz-lan")] = "one-box",
    as_json: AsJson = False,
    reason: Reason = "",
    config: Config = None,
) -> None:
    """Matrice de flux pour le pare-feu / flow matrix for the firewall."""
    wanted = next((one for one in TOPOLOGIES if one == topology), None)
    if wanted is None:
        raise typer.BadParameter("one-box | dmz-lan", param_hint="--topology")
    matrix.command(wanted, reason, config, as_json=as_json)

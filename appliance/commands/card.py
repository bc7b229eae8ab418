"""``negatoscope card``: the readers of this machine. A remote physician's card is read by the browser, never here."""

import json

import typer

from appliance.commands.asking import NOT_ASKED, AsJson, leave, table, words

app = typer.Typer(no_args_is_help=True)


@app.callback()
def group() -> None:
    """Keep ``list`` a verb of its own."""


@app.command("list")
def listed(as_json: AsJson = False) -> None:
    """Lister les lecteurs / list the readers."""
    from cps_card import pcsc
    from cps_card.errors import CardUnavailable

    say = words()
    try:
        readers = pcsc.readers()
    except CardUnavailable as away:
        leave(away.cause, say(f"card.{away.cause}"), NOT_ASKED, as_json=as_json)
    if as_json:
        shown = [{"name": one.name, "state": one.state, "atr": one.atr} for one in readers]
        typer.echo(json.dumps(shown, ensure_ascii=False, indent=2))
    elif not readers:
        typer.echo(say("card.no_reader"))
    else:
        table(("reader", "card"), [(one.name, say(f"card.{one.state}")) for one in readers])

"""``negatoscope hl7``: messages of the hospital information system."""

from typing import Annotated

import typer

from appliance.commands.asking import AsJson, Config, Limit, Reason, Search, ask, facts, literal, say_json, table, words
from appliance.contract.feed import MessageView
from appliance.contract.words import Words

app = typer.Typer(no_args_is_help=True)
Number = Annotated[int, typer.Argument(metavar="N", min=0)]
REJECTED = "rejected"


@app.command("list")
def listed(
    query: Search = "",
    rejected: Annotated[bool, typer.Option("--rejected", help="seulement les rejets / rejected ones only")] = False,
    limit: Limit = 200,
    as_json: AsJson = False,
    reason: Reason = "",
    config: Config = None,
) -> None:
    """Lister les messages reçus / list the messages received."""
    wanted = REJECTED if rejected else query
    found = ask(lambda client: client.messages(wanted, 0, limit), reason, config, as_json=as_json)
    if as_json:
        say_json(found.items, without=frozenset({"text"}))
        return
    say = words()
    rows = [
        (
            str(one.id),
            f"{one.kind}^{one.event}",
            say(f"hl7.{one.state}"),
            one.cause,
            one.sender,
            one.control_id,
            f"{one.received_at:%Y-%m-%d %H:%M:%SZ}",
        )
        for one in found.items
    ]
    table(("number", "kind", "state", "cause", "sender", "control_id", "at"), rows)


@app.command("show")
def show(number: Number, as_json: AsJson = False, reason: Reason = "", config: Config = None) -> None:
    """Montrer un message ; journalisé / show a message; journaled."""
    one = ask(lambda client: client.message(number), reason, config, as_json=as_json)
    if as_json:
        say_json(one)
    else:
        _show(words(), one)


@app.command("replay")
def replay(number: Number, as_json: AsJson = False, reason: Reason = "", config: Config = None) -> None:
    """Reprendre un message rejeté ; 1 s'il l'est encore / take a rejected message again; 1 when it still is."""
    after = ask(lambda client: client.replay_message(number), reason, config, as_json=as_json)
    if as_json:
        say_json(after)
    else:
        say = words()
        typer.echo(say("said.replayed", id=number, state=say(f"hl7.{after.state}"), cause=after.cause))
    if after.state == REJECTED:
        raise typer.Exit(1)


@app.command("drop")
def drop(number: Number, as_json: AsJson = False, reason: Reason = "", config: Config = None) -> None:
    """Abandonner un message rejeté / give a rejected message up."""
    after = ask(lambda client: client.drop_message(number), reason, config, as_json=as_json)
    if as_json:
        say_json(after, without=frozenset({"text"}))
    else:
        typer.echo(words()("said.dropped", id=number))


def _show(say: Words, one: MessageView) -> None:
    facts([
        ("kind", f"{one.kind}^{one.event}"), ("state", say(f"hl7.{one.state}")), ("cause", one.cause),
        ("sender", one.sender), ("control_id", one.control_id), ("at", f"{one.received_at:%Y-%m-%d %H:%M:%SZ}"),
        ("address", one.peer),
    ])  # fmt: skip
    for line in (one.text or "").split("\n"):
        typer.echo(literal(line))

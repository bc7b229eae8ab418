"""``negatoscope journal``: read the access journal, check its chain, export it."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from appliance.commands.asking import SAID_NO, AsJson, Config, Limit, Reason, Search, ask, say_json, table, words
from appliance.contract.journal import VerifyAnswer
from appliance.domain.sharing import PARIS

app = typer.Typer(no_args_is_help=True)


@app.command("list")
def listed(
    query: Search = "",
    family: Annotated[str, typer.Option("--family", metavar="access|code|login|admin|system")] = "",
    limit: Limit = 50,
    as_json: AsJson = False,
    reason: Reason = "",
    config: Config = None,
) -> None:
    """Lire le journal, le plus récent d'abord / read the journal, newest first."""
    found = ask(lambda client: client.journal(query, 0, limit, family), reason, config, as_json=as_json)
    if as_json:
        say_json(found.items)
        return
    say = words()
    rows = [
        (
            str(e.number),
            e.at.astimezone(PARIS).strftime("%d/%m/%Y %H:%M:%S"),
            e.who,
            say(f"verb.{e.verb}") if say.has(f"verb.{e.verb}") else e.verb,
            e.cause,
            e.subject,
        )
        for e in found.items
    ]
    table(("number", "at", "who", "what", "cause", "subject"), rows)


@app.command("verify")
def verify(as_json: AsJson = False, reason: Reason = "", config: Config = None) -> None:
    """Vérifier la chaîne ; 1 quand elle est rompue / check the chain; 1 when it is broken."""
    verdict = ask(lambda client: client.verify_journal(), reason, config, as_json=as_json)
    if as_json:
        say_json(verdict)
    else:
        _tell(verdict)
    if verdict.broken_at is not None:
        raise typer.Exit(SAID_NO)


def _tell(verdict: VerifyAnswer) -> None:
    say = words()
    for one in verdict.segments:
        if one.state == "purged":
            first, last = say.day(one.first_at), say.day(one.last_at)
            typer.echo(say("said.segment_purged", first=one.first, last=one.last, since=first, until=last))
    if verdict.broken_at is None:
        typer.echo(say("said.chain_good", n=verdict.records))
    else:
        typer.echo(say(f"said.chain_bad.{verdict.flaw}", number=verdict.broken_at), err=True)


@app.command("anchors")
def anchors(as_json: AsJson = False, reason: Reason = "", config: Config = None) -> None:
    """Écrire les ancres, à garder ailleurs / print the anchors, to be kept elsewhere (JSON Lines)."""
    sys.stdout.write(ask(lambda client: client.export_anchors(), reason, config, as_json=as_json).decode())


@app.command("export")
def export(
    to: Annotated[Path | None, typer.Option("--to", metavar="FILE", help="JSON Lines")] = None,
    as_json: AsJson = False,
    reason: Reason = "",
    config: Config = None,
) -> None:
    """Exporter toutes les écritures, une par ligne / export every record, one a line."""
    body = ask(lambda client: client.export_journal(), reason, config, as_json=as_json)
    if to is None:
        sys.stdout.write(body.decode())
        return
    to.touch(mode=0o600)
    to.write_bytes(body)
    count = body.count(b"\n")
    typer.echo(f'{{"records": {count}}}' if as_json else words()("said.exported", n=count, file=str(to)))

"""``negatoscope keys``: what machines open DICOMweb with."""

from typing import Annotated

import typer

from appliance.commands.asking import AsJson, Config, Reason, ask, say_json, table, words
from appliance.contract.people import KeyAsked

app = typer.Typer(no_args_is_help=True)
Name = Annotated[str, typer.Argument(metavar="NAME")]


@app.command("list")
def listed(as_json: AsJson = False, reason: Reason = "", config: Config = None) -> None:
    """Lister les clés, sans les dire / list the keys, untold."""
    found = ask(lambda client: client.keys(), reason, config, as_json=as_json)
    if as_json:
        say_json(found.items)
        return
    say = words()
    rows = [
        (one.name, ", ".join(say(f"right.{right}") for right in one.rights), say(f"share.{one.state}"),
         say.date(one.until.date().isoformat()), " ".join(one.shares))
        for one in found.items
    ]  # fmt: skip
    table(("name", "rights", "state", "valid_until", "share"), rows)


@app.command("add")
def add(
    name: Name,
    read: Annotated[
        list[str] | None, typer.Option("--read", metavar="CODE", help="partage à lire / share to read")
    ] = None,
    deposit: Annotated[bool, typer.Option("--deposit", help="déposer (STOW-RS) / deposit (STOW-RS)")] = False,
    days: Annotated[int | None, typer.Option("--days")] = None,
    as_json: AsJson = False,
    reason: Reason = "",
    config: Config = None,
) -> None:
    """Créer une clé ; elle est dite une fois / make a key; it is said once."""
    rights = (*(("read",) if read else ()), *(("deposit",) if deposit else ()))
    question = KeyAsked(name=name, rights=rights, shares=tuple(read or ()), days=days)
    made = ask(lambda client: client.add_key(question), reason, config, as_json=as_json)
    if as_json:
        say_json(made)
        return
    say = words()
    typer.echo(say("said.key", key=made.key, day=say.date(made.until.date().isoformat())))


@app.command("revoke")
def revoke(name: Name, as_json: AsJson = False, reason: Reason = "", config: Config = None) -> None:
    """Révoquer une clé, tout de suite / revoke a key, at once."""
    ask(lambda client: client.revoke_key(name), reason, config, as_json=as_json)
    typer.echo("{}" if as_json else words()("said.key_revoked", name=name))

"""``negatoscope accounts``: the accounts of correspondent physicians."""

from typing import Annotated

import typer

from appliance.commands.asking import AsJson, Config, Limit, Reason, Search, ask, facts, say_json, table, words
from appliance.contract.people import AccountView

app = typer.Typer(no_args_is_help=True)
Who = Annotated[str, typer.Argument(metavar="EMAIL|ID")]


@app.command("list")
def listed(
    query: Search = "", limit: Limit = 200, as_json: AsJson = False, reason: Reason = "", config: Config = None
) -> None:
    """Lister les comptes / list the accounts."""
    found = ask(lambda client: client.accounts(query, 0, limit), reason, config, as_json=as_json)
    if as_json:
        say_json(found.items)
        return
    say = words()
    rows = [
        (str(a.id), f"{a.family_name} {a.given_name}", a.email, say(f"account.{a.state}"), say.day(a.last_login_at))
        for a in found.items
    ]
    table(("number", "name", "email", "state", "last_login"), rows)


@app.command("show")
def show(who: Who, as_json: AsJson = False, reason: Reason = "", config: Config = None) -> None:
    """Montrer un compte / show an account."""
    found = ask(lambda client: client.account(who), reason, config, as_json=as_json)
    if as_json:
        say_json(found)
    else:
        _show(found)


@app.command("disable")
def disable(who: Who, as_json: AsJson = False, reason: Reason = "", config: Config = None) -> None:
    """Désactiver un compte ; ses sessions se ferment / disable an account; its sessions end."""
    after = ask(lambda client: client.account_act(who, "disable"), reason, config, as_json=as_json)
    _say(after, "said.disabled", as_json=as_json)


@app.command("enable")
def enable(who: Who, as_json: AsJson = False, reason: Reason = "", config: Config = None) -> None:
    """Réactiver un compte / enable an account."""
    after = ask(lambda client: client.account_act(who, "enable"), reason, config, as_json=as_json)
    _say(after, "said.enabled", as_json=as_json)


def _say(account: AccountView, sentence: str, *, as_json: bool) -> None:
    if as_json:
        say_json(account)
    else:
        typer.echo(words()(sentence, email=account.email))


def _show(account: AccountView) -> None:
    say = words()
    facts(
        (
            ("number", str(account.id)),
            ("name", f"{account.family_name} {account.given_name}"),
            ("email", account.email),
            ("national_id", account.national_id),
            ("state", say(f"account.{account.state}")),
            ("last_login", say.day(account.last_login_at)),
        )
    )

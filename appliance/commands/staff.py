"""``negatoscope staff``: the people of the hospital who log in at the desk."""

from typing import Annotated

import typer

from appliance.commands.asking import AsJson, Config, Reason, ask, say_json, table, words
from appliance.contract.people import StaffAsked, StaffSecrets

app = typer.Typer(no_args_is_help=True)
Login = Annotated[str, typer.Argument(metavar="LOGIN")]


@app.command("list")
def listed(as_json: AsJson = False, reason: Reason = "", config: Config = None) -> None:
    """Lister le personnel / list the staff."""
    found = ask(lambda client: client.staff(), reason, config, as_json=as_json)
    if as_json:
        say_json(found.items)
        return
    say = words()
    rows = [
        (one.login, one.name, say(f"role.{one.role}"), say("account.disabled" if one.disabled_at else "account.active"))
        for one in found.items
    ]
    table(("login", "name", "role", "state"), rows)


@app.command("add")
def add(
    login: Login,
    name: Annotated[str, typer.Option("--name", metavar="NAME")] = "",
    role: Annotated[str, typer.Option("--role", metavar="desk|administrator|auditor")] = "desk",
    national_id: Annotated[
        str, typer.Option("--national-id", metavar="ID", help="carte CPS ou CPE / CPS or CPE card")
    ] = "",
    as_json: AsJson = False,
    reason: Reason = "",
    config: Config = None,
) -> None:
    """Ajouter quelqu'un ; ses secrets sont dits une fois / add somebody; the secrets are said once."""
    question = StaffAsked(login=login, name=name or login, role=role, national_id=national_id)
    _say(ask(lambda client: client.add_staff(question), reason, config, as_json=as_json), as_json=as_json)


@app.command("remove")
def remove(login: Login, as_json: AsJson = False, reason: Reason = "", config: Config = None) -> None:
    """Fermer un accès / close an access."""
    ask(lambda client: client.remove_staff(login), reason, config, as_json=as_json)
    typer.echo("{}" if as_json else words()("said.staff_removed", login=login))


@app.command("reset")
def reset(login: Login, as_json: AsJson = False, reason: Reason = "", config: Config = None) -> None:
    """Donner de nouveaux secrets / give new secrets."""
    _say(ask(lambda client: client.reset_staff(login), reason, config, as_json=as_json), as_json=as_json)


def _say(secrets: StaffSecrets, *, as_json: bool) -> None:
    if as_json:
        say_json(secrets)
    else:
        typer.echo(words()("said.staff", password=secrets.password, totp=secrets.totp_secret))

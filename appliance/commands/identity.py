"""``negatoscope identity``: identities in doubt, and the way out."""

from typing import Annotated

import typer

from appliance.commands.asking import AsJson, Config, Limit, Reason, ask, facts, say_json, table, words
from appliance.contract.identity import DecideAsked, IdentityView
from appliance.contract.people import PatientView
from appliance.contract.words import Words

app = typer.Typer(no_args_is_help=True)
Number = Annotated[int, typer.Argument(metavar="N", min=0)]


@app.command("list")
def listed(
    whole: Annotated[bool, typer.Option("--all", help="aussi les alarmes closes / the decided ones too")] = False,
    limit: Limit = 200,
    as_json: AsJson = False,
    reason: Reason = "",
    config: Config = None,
) -> None:
    """Lister les identités en doute / list the identities in doubt."""
    found = ask(lambda client: client.identities(0, limit, whole=whole), reason, config, as_json=as_json)
    if as_json:
        say_json(found.items)
        return
    say = words()
    rows = [
        (
            str(one.id),
            say(f"identity.{one.cause}"),
            say(f"identity.{one.decision or 'open'}"),
            _who(say, one.patient),
            _who(say, one.other or one.said),
            str(len(one.studies)),
            str(one.shares),
            one.source,
        )
        for one in found.items
    ]
    table(("number", "cause", "state", "patient", "told", "exams", "shares", "source"), rows)


@app.command("show")
def show(number: Number, as_json: AsJson = False, reason: Reason = "", config: Config = None) -> None:
    """Montrer une alarme / show an alarm."""
    one = ask(lambda client: client.identity(number), reason, config, as_json=as_json)
    if as_json:
        say_json(one)
    else:
        _show(words(), one)


@app.command("confirm")
def confirm(number: Number, as_json: AsJson = False, reason: Reason = "", config: Config = None) -> None:
    """Ce qui a été dit est juste : rouvrir (avec --reason) / what was said is right: open again (with --reason)."""
    _decide(number, "confirm", reason, config, as_json=as_json)


@app.command("refuse")
def refuse(number: Number, as_json: AsJson = False, reason: Reason = "", config: Config = None) -> None:
    """Ce qui a été dit est faux : garder l'index (avec --reason) / it is wrong: keep the index (with --reason)."""
    _decide(number, "refuse", reason, config, as_json=as_json)


def _decide(number: int, act: str, reason: str, config: Config, *, as_json: bool) -> None:
    asked = DecideAsked(reason=reason[:512])
    after = ask(lambda client: client.decide_identity(number, act, asked), reason, config, as_json=as_json)
    if as_json:
        say_json(after)
    else:
        typer.echo(words()(f"said.identity.{act}", id=number))


def _show(say: Words, one: IdentityView) -> None:
    pairs = [
        ("cause", say(f"identity.{one.cause}")),
        ("state", say(f"identity.{one.decision or 'open'}")),
        ("patient", _who(say, one.patient)),
        ("told", _who(say, one.other or one.said)),
        ("source", one.source),
        ("shares", str(one.shares)),
        *(("uid", f"{study.uid} {study.modality} {study.date or ''}") for study in one.studies),
    ]
    facts([*pairs, *((("who", one.decided_by), ("why", one.reason)) if one.decision else ())])


def _who(say: Words, patient: PatientView | None) -> str:
    if patient is None:
        return ""
    number = f"{patient.id}^^^{patient.issuer}" if patient.issuer else patient.id
    return f"{patient.name} {say.date(patient.birth_date)} {patient.sex} ({number})"

"""``negatoscope codes``: issue, list, show, extend, revoke, reprint share codes."""

from pathlib import Path
from typing import Annotated

import typer

from appliance.commands.asking import AsJson, Config, Limit, Reason, Search, ask, facts, say_json, table, words
from appliance.contract.codes import CodeView, IssueAsked
from appliance.contract.words import Words
from appliance.domain.share_codes import grouped
from appliance.domain.sharing import printed_day

app = typer.Typer(no_args_is_help=True)
HIDDEN = frozenset({"code"})
Code = Annotated[str, typer.Argument(metavar="CODE", help="code ou identifiant du partage / code or share id")]


@app.command("issue")
def issue(
    patient_id: Annotated[str, typer.Option("--patient-id", metavar="ID[^^^ISSUER]")],
    given_name: Annotated[str, typer.Option("--given-name", metavar="NAME")] = "",
    birth_date: Annotated[str, typer.Option("--birth-date", metavar="JJ/MM/AAAA")] = "",
    study: Annotated[list[str] | None, typer.Option("--study", metavar="UID")] = None,
    priors: Annotated[bool, typer.Option("--priors", help="avec les antérieurs utiles / with useful priors")] = False,
    days: Annotated[int | None, typer.Option("--days")] = None,
    comment: Annotated[str, typer.Option("--comment", metavar="TEXT")] = "",
    downloads: Annotated[
        bool, typer.Option("--downloads", help="images téléchargeables / images may be downloaded")
    ] = False,
    as_json: AsJson = False,
    reason: Reason = "",
    config: Config = None,
) -> None:
    """Émettre un code / issue a code."""
    value, _, issuer = patient_id.partition("^^^")
    question = IssueAsked(
        patient_id=value,
        issuer=issuer,
        given_name=given_name,
        birth_date=birth_date,
        studies=tuple(study or ()),
        priors=priors,
        days=days,
        comment=comment,
        downloads=downloads,
    )
    made = ask(lambda client: client.issue(question), reason, config, as_json=as_json)
    if as_json:
        say_json(made)
        return
    say = words()
    typer.echo(say("said.code", code=grouped(made.code or "")))
    typer.echo(say("said.until", day=_day(say, made)))
    _show(say, made)


@app.command("list")
def listed(
    query: Search = "",
    limit: Limit = 200,
    as_json: AsJson = False,
    reason: Reason = "",
    config: Config = None,
) -> None:
    """Lister les codes, sans les dire / list the codes, untold."""
    found = ask(lambda client: client.codes(query, 0, limit), reason, config, as_json=as_json)
    if as_json:
        say_json(found.items, without=HIDDEN)
        return
    say = words()
    rows = [
        (
            one.share_id,
            one.patient.name or one.patient.id,
            str(len(one.studies)),
            _day(say, one),
            f"{one.redeemers}/{one.max_redeemers}",
            state(say, one),
        )
        for one in found.items
    ]
    table(("share", "patient", "exams", "expires", "used", "state"), rows)


@app.command("show")
def show(code: Code, as_json: AsJson = False, reason: Reason = "", config: Config = None) -> None:
    """Dire un code et ses examens / one code and its exams."""
    found = ask(lambda client: client.code(code), reason, config, as_json=as_json)
    if as_json:
        say_json(found, without=HIDDEN)
    else:
        _show(words(), found)


@app.command("extend")
def extend(
    code: Code,
    days: Annotated[int | None, typer.Option("--days", help="jours de plus / more days")] = None,
    as_json: AsJson = False,
    reason: Reason = "",
    config: Config = None,
) -> None:
    """Prolonger un code / extend a code."""
    after = ask(lambda client: client.extend(code, days), reason, config, as_json=as_json)
    if as_json:
        say_json(after, without=HIDDEN)
    else:
        typer.echo(words()("said.extended", id=after.share_id, day=_day(words(), after)))


@app.command("revoke")
def revoke(
    code: Code,
    cause: Annotated[str, typer.Option("--cause", metavar="TEXT")] = "desk",
    as_json: AsJson = False,
    reason: Reason = "",
    config: Config = None,
) -> None:
    """Révoquer un code, pour toujours / revoke a code, for good."""
    after = ask(lambda client: client.revoke(code, cause), reason, config, as_json=as_json)
    if as_json:
        say_json(after, without=HIDDEN)
    else:
        typer.echo(words()("said.revoked", id=after.share_id))


@app.command("unblock")
def unblock(code: Code, as_json: AsJson = False, reason: Reason = "", config: Config = None) -> None:
    """Débloquer un code / lift a block."""
    after = ask(lambda client: client.unblock(code), reason, config, as_json=as_json)
    if as_json:
        say_json(after, without=HIDDEN)
    else:
        _show(words(), after)


@app.command("slip")
def slip(
    code: Code,
    pdf: Annotated[Path, typer.Option("--pdf", metavar="FILE")],
    as_json: AsJson = False,
    reason: Reason = "",
    config: Config = None,
) -> None:
    """Écrire le feuillet du patient, PDF / write the patient's slip, a PDF."""
    body = ask(lambda client: client.slip(code), reason, config, as_json=as_json)
    pdf.write_bytes(body)
    if as_json:
        typer.echo(f'{{"bytes": {len(body)}}}')
    else:
        typer.echo(words()("said.slip", file=str(pdf)))


def state(say: Words, one: CodeView) -> str:
    """Return the state of a share in words, with what blocks it."""
    exact = f"share.{one.state}.{one.blocked_cause}"
    return say(exact) if one.blocked_cause and say.has(exact) else say(f"share.{one.state}")


def _day(say: Words, one: CodeView) -> str:
    return say.date(printed_day(one.expires_at).isoformat())


def _show(say: Words, one: CodeView) -> None:
    facts(
        (
            ("share", one.share_id),
            ("state", state(say, one)),
            ("expires", _day(say, one)),
            ("patient", f"{one.patient.name}  {say.date(one.patient.birth_date)}"),
            ("ipp", one.patient.id),
            ("used", f"{one.redeemers}/{one.max_redeemers}"),
            ("downloads", say("share.downloads" if one.downloads else "share.no_downloads")),
        )
    )
    rows = [(say.date(s.date), s.modality, s.description, say(f"exam.{s.state}"), s.uid) for s in one.studies]
    table(("date", "modality", "description", "state", "uid"), rows)

"""``negatoscope pacs send|sent|deposits``: what was deposited, sent to a PACS, and proven to be there."""

from typing import Annotated

import typer

from appliance.commands.asking import AsJson, Config, Limit, Reason, Search, ask, cause, say_json, table, words
from appliance.contract.sendings import SendAsked, SendingView


def send(
    study: Annotated[str, typer.Argument(metavar="UID", help="Study Instance UID")],
    node: Annotated[str, typer.Option("--node", metavar="NAME")],
    as_json: AsJson = False,
    reason: Reason = "",
    config: Config = None,
) -> None:
    """Envoyer au PACS ce qui a été déposé d’un examen / send what was deposited of an exam to the PACS."""
    question = SendAsked(study_uid=study, node=node)
    made = ask(lambda client: client.send(question), reason, config, as_json=as_json)
    if as_json:
        say_json(made)
    else:
        typer.echo(words()("said.send", id=made.id, n=made.waiting, name=made.node))


def sent(
    number: Annotated[int | None, typer.Argument(metavar="[NUMBER]")] = None,
    query: Search = "",
    limit: Limit = 200,
    as_json: AsJson = False,
    reason: Reason = "",
    config: Config = None,
) -> None:
    """Lister les envois, ou en montrer un / list sendings, or show one."""
    if number is not None:
        one = ask(lambda client: client.sending(number), reason, config, as_json=as_json)
        say_json(one) if as_json else _show(one)
        return
    found = ask(lambda client: client.sendings(query, limit=limit), reason, config, as_json=as_json)
    if as_json:
        say_json(found.items)
    else:
        _table(list(found.items))


def deposits(
    query: Search = "", limit: Limit = 200, as_json: AsJson = False, reason: Reason = "", config: Config = None
) -> None:
    """Lister ce qui a été déposé, prouvé ou non / list what was deposited, proven or not."""
    found = ask(lambda client: client.deposits(query, limit=limit), reason, config, as_json=as_json)
    if as_json:
        say_json(found.items)
        return
    say = words()
    rows = [
        (one.study_uid, f"{one.proven}/{one.objects}", say.day(one.deposited_at), say.day(one.kept_until))
        for one in found.items
    ]
    table(("uid", "proven", "deposited", "kept_until"), rows)


def _show(one: SendingView) -> None:
    say = words()
    _table([one])
    for failure in one.failures:
        text = cause(say, failure.cause)
        what = f" ({failure.detail})" if failure.detail else ""
        typer.echo(say("said.sending_failed", n=failure.objects, cause=text + what))


def _table(found: list[SendingView]) -> None:
    say = words()
    rows = [
        (
            str(one.id),
            one.node,
            say(f"sending.{one.state}"),
            f"{one.proven}/{one.waiting + one.sent + one.proven + one.failed}",
            str(one.failed or ""),
            say.day(one.asked_at),
            cause(say, one.cause) if one.cause else "",
            one.study_uid,
        )
        for one in found
    ]
    table(("number", "name", "state", "proven", "failed", "date", "error", "uid"), rows)

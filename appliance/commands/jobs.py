"""``negatoscope jobs``: the job table."""

from typing import Annotated

import typer

from appliance.commands.asking import AsJson, Config, Limit, Reason, Search, ask, say_json, table, words

app = typer.Typer(no_args_is_help=True)
Number = Annotated[int, typer.Argument(metavar="N", min=0)]


@app.command("list")
def listed(
    query: Search = "", limit: Limit = 200, as_json: AsJson = False, reason: Reason = "", config: Config = None
) -> None:
    """Lister les tâches / list the jobs."""
    found = ask(lambda client: client.jobs(query, 0, limit), reason, config, as_json=as_json)
    if as_json:
        say_json(found.items)
        return
    say = words()
    rows = [
        (
            str(j.id),
            say(f"job.{j.kind}"),
            say(f"job.{j.state}"),
            f"{j.attempts}/{j.max_attempts}",
            f"{j.done}/{j.total}" if j.total else "",
            j.error,
            j.subject,
        )
        for j in found.items
    ]
    table(("number", "kind", "state", "tries", "progress", "error", "subject"), rows)


@app.command("retry")
def retry(number: Number, as_json: AsJson = False, reason: Reason = "", config: Config = None) -> None:
    """Relancer une tâche en échec / retry a failed job."""
    after = ask(lambda client: client.job_act(number, "retry"), reason, config, as_json=as_json)
    if as_json:
        say_json(after)
    else:
        typer.echo(words()("said.retried", id=number))


@app.command("cancel")
def cancel(number: Number, as_json: AsJson = False, reason: Reason = "", config: Config = None) -> None:
    """Annuler une tâche / cancel a job."""
    after = ask(lambda client: client.job_act(number, "cancel"), reason, config, as_json=as_json)
    if as_json:
        say_json(after)
    else:
        typer.echo(words()("said.cancelled", id=number))

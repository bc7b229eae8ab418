"""``negatoscope pacs``: the PACS nodes, and asking them."""

import sys
from getpass import getpass
from typing import Annotated

import typer

from appliance.commands import examination, sendings
from appliance.commands.asking import SAID_NO, AsJson, Config, Reason, ask, cause, say_json, table, words
from appliance.contract.nodes import FindAsked, NodeAsked, NodeView, PullAsked

app = typer.Typer(no_args_is_help=True)
Name = Annotated[str, typer.Argument(metavar="NAME", help="nom du PACS / name of the PACS")]
Aet = Annotated[str | None, typer.Option("--aet", help="AE Title")]
Host = Annotated[str | None, typer.Option("--host")]
Port = Annotated[int | None, typer.Option("--port")]
Method = Annotated[str | None, typer.Option("--method", metavar="move|get|wado")]
Tls = Annotated[bool | None, typer.Option("--tls/--no-tls")]
OurAet = Annotated[str | None, typer.Option("--our-aet")]
Charset = Annotated[str | None, typer.Option("--charset", help="SpecificCharacterSet")]
Issuer = Annotated[str | None, typer.Option("--issuer", help="IssuerOfPatientID")]
Kind = Annotated[str | None, typer.Option("--kind", metavar="dimse|dicomweb")]
Url = Annotated[str | None, typer.Option("--url", metavar="https://…", help="DICOMweb")]
Auth = Annotated[
    str | None,
    typer.Option("--auth", metavar="none|basic|bearer", help="USER:PASSWORD ou jeton lu au clavier / read, no echo"),
]
Senders = Annotated[list[str] | None, typer.Option("--sender", metavar="AET[@HOST]", help="AE qui envoie / sending AE")]


@app.command("list")
def listed(as_json: AsJson = False, reason: Reason = "", config: Config = None) -> None:
    """Lister les PACS / list the PACS."""
    found = ask(lambda client: client.nodes(), reason, config, as_json=as_json)
    if as_json:
        say_json(found.items)
        return
    say = words()
    rows = [
        (n.name, n.aet, n.url or f"{n.host}:{n.port}", n.method.upper(), say(f"node.{n.state}")) for n in found.items
    ]
    table(("name", "aet", "address", "method", "state"), rows)


@app.command("add")
def add(
    name: Name,
    aet: Aet = None,
    host: Host = None,
    port: Annotated[int, typer.Option("--port")] = 104,
    kind: Kind = None,
    url: Url = None,
    auth: Auth = None,
    method: Method = None,
    tls: Tls = None,
    our_aet: OurAet = None,
    charset: Charset = None,
    issuer: Issuer = None,
    sender: Senders = None,
    as_json: AsJson = False,
    reason: Reason = "",
    config: Config = None,
) -> None:
    """Relier un PACS / connect a PACS."""
    method = _method(kind, method)
    if method != "wado":
        _needed(aet=aet, host=host)
    else:
        _needed(url=url)
    changes = _changes(method=method, tls=tls, our_aet=our_aet, charset=charset, issuer=issuer, sender=sender, url=url)
    node = _node({"name": name, "aet": aet or "X", "host": host or "x", "port": port, **changes, **_secret(auth)})
    _saved(ask(lambda client: client.add_node(node), reason, config, as_json=as_json), as_json=as_json)


@app.command("edit")
def edit(
    name: Name,
    aet: Aet = None,
    host: Host = None,
    port: Port = None,
    url: Url = None,
    auth: Auth = None,
    method: Method = None,
    tls: Tls = None,
    our_aet: OurAet = None,
    charset: Charset = None,
    issuer: Issuer = None,
    sender: Senders = None,
    as_json: AsJson = False,
    reason: Reason = "",
    config: Config = None,
) -> None:
    """Changer ce qui est donné, garder le reste / change what is given, keep the rest."""
    known = ask(lambda client: client.nodes(), reason, config, as_json=as_json).items
    before = next((n.model_dump() for n in known if n.name == name), {"aet": "X", "host": "x", "port": 104})
    kept = {key: before[key] for key in NodeAsked.model_fields if key in before and key != "auth"}
    changes = _changes(
        aet=aet,
        host=host,
        port=port,
        method=method,
        tls=tls,
        our_aet=our_aet,
        charset=charset,
        issuer=issuer,
        sender=sender,
        url=url,
    )
    node = _node({**kept, "name": name, **changes, **_secret(auth)})
    _saved(ask(lambda client: client.edit_node(name, node), reason, config, as_json=as_json), as_json=as_json)


@app.command("remove")
def remove(name: Name, as_json: AsJson = False, reason: Reason = "", config: Config = None) -> None:
    """Retirer un PACS / remove a PACS."""
    ask(lambda client: client.remove_node(name), reason, config, as_json=as_json)
    typer.echo("{}" if as_json else words()("said.node_removed", name=name))


@app.command("echo")
def echo(name: Name, as_json: AsJson = False, reason: Reason = "", config: Config = None) -> None:
    """Interroger un PACS par C-ECHO / ask a PACS by C-ECHO."""
    said = ask(lambda client: client.echo(name), reason, config, as_json=as_json)
    say = words()
    if as_json:
        say_json(said)
    elif said.ok:
        typer.echo(say("said.echo_good", name=name, ms=said.ms or 0))
    else:
        typer.echo(say("said.echo_bad", name=name, cause=cause(say, said.cause)))
    if not said.ok:
        raise typer.Exit(SAID_NO)


@app.command("doctor")
def doctor(name: Name, as_json: AsJson = False, reason: Reason = "", config: Config = None) -> None:
    """Examiner un PACS étape par étape ; 1 si l'une échoue / examine a PACS step by step; 1 when one fails."""
    say = words()
    shown = examination.quietly if as_json else examination.Shown(say)
    seen = ask(lambda client: examination.followed(client, name, shown), reason, config, as_json=as_json)
    if as_json:
        examination.say_as_json(say, seen)
    else:
        examination.say_outcome(say, seen)
    if not seen.ok:
        raise typer.Exit(SAID_NO)


@app.command("find")
def find(
    patient_id: Annotated[str, typer.Option("--patient-id", metavar="ID[^^^ISSUER]")] = "",
    family_name: Annotated[str, typer.Option("--family-name")] = "",
    given_name: Annotated[str, typer.Option("--given-name")] = "",
    birth_date: Annotated[str, typer.Option("--birth-date", metavar="JJ/MM/AAAA")] = "",
    accession: Annotated[str, typer.Option("--accession")] = "",
    study: Annotated[str, typer.Option("--study", metavar="UID")] = "",
    node: Annotated[list[str] | None, typer.Option("--node", metavar="NAME")] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, max=200)] = 200,
    as_json: AsJson = False,
    reason: Reason = "",
    config: Config = None,
) -> None:
    """Chercher dans les PACS / search the PACS."""
    value, _, issuer = patient_id.partition("^^^")
    question = FindAsked(
        nodes=tuple(node or ()),
        patient_id=value,
        issuer=issuer,
        family_name=family_name,
        given_name=given_name,
        birth_date=_da(birth_date),
        accession=accession,
        study_uid=study,
        limit=limit,
    )
    answer = ask(lambda client: client.find(question), reason, config, as_json=as_json)
    if as_json:
        say_json(answer)
        return
    say = words()
    rows = [
        (
            s.patient.id if s.patient else "",
            s.patient.name if s.patient else "",
            say.date(s.date),
            s.modality,
            s.description,
            s.node,
            s.uid,
        )
        for s in answer.studies
    ]
    table(("ipp", "patient", "date", "modality", "description", "name", "uid"), rows)
    if answer.more:
        typer.echo(say("said.more"))
    for one in answer.nodes:
        if not one.ok:
            typer.echo(say("said.echo_bad", name=one.name, cause=cause(say, one.cause)), err=True)


@app.command("pull")
def pull(
    study: Annotated[str, typer.Argument(metavar="UID", help="Study Instance UID")],
    node: Annotated[str | None, typer.Option("--node", metavar="NAME")] = None,
    as_json: AsJson = False,
    reason: Reason = "",
    config: Config = None,
) -> None:
    """Rapatrier un examen / fetch an exam."""
    question = PullAsked(study_uid=study, node=node)
    job = ask(lambda client: client.pull(question), reason, config, as_json=as_json)
    if as_json:
        say_json(job)
    else:
        typer.echo(words()("said.pull", id=job.id))


app.command("send")(sendings.send)
app.command("sent")(sendings.sent)
app.command("deposits")(sendings.deposits)



def _da(text: str) -> str:
    """Return JJ/MM/AAAA as DICOM writes it; what is written otherwise is left to the service to refuse."""
    parts = text.replace(".", "/").replace("-", "/").split("/")
    return "".join(reversed([p.zfill(2) for p in parts])) if len(parts) == 3 else text


def _changes(**given: object) -> dict[str, object]:
    sender = given.pop("sender", None)
    found = {key: value for key, value in given.items() if value is not None}
    return {**found, "allowed_senders": tuple(sender)} if isinstance(sender, list) else found


def _node(values: dict[str, object]) -> NodeAsked:
    if values.get("method") not in (None, "move", "get", "wado"):
        raise typer.BadParameter("move | get | wado", param_hint="--method")
    return NodeAsked.model_validate(values)


def _method(kind: str | None, method: str | None) -> str | None:
    if kind not in (None, "dimse", "dicomweb"):
        raise typer.BadParameter("dimse | dicomweb", param_hint="--kind")
    return "wado" if kind == "dicomweb" else method


def _needed(**given: str | None) -> None:
    for key, value in given.items():
        if not value:
            raise typer.BadParameter("?", param_hint=f"--{key}")


def _secret(auth: str | None) -> dict[str, object]:
    """Return what the node is told of us: never an argument, which every user of the machine could read."""
    if auth not in (None, "none", "basic", "bearer"):
        raise typer.BadParameter("none | basic | bearer", param_hint="--auth")
    if auth in (None, "none"):
        return {"auth": auth} if auth else {}
    asked = "USER:PASSWORD" if auth == "basic" else "token"
    secret = getpass(f"{asked}: ") if sys.stdin.isatty() else sys.stdin.readline()
    return {"auth": auth, "secret": secret.strip("\r\n")}


def _saved(node: NodeView, *, as_json: bool) -> None:
    if as_json:
        say_json(node)
    else:
        typer.echo(words()("said.node_saved", name=node.name))

"""The verb: ask what is set up, compose the statement, write it."""

import dataclasses
import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from appliance.commands.asking import NOT_ASKED, AsJson, Config, Reason, leave, tried, words
from appliance.commands.conformance.statement import statement
from appliance.contract.setup import SetupView
from appliance.paper.documents import Document, markdown, pdf

FORMATS = ("md", "pdf")
Form = Annotated[str, typer.Option("--format", metavar="md|pdf")]
Output = Annotated[Path | None, typer.Option("-o", "--output", metavar="FILE", help="fichier / file")]


def command(
    form: Form = "md", output: Output = None, as_json: AsJson = False, reason: Reason = "", config: Config = None
) -> None:
    """Écrire la déclaration de conformité DICOM (PS3.2) / write the DICOM conformance statement (PS3.2)."""
    if form not in FORMATS:
        raise typer.BadParameter("md | pdf", param_hint="--format")
    say = words()
    setup = tried(lambda client: client.setup(), reason, config, as_json=as_json)
    if setup is None:
        setup = _of_settings(config)
        typer.echo(say("said.conformance_settings"), err=True)
    document = statement(setup, say)
    _write(_json(document) if as_json else pdf(document) if form == "pdf" else markdown(document).encode(), output)


def _of_settings(config: Path | None) -> SetupView:
    from appliance.adminapi.setup import view
    from appliance.config.settings import load

    return view(load(config))


def _json(document: Document) -> bytes:
    blocks = [{"kind": type(one).__name__.lower(), **dataclasses.asdict(one)} for one in document.blocks]
    found = {"title": document.title, "language": document.language, "blocks": blocks}
    return (json.dumps(found, ensure_ascii=False, indent=2) + "\n").encode()


def _write(data: bytes, output: Path | None) -> None:
    if output is None:
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
        return
    try:
        output.write_bytes(data)
    except OSError as exc:
        leave("output", words()("said.not_written", file=str(output), why=str(exc.strerror)), NOT_ASKED, as_json=False)
    typer.echo(words()("said.written", file=str(output)), err=True)

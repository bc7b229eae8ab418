"""The verb ``demo``: what the user asked for, and the run that comes of it."""

import asyncio
import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from appliance.commands.demo import stage
from appliance.commands.demo.words import Words
from appliance.commands.language import spoken
from appliance.supervisor import CannotStart


class Language(StrEnum):
    """Languages of the demo."""

    FR = "fr"
    EN = "en"


def command(
    state: Annotated[Path | None, typer.Option(metavar="DIR", help="Dossier d'état / state folder")] = None,
    web_port: Annotated[int, typer.Option(min=0, max=65535)] = 8080,
    card_port: Annotated[int, typer.Option(min=0, max=65535)] = 8443,
    dicom_port: Annotated[int, typer.Option(min=0, max=65535)] = 11112,
    dicom: Annotated[Path | None, typer.Option(metavar="FOLDER", help="Vos fichiers / your files")] = None,
    pacs: Annotated[str, typer.Option(metavar="AET@HOST:PORT", help="Un vrai PACS / a real PACS")] = "",
    ready_file: Annotated[Path | None, typer.Option(metavar="FILE", help="JSON, 0600")] = None,
    lang: Annotated[Language | None, typer.Option()] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Ce qui est prêt, en JSON / what is ready, as JSON")] = False,
) -> None:
    """Run until Ctrl-C."""
    language = str(lang or spoken())
    words = Words(language)
    if dicom is not None and pacs:
        raise typer.BadParameter(words("one_source"))
    if dicom is not None and not dicom.is_dir():
        raise typer.BadParameter(words("no_folder", folder=dicom))
    wish = stage.Wish(
        state=(state or _usual_state()).absolute(),
        web_port=web_port,
        card_port=card_port,
        dicom_port=dicom_port,
        folder=dicom.absolute() if dicom else None,
        pacs=_peer(pacs, words) if pacs else None,
        ready_file=ready_file.absolute() if ready_file else None,
        language=language,
        as_json=as_json,
    )
    wish.state.mkdir(parents=True, exist_ok=True, mode=0o700)
    with _alone(wish.state, words):
        raise typer.Exit(asyncio.run(stage.run(wish, words)))


def _usual_state() -> Path:
    root = os.environ.get("XDG_STATE_HOME") or str(Path.home() / ".local" / "state")
    return Path(root) / "negatoscope" / "demo"


def _peer(text: str, words: Words) -> stage.Peer:
    aet, at, address = text.partition("@")
    host, colon, port = address.rpartition(":")
    right = at and colon and host and 1 <= len(aet) <= 16 and aet.isascii() and port.isdigit()
    if not right or not 1 <= int(port) <= 65535:
        raise typer.BadParameter(words("bad_pacs", pacs=text))
    return stage.Peer(aet, host.strip("[]"), int(port))


@contextmanager
def _alone(state: Path, words: Words) -> Iterator[None]:
    """Hold the state folder: two demos in it would spoil each other's data."""
    with (state / "demo.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as exc:
            raise CannotStart(words("state_taken", folder=state)) from exc
        yield

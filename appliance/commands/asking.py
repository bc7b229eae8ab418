"""How a verb asks the admin service and says the answer: the socket, the reason, JSON or a table, the exit status."""

import json
import os
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Annotated, NoReturn, TypeAlias, TypeVar

import typer
from pydantic import BaseModel
from rich.cells import cell_len

from appliance.commands.language import spoken
from appliance.contract.client import AdminClient, asked
from appliance.contract.faults import Refused, Unavailable
from appliance.contract.words import Words

SAID_NO = 1
NOT_ASKED = 2
GAP = "  "

AsJson: TypeAlias = Annotated[bool, typer.Option("--json", help="JSON")]
Reason: TypeAlias = Annotated[
    str, typer.Option("--reason", envvar="NEGATOSCOPE_REASON", metavar="TEXT", help="pourquoi / why (root)")
]
Config: TypeAlias = Annotated[
    Path | None, typer.Option("--config", envvar="NEGATOSCOPE_CONFIG", metavar="FILE", help="TOML")
]
Limit: TypeAlias = Annotated[int, typer.Option("--limit", min=1, max=500)]
Search: TypeAlias = Annotated[str, typer.Option("--query", metavar="TEXT", help="chercher / search")]

_Answer = TypeVar("_Answer")


def words() -> Words:
    """Return the words of whoever types."""
    return Words(spoken())


def socket_path(config: Path | None) -> Path:
    """Return the admin socket: of the environment, else of the settings."""
    named = os.environ.get("NEGATOSCOPE_ADMIN_SOCKET", "")
    if named:
        return Path(named)
    from appliance.config.settings import load

    return load(config).admin_socket


def ask(
    question: Callable[[AdminClient], Awaitable[_Answer]], reason: str, config: Path | None, *, as_json: bool
) -> _Answer:
    """Return the answer, or say on the error output why there is none and exit 1 (refused) or 2 (not asked)."""
    path = socket_path(config)
    try:
        return _asked(path, question, reason, as_json=as_json)
    except Unavailable as away:
        leave(away.cause, words()(f"link.{away.cause}", socket=str(path)), NOT_ASKED, as_json=as_json)


def tried(
    question: Callable[[AdminClient], Awaitable[_Answer]], reason: str, config: Path | None, *, as_json: bool
) -> _Answer | None:
    """Return the answer, or None where no service answers; exit 1 when it refuses."""
    try:
        return _asked(socket_path(config), question, reason, as_json=as_json)
    except Unavailable:
        return None


def _asked(path: Path, question: Callable[[AdminClient], Awaitable[_Answer]], reason: str, *, as_json: bool) -> _Answer:
    try:
        return asked(path, question, reason=reason, language=spoken())
    except Refused as no:
        fault = no.fault
        leave(fault.cause, words().fault(fault.cause, fault.facts), SAID_NO, as_json=as_json, facts=fault.facts)


def leave(
    cause: str,
    text: str,
    status: int,
    *,
    as_json: bool,
    facts: dict[str, str | int | float | bool | None] | None = None,
) -> NoReturn:
    """Say why and exit."""
    fault = {"error": cause, "facts": facts or {}, "text": text}
    typer.echo(json.dumps(fault, ensure_ascii=False) if as_json else text, err=True)
    raise typer.Exit(status)


def say_json(answer: BaseModel | Sequence[BaseModel], *, without: frozenset[str] = frozenset()) -> None:
    """Print one object, or a list of them; keys of ``without`` are left out where they are null."""
    if isinstance(answer, BaseModel):
        shown: object = _bare(answer, without)
    else:
        shown = [_bare(one, without) for one in answer]
    typer.echo(json.dumps(shown, ensure_ascii=False, indent=2))


def _bare(answer: BaseModel, without: frozenset[str]) -> dict[str, object]:
    whole: dict[str, object] = answer.model_dump(mode="json")
    return {key: value for key, value in whole.items() if value is not None or key not in without}


def literal(text: str) -> str:
    """Return ``text`` with control characters made visible: what a PACS sends is shown, never obeyed."""
    return "".join(chr(0x2400 + ord(c)) if ord(c) < 32 else "␡" if 0x7F <= ord(c) < 0xA0 else c for c in text)


def table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print aligned columns under their titles (``col.…``), or that there is nothing."""
    say = words()
    if not rows:
        typer.echo(say("said.none"))
        return
    lines = [[say(f"col.{head}") for head in heads], *([literal(cell) for cell in row] for row in rows)]
    widths = [max(cell_len(line[i]) for line in lines) for i in range(len(heads))]
    for line in lines:
        cells = (cell + " " * (width - cell_len(cell)) for cell, width in zip(line, widths, strict=True))
        typer.echo(GAP.join(cells).rstrip())


def facts(pairs: Sequence[tuple[str, str]]) -> None:
    """Print labelled values, one a line."""
    say = words()
    labels = [say(f"col.{name}") for name, _ in pairs]
    width = max(map(cell_len, labels), default=0)
    for label, (_, value) in zip(labels, pairs, strict=True):
        typer.echo(f"{label}{' ' * (width - cell_len(label))}{GAP}{literal(value)}")


def cause(say: Words, word: str) -> str:
    """Return why a peer did not answer, in words."""
    return say(f"peer.{word}") if say.has(f"peer.{word}") else word or "?"

"""How ``negatoscope pacs doctor`` is told: each step as it ends, or one object of JSON."""

import json
from collections.abc import Callable, Sequence
from textwrap import wrap

import typer
from rich.cells import cell_len

from appliance.commands.asking import GAP, literal
from appliance.contract.client import AdminClient
from appliance.contract.examinations import ExaminationView, StepView, result_in_words
from appliance.contract.wire import Saying
from appliance.contract.words import Words

SIGNS = {"ok": "●", "warn": "▲", "fail": "✖", "skipped": "○"}
LABEL = 12
WIDTH = 100


async def followed(client: AdminClient, name: str, shown: Callable[[Sequence[StepView]], None]) -> ExaminationView:
    """Return the examination once it is over; ``shown`` hears of the steps that have ended since the last time."""
    told = 0
    seen: ExaminationView | None = None
    async for seen in client.examine(name):
        shown(seen.steps[told:])
        told = len(seen.steps)
    return seen or ExaminationView(id=0, node=name, ended=True, cause="bridge")


def quietly(_steps: Sequence[StepView]) -> None:
    """Say nothing yet."""


class Shown:
    """Prints steps as they end: sign, name, result, milliseconds; then what to do and the line for the vendor."""

    def __init__(self, say: Words) -> None:
        self._say = say

    def __call__(self, steps: Sequence[StepView]) -> None:
        """Print them."""
        for step in steps:
            self._step(step)

    def _step(self, step: StepView) -> None:
        label = self._say(f"doc.step.{step.name}")
        rows = wrap(literal(result_in_words(self._say, step)), WIDTH - LABEL - 14) or [""]
        ms = f"{step.ms} ms" if step.ms is not None else ""
        gap = " " * max(1, LABEL - cell_len(label))
        fill = " " * max(2, WIDTH - LABEL - 12 - cell_len(rows[0]))
        typer.echo(f"{SIGNS[step.verdict]} {label}{gap}{rows[0]}{fill}{ms:>9}".rstrip())
        self._under(rows[1:], "")
        for head, saying in (("said.doctor_do", step.advice), ("said.doctor_vendor", step.vendor)):
            if saying is not None:
                self._under(wrap(literal(self._say.saying(saying)), WIDTH - LABEL - 6), self._say(head))

    def _under(self, rows: Sequence[str], head: str) -> None:
        margin = " " * (LABEL + 2)
        if head:
            typer.echo(f"{margin}→ {head}{GAP.rstrip()} :" if self._say.language == "fr" else f"{margin}→ {head}:")
        for row in rows:
            typer.echo(f"{margin}{'  ' if head else ''}{row}")


def say_outcome(say: Words, seen: ExaminationView) -> None:
    """Print the last line: all passes, or where it stopped."""
    if seen.cause:
        word = f"peer.{seen.cause}"
        typer.echo(say("said.doctor_cut", cause=say(word) if say.has(word) else seen.cause), err=True)
    elif seen.failed is not None:
        typer.echo(say("said.doctor_bad", step=say(f"doc.step.{seen.failed.name}")))
    else:
        typer.echo(say("said.doctor_good", name=seen.node))


def say_as_json(say: Words, seen: ExaminationView) -> None:
    """Print one object, its keys stable, its sentences in the language of whoever asks."""
    steps = [
        {
            "name": step.name,
            "verdict": step.verdict,
            "cause": step.cause,
            "ms": step.ms,
            "facts": step.facts,
            "text": result_in_words(say, step),
            "advice": _said(say, step.advice),
            "vendor": _said(say, step.vendor),
        }
        for step in seen.steps
    ]
    found = {"node": seen.node, "ok": seen.ok, "cause": seen.cause, "steps": steps}
    typer.echo(json.dumps(found, ensure_ascii=False, indent=2))


def _said(say: Words, saying: Saying | None) -> str:
    return say.saying(saying) if saying is not None else ""

"""The job table: what runs, what waits, what failed and why."""

from collections.abc import Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType

from appliance.contract.jobs import JobView
from tui.screens.page import PAGE, ListPage, state_cell
from tui.widgets.rows import Cell, Row
from tui.widgets.text import SIGNS, Fact

TONES = {"waiting": "mute", "running": "info", "done": "ok", "dead": "bad", "cancelled": "mute"}


class Jobs(ListPage):
    """Jobs, newest first."""

    name_ = "jobs"
    COLUMNS = (
        ("job", 6, 0, True, 0),
        ("kind", 12, 0, False, 0),
        ("target", 14, 3, False, 0),
        ("state", 14, 2, False, 0),
        ("tries", 6, 0, True, 0),
        ("progress", 9, 0, True, 84),
        ("age", 6, 0, True, 0),
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("r", "retry", "k.retry"),
        Binding("x", "cancel", "k.canceljob"),
    ]

    async def fetch(self, offset: int) -> tuple[Sequence[JobView], int]:
        """Return jobs."""
        found = await self.console.link.jobs(self.query_text, offset, PAGE)
        return found.items, found.total

    def tone(self, job: JobView) -> str:
        """Return how a job feels: one that tried before and waits is to watch."""
        return "warn" if job.state == "waiting" and job.error else TONES.get(job.state, "mute")

    def row(self, item: JobView) -> Row:
        """Return number, kind, subject, state, tries, progress, age."""
        return Row(
            str(item.id),
            (
                Cell(str(item.id), "soft"),
                Cell(self.say(f"job.{item.kind}")),
                Cell(item.subject, "soft"),
                state_cell(self.tone(item), self.say(f"job.{item.state}")),
                Cell(f"{item.attempts}/{item.max_attempts}", "soft"),
                Cell(f"{item.done}/{item.total}" if item.total > 1 else "", "soft"),
                Cell(self._age(item), "dim"),
            ),
        )

    def _age(self, job: JobView) -> str:
        seconds = int((self.console.now() - job.created).total_seconds())
        if seconds < 90:
            return f"{max(0, seconds)} s"
        return f"{seconds // 60} min" if seconds < 5400 else f"{seconds // 3600} h"

    def facts_title(self, item: JobView) -> str:
        """Return number and kind."""
        return f"{item.id}  {self.say(f'job.{item.kind}')}"

    def facts(self, item: JobView) -> list[Fact]:
        """Return the state, why, what to do."""
        say, tone = self.say, self.tone(item)
        done = f"  {item.done}/{item.total}" if item.total > 1 else ""
        out = [Fact(say("col.state"), say(f"job.{item.state}") + done, tone, SIGNS[tone])]
        if item.error:
            known = f"peer.{item.error}"
            out.append(Fact(say("job.error"), say(known) if say.has(known) else item.error))
        if item.state == "dead":
            out.append(Fact(say("do"), say("job.dead.do"), "brand", "→"))
        if item.state == "waiting" and item.due is not None:
            out.append(Fact(say("job.next"), self.at(item.due, "%H:%M:%S")))
        return [
            *out,
            Fact(say("col.target"), item.subject),
            Fact(say("col.tries"), f"{item.attempts} / {item.max_attempts}"),
            Fact(say("job.created"), self.at(item.created, "%d/%m/%Y %H:%M:%S")),
        ]

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Retry what failed, cancel what has not ended."""
        job = self.current if self.is_mounted else None
        if action == "retry":
            return job is not None and job.state in ("dead", "cancelled")
        if action == "cancel":
            return job is not None and job.state in ("waiting", "running")
        return super().check_action(action, parameters)

    def action_retry(self) -> None:
        """Queue it again."""
        self._act("retry")

    def action_cancel(self) -> None:
        """Give it up."""
        self._act("cancel")

    def _act(self, act: str) -> None:
        job = self.current
        if job is None:
            return

        async def verb() -> str:
            await self.console.link.job_act(job.id, act)
            return self.say(f"done.{act}", id=job.id)

        self.act(verb)

"""What is sent to the PACS of what was deposited: where each sending stands, and whether its arrival is proven."""

from collections.abc import Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType

from appliance.contract.sendings import SendAsked, SendingView
from tui.screens.page import PAGE, ListPage, state_cell
from tui.widgets.frame import FactsView
from tui.widgets.rows import Cell, Row, Rows
from tui.widgets.text import SIGNS, Fact

TONES = {"sending": "info", "awaiting": "info", "proven": "ok", "partly": "warn", "failed": "bad"}
ADVICE = {"awaiting": "sending.awaiting.do", "partly": "sending.failed.do", "failed": "sending.failed.do"}
STOPPED = ("dead", "cancelled")


class Sendings(ListPage):
    """Sendings, newest first."""

    name_ = "sendings"
    ABOVE = "nodes"
    COLUMNS = (
        ("job", 5, 0, True, 0),
        ("to", 12, 1, False, 0),
        ("state", 20, 2, False, 0),
        ("proven", 9, 0, True, 0),
        ("failed", 8, 0, True, 84),
        ("at", 16, 0, False, 84),
        ("exam", 16, 3, False, 0),
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("r", "again", "k.retry"),
        Binding("x", "cancel", "k.canceljob"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._whole: dict[int, SendingView] = {}

    @property
    def crumb(self) -> str:
        """Return the way here."""
        return f"PACS › {self.say('page.sendings')}"

    async def fetch(self, offset: int) -> tuple[Sequence[SendingView], int]:
        """Return sendings."""
        if not offset:
            self._whole.clear()
        found = await self.console.link.sendings(self.query_text, offset, PAGE)
        return found.items, found.total

    def tone(self, item: SendingView) -> str:
        """Return how a sending feels: one that nobody goes on with is to repair."""
        return "bad" if item.job_state in STOPPED else TONES.get(item.state, "mute")

    def row(self, item: SendingView) -> Row:
        """Return number, node, state, objects proven and failed, when, the exam."""
        return Row(
            str(item.id),
            (
                Cell(str(item.id), "soft"),
                Cell(item.node),
                state_cell(self.tone(item), self.state(item)),
                Cell(f"{item.proven}/{_objects(item)}", "soft"),
                Cell(str(item.failed or ""), "soft"),
                Cell(self.at(item.asked_at), "dim"),
                Cell(item.study_uid, "soft"),
            ),
        )

    def state(self, item: SendingView) -> str:
        """Return the state; of one that stopped before its end, that."""
        word = f"job.{item.job_state}" if item.job_state in STOPPED else f"sending.{item.state}"
        return self.say(word)

    def facts_title(self, item: SendingView) -> str:
        """Return number and node."""
        return f"{item.id}  {item.node}"

    def facts(self, item: SendingView) -> list[Fact]:
        """Return the state, what to do, the counts, what failed and why."""
        say, tone = self.say, self.tone(item)
        out = [Fact(say("col.state"), self.state(item), tone, SIGNS[tone])]
        if item.cause:
            out.append(Fact(say("job.error"), self._why(item.cause)))
        if (advice := _advice(item)) is not None:
            out.append(Fact(say("do"), say(advice), "brand", "→"))
        counts = (("waiting", item.waiting), ("sent", item.sent), ("proven", item.proven), ("failed", item.failed))
        whole = self._whole.get(item.id)
        return [
            *out,
            Fact(say("sending.objects"), "  ".join(f"{say(f'object.{name}')} {n}" for name, n in counts if n) or "0"),
            Fact(say("col.exam"), item.study_uid),
            Fact(say("col.at"), self.at(item.asked_at, "%d/%m/%Y %H:%M:%S")),
            *(
                Fact(say("object.failed"), f"{one.objects}: {self._why(one.cause)} {one.detail}".rstrip(), "bad")
                for one in (whole.failures if whole else ())
            ),
        ]

    def _why(self, cause: str) -> str:
        known = f"peer.{cause}"
        return self.say(known) if self.say.has(known) else cause

    def on_rows_highlighted(self, event: Rows.Highlighted) -> None:
        """Show the facts, then read why objects of this one failed."""
        super().on_rows_highlighted(event)
        item = self.current
        if item is not None and item.failed and item.id not in self._whole:
            self.ask(lambda: self._read(item.id), "whole")

    async def _read(self, number: int) -> None:
        self._whole[number] = await self.console.link.sending(number)
        now = self.current
        if now is not None and now.id == number:
            self.query_one(FactsView).show(self.facts(now), self.facts_title(now))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Again what stopped or failed; give up what is still to be sent."""
        item = self.current if self.is_mounted else None
        if action == "again":
            return item is not None and (item.job_state in STOPPED or item.state in ("partly", "failed"))
        if action == "cancel":
            return item is not None and item.state == "sending" and item.job_state in ("waiting", "running")
        return super().check_action(action, parameters)

    def action_again(self) -> None:
        """Go on with what stopped; of what failed, send again all that no PACS is proven to have."""
        item = self.current
        if item is None:
            return

        async def verb() -> str:
            link = self.console.link
            if item.job is not None and item.job_state in STOPPED:
                await link.job_act(item.job, "retry")
                return self.say("done.retry", id=item.job)
            made = await link.send(SendAsked(study_uid=item.study_uid, node=item.node))
            return self.say("done.send", id=made.id, n=made.waiting, name=made.node)

        self.act(verb)

    def action_cancel(self) -> None:
        """Give up what waits; what has gone stays gone."""
        item = self.current
        if item is None or item.job is None:
            return
        number = item.job

        async def verb() -> str:
            await self.console.link.job_act(number, "cancel")
            return self.say("done.cancel", id=number)

        self.act(verb)


def _objects(item: SendingView) -> int:
    return item.waiting + item.sent + item.proven + item.failed


def _advice(item: SendingView) -> str | None:
    return "sending.stopped.do" if item.job_state in STOPPED else ADVICE.get(item.state)

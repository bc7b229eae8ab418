"""The doctor of one PACS: each step as it ends, and the line to send to its vendor."""

from collections.abc import Sequence
from functools import partial
from textwrap import wrap
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from appliance.contract.examinations import ExaminationView, StepView, result_in_words
from appliance.contract.faults import Refused, Unavailable
from appliance.contract.nodes import NodeView
from appliance.contract.words import Words
from appliance.domain.diagnosis import StepName, ladder
from appliance.domain.nodes import Method
from tui.here import start
from tui.screens.page import Page
from tui.widgets.text import fit, line, literal, sign, span, stack

LABEL, MS = 14, 9
_HEADS = {"mute": "dim", "bad": "head"}
_TONES = {"mute": "soft", "ok": "", "warn": "warn", "bad": "bad"}


class Doctor(Page):
    """An examination, from its first step to its verdict."""

    name_ = "doctor"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("r", "again", "k.again"),
        Binding("y", "copy", "k.copyvendor"),
        Binding("escape", "leave", "k.back"),
    ]

    def __init__(self, node: NodeView) -> None:
        super().__init__()
        self.node = node
        self.seen: ExaminationView | None = None
        self.running = False

    @property
    def crumb(self) -> str:
        """Return the way here."""
        return f"PACS › {self.node.name} › {self.say('page.doctor')}"

    def body(self) -> ComposeResult:
        """Yield whom we ask, the steps and the outcome."""
        node = self.node
        if node.url:
            # No association, so no title of ours either.
            yield Static(line(" ", span("DICOMweb", "head"), span(f"  {node.url}", "soft")), id="bar")
        else:
            address = span(f"  {node.host}:{node.port}   ", "soft")
            ours = span(self.say("doctor.as", ours=node.our_aet), "dim")
            yield Static(line(" ", span(node.aet, "head"), address, ours), id="bar")
        with VerticalScroll(id="steps"):
            yield Static(id="steps-text")
        yield Static(id="outcome")

    def on_mount(self) -> None:
        """Begin, the steps under the arrow keys."""
        self.query_one("#steps").focus()
        super().on_mount()

    def reload(self) -> None:
        """Examine from the beginning."""
        self.seen, self.running = None, True
        self._outcome("info", self.say("doctor.running"))

        async def job() -> None:
            try:
                async for seen in self.console.link.examine(self.node.name):
                    self.seen = seen
                    self._draw()
            finally:
                self.running = False
            self._judge()

        self.ask(job)

    def _judge(self) -> None:
        seen, say = self.seen, self.say
        if seen is None:
            return
        if seen.cause:
            word = f"peer.{seen.cause}"
            self._outcome("bad", say("doctor.cut", cause=say(word) if say.has(word) else seen.cause))
        elif seen.failed is not None:
            self._outcome("bad", say("doctor.bad", step=say(f"doc.step.{seen.failed.name}")))
        else:
            self._outcome("ok", say("doctor.good"))
        self.refresh_bindings()

    def on_lost(self) -> None:
        """Say that the examination goes on without us."""
        self._outcome("bad", self.say("doctor.lost"))

    def _outcome(self, tone: str, text: str) -> None:
        self.query_one("#outcome", Static).update(line(" ", sign(tone), " ", span(text, "head")))

    def _draw(self) -> None:
        if self.seen is not None:
            width = max(40, (self.query_one("#steps").size.width or 78) - 3)
            steps = ladder(Method(self.node.method))
            self.query_one("#steps-text", Static).update(drawn(self.seen, steps, self.say, width))

    def on_resize(self, _event: events.Resize) -> None:
        """Draw again for the width at hand."""
        self.call_after_refresh(self._draw)

    @property
    def vendor(self) -> str:
        """Return the first line for the vendor: of what failed before what could be better."""
        steps = sorted(self.seen.steps if self.seen else (), key=lambda step: step.verdict != "fail")
        return next((self.say.saying(step.vendor) for step in steps if step.vendor is not None), "")

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Copy only what there is."""
        del parameters
        return bool(self.vendor) if action == "copy" else True

    def action_again(self) -> None:
        """Examine again, once the one under way is over."""
        if not self.running:
            self.reload()

    def action_copy(self) -> None:
        """Put the line for the vendor into the terminal's clipboard."""
        if self.vendor:
            self.console.copy_to_clipboard(self.vendor)
            self.console.tell("ok", self.say("done.copied"))

    def action_leave(self) -> None:
        """Go back to the nodes; an examination under way is stopped."""
        seen = self.seen
        if seen is not None and self.running:
            start(self.console.screen_stack[0], partial(self._stop, seen.id), "stop")
        self.dismiss(None)

    async def _stop(self, number: int) -> None:
        try:
            await self.console.link.job_act(number, "cancel")
        except (Refused, Unavailable):
            return


def drawn(seen: ExaminationView, steps: Sequence[StepName], say: Words, width: int) -> Content:
    """Return every step: those that ended, the one under way, those to come."""
    out: list[Content] = []
    for step in seen.steps:
        out += _ended(step, say, width)
    for number, name in enumerate(steps[len(seen.steps) :]):
        running = not number and not seen.ended
        head = span(fit(say(f"doc.step.{name}"), LABEL - 2), "head" if running else "dim")
        state = span(say("step.running" if running else "step.not"), "dim")
        out.append(line(sign("info" if running else ""), " ", head, state))
    return stack(out)


def _ended(step: StepView, say: Words, width: int) -> list[Content]:
    tone = step.level
    room = max(20, width - LABEL - MS)
    rows = wrap(literal(result_in_words(say, step)), room) or [""]
    ms = f"{step.ms} ms" if step.ms is not None else ""
    head = span(fit(say(f"doc.step.{step.name}"), LABEL - 2), _HEADS.get(tone, ""))
    first = span(fit(rows[0], room), _TONES[tone])
    out = [line(sign(tone), " ", head, first, span(fit(ms, MS, right=True), "dim"))]
    out += [line(" " * LABEL, span(row, _TONES[tone])) for row in rows[1:]]
    if step.advice is not None:
        out += _marked(say("do"), wrap(literal(say.saying(step.advice)), width - LABEL - 12), tone)
    if step.vendor is not None:
        out.append(line(" " * (LABEL - 1), span("│ ", tone), span(say("step.vendor"), "brand")))
        lines = wrap(literal(say.saying(step.vendor)), width - LABEL - 3)
        out += [line(" " * (LABEL - 1), span("│ ", tone), span(f"  {one}", "head")) for one in lines]
    return out


def _marked(label: str, rows: list[str], tone: str) -> list[Content]:
    return [
        line(" " * (LABEL - 1), span("│ ", tone), span(fit("" if number else label, 10), "dim"), span(row))
        for number, row in enumerate(rows)
    ]

"""Searching in one PACS, and fetching what it has."""

import re
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Input, Static

from appliance.contract.nodes import FindAsked, FoundStudy, NodeView, PullAsked
from tui.screens.page import Page
from tui.widgets.rows import Cell, Column, Row, Rows
from tui.widgets.text import line, sign, span

_DATE = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})")


class Find(Page):
    """A search at STUDY level in one node."""

    name_ = "find"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("r", "pull", "k.pull"),
        Binding("tab", "app.focus_next", "k.next"),
        Binding("escape", "leave", "k.back"),
    ]

    def __init__(self, node: NodeView) -> None:
        super().__init__()
        self.node = node
        self.found: tuple[FoundStudy, ...] = ()

    @property
    def crumb(self) -> str:
        """Return the way here."""
        return f"PACS › {self.node.name} › {self.say('page.find')}"

    def body(self) -> ComposeResult:
        """Yield the question, the verdict and the list."""
        yield Static(span(self.say("find.label", name=self.node.name), "soft"), classes="label")
        yield Input(id="patient", placeholder=self.say("find.hint"))
        yield Static("", id="effect")
        yield Rows(
            [
                Column(self.say("col.ipp"), 10, 1),
                Column(self.say("col.patient"), 16, 2),
                Column(self.say("col.date"), 10),
                Column(self.say("col.mod"), 5),
                Column(self.say("col.exam"), 12, 2),
                Column(self.say("col.images"), 6, 0, True, 90),
            ],
            id="exams",
        )

    def on_mount(self) -> None:
        """Ask for a patient."""
        super().on_mount()
        self.query_one("#patient", Input).focus()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Search."""
        text = event.value.strip()
        if not text:
            return
        self._say("info", self.say("find.running", name=self.node.name))

        async def job() -> None:
            answer = await self.console.link.find(understood(text, self.node.name))
            self.found = answer.studies
            self._fill()
            silent = [one for one in answer.nodes if not one.ok]
            if silent:
                known = f"peer.{silent[0].cause}"
                cause = self.say(known) if self.say.has(known) else silent[0].cause
                self._say("bad", self.say("find.silent", name=silent[0].name, cause=cause))
            elif not self.found:
                self._say("mute", self.say("find.none", name=self.node.name))
            else:
                more = f"  ({self.say('find.more')})" if answer.more else ""
                self._say("ok", self.say("find.done", n=len(self.found)) + more)
                self.query_one(Rows).focus()

        self.ask(job, "find")

    def _say(self, tone: str, text: str) -> None:
        self.query_one("#effect", Static).update(line(sign(tone), " ", span(text)))

    def _fill(self) -> None:
        rows = [
            Row(
                study.uid,
                (
                    Cell(study.patient.id if study.patient else "", "soft"),
                    Cell(study.patient.name if study.patient else ""),
                    Cell(self.say.date(study.date), "soft"),
                    Cell(study.modality, "soft"),
                    Cell(study.description),
                    Cell("" if study.instances is None else str(study.instances), "soft"),
                ),
            )
            for study in self.found
        ]
        self.query_one(Rows).show_rows(rows)
        self.refresh_bindings()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Fetch only what was found."""
        del parameters
        return bool(self.found) if action == "pull" else True

    def action_pull(self) -> None:
        """Fetch the study of the line."""
        if not self.found:
            return
        study = self.found[self.query_one(Rows).cursor]

        async def job() -> None:
            made = await self.console.link.pull(PullAsked(study_uid=study.uid, node=self.node.name))
            self.console.tell("ok", self.say("done.pull", id=made.id))

        self.ask(job, "act")

    def action_leave(self) -> None:
        """Go back to the nodes."""
        self.dismiss(None)


def understood(text: str, node: str) -> FindAsked:
    """Return the question in what was typed: a birth date, an identifier (it has a digit), else a name."""
    born = _DATE.search(text)
    birth = f"{born[3]}{born[2]:0>2}{born[1]:0>2}" if born else ""
    rest = _DATE.sub("", text).strip()
    if any(c.isdigit() for c in rest):
        return FindAsked(nodes=(node,), patient_id=rest, birth_date=birth)
    family, _, given = rest.partition(" ")
    return FindAsked(nodes=(node,), family_name=family, given_name=given.strip(), birth_date=birth)

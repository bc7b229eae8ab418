"""Issuing a code: a patient, ticked exams, what the record lacks, a duration; then the code, once, large."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Checkbox, Input, Static

from appliance.contract.codes import CodeStudy, CodeView, DraftView, IssueAsked
from appliance.domain.share_codes import grouped
from appliance.domain.sharing import Downloads, printed_day
from tui.screens.dialogs import Note
from tui.screens.page import Page, state_cell
from tui.widgets.rows import Cell, Column, Row, Rows
from tui.widgets.text import line, sign, span

MOST_ROWS = 8
TONES = {"available": "ok", "preparing": "info", "requested": "info", "unknown": "info", "unreachable": "bad"}


class Issue(Page):
    """The form of a new code."""

    name_ = "issue"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "tick", "k.tick"),
        Binding("ctrl+s", "issue", "k.issueprint"),
        Binding("tab", "app.focus_next", "k.next"),
        Binding("escape", "leave", "k.cancel"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self.draft: DraftView | None = None

    @property
    def crumb(self) -> str:
        """Return the way here."""
        return f"{self.say('page.codes')} › {self.say('page.issue')}"

    def body(self) -> ComposeResult:
        """Yield the fields."""
        say = self.say
        with VerticalScroll(id="issue-fields"):
            yield Static(span(say("issue.patient"), "soft"), classes="label")
            yield Input(id="patient", placeholder=say("issue.hint"))
            yield Static("", id="found")
            yield Static(span(say("issue.exams"), "soft"), classes="label")
            columns = [Column("", 3), Column("", 10), Column("", 5), Column("", 16, 3), Column("", 16, 2)]
            yield Rows(columns, head=False, id="exams")
            for name in ("given", "birth"):
                yield Static(span(say(f"issue.{name}"), "soft"), classes="label", id=f"label-{name}")
                yield Input(id=name)
            yield Static(span(say("issue.days"), "soft"), classes="label", id="label-days")
            yield Input("", id="days")
            yield Checkbox(say("issue.downloads"), id="downloads", compact=True)
        yield Static("", id="effect")

    def on_mount(self) -> None:
        """Ask for a patient first."""
        super().on_mount()
        self.query_one("#patient", Input).focus()
        self._fill()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Look the patient up; in the other fields, go on."""
        if event.input.id != "patient":
            self.focus_next()
            return
        text = event.value.strip()
        if not text:
            return
        self.draft = None
        self.query_one("#downloads", Checkbox).value = False
        self._fill(looking=True)
        value, _, issuer = text.partition("^^^")

        async def job() -> None:
            try:
                self.draft = await self.console.link.draft(value, issuer)
            finally:
                self._drafted()

        self.ask(job, "draft")

    def _drafted(self) -> None:
        rows, draft = self.query_one("#exams", Rows), self.draft
        if draft is not None:
            rows.ticked = {study.uid for study in draft.studies if study.state not in ("withdrawn", "identity")}
            self.query_one("#days", Input).value = str(draft.days)
            self.console.notice = None
            self.console.show_banner()
            rows.focus()
        self._fill()

    def _fill(self, *, looking: bool = False) -> None:
        draft, rows = self.draft, self.query_one("#exams", Rows)
        self.query_one("#found", Static).update(self._found(draft, looking=looking))
        rows.show_rows([self._row(study, ticked=study.uid in rows.ticked) for study in draft.studies] if draft else [])
        rows.styles.height = max(1, min(MOST_ROWS, rows.row_count))
        for name, need in (("given", "given_name"), ("birth", "birth_date")):
            needed = draft is not None and need in draft.needs
            note = span("   " + self.say("issue.needed" if needed else "issue.kept"), "warn" if needed else "dim")
            label = line(span(self.say(f"issue.{name}"), "soft"), note if draft else "")
            self.query_one(f"#label-{name}", Static).update(label)
        self.query_one("#downloads", Checkbox).display = draft is not None and draft.downloads is Downloads.CHOICE
        most = f"   1–{draft.max_days}" if draft else ""
        self.query_one("#label-days", Static).update(line(span(self.say("issue.days"), "soft"), span(most, "dim")))
        effect = line(" ", sign("ok"), " ", span(self.say("issue.effect", n=len(rows.ticked)))) if draft else ""
        self.query_one("#effect", Static).update(effect)

    def _found(self, draft: DraftView | None, *, looking: bool) -> Content:
        say = self.say
        if draft is None:
            return line(sign("info"), " ", say("issue.looking")) if looking else span(say("issue.nobody"), "dim")
        who = draft.patient
        silent = ", ".join(draft.silent_nodes)
        return line(
            span(who.name or who.id, "head"),
            span(f"   {say.date(who.birth_date)}   IPP {who.id}", "soft"),
            span(f"   ▲ {say('issue.silent', names=silent)}", "warn") if silent else "",
        )

    def _row(self, study: CodeStudy, *, ticked: bool) -> Row:
        uid = study.uid
        return Row(
            uid,
            (
                Cell("[x]" if ticked else "[ ]", "brand" if ticked else "dim"),
                Cell(self.say.date(study.date), "soft"),
                Cell(study.modality, "soft"),
                Cell(study.description),
                state_cell(TONES.get(study.state, "warn"), self.say(f"exam.{study.state}")),
            ),
        )

    def action_tick(self) -> None:
        """Tick or untick the exam of the line."""
        rows = self.query_one("#exams", Rows)
        if self.draft and self.draft.studies and rows.has_focus:
            rows.ticked ^= {self.draft.studies[rows.cursor].uid}
            self._fill()

    def on_rows_opened(self, _: Rows.Opened) -> None:
        """Tick by Enter too."""
        self.action_tick()

    def action_issue(self) -> None:
        """Issue, if all is there."""
        wrong = self._wrong()
        if wrong:
            self.console.tell("bad", wrong)
            return
        asked = self._asked()

        async def job() -> None:
            self._show(await self.console.link.issue(asked))

        self.ask(job, "act")

    def _wrong(self) -> str:
        if self.draft is None:
            return self.say("issue.needpatient")
        if not self.query_one("#exams", Rows).ticked:
            return self.say("issue.needexam")
        for name, need in (("given", "given_name"), ("birth", "birth_date")):
            if need in self.draft.needs and not self.query_one(f"#{name}", Input).value.strip():
                self.query_one(f"#{name}", Input).focus()
                return f"{self.say(f'issue.{name}')} : {self.say('issue.needed')}"
        days = self.query_one("#days", Input).value.strip()
        if not days.isdecimal() or not 1 <= int(days) <= self.draft.max_days:
            return self.say("bad.days", most=self.draft.max_days)
        return ""

    def _asked(self) -> IssueAsked:
        draft = self.draft
        if draft is None:
            raise RuntimeError("no draft")
        ticked = self.query_one("#exams", Rows).ticked
        return IssueAsked(
            patient_id=draft.patient.id,
            issuer=draft.patient.issuer,
            given_name=self.query_one("#given", Input).value,
            birth_date=self.query_one("#birth", Input).value,
            studies=tuple(study.uid for study in draft.studies if study.uid in ticked),
            days=int(self.query_one("#days", Input).value.strip()),
            downloads=self.query_one("#downloads", Checkbox).value,
        )

    def _show(self, made: CodeView) -> None:
        say, code = self.say, made.code or ""
        until = say.date(printed_day(made.expires_at).isoformat())
        born = say.date(made.patient.birth_date)
        text = Content("\n").join(
            [
                span(""),
                line("   ", span(grouped(code), "bold $brand")),
                span(""),
                line(span(made.patient.name, "head"), span(f"   {born}", "soft")),
                span(say("issue.until", at=until), "soft"),
            ]
        )
        note = Note(say("issue.done", id=made.share_id[:8]), text, code)
        self.console.push_screen(note, lambda _: self.dismiss(None))

    def action_leave(self) -> None:
        """Give up."""
        self.dismiss(None)

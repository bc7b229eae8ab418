"""Dialogs: typed confirmation, a small form, long work with its progress, a text to copy."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from appliance.contract.faults import Refused, Unavailable
from tui.here import Here, start
from tui.widgets.frame import KeyBar
from tui.widgets.text import line, sign, span

LOW = [(0, "-low"), (34, "-tall")]


class Confirm(Here, ModalScreen[bool]):
    """True once the reader has typed `word`; what will happen is said before."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "leave", "k.cancel")]
    VERTICAL_BREAKPOINTS = LOW

    def __init__(self, title: str, effects: list[str], word: str) -> None:
        super().__init__()
        self._heading, self._effects, self._word = title, effects, word

    def compose(self) -> ComposeResult:
        say = self.console.say
        with Vertical(classes="dialog -danger"):
            yield Static(span(self._heading, "bold $bad"), classes="heading")
            yield Static(Content("\n").join([line(span("– ", "dim"), span(e)) for e in self._effects]), classes="text")
            yield Static(line(span(say("confirm.type"), "soft"), " ", span(self._word, "bold $text1")), classes="label")
            yield Input(id="word")
            yield Static("", id="wrong")
            yield KeyBar(("enter", "k.confirm"))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        self.action_submit()

    def action_submit(self) -> None:
        if self.query_one("#word", Input).value.replace(" ", "").upper() == self._word.replace(" ", "").upper():
            self.dismiss(True)
        else:
            self.query_one("#wrong", Static).update(
                line(sign("bad"), " ", span(self.console.say("confirm.wrong"), "bad"))
            )

    def action_leave(self) -> None:
        self.dismiss(False)


def always(_values: dict[str, str]) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Field:
    """One field; ``secret`` is not shown as it is typed, and ``wanted`` says by the others whether it is asked."""

    key: str
    label: str
    value: str = ""
    hint: str = ""
    secret: bool = False
    wanted: Callable[[dict[str, str]], bool] = always


class Form(Here, ModalScreen[dict[str, str] | None]):
    """Labelled fields in one column. `judge` returns a refusal or the effect, shown while one types.

    Every value is given back, those of fields that were not asked as they were.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "k.cancel"),
        Binding("tab", "app.focus_next", "k.next"),
        Binding("ctrl+s", "submit", "k.save"),
    ]
    VERTICAL_BREAKPOINTS = LOW

    def __init__(
        self,
        title: str,
        fields: list[Field],
        judge: Callable[[dict[str, str]], Awaitable[tuple[str, str]]] | None = None,
    ) -> None:
        super().__init__()
        self._heading, self._fields, self._judge = title, fields, judge
        self.tone = "ok"

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            yield Static(span(self._heading, "head"), classes="heading")
            for f in self._fields:
                with Vertical(classes="field", id=f"field-{f.key}"):
                    yield Static(line(span(f.label, "soft"), "  ", span(f.hint, "dim")))
                    yield Input(f.value, id=f"f-{f.key}", password=f.secret, select_on_focus=False)
            yield Static("", id="effect")
            yield KeyBar()

    def on_mount(self) -> None:
        self.query(Input).first().focus()
        self._look()

    def values(self) -> dict[str, str]:
        return {f.key: self.query_one(f"#f-{f.key}", Input).value.strip() for f in self._fields}

    def on_input_changed(self, _: Input.Changed) -> None:
        self._look()

    def _look(self) -> None:
        values = self.values()
        for f in self._fields:
            self.query_one(f"#field-{f.key}").display = f.wanted(values)

        async def job() -> None:
            if self._judge is None:
                return
            try:
                self.tone, text = await self._judge(self.values())
            except Refused as no:
                self.tone, text = "bad", self.console.say.fault(no.fault.cause, no.fault.facts)
            except Unavailable as away:
                self.console.lost(away.cause)
                self.tone, text = "bad", self.console.say("state.lost")
            self.query_one("#effect", Static).update(
                line(sign(self.tone), " ", span(text, self.tone if self.tone == "bad" else "")) if text else ""
            )

        start(self, job, "judge")

    def on_input_submitted(self, event: Input.Submitted) -> None:
        values = self.values()
        inputs = [self.query_one(f"#f-{f.key}", Input) for f in self._fields if f.wanted(values)]
        at = inputs.index(event.input)
        if at + 1 < len(inputs):
            inputs[at + 1].focus()
        else:
            self.action_submit()

    def action_submit(self) -> None:
        if self.tone != "bad":
            self.dismiss(self.values())

    def action_leave(self) -> None:
        self.dismiss(None)


class Working(Here, ModalScreen[None]):
    """Work that is waited for; Esc leaves it. ``work`` returns a tone and the sentence of its end."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,enter", "leave", "k.stop")]

    def __init__(self, title: str, running: str, work: Callable[[], Awaitable[tuple[str, str]]]) -> None:
        super().__init__()
        self._heading, self._running_text, self._work = title, running, work

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            yield Static(span(self._heading, "head"), classes="heading")
            yield Static(line(sign("info"), " ", span(self._running_text, "soft")), id="progress")
            yield KeyBar()

    def on_mount(self) -> None:
        start(self, self._run, "work")

    async def _run(self) -> None:
        try:
            tone, text = await self._work()
        except Unavailable as away:
            self.console.lost(away.cause)
            tone, text = "bad", self.console.say("work.cut")
        except Refused as no:
            tone, text = "bad", self.console.say.fault(no.fault.cause, no.fault.facts)
        self.query_one("#progress", Static).update(line(sign(tone), " ", span(text, tone if tone == "bad" else "")))

    def action_leave(self) -> None:
        self.workers.cancel_node(self)
        self.dismiss(None)


class Note(Here, ModalScreen[None]):
    """A result to read or copy: `y` puts `copied` on the clipboard of the terminal (OSC 52)."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "copy", "k.copy"),
        Binding("escape,enter", "leave", "k.close"),
    ]

    def __init__(self, title: str, text: Content, copied: str) -> None:
        super().__init__()
        self._heading, self._text, self._copied = title, text, copied

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            yield Static(span(self._heading, "head"), classes="heading")
            yield Static(self._text, classes="text")
            yield KeyBar()

    def action_copy(self) -> None:
        self.console.copy_to_clipboard(self._copied)
        self.console.tell("ok", self.console.say("done.copied"))
        self.dismiss(None)

    def action_leave(self) -> None:
        self.dismiss(None)

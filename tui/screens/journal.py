"""The journal: who did what, and the proof that nobody changed it."""

from collections.abc import Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType

from appliance.contract.journal import EntryView
from tui.screens.dialogs import Working
from tui.screens.page import PAGE, ListPage
from tui.widgets.rows import Cell, Row
from tui.widgets.text import Fact

FAMILIES = ("", "access", "code", "login", "admin", "system")


class Journal(ListPage):
    """Records, newest first."""

    name_ = "journal"
    WAYS = tuple(f"family.{f or 'all'}" for f in FAMILIES)
    COLUMNS = (
        ("at", 14, 0, False, 0),
        ("who", 15, 1, False, 0),
        ("what", 16, 2, False, 0),
        ("subject", 16, 2, False, 0),
        ("address", 13, 0, False, 92),
        ("number", 9, 0, True, 100),
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("right", "way(1)", "k.filter", key_display="←→"),
        Binding("v", "verify", "k.verify"),
    ]

    async def fetch(self, offset: int) -> tuple[Sequence[EntryView], int]:
        """Return records of the family chosen."""
        found = await self.console.link.journal(self.query_text, offset, PAGE, FAMILIES[self.way])
        return found.items, found.total

    def row(self, item: EntryView) -> Row:
        """Return who did what, when, to what."""
        return Row(
            str(item.number),
            (
                Cell(self.at(item.at, "%d/%m %H:%M:%S"), "soft"),
                Cell(item.who),
                Cell(self.what(item), "warn" if item.cause else ""),
                Cell(item.subject, "soft"),
                Cell(item.address, "soft"),
                Cell(str(item.number), "dim"),
            ),
        )

    def what(self, entry: EntryView) -> str:
        """Return the verb in words, with its cause."""
        known = f"verb.{entry.verb}"
        verb = self.say(known) if self.say.has(known) else entry.verb
        return f"{verb} ({entry.cause})" if entry.cause else verb

    def facts_title(self, item: EntryView) -> str:
        """Return the number."""
        return f"n° {self.say.number(item.number)}"

    def facts(self, item: EntryView) -> list[Fact]:
        """Return the whole record."""
        say = self.say
        more = [Fact(name, str(value)) for name, value in item.facts.items()]
        return [
            Fact(say("col.what"), self.what(item)),
            Fact(say("col.who"), item.who),
            Fact(say("col.subject"), item.subject),
            Fact(say("col.at"), self.at(item.at, "%d/%m/%Y %H:%M:%S")),
            Fact(say("col.address"), item.address or "–"),
            Fact(say("col.family"), say(f"family.{item.family}")),
            *more,
            Fact(say("journal.digest"), item.digest),
        ]

    def action_verify(self) -> None:
        """Walk the whole chain."""

        async def work() -> tuple[str, str]:
            verdict = await self.console.link.verify_journal()
            if verdict.broken_at is None:
                return "ok", self.say("verify.good", n=verdict.records)
            return "bad", self.say("verify.bad", number=verdict.broken_at)

        dialog = Working(self.say("verify.title"), self.say("verify.running"), work)
        self.console.push_screen(dialog, lambda _: self.reload())

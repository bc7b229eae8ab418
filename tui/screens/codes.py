"""Share codes: their life, issuing, extending, revoking. A code is not shown until somebody asks: that is journaled."""

from collections.abc import Sequence
from datetime import timedelta
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content

from appliance.contract.codes import CodeView
from appliance.domain.share_codes import grouped
from appliance.domain.sharing import printed_day
from tui.screens.dialogs import Confirm, Field, Form, Note
from tui.screens.issue import Issue
from tui.screens.page import PAGE, ListPage, state_cell
from tui.widgets.rows import Cell, Row
from tui.widgets.text import SIGNS, Fact, line, span

TONES = {"valid": "ok", "not_yet_valid": "info", "expired": "mute", "blocked": "bad", "revoked": "mute"}
MOST_DAYS = 365
SHORT = 8


def short(share_id: str) -> str:
    """Return the beginning of a share's identifier: enough for people to name it."""
    return share_id[:SHORT]


class Codes(ListPage):
    """Shares, newest first."""

    name_ = "codes"
    COLUMNS = (
        ("share", 8, 0, False, 0),
        ("patient", 20, 3, False, 0),
        ("ipp", 10, 0, False, 104),
        ("exams", 6, 0, True, 84),
        ("expires", 10, 0, False, 0),
        ("used", 7, 0, True, 0),
        ("state", 18, 2, False, 0),
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("n", "issue", "k.issue"),
        Binding("v", "reveal", "k.reveal"),
        Binding("e", "extend", "k.extend"),
        Binding("u", "unblock", "k.unblock"),
        Binding("x", "revoke", "k.revoke"),
    ]

    async def fetch(self, offset: int) -> tuple[Sequence[CodeView], int]:
        """Return shares."""
        found = await self.console.link.codes(self.query_text, offset, PAGE)
        return found.items, found.total

    def until(self, code: CodeView) -> str:
        """Return the last day on which the code works."""
        return self.say.date(printed_day(code.expires_at).isoformat())

    def state(self, code: CodeView) -> str:
        """Return the state in words, with what blocks it."""
        exact = f"share.{code.state}.{code.blocked_cause}"
        return self.say(exact) if code.blocked_cause and self.say.has(exact) else self.say(f"share.{code.state}")

    def row(self, item: CodeView) -> Row:
        """Return share, patient, end, use, state."""
        return Row(
            item.share_id,
            (
                Cell(short(item.share_id), "soft"),
                Cell(item.patient.name or item.patient.id),
                Cell(item.patient.id, "soft"),
                Cell(str(len(item.studies)), "soft"),
                Cell(self.until(item), "soft"),
                Cell(f"{item.redeemers}/{item.max_redeemers}", "soft"),
                state_cell(TONES.get(item.state, "mute"), self.state(item)),
            ),
        )

    def facts_title(self, item: CodeView) -> str:
        """Return share and patient."""
        return f"{short(item.share_id)}  {item.patient.name}"

    def facts(self, item: CodeView) -> list[Fact]:
        """Return the state, what to do, its life, its exams."""
        say, tone = self.say, TONES.get(item.state, "mute")
        out = [Fact(say("col.state"), self.state(item), tone, SIGNS[tone])]
        if item.state != "valid":
            word = "identity" if item.blocked_cause == "identity" else item.state
            out.append(Fact(say("do"), say(f"life.{word}.do"), "brand", "→"))
        return [
            *out,
            Fact(say("code.life"), f"{self.at(item.issued_at, '%d/%m/%Y')} → {self.until(item)} 23:59"),
            Fact(say("col.used"), say("code.used", n=item.redeemers, max=item.max_redeemers)),
            Fact(say("code.downloads"), say("share.downloads" if item.downloads else "share.no_downloads")),
            Fact(say("code.by"), item.issued_by or "–"),
            *([Fact(say("code.comment"), item.comment)] if item.comment else []),
            Fact("IPP", f"{item.patient.id}   {say.date(item.patient.birth_date)}"),
            Fact("", ""),
            *(
                Fact(say.date(s.date), f"{s.modality}  {s.description}  ({say(f'exam.{s.state}')})")
                for s in item.studies
            ),
        ]

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Hide what cannot be done to this share."""
        code = self.current if self.is_mounted else None
        if action == "unblock":
            return code is not None and code.state == "blocked"
        if action == "reveal":
            return code is not None and code.state not in ("revoked", "expired")
        if action in ("extend", "revoke"):
            return code is not None and code.state != "revoked"
        return super().check_action(action, parameters)

    def action_issue(self) -> None:
        """Issue another."""
        self.console.push_screen(Issue(), lambda _: self.reload())

    def action_reveal(self) -> None:
        """Show the code; journaled by the service."""
        code = self.current
        if code is None:
            return

        async def job() -> None:
            told = (await self.console.link.reveal(code.share_id)).code or ""
            text = Content("\n").join(
                [
                    span(""),
                    line("   ", span(grouped(told), "bold $brand")),
                    span(""),
                    span(self.say("reveal.note"), "soft"),
                ]
            )
            title = self.say("reveal.title", id=short(code.share_id), patient=code.patient.name)
            self.console.push_screen(Note(title, text, told))

        self.ask(job, "act")

    def action_extend(self) -> None:
        """Give more days."""
        code = self.current
        if code is None:
            return

        async def judge(values: dict[str, str]) -> tuple[str, str]:
            if not _days(values["days"]):
                return "bad", self.say("bad.days", most=MOST_DAYS)
            start = max(printed_day(code.expires_at), self.console.now().date())
            end = start + timedelta(days=int(values["days"]))
            return "ok", self.say("extend.effect", at=self.say.date(end.isoformat()))

        def done(values: dict[str, str] | None) -> None:
            if values:
                self.act(lambda: self._extend(code, int(values["days"])))

        title = self.say("extend.title", id=short(code.share_id), patient=code.patient.name)
        self.console.push_screen(Form(title, [Field("days", self.say("extend.days"), "30", "1–365")], judge), done)

    async def _extend(self, code: CodeView, days: int) -> str:
        after = await self.console.link.extend(code.share_id, days)
        return self.say("done.extend", id=short(code.share_id), at=self.until(after))

    def action_unblock(self) -> None:
        """Lift the block."""
        code = self.current
        if code is None:
            return

        async def verb() -> str:
            await self.console.link.unblock(code.share_id)
            return self.say("done.unblock", id=short(code.share_id))

        self.act(verb)

    def action_revoke(self) -> None:
        """End it for good, once its identifier is typed."""
        code = self.current
        if code is None:
            return

        async def verb() -> str:
            await self.console.link.revoke(code.share_id, "console")
            return self.say("done.revoke", id=short(code.share_id))

        word = short(code.share_id)
        title = self.say("revoke.title", id=word, patient=code.patient.name)
        effects = [self.say("revoke.1", n=code.redeemers), self.say("revoke.2"), self.say("revoke.3")]
        self.console.push_screen(Confirm(title, effects, word), lambda yes: self.act(verb) if yes else None)


def _days(text: str) -> bool:
    return text.isdecimal() and 1 <= int(text) <= MOST_DAYS

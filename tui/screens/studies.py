"""Exams: search, the states a physician may see, and the way to the picture itself."""

from collections.abc import Sequence
from functools import partial
from typing import ClassVar

from textual.binding import Binding, BindingType

from appliance.contract.nodes import PullAsked
from appliance.contract.studies import ReleaseAsked, StudyView
from tui.screens.dialogs import Field, Form
from tui.screens.page import PAGE, ListPage, state_cell
from tui.screens.picture import Picture
from tui.widgets.frame import FactsView
from tui.widgets.rows import Cell, Row, Rows
from tui.widgets.text import SIGNS, Fact

TONES = {
    "available": "ok",
    "preparing": "info",
    "requested": "info",
    "incomplete": "warn",
    "unknown": "warn",
    "undisplayable": "warn",
    "unreachable": "bad",
    "identity": "bad",
    "embargoed": "mute",
    "withdrawn": "mute",
}


class Studies(ListPage):
    """Studies of the index, newest first."""

    name_ = "studies"
    COLUMNS = (
        ("date", 10, 0, False, 0),
        ("patient", 22, 3, False, 0),
        ("ipp", 10, 0, False, 90),
        ("mod", 5, 0, False, 0),
        ("exam", 14, 3, False, 96),
        ("state", 20, 3, False, 0),
        ("images", 7, 0, True, 0),
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,p", "picture", "k.picture", key_display="p"),
        Binding("r", "pull", "k.pull"),
        Binding("u", "release", "k.release"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._whole: dict[str, StudyView] = {}

    async def fetch(self, offset: int) -> tuple[Sequence[StudyView], int]:
        """Return studies."""
        if not offset:
            self._whole.clear()
        found = await self.console.link.studies(self.query_text, offset, PAGE)
        return found.items, found.total

    def row(self, item: StudyView) -> Row:
        """Return date, patient, state, images."""
        return Row(
            item.uid,
            (
                Cell(self.say.date(item.date), "soft"),
                Cell(item.patient.name or item.patient.id),
                Cell(item.patient.id, "soft"),
                Cell(item.modality, "soft"),
                Cell(item.description, "soft"),
                state_cell(TONES.get(item.state, "mute"), self.state(item)),
                Cell(str(item.received), "soft"),
            ),
        )

    def state(self, study: StudyView) -> str:
        """Return the state with its counts."""
        text = self.say(f"exam.{study.state}")
        if study.state == "preparing":
            return f"{text} {study.ready}/{study.received}"
        if study.state == "incomplete" and study.expected:
            return f"{text} {study.received}/{study.expected}"
        return text

    def facts_title(self, item: StudyView) -> str:
        """Return who, above everything."""
        return f"{item.patient.name}  {self.say.date(item.patient.birth_date)}  {item.patient.sex}"

    def facts(self, item: StudyView) -> list[Fact]:
        """Return the state, what to do, where it comes from, its series."""
        say, tone = self.say, TONES.get(item.state, "mute")
        out = [Fact(say("col.state"), self.state(item), tone, SIGNS[tone])]
        if tone != "ok":
            out.append(Fact(say("do"), say(f"exam.{item.state}.do"), "brand", "→"))
        whole = self._whole.get(item.uid)
        return [
            *out,
            Fact(say("col.exam"), f"{item.modality}  {item.description}"),
            Fact(say("study.counts"), f"{item.received}, {item.ready}" + self._bad(item.undisplayable)),
            Fact(say("study.from"), item.node or "–"),
            Fact(say("study.accession"), item.accession or "–"),
            Fact("IPP", f"{item.patient.id}  {item.patient.issuer}".strip()),
            Fact("UID", item.uid),
            *([Fact("", "")] if whole else []),
            *(
                Fact(
                    f"{say('series')} {series.number if series.number is not None else '–'}",
                    f"{series.modality}  {series.description}, {say('series.images', n=series.received)}"
                    + self._bad(series.undisplayable),
                )
                for series in (whole.series if whole else ())
            ),
        ]

    def _bad(self, count: int) -> str:
        return f"  ({self.say('series.bad', n=count)})" if count else ""

    def on_rows_highlighted(self, event: Rows.Highlighted) -> None:
        """Show the facts, then read the series of this line too."""
        super().on_rows_highlighted(event)
        study = self.current
        if study is not None and study.uid not in self._whole:
            self.ask(lambda: self._read(study.uid), "whole")

    async def _read(self, uid: str) -> None:
        self._whole[uid] = await self.console.link.study(uid)
        now = self.current
        if now is not None and now.uid == uid:
            self.query_one(FactsView).show(self.facts(now), self.facts_title(now))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Hide what needs a study when there is none."""
        study = self.current if self.is_mounted else None
        if action == "release":
            return study is not None and study.state == "embargoed"
        if action in ("picture", "pull"):
            return study is not None and study.state != "withdrawn"
        return super().check_action(action, parameters)

    def action_picture(self) -> None:
        """Draw one image."""
        study = self.current
        if study is None:
            return
        if study.ready <= 0:
            self.console.tell("warn", self.say("picture.none", state=self.state(study)))
            return

        async def job() -> None:
            whole = await self.console.link.study(study.uid)
            if any(series.ready for series in whole.series):
                self.console.push_screen(Picture(whole))
            else:
                self.console.tell("warn", self.say("picture.none", state=self.state(whole)))

        self.ask(job, "picture")

    open_item = action_picture

    def action_pull(self) -> None:
        """Fetch it again from the PACS."""
        study = self.current
        if study is None:
            return

        async def verb() -> str:
            job = await self.console.link.pull(PullAsked(study_uid=study.uid, node=study.node or None))
            return self.say("done.pull", id=job.id)

        self.act(verb)

    def action_release(self) -> None:
        """Open it before its report, once somebody says why."""
        study, say = self.current, self.say
        if study is None:
            return

        async def judge(values: dict[str, str]) -> tuple[str, str]:
            return ("ok", say("release.effect")) if values["reason"] else ("bad", say("release.needed"))

        async def release(reason: str) -> str:
            await self.console.link.release(study.uid, ReleaseAsked(reason=reason[:512]))
            return say("done.release", patient=study.patient.name, date=say.date(study.date))

        def save(values: dict[str, str] | None) -> None:
            if values is not None:
                self.act(partial(release, values["reason"]))

        fields = [Field("reason", say("release.reason"), "", say("release.hint"))]
        self.console.push_screen(Form(say("release.title", exam=self.facts_title(study)), fields, judge), save)

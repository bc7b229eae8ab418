"""Can doctors see images now? One sentence, the alarms and their remedies, then the figures behind them."""

from collections.abc import Callable
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container, Horizontal
from textual.content import Content
from textual.widgets import Static

from appliance.contract.journal import EntryView
from appliance.contract.overview import AlarmView, OverviewView
from tui.screens.issue import Issue
from tui.screens.page import Page, state_cell
from tui.widgets.frame import Panel
from tui.widgets.rows import Cell, Column, Row, Rows
from tui.widgets.text import bar, fit, line, sign, span, stack

Draw = Callable[[int, int], Content]
NODES = {"answers": "ok", "silent": "bad", "untested": "mute"}
QUEUE = (("running", "info"), ("waiting", ""), ("dead", "bad"))
TALL = 34
GB = 1e9


class OverviewPage(Page):
    """The first page."""

    name_ = "overview"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("r", "remedy", "k.remedy"),
        Binding("n", "issue", "k.issue"),
        Binding("f5", "app.reload", "k.reload"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self.seen: OverviewView | None = None

    def body(self) -> ComposeResult:
        """Yield the verdict, the alarms, the panels."""
        yield Static(id="verdict")
        yield Static(id="alarms-title")
        yield Rows([Column("", 5), Column("", 20, 3), Column("", 14, 2, False, 100)], head=False, id="alarms")
        yield Static(id="remedy")
        for left, right in (("services", "nodes"), ("queue", "codes")):
            with Horizontal(classes="pair"):
                yield Panel(f"over.{left}", left)
                yield Panel(f"over.{right}", right)
        with Horizontal(classes="pair"):
            yield Panel("over.logins", "logins")
        with Container(id="activity-box"):
            yield Panel("over.activity", "activity")

    def on_mount(self) -> None:
        """Say that it is being read."""
        loading = line(" ", span("◐ ", "info"), span(self.say("state.loading"), "soft"))
        self.query_one("#verdict", Static).update(loading)
        super().on_mount()

    def on_lost(self) -> None:
        """Say so only when nothing was read before."""
        if self.seen is None:
            text = span(self.say("state.lost"), "head"), "  ", span(self.say("state.lost.do"), "soft")
            self.query_one("#verdict", Static).update(line(" ", span("✖ ", "bad"), *text))

    def reload(self) -> None:
        """Ask how it is."""

        async def job() -> None:
            self.seen = await self.console.link.overview()
            self.console.count(self.seen)
            self._fill(self.seen)

        self.ask(job)

    def _fill(self, seen: OverviewView) -> None:
        verdict = line(" ", sign(seen.level), " ", span(self.say.saying(seen.verdict), "head"))
        self.query_one("#verdict", Static).update(verdict)
        alarms = self.query_one("#alarms", Rows)
        alarms.display = self.query_one("#remedy").display = bool(seen.alarms)
        title = self.query_one("#alarms-title", Static)
        title.display = not seen.alarms
        title.update(line("   ", span(self.say("over.noalarm"), "soft")))
        alarms.styles.height = max(1, min(6, len(seen.alarms)))
        alarms.show_rows([self._alarm(alarm) for alarm in seen.alarms])
        if seen.alarms:
            alarms.focus()
        self._put("services", self._services(seen))
        self._put("nodes", self._pacs(seen))
        self._put("queue", self._queue(seen))
        self._put("codes", self._entries(seen.codes))
        self._put("logins", self._entries(seen.log_ins))
        self._put("activity", self._activity(seen))

    def _alarm(self, alarm: AlarmView) -> Row:
        since = self.at(alarm.since, "%H:%M") if alarm.since else ""
        where = "→ " + self.say(f"page.{alarm.page}")
        return Row(
            alarm.id, (Cell(since, "dim"), state_cell(alarm.level, self.say.saying(alarm.text)), Cell(where, "dim"))
        )

    def _put(self, name: str, draw: Draw) -> None:
        self.query_one(f"#{name}", Panel).redraw(draw)

    def _most(self) -> int:
        return 4 if self.size.height < TALL else 6

    def _services(self, seen: OverviewView) -> Draw:
        def draw(width: int, _: int) -> Content:
            rows = []
            for one in seen.services:
                tone = "ok" if one.state == "up" else "bad"
                memory = self.say("unit.mib", n=one.memory_mib) if one.memory_mib is not None else ""
                state = span(
                    fit(self.say(f"service.{one.state}"), max(6, width - 22)), "soft" if tone == "ok" else tone
                )
                rows.append(
                    line(sign(tone), " ", span(fit(one.name, 9)), state, span(fit(memory, 9, right=True), "dim"))
                )
            return stack(rows)

        return draw

    def _pacs(self, seen: OverviewView) -> Draw:
        def draw(width: int, _: int) -> Content:
            if not seen.nodes:
                return span(self.say("empty.nodes"), "dim")
            rows = []
            for node in seen.nodes[: self._most()]:
                tone = NODES.get(node.state, "mute")
                state = span(fit(self.say(f"node.{node.state}"), max(6, width - 24)), "soft" if tone == "ok" else tone)
                last = self.at(node.last_answer, "%H:%M")
                rows.append(line(sign(tone), " ", span(fit(node.name, 14)), state, span(last.rjust(6), "dim")))
            return stack(rows)

        return draw

    def _queue(self, seen: OverviewView) -> Draw:
        def draw(width: int, _: int) -> Content:
            cells: list[Content | str] = []
            for name, tone in QUEUE:
                n = seen.jobs.get(name, 0)
                cells += [span(str(n), tone if n else "dim"), span(f" {self.say(f'queue.{name}')}   ", "soft")]
            rows = [line(*cells)]
            if seen.storage is not None:
                share = seen.storage.used_bytes / max(1, seen.storage.total_bytes)
                tone = "bad" if share > 0.95 else "warn" if share > 0.8 else "ok"
                used, total = (f"{v / GB:.0f}" for v in (seen.storage.used_bytes, seen.storage.total_bytes))
                text = self.say("over.disk.line", used=used, total=total)
                size = max(4, width - 16 - len(text))
                disk = span(fit(self.say("over.disk"), 7), "soft")
                rows.append(line(disk, bar(share, size, tone), span(f" {share:4.0%} "), span(text, "dim")))
            return stack(rows)

        return draw

    def _entries(self, entries: tuple[EntryView, ...]) -> Draw:
        def draw(width: int, _: int) -> Content:
            if not entries:
                return span(self.say("over.none"), "dim")
            rows = []
            for entry in entries[: self._most()]:
                known = f"verb.{entry.verb}"
                what = self.say(known) if self.say.has(known) else entry.verb
                text = f"{what} ({entry.cause})" if entry.cause else what
                today = self.console.clock_time(entry.at).date() == self.console.now().date()
                when = self.at(entry.at, "%H:%M " if today else "%d/%m ")
                size = min(16, max(6, width // 3))
                tail = fit(text, max(6, width - size - len(when) - 2))
                who, rest = span(fit(entry.who, size)), span("  " + tail, "warn" if entry.cause else "soft")
                rows.append(line(span(when, "dim"), who, rest))
            return stack(rows)

        return draw

    def _activity(self, seen: OverviewView) -> Draw:
        def draw(width: int, _: int) -> Content:
            hours = seen.opened_per_hour or (0,)
            cell, top = max(2, min(7, (width - 8) // len(hours))), max(hours) or 1
            rows: list[Content] = []
            for level in range(4, 0, -1):
                fills = (max(0, min(8, round((v / top * 4 - (level - 1)) * 8))) for v in hours)
                out = "".join((" ▁▂▃▄▅▆▇█"[fill] * (cell - 1)) + " " for fill in fills)
                scale = fit(str(max(hours)) if level == 4 else "", 4, right=True) + " "
                rows.append(line(span(scale, "dim"), span(out, "brand")))
            now = self.console.now().hour
            names = ((now - back) % 24 for back in range(len(hours) - 1, -1, -1))
            rows.append(span("     " + "".join(fit(f"{h}h", cell) for h in names), "dim"))
            return stack(rows)

        return draw

    def on_rows_highlighted(self, event: Rows.Highlighted) -> None:
        """Show the remedy of the alarm."""
        if self.seen and event.index < len(self.seen.alarms):
            remedy = self.say.saying(self.seen.alarms[event.index].remedy)
            self.query_one("#remedy", Static).update(line(" " * 8, span("→ ", "brand"), span(remedy, "soft")))

    def on_rows_opened(self, _: Rows.Opened) -> None:
        """Go where the alarm is mended."""
        self.action_remedy()

    def on_resize(self) -> None:
        """Draw for the new size."""
        if self.seen:
            self.call_after_refresh(self._fill, self.seen)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer the remedy when there is an alarm."""
        del parameters
        return bool(self.seen and self.seen.alarms) if action == "remedy" else True

    def action_remedy(self) -> None:
        """Go where the alarm is mended."""
        if self.seen and self.seen.alarms:
            self.console.go(self.seen.alarms[self.query_one("#alarms", Rows).cursor].page)

    def action_issue(self) -> None:
        """Issue a code."""
        self.console.push_screen(Issue())

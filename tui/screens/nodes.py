"""The PACS nodes: state, editing, asking one by C-ECHO, and the way to its search and to the doctor."""

from collections.abc import Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType

from appliance.contract.nodes import NodeAsked, NodeView
from tui.screens.dialogs import Confirm, Field, Form
from tui.screens.doctor import Doctor
from tui.screens.find import Find
from tui.screens.page import ListPage, state_cell
from tui.widgets.rows import Cell, Row
from tui.widgets.text import SIGNS, Fact

TONES = {"answers": "ok", "silent": "bad", "untested": "mute"}
NEW = NodeView(name="", aet="", host="", port=104)


class Nodes(ListPage):
    """Every node."""

    name_ = "nodes"
    SEARCH = False
    COLUMNS = (
        ("name", 12, 1, False, 0),
        ("aet", 14, 1, False, 0),
        ("address", 18, 2, False, 0),
        ("state", 18, 2, False, 0),
        ("method", 6, 0, False, 84),
        ("tls", 4, 0, False, 84),
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,d", "doctor", "k.doctor", key_display="d"),
        Binding("t", "echo", "k.echo"),
        Binding("f", "find", "k.find"),
        Binding("e", "edit", "k.edit"),
        Binding("n", "add", "k.add"),
        Binding("x", "remove", "k.remove"),
    ]

    async def fetch(self, offset: int) -> tuple[Sequence[NodeView], int]:
        """Return every node at once."""
        found = await self.console.link.nodes()
        return (found.items, found.total) if not offset else ((), self.total)

    def row(self, item: NodeView) -> Row:
        """Return name, address, state."""
        tone = TONES.get(item.state, "mute")
        return Row(
            item.name,
            (
                Cell(item.name),
                Cell(item.aet, "soft"),
                Cell(item.url or f"{item.host}:{item.port}", "soft"),
                state_cell(tone, self.say(f"node.{item.state}")),
                Cell(item.method.upper(), "soft"),
                Cell(self.say("answer.yes") if item.tls else "–", "soft"),
            ),
        )

    def facts_title(self, item: NodeView) -> str:
        """Return the name."""
        return item.name

    def facts(self, item: NodeView) -> list[Fact]:
        """Return the settings, and what to do."""
        say, tone = self.say, TONES.get(item.state, "mute")
        out = [Fact(say("col.state"), say(f"node.{item.state}"), tone, SIGNS[tone])]
        if item.state != "answers":
            out.append(Fact(say("do"), say(f"node.{item.state}.do"), "brand", "→"))
        if item.unreachable_since:
            out.append(Fact(say("node.since"), self.at(item.unreachable_since)))
        return [
            *out,
            Fact(say("col.address"), item.url or f"{item.aet} @ {item.host}:{item.port}"),
            Fact(say("node.ours"), item.our_aet),
            Fact(say("col.method"), say(f"method.{item.method}")),
            Fact("TLS", say("answer.yes") if item.tls else say("answer.no")),
            Fact(say("node.charset"), item.charset),
            Fact(say("node.issuer"), item.issuer or "–"),
            Fact(say("node.senders"), ", ".join(item.allowed_senders) or item.aet),
            Fact(say("node.last"), self.at(item.last_answer, "%d/%m/%Y %H:%M:%S")),
        ]

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Hide what needs a node when there is none."""
        if action in ("doctor", "echo", "find", "edit", "remove"):
            return self.is_mounted and self.current is not None
        return super().check_action(action, parameters)

    def action_doctor(self) -> None:
        """Examine the node step by step."""
        if self.current is not None:
            self.console.push_screen(Doctor(self.current), lambda _: self.reload())

    open_item = action_doctor

    def action_echo(self) -> None:
        """Ask the node by C-ECHO."""
        node = self.current
        if node is None:
            return
        self.console.tell("info", self.say("echo.asking", name=node.name))

        async def job() -> None:
            said = await self.console.link.echo(node.name)
            if said.ok:
                self.console.tell("ok", self.say("echo.good", name=node.name, ms=said.ms or 0))
            else:
                known = f"peer.{said.cause}"
                cause = self.say(known) if self.say.has(known) else said.cause
                self.console.tell("bad", self.say("echo.bad", name=node.name, cause=cause))
            self.reload()

        self.ask(job, "act")

    def action_find(self) -> None:
        """Search in the node."""
        if self.current is not None:
            self.console.push_screen(Find(self.current))

    def action_edit(self) -> None:
        """Change its settings."""
        if self.current is not None:
            self._form(self.current)

    def action_add(self) -> None:
        """Add one."""
        self._form(NEW)

    def _form(self, node: NodeView) -> None:
        say, new = self.say, node is NEW
        fields = [
            *([Field("name", say("node.name"), "", say("hint.name"))] if new else []),
            Field("aet", say("col.aet"), node.aet, say("hint.aet")),
            Field("host", say("node.host"), node.host),
            Field("port", say("node.port"), str(node.port), "1–65535"),
            Field("method", say("col.method"), node.method, say("hint.method")),
            *([Field("url", "URL DICOMweb", node.url, "https://…/dicom-web")] if node.method == "wado" else []),
            Field("tls", "TLS", say("answer.yes") if node.tls else say("answer.no"), say("hint.yesno")),
        ]
        title = say("node.add") if new else say("node.edit", aet=node.name)

        async def judge(values: dict[str, str]) -> tuple[str, str]:
            fault = _fault(values)
            return ("bad", say(fault)) if fault else ("ok", say("node.effect", ours=node.our_aet))

        def save(values: dict[str, str] | None) -> None:
            if values is not None:
                self._save(node, values, new=new)

        self.console.push_screen(Form(title, fields, judge), save)

    def _save(self, node: NodeView, values: dict[str, str], *, new: bool) -> None:
        kept = {key: getattr(node, key) for key in NodeAsked.model_fields if key not in ("auth", "secret")}
        changed = {
            "name": values.get("name", node.name),
            "aet": values["aet"],
            "host": values["host"],
            "port": int(values["port"]),
            "method": values["method"],
            "url": values.get("url", node.url),
            "tls": values["tls"].lower() in ("oui", "yes", "o", "y"),
        }
        asked = NodeAsked.model_validate({**kept, **changed})

        async def verb() -> str:
            link = self.console.link
            done = await (link.add_node(asked) if new else link.edit_node(node.name, asked))
            return self.say("done.node", name=done.name)

        self.act(verb)

    def action_remove(self) -> None:
        """Remove it, once its name is typed."""
        node = self.current
        if node is None:
            return

        async def verb() -> str:
            await self.console.link.remove_node(node.name)
            return self.say("done.noderemoved", aet=node.name)

        effects = [self.say("node.remove.1"), self.say("node.remove.2")]
        dialog = Confirm(self.say("node.remove", aet=node.name), effects, node.name)
        self.console.push_screen(dialog, lambda yes: self.act(verb) if yes else None)


def _fault(values: dict[str, str]) -> str:
    """Return what is plainly wrong while one types; the service judges again, and it alone decides."""
    if not values.get("name", "x").strip():
        return "fault.node_name"
    if not 1 <= len(values["aet"]) <= 16 or "\\" in values["aet"]:
        return "fault.node_aet"
    if not values["host"]:
        return "fault.node_host"
    if not values["port"].isdecimal() or not 1 <= int(values["port"]) <= 65535:
        return "fault.node_port"
    return "hint.method" if values["method"] not in ("move", "get", "wado") else ""

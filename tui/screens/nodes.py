"""The PACS nodes, by DICOM or DICOMweb: state, editing, asking one, and the way to search, doctor and sendings."""

from collections.abc import Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType

from appliance.contract.nodes import NodeAsked, NodeView
from appliance.domain.errors import Malformed
from appliance.domain.nodes import WEB_AET, Method, Node, checked
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
        Binding("s", "sendings", "k.sendings"),
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
            Fact(say("col.method"), say(f"method.{item.method}")),
            Fact("TLS", say("answer.yes") if item.tls else say("answer.no")),
            *self._of_kind(item),
            Fact(say("node.issuer"), item.issuer or "–"),
            Fact(say("node.last"), self.at(item.last_answer, "%d/%m/%Y %H:%M:%S")),
        ]

    def _of_kind(self, item: NodeView) -> list[Fact]:
        say = self.say
        if item.method == "wado":
            return [Fact(say("node.auth"), "–" if item.auth == "none" else item.auth)]
        return [
            Fact(say("node.ours"), item.our_aet),
            Fact(say("node.charset"), item.charset),
            Fact(say("node.senders"), ", ".join(item.allowed_senders) or item.aet),
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
        way = "QIDO-RS" if node.method == "wado" else "C-ECHO"
        self.console.tell("info", self.say("echo.asking", name=node.name, way=way))

        async def job() -> None:
            said = await self.console.link.echo(node.name)
            if said.ok:
                self.console.tell("ok", self.say("echo.good", name=node.name, way=way, ms=said.ms or 0))
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

    def action_sendings(self) -> None:
        """Show what is sent to the PACS."""
        self.console.go("sendings")

    def action_edit(self) -> None:
        """Change its settings."""
        if self.current is not None:
            self._form(self.current)

    def action_add(self) -> None:
        """Add one."""
        self._form(NEW)

    def _form(self, node: NodeView) -> None:
        say, new = self.say, node is NEW
        title = say("node.add") if new else say("node.edit", aet=node.name)

        async def judge(values: dict[str, str]) -> tuple[str, str]:
            fault = _fault(node, values)
            if fault:
                return "bad", say(fault)
            return "ok", say("node.effect.web") if _is_web(values) else say("node.effect", ours=node.our_aet)

        def save(values: dict[str, str] | None) -> None:
            if values is not None:
                self._save(node, values, new=new)

        self.console.push_screen(Form(title, self._fields(node, new=new), judge), save)

    def _fields(self, node: NodeView, *, new: bool) -> list[Field]:
        """Return the fields; the method decides which of them are asked."""
        say, web = self.say, node.method == "wado"
        kept = "" if web else node.host
        secret = say("hint.secret") if node.auth == "none" else say("hint.secret.kept")
        return [
            *([Field("name", say("node.name"), "", say("hint.name"))] if new else []),
            Field("method", say("col.method"), node.method, say("hint.method")),
            Field("aet", say("col.aet"), "" if web else node.aet, say("hint.aet"), wanted=_is_dimse),
            Field("host", say("node.host"), kept, wanted=_is_dimse),
            Field("port", say("node.port"), str(NEW.port if web else node.port), "1–65535", wanted=_is_dimse),
            Field("tls", "TLS", say(f"answer.{'yes' if node.tls else 'no'}"), say("hint.yesno"), wanted=_is_dimse),
            Field("url", say("node.url"), node.url, "https://…/dicom-web", wanted=_is_web),
            Field("auth", say("node.auth"), node.auth, say("hint.auth"), wanted=_is_web),
            Field("secret", say("node.secret"), "", secret, secret=True, wanted=_is_told),
        ]

    def _save(self, node: NodeView, values: dict[str, str], *, new: bool) -> None:
        asked = _asked(node, values)

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


def _is_web(values: dict[str, str]) -> bool:
    return values["method"] == "wado"


def _is_dimse(values: dict[str, str]) -> bool:
    return not _is_web(values)


def _is_told(values: dict[str, str]) -> bool:
    return _is_web(values) and values["auth"] != "none"


def _asked(node: NodeView, values: dict[str, str]) -> NodeAsked:
    """Return the settings typed over those of the node; raise `ValueError` where one cannot be read."""
    kept = {key: getattr(node, key) for key in NodeAsked.model_fields if key not in ("auth", "secret")}
    changed: dict[str, object] = {"name": values.get("name", node.name), "method": values["method"]}
    if _is_web(values):
        told = {"auth": values["auth"], "secret": values["secret"]} if _is_told_anew(node, values) else {}
        # An address stands for title, host and port, which the service takes from it.
        changed |= {"url": values["url"], "aet": WEB_AET, "host": "x", **told}
    else:
        tls = values["tls"].lower() in ("oui", "yes", "o", "y")
        changed |= {"aet": values["aet"], "host": values["host"], "port": int(values["port"]), "tls": tls, "url": ""}
    return NodeAsked.model_validate({**kept, **changed})


def _is_told_anew(node: NodeView, values: dict[str, str]) -> bool:
    """Whether credentials are given or taken away; what is known stays with its address alone."""
    return bool(values["secret"]) or values["auth"] != node.auth or values["url"] != node.url


def _fault(node: NodeView, values: dict[str, str]) -> str:
    """Return what is wrong while one types, by the rules of the domain; the service judges again."""
    if values["method"] not in tuple(Method):
        return "hint.method"
    if _is_dimse(values) and not (values["port"].isdecimal() and len(values["port"]) <= 5):
        return "fault.node_port"
    if _is_web(values) and values["auth"] not in ("none", "basic", "bearer"):
        return "hint.auth"
    if _is_told(values) and _is_told_anew(node, values) and not values["secret"]:
        return "fault.node_credentials"
    asked = _asked(node, values)
    credentials = "told" if _is_told(values) else ""
    try:
        checked(
            Node(
                asked.name, asked.aet, asked.host, asked.port, Method(asked.method), url=asked.url,
                credentials=credentials,
            )
        )  # fmt: skip
    except Malformed as fault:
        return f"fault.{fault.cause}"
    return ""

"""The run of the demo: its settings, its children in order, the facts of its ready file.

The parent imports no database and no image library: it stays small, and whatever may break breaks in a child.
"""

import asyncio
import json
import os
import shutil
import socket
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from appliance.commands import services
from appliance.commands.demo import memory
from appliance.commands.demo.settings_file import written
from appliance.commands.demo.words import Words
from appliance.config.settings import Settings, load
from appliance.supervisor import CannotStart, Facts, PortTaken, Run, Service, dies_with, listen

PACS_AET = "DEMOPACS"
MAILBOX_PORT = 8025


@dataclass(frozen=True, slots=True)
class Peer:
    """A PACS of the user's."""

    aet: str
    host: str
    port: int


@dataclass(frozen=True, slots=True)
class Wish:
    """What the user asked for."""

    state: Path
    web_port: int
    card_port: int
    dicom_port: int
    folder: Path | None
    pacs: Peer | None
    ready_file: Path | None
    language: str
    as_json: bool = False

    @property
    def synthetic(self) -> bool:
        """Whether the made-up exams are served."""
        return self.folder is None and self.pacs is None

    @property
    def files(self) -> Path:
        """Folder that the built-in PACS serves."""
        return self.folder or self.state / "exams"


async def run(wish: Wish, words: Words) -> int:
    """Return the exit status of the demo; raise `CannotStart` in words."""
    known = memory.Memory(wish.state / "demo.json")
    config = wish.state / "demo.toml"
    mail, sms, pacs = _free(0), _free(MAILBOX_PORT), _free(known.pacs_port())
    card = _free(wish.card_port)
    smtp_port, http_port, card_port = (services.address(one)[1] for one in (mail, sms, card))
    written(config, wish, smtp_port=smtp_port, http_port=http_port, card_port=card_port)
    settings = load(config)
    sockets = services.bind(settings, card)
    await _prepared(wish, words, config, known)
    peer = wish.pacs or Peer(PACS_AET, *services.address(pacs))

    async def facts() -> Facts:
        await _seeded(wish, words, peer, config, known)
        host, port = services.address(sms)
        return {
            **services.facts(settings, sockets),
            "mailbox": f"http://{host}:{port}/messages",
            "accounts": known.accounts(),
            "codes": known.codes() if wish.synthetic else [],
        }

    return await Run(
        [
            [
                *services.children(settings, config, sockets),
                *_built_in_pacs(wish, settings, pacs, sockets),
                _mailbox(mail, sms),
            ]
        ],
        facts=facts,
        ready_file=wish.ready_file,
        when_ready=lambda told: print(_shown(told, wish, words), flush=True),  # noqa: T201
    ).until_ended()


async def _prepared(wish: Wish, words: Words, config: Path, known: memory.Memory) -> None:
    """Make what must be there before the services: the exams to serve, the schema, the physician."""
    if wish.synthetic and not (wish.files / "truth.json").exists():
        await _drawn(wish.files, words)
    if not await _child("appliance.commands.demo.seed_store", str(config), str(known.path)):
        raise CannotStart(words("not_prepared"))


async def _seeded(wish: Wish, words: Words, peer: Peer, config: Path, known: memory.Memory) -> None:
    """Make what needs running services, unless it was made for this PACS already."""
    kind = "synthetic" if wish.synthetic else "real"
    if known.seeded() == f"{peer.aet}@{peer.host}:{peer.port} {kind}" and not (wish.synthetic and known.codes_ended()):
        return
    arguments = [str(config), str(known.path), peer.aet, peer.host, str(peer.port), kind]
    if not await _child("appliance.commands.demo.seed_house", *arguments):
        raise CannotStart(words("not_seeded"))


def _mailbox(mail: socket.socket, sms: socket.socket) -> Service:
    return Service("demo", [sys.executable, "-m", "appliance.commands.demo.mailbox"], [mail, sms])


def _built_in_pacs(wish: Wish, settings: Settings, bound: socket.socket, sockets: services.Sockets) -> list[Service]:
    if wish.pacs is not None:
        bound.close()
        return []
    host, port = services.address(sockets.dicom)
    argv = [sys.executable, "-m", "appliance.commands.demo.pacs", str(wish.files), PACS_AET]
    argv.append(f"{settings.dicom.aet}@{host}:{port}")
    return [Service("demo", argv, [bound])]


async def _drawn(folder: Path, words: Words) -> None:
    """Draw the made-up exams beside, and put the folder in place once it is whole."""
    print(words("drawing"), file=sys.stderr, flush=True)  # noqa: T201
    beside = folder.with_name(f"{folder.name}.part")
    shutil.rmtree(beside, ignore_errors=True)
    if not await _child("pacs_bridge.demo_pacs.phantoms", str(beside), "--small"):
        raise CannotStart(words("not_drawn"))
    shutil.rmtree(folder, ignore_errors=True)
    beside.replace(folder)


async def _child(module: str, *arguments: str) -> bool:
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", module, *arguments),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        preexec_fn=dies_with(os.getpid()),
    )
    try:
        return await child.wait() == 0
    except asyncio.CancelledError:
        child.kill()
        await child.wait()
        raise


def _free(wanted: int) -> socket.socket:
    """Return a listening socket on the wanted port of loopback, or on any when it is taken."""
    try:
        return listen("127.0.0.1", wanted, "")
    except PortTaken:
        return listen("127.0.0.1", 0, "")


def _shown(told: Any, wish: Wish, words: Words) -> str:
    return json.dumps(told, ensure_ascii=False) if wish.as_json else words.guide(told)

"""The web service: one process, sockets from whoever started it, uvloop, limits, an orderly end."""

import asyncio
import signal
import socket
from collections.abc import Sequence
from pathlib import Path

import uvloop
from aiohttp import web

from appliance.bootstrap import open_house
from appliance.config.runtime import inherited_sockets, say_ready
from appliance.config.settings import Settings
from webui.app import make_app
from webui.card.app import make_card_app

HEADER_BYTES = 16 * 1024
KEEP_ALIVE_S = 30.0
GRACE_S = 5.0


def main(settings: Settings) -> int:
    """Serve until SIGTERM or SIGINT; return the exit code."""
    with open_house(settings, service="web") as house:
        portal, cards = _sorted(_sockets(settings), settings)
        apps = [(make_app(house, settings), portal)]
        if cards:
            apps.append((make_card_app(house, settings), cards))
        uvloop.run(_serve(apps))
    return 0


async def _serve(apps: Sequence[tuple[web.Application, Sequence[socket.socket]]]) -> None:
    runners = [_runner(app) for app, _ in apps]
    try:
        for runner, (_, sockets) in zip(runners, apps, strict=True):
            await runner.setup()
            for listening in sockets:
                await web.SockSite(runner, listening, backlog=512).start()
        say_ready()
        await told_to_stop()
    finally:
        for runner in runners:
            await runner.cleanup()


def _runner(app: web.Application) -> web.AppRunner:
    return web.AppRunner(
        app, access_log=None, handle_signals=False, max_line_size=HEADER_BYTES,
        max_field_size=HEADER_BYTES, keepalive_timeout=KEEP_ALIVE_S, shutdown_timeout=GRACE_S,
        # A browser that closes its tab must not cancel a use case half way through its answer.
        handler_cancellation=False,
    )  # fmt: skip


def _sorted(
    given: Sequence[socket.socket], settings: Settings
) -> tuple[list[socket.socket], list[socket.socket]]:
    """Return the sockets of the portal and that of the card host, known by its path: never by its place in a list."""
    path = str(settings.card.socket) if settings.card.socket else None
    cards = [one for one in given if path and one.family == socket.AF_UNIX and one.getsockname() == path]
    return [one for one in given if one not in cards], cards


async def told_to_stop() -> None:
    """Return once SIGTERM or SIGINT came."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    await stop.wait()


def _sockets(settings: Settings) -> list[socket.socket]:
    """Return the listening sockets: inherited, else bound here."""
    given = inherited_sockets()
    if given:
        return given
    cards = [_unix(settings.card.socket)] if settings.card.socket is not None else []
    if settings.web.socket is not None:
        return [_unix(settings.web.socket), *cards]
    return [socket.create_server((settings.web.host, settings.web.port), backlog=512), *cards]


def _unix(path: Path) -> socket.socket:
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    path.unlink(missing_ok=True)
    listening.bind(str(path))
    listening.listen(512)
    return listening

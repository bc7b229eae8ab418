"""The web service: one process, sockets from whoever started it, uvloop, limits, an orderly end."""

import asyncio
import signal
import socket

import uvloop
from aiohttp import web

from appliance.bootstrap import open_house
from appliance.config.runtime import inherited_sockets, say_ready
from appliance.config.settings import Settings
from webui.app import make_app

HEADER_BYTES = 16 * 1024
KEEP_ALIVE_S = 30.0
GRACE_S = 5.0


def main(settings: Settings) -> int:
    """Serve until SIGTERM or SIGINT; return the exit code."""
    with open_house(settings) as house:
        app = make_app(house, settings)
        uvloop.run(_serve(app, _sockets(settings)))
    return 0


async def _serve(app: web.Application, sockets: list[socket.socket]) -> None:
    runner = web.AppRunner(
        app, access_log=None, handle_signals=False, max_line_size=HEADER_BYTES,
        max_field_size=HEADER_BYTES, keepalive_timeout=KEEP_ALIVE_S, shutdown_timeout=GRACE_S,
        # A browser that closes its tab must not cancel a use case half way through its answer.
        handler_cancellation=False,
    )  # fmt: skip
    await runner.setup()
    try:
        for listening in sockets:
            await web.SockSite(runner, listening, backlog=512).start()
        say_ready()
        await _told_to_stop()
    finally:
        await runner.cleanup()


async def _told_to_stop() -> None:
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
    if settings.web.socket is not None:
        listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        settings.web.socket.unlink(missing_ok=True)
        listening.bind(str(settings.web.socket))
        listening.listen(512)
        return [listening]
    return [socket.create_server((settings.web.host, settings.web.port), backlog=512)]

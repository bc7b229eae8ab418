"""The admin service's process: one Unix socket, ready, until SIGTERM."""

import asyncio
import logging
import os
import signal
import socket
from pathlib import Path

from aiohttp import web

from appliance.adminapi.app import build_app
from appliance.adminapi.schedule import watching
from appliance.bootstrap import open_house
from appliance.config.runtime import inherited_sockets, say_ready
from appliance.config.settings import Settings
from appliance.domain.errors import Unavailable

CANNOT_CONFIGURE = 78
SHUTDOWN_S = 5.0
_log = logging.getLogger(__name__)


def main(settings: Settings) -> int:
    """Serve until SIGTERM or SIGINT; return the status of the process."""
    try:
        with open_house(settings, service="admin") as house:
            app = build_app(house, settings)
            with watching(house):
                asyncio.run(_serve(app, _sockets(settings)))
    except Unavailable as fault:
        _log.error("admin service cannot start: %s", fault.cause)
        return CANNOT_CONFIGURE
    return 0


def _sockets(settings: Settings) -> list[socket.socket]:
    """Return the inherited socket, else one bound at the path of the settings, closed to others (mode 0660)."""
    inherited = inherited_sockets()
    return inherited or [bound(settings.admin_socket, 0o660 if settings.admin.group else 0o600)]


def bound(path: Path, mode: int) -> socket.socket:
    """Return a listening Unix socket at ``path``; a dead one left there is replaced, a live one is refused.

    Raises
    ------
    Unavailable
        ``admin_socket``.
    """
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        if path.is_socket():
            if _answers(path):
                raise Unavailable("admin_socket")
            path.unlink()
        before = os.umask(0o777 & ~mode)
        try:
            listening.bind(str(path))
        finally:
            os.umask(before)
        listening.listen(64)
    except OSError as exc:
        listening.close()
        raise Unavailable("admin_socket") from exc
    except Unavailable:
        listening.close()
        raise
    return listening


def _answers(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as trial:
        trial.settimeout(1.0)
        return trial.connect_ex(str(path)) == 0


async def _serve(app: web.Application, sockets: list[socket.socket]) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=SHUTDOWN_S)
    await runner.setup()
    try:
        for one in sockets:
            one.setblocking(False)
            await web.SockSite(runner, one).start()
        say_ready()
        await stop.wait()
    finally:
        await runner.cleanup()

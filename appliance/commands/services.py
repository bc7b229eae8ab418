"""The services as children of a run: their commands, their sockets, what the ready file says of them."""

import socket
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from appliance.config.settings import Settings
from appliance.config.tls import own_context, server_context
from appliance.supervisor import Service, listen, listen_unix

NAMES = ("web", "bridge", "courier", "admin")


@dataclass(frozen=True, slots=True)
class Sockets:
    """What the parent bound."""

    web: socket.socket
    dicom: socket.socket
    admin: socket.socket
    dicom_tls: socket.socket | None = None
    card: socket.socket | None = None
    """Of the card host behind nginx; ``web`` serves it."""
    card_tls: socket.socket | None = None
    """Of the card host with TLS of its own; a child of its own serves it."""
    hl7: socket.socket | None = None


def bind(settings: Settings, card_tls: socket.socket | None = None) -> Sockets:
    """Return the listening sockets; ``card_tls`` is bound already.

    Raises
    ------
    PortTaken
        For the first that cannot be had.
    SettingsRefused
        When the files of TLS cannot be used: better said here than by a child that ends.
    """
    web, secured = settings.web, server_context(settings.dicom)
    portal = listen_unix(web.socket, 0o660) if web.socket else listen(web.host, web.port, "--web-port (web.port)")
    dicom = listen(settings.dicom.host, settings.dicom.port, "--dicom-port (dicom.port)")
    tls = listen(settings.dicom.host, settings.dicom.tls_port or 0, "dicom.tls_port") if secured else None
    admin = listen_unix(settings.admin_socket, 0o660 if settings.admin.group else 0o600)
    card = settings.card
    behind = listen_unix(card.socket, 0o660) if card.socket else None
    if card_tls is None and card.tls_certificate is not None and card.port is not None:
        card_tls = listen(card.host, card.port, "--card-port (card.port)")
    return Sockets(portal, dicom, admin, tls, behind, card_tls, _hl7(settings))


def _hl7(settings: Settings) -> socket.socket | None:
    hl7 = settings.hl7
    if not hl7.enabled:
        return None
    if hl7.tls:
        own_context(settings.dicom)
    return listen(hl7.host, hl7.port, "hl7.port")


def command(name: str, config: Path) -> list[str]:
    """Return the command line of a service."""
    return [sys.executable, "-m", "appliance.cli", "service", name, "--config", str(config)]


def children(settings: Settings, config: Path, sockets: Sockets) -> list[Service]:
    """Return the four services, several of ``web`` when there are several workers, and the card host's own."""
    passed: dict[str, Sequence[socket.socket]] = {
        "web": [one for one in (sockets.web, sockets.card) if one is not None],
        "bridge": [one for one in (sockets.dicom, sockets.dicom_tls, sockets.hl7) if one is not None],
        "admin": [sockets.admin],
    }
    counts = {"web": settings.web.workers}
    four = [
        Service(name, command(name, config), passed.get(name, ()))
        for name in NAMES
        for _ in range(counts.get(name, 1))
    ]
    if sockets.card_tls is None:
        return four
    return [*four, Service("web", command("card", config), [sockets.card_tls])]  # one more face of the web


def address(bound: socket.socket) -> tuple[str, int]:
    """Return host and port of a listening TCP socket."""
    name = bound.getsockname()
    return str(name[0]), int(name[1])


def facts(settings: Settings, sockets: Sockets) -> dict[str, Any]:
    """Return what the ready file says of any run."""
    host, port = address(sockets.dicom)
    return {
        "web": settings.web.public_url or _web(sockets.web),
        "card": settings.card.public_url or None,
        "dicom": {"aet": settings.dicom.aet, "host": host, "port": port, **_tls(sockets)},
        "admin_socket": str(settings.admin_socket),
        **_feed(sockets),
    }


def _feed(sockets: Sockets) -> dict[str, Any]:
    if sockets.hl7 is None:
        return {}
    host, port = address(sockets.hl7)
    return {"hl7": {"host": host, "port": port}}


def _tls(sockets: Sockets) -> dict[str, int]:
    return {"tls_port": address(sockets.dicom_tls)[1]} if sockets.dicom_tls is not None else {}


def _web(bound: socket.socket) -> str:
    if bound.family == socket.AF_UNIX:
        return f"unix:{bound.getsockname()}"
    host, port = address(bound)
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"

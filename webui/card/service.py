"""The card host with TLS of its own, in a process of its own: for the demo, and where no nginx stands in front."""

import asyncio
import logging
import socket
import ssl
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from aiohttp import web
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from appliance.bootstrap import open_house
from appliance.config.runtime import inherited_sockets, say_ready
from appliance.config.settings import Settings
from appliance.domain.errors import Unavailable
from webui.card.app import make_card_app
from webui.card.tls import self_test, server_context
from webui.card.turnstile import PER_LOG_IN, Knocks, Turnstile
from webui.service import GRACE_S, HEADER_BYTES, told_to_stop

CANNOT_CONFIGURE = 78
_log = logging.getLogger(__name__)


def main(settings: Settings) -> int:
    """Serve until SIGTERM or SIGINT; return the exit code."""
    try:
        context = trusted_context(settings)
    except Unavailable as fault:
        _log.error("card host cannot start", extra={"cause": fault.cause, **fault.facts})
        return CANNOT_CONFIGURE
    with open_house(settings, service="card") as house:
        asyncio.run(_serve(make_card_app(house, settings), _sockets(settings), context))
    return 0


def trusted_context(settings: Settings) -> ssl.SSLContext:
    """Return the context that was seen to forget; raise `Unavailable` ``card_tls``."""
    certificate, key = settings.card.tls_certificate, settings.card.tls_key
    if certificate is None or key is None:
        raise Unavailable("card_tls")

    def make() -> ssl.SSLContext:
        return server_context(certificate, key)

    self_test(make, _stranger())
    return make()


def _stranger() -> ssl.SSLContext:
    """Return a client that believes anybody and shows a certificate that nobody signed."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "nobody")])
    now = datetime.now(UTC)  # noqa: TID251
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    made = made.serial_number(x509.random_serial_number()).not_valid_before(now - timedelta(days=1))
    signed = made.not_valid_after(now + timedelta(days=1)).sign(key, hashes.SHA256())
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "nobody.pem")
        pkcs8, plain = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        secret = key.private_bytes(serialization.Encoding.PEM, pkcs8, plain)
        path.write_bytes(secret + signed.public_bytes(serialization.Encoding.PEM))
        context.load_cert_chain(path)
    return context


async def _serve(app: web.Application, sockets: Sequence[socket.socket], context: ssl.SSLContext) -> None:
    runner = web.AppRunner(
        app, access_log=None, handle_signals=False, max_line_size=HEADER_BYTES, max_field_size=HEADER_BYTES,
        keepalive_timeout=0, shutdown_timeout=GRACE_S, handler_cancellation=False,
    )  # fmt: skip
    await runner.setup()
    try:
        for listening in sockets:
            await web.SockSite(runner, listening, ssl_context=context, backlog=128).start()
        say_ready()
        await told_to_stop()
    finally:
        await runner.cleanup()


def _sockets(settings: Settings) -> list[socket.socket]:
    card = settings.card
    found = inherited_sockets() or [socket.create_server((card.host, card.port or 0), backlog=128)]
    knocks = Knocks(PER_LOG_IN * card.handshakes_per_minute, time.monotonic)
    return [Turnstile(one, knocks) for one in found]

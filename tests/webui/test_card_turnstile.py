"""Connections to the card host's own listener are counted before TLS: those that never become a request too."""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
import pytest_asyncio
from aiohttp import web

from tests.peers.authority import Authority
from webui.card.tls import server_context
from webui.card.turnstile import MOST_ADDRESSES, Knocks, Turnstile

MOST = 5


@dataclass
class Seconds:
    now: float = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def seconds() -> Seconds:
    return Seconds()


def test_a_window_slides(seconds):
    knocks = Knocks(3, seconds)
    assert [knocks.admits("192.0.2.1") for _ in range(4)] == [True, True, True, False]
    assert knocks.admits("192.0.2.2")
    seconds.now += 59.9
    assert not knocks.admits("192.0.2.1")
    seconds.now += 0.1
    assert [knocks.admits("192.0.2.1") for _ in range(4)] == [True, True, True, False]


def test_one_line_is_one_address_whatever_its_ipv6(seconds):
    knocks = Knocks(2, seconds)
    assert [knocks.admits(f"2001:db8:0:1::{n}") for n in range(3)] == [True, True, False]
    assert knocks.admits("2001:db8:0:2::1")


def test_strangers_fill_no_memory_and_wash_nobody_who_stays(seconds):
    knocks = Knocks(1, seconds)
    assert knocks.admits("192.0.2.1")
    for n in range(MOST_ADDRESSES * 2):
        knocks.admits(f"10.{n >> 16}.{n >> 8 & 255}.{n & 255}")
        if n % 1000 == 0:
            assert not knocks.admits("192.0.2.1")
    assert len(knocks._known) == MOST_ADDRESSES


@pytest_asyncio.fixture
async def port(tmp_path, seconds: Seconds) -> AsyncIterator[int]:
    pair = Authority(tmp_path).issue("localhost", "localhost")
    app = web.Application()
    app.router.add_get("/healthz", _ok)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    listening = Turnstile(socket.create_server(("127.0.0.1", 0)), Knocks(MOST, seconds))
    number = int(listening.getsockname()[1])
    await web.SockSite(runner, listening, ssl_context=server_context(pair.certificate, pair.key)).start()
    yield number
    await runner.cleanup()


async def _ok(_: web.Request) -> web.Response:
    return web.Response(text="ok")


def asks(port: int) -> bytes:
    """What a good client gets: empty when it was turned away."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    try:
        with (
            socket.create_connection(("127.0.0.1", port), 5) as plain,
            context.wrap_socket(plain, server_hostname="localhost") as secured,
        ):
            secured.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            return secured.recv(12)
    except OSError:
        return b""


def fails(port: int) -> None:
    """A handshake that fails: TLS 1.3 alone, which the card host does not speak."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    refused = pytest.raises((ssl.SSLError, ConnectionError))
    with socket.create_connection(("127.0.0.1", port), 5) as plain, refused:
        context.wrap_socket(plain, server_hostname="localhost")


async def test_failed_handshakes_use_up_an_address_for_a_minute(port, seconds):
    for _ in range(MOST - 1):
        await asyncio.to_thread(fails, port)
    assert await asyncio.to_thread(asks, port) == b"HTTP/1.1 200"
    for _ in range(3):
        assert await asyncio.to_thread(asks, port) == b""
    seconds.now += 60
    assert await asyncio.to_thread(asks, port) == b"HTTP/1.1 200"

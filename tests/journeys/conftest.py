"""The viewer alone in a real browser: a server of its own, Chromium with and without WebGL, a page that hears."""

import asyncio
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from aiohttp import web

from tests.journeys.viewer_fixture import Made, application, make
from tests.journeys.viewing import WITHOUT_GL, chromium, heard


@pytest.fixture
def made() -> Made:
    return make()


@pytest.fixture
def address(made: Made) -> Iterator[str]:
    """Serve the fixture from a thread of its own until the test ends."""
    loop, started, port = asyncio.new_event_loop(), threading.Event(), [0]
    runner = web.AppRunner(application(made), access_log=None)

    async def begin() -> None:
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        port[0] = runner.addresses[0][1]
        started.set()

    def serve() -> None:
        loop.run_until_complete(begin())
        loop.run_forever()

    thread = threading.Thread(target=serve)
    thread.start()
    assert started.wait(10)
    yield f"http://127.0.0.1:{port[0]}"
    asyncio.run_coroutine_threadsafe(runner.cleanup(), loop).result(10)
    loop.call_soon_threadsafe(loop.stop)
    thread.join(10)
    loop.close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """A browser without WebGL: stacks are drawn on 2D canvases. What WebGL may change is tried with both."""
    yield from chromium(WITHOUT_GL)


@pytest.fixture
def page(browser: Any, request: pytest.FixtureRequest) -> Iterator[Any]:
    with heard(browser, request.node.name, viewport={"width": 1440, "height": 900}) as page:
        yield page

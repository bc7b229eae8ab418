"""Where blocking work runs: threads for the database, fewer for password hashes behind a bounded queue."""

import asyncio
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from threading import BoundedSemaphore
from typing import Any, ParamSpec, TypeVar

from aiohttp import web

from appliance.domain.errors import TryLater
from webui.keys import DB, HASH

P = ParamSpec("P")
T = TypeVar("T")


class BoundedExecutor(ThreadPoolExecutor):
    """Threads that refuse work with `TryLater` ``busy`` when ``queue`` more tasks already wait."""

    def __init__(self, threads: int, queue: int, name: str) -> None:
        super().__init__(threads, thread_name_prefix=name)
        self._room = BoundedSemaphore(threads + queue)

    def submit(self, fn: Callable[..., T], /, *args: Any, **kwargs: Any) -> Future[T]:
        """Return the future of the call; raise `TryLater` at once when the queue is full."""
        if not self._room.acquire(blocking=False):
            raise TryLater("busy", retry_after_s=3)
        try:
            future = super().submit(fn, *args, **kwargs)
        except RuntimeError:
            self._room.release()
            raise
        future.add_done_callback(lambda _: self._room.release())
        return future


async def in_db(
    request: web.Request, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs
) -> T:
    """Return the result of a use case that reads or writes the database."""
    loop = asyncio.get_running_loop()
    return await loop.run_in_executor(request.app[DB], lambda: call(*args, **kwargs))


async def in_hash(
    request: web.Request, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs
) -> T:
    """Return the result of a use case that hashes a password; `TryLater` when too many wait."""
    loop = asyncio.get_running_loop()
    return await loop.run_in_executor(request.app[HASH], lambda: call(*args, **kwargs))

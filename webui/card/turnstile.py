"""A listening socket that turns away who knocks too often, before TLS costs anything: handshakes that fail ask nothing.

What a request asks is counted by `usecases.card_sign_in`; here is what comes before any request. One process, asyncio's
own loop (uvloop takes the descriptor and would not see this).
"""

import socket
from collections import deque
from collections.abc import Callable
from typing import Any

from appliance.domain.lockout import address_key

WINDOW_S = 60.0
MOST_ADDRESSES = 4096
PER_LOG_IN = 4
"""Connections that a browser may open for one log-in: in advance, again once a certificate was chosen, to retry."""


class Knocks:
    """How often each address connected within a minute; ``clock`` tells seconds."""

    def __init__(self, most: int, clock: Callable[[], float]) -> None:
        self._most, self._clock = most, clock
        self._known: dict[str, deque[float]] = {}

    def admits(self, address: str) -> bool:
        """Count a connection; return False when this address has had its share."""
        now, key = self._clock(), address_key(address)
        seen = self._known.pop(key, None) or deque(maxlen=self._most)
        room = len(seen) < self._most or now - seen[0] >= WINDOW_S
        if room:
            seen.append(now)
        self._known[key] = seen  # last again: the first is whoever has been away the longest
        if len(self._known) > MOST_ADDRESSES:
            self._known.pop(next(iter(self._known)))
        return room


class Turnstile(socket.socket):
    """The listening socket; it takes over the descriptor of another."""

    def __init__(self, listening: socket.socket, knocks: Knocks) -> None:
        super().__init__(listening.family, listening.type, listening.proto, fileno=listening.detach())
        self._knocks = knocks

    def accept(self) -> tuple[socket.socket, Any]:
        """Return the next connection; `ConnectionAbortedError`, which the loop passes over, for one turned away."""
        connection, address = super().accept()
        if self._knocks.admits(str(address[0])):
            return connection, address
        connection.close()
        raise ConnectionAbortedError

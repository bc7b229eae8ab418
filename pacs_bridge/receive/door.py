"""Accept, count, hand over. A TLS handshake happens in the association's own thread."""

import contextlib
import logging
import socket
import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from pacs_bridge.receive.negotiation import Accepted
from pacs_bridge.receive.pdu import LIMIT_REACHED, Limits
from pacs_bridge.receive.policy import Policy
from pacs_bridge.receive.session import Ended, Open, Receiver, serve

_log = logging.getLogger(__name__)


TurnedAway = Callable[[str, str, str], None]
"""Hears AE title, address and cause of a peer that the policy refused."""


@dataclass(frozen=True, slots=True)
class Capacity:
    """How many associations live at once, and what each may cost."""

    total: int = 96
    per_address: int = 64
    limits: Limits = field(default_factory=Limits)


class Crowd:
    """Who is in, through whichever door: doors that share a crowd share its capacity."""

    def __init__(self, capacity: Capacity | None = None) -> None:
        self.capacity = capacity or Capacity()
        self._lock = threading.Lock()
        self._live: dict[threading.Thread, Guest] = {}

    @property
    def size(self) -> int:
        """How many are in."""
        return len(self._live)

    def admit(self, thread: threading.Thread, guest: "Guest") -> bool:
        """Count one more in, unless there is no room."""
        with self._lock:
            room = self._room_for(guest.address)
            if room:
                self._live[thread] = guest
            return room

    def leave(self) -> None:
        """Count out the association of this thread."""
        with self._lock:
            self._live.pop(threading.current_thread(), None)

    def disperse(self, seconds: float) -> None:
        """Cut every association and wait for their threads."""
        with self._lock:
            guests = dict(self._live)
        for guest in guests.values():
            guest.cut()
        for thread in guests:
            thread.join(seconds)

    def _room_for(self, address: str) -> bool:
        """Whether one more may come in; the oldest who has not said who it is makes room."""
        everybody = list(self._live.values())
        theirs = [guest for guest in everybody if guest.address == address]
        crowd = theirs if len(theirs) >= self.capacity.per_address else everybody
        if crowd is everybody and len(everybody) < self.capacity.total:
            return True
        silent = next((guest for guest in crowd if not guest.known), None)
        if silent is None:
            return False
        silent.known = True  # cut once only; its thread ends soon
        silent.cut()
        return True


class Door:
    """A listening socket of the acceptor, plain or with TLS; ``turned_away`` hears of who is refused."""

    def __init__(
        self,
        sock: socket.socket,
        policy: Policy,
        open_receiver: Open,
        *,
        tls: ssl.SSLContext | None = None,
        crowd: Crowd | None = None,
        turned_away: TurnedAway = lambda _calling, _address, _cause: None,
    ) -> None:
        self._socket, self._policy, self._open, self._tls = sock, policy, open_receiver, tls
        self._crowd, self._turned_away = crowd or Crowd(), turned_away
        self._closing = threading.Event()

    def run(self) -> None:
        """Accept until `stop`."""
        self._socket.settimeout(0.5)
        while not self._closing.is_set():
            try:
                client, peer = self._socket.accept()
            except TimeoutError:
                continue
            except OSError:
                # Out of descriptors, or the socket is closed: wait a moment, then look again.
                self._closing.wait(0.2)
                continue
            self._admit(client, str(peer[0]))
        self._socket.close()

    def stop(self, seconds: float = 5) -> None:
        """Close the door, cut every association and wait for their threads."""
        self._closing.set()
        self._crowd.disperse(seconds)

    @property
    def live(self) -> int:
        """How many associations are open."""
        return self._crowd.size

    def _admit(self, client: socket.socket, address: str) -> None:
        guest = Guest(client, address)
        thread = threading.Thread(target=self._one, args=(guest,), name="association", daemon=True)
        if self._crowd.admit(thread, guest):
            thread.start()
            return
        with contextlib.suppress(OSError):
            client.setblocking(False)
            if self._tls is None:
                client.send(LIMIT_REACHED)
        client.close()

    def _one(self, guest: "Guest") -> None:
        try:
            ended = self._serve(guest)
            if ended.how == "rejected":
                self._turned_away(ended.calling, guest.address, ended.cause)
            _log.info("association %s %s", ended.how, ended.cause)
        except OSError as exc:
            _log.info("connection lost before association: %s", type(exc).__name__)
        except Exception:
            _log.exception("association failed")
        finally:
            guest.socket.close()
            self._crowd.leave()

    def _serve(self, guest: "Guest") -> Ended:
        guest.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        limits = self._crowd.capacity.limits
        if self._tls is not None:
            guest.secure(self._tls, limits.handshake_s)

        def opened(accepted: Accepted, address: str) -> Receiver:
            guest.known = True
            return self._open(accepted, address)

        return serve(guest.socket, guest.address, self._policy, opened, limits)


class Guest:
    """A connection: the socket that can be cut, plain or secured."""

    def __init__(self, client: socket.socket, address: str) -> None:
        self.socket, self.address = client, address
        self.known = False

    def secure(self, tls: ssl.SSLContext, seconds: float) -> None:
        """Shake hands within `seconds` in total; a timeout alone bounds only one read."""
        self.socket.settimeout(seconds)
        secured = tls.wrap_socket(self.socket, server_side=True, do_handshake_on_connect=False)
        self.socket = secured
        timer = threading.Timer(seconds, self.cut)
        timer.daemon = True
        timer.start()
        try:
            secured.do_handshake()
        finally:
            timer.cancel()

    def cut(self) -> None:
        """Wake whoever waits on the socket, with an end of file."""
        with contextlib.suppress(OSError):
            socket.socket.shutdown(self.socket, socket.SHUT_RDWR)

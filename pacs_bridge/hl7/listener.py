"""The MLLP listener: a thread a connection, one message at a time, each answered before the next is read.

A silent peer, a peer that begins a message and does not end it, one that sends too much: each is cut, and costs the
others nothing.
"""

import ipaddress
import logging
import socket
import ssl
import threading
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from appliance.domain.errors import Fault, Malformed
from appliance.usecases.feed import Feed
from pacs_bridge.hl7.framing import Deframer, framed
from pacs_bridge.hl7.intake import Intake
from pacs_bridge.receive.door import Crowd, Guest

_log = logging.getLogger(__name__)
_READ = 65536
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a peer may be silent between messages, within one, and how large one may be."""

    most_bytes: int = 20 << 20
    idle_s: float = 3600
    message_s: float = 60
    handshake_s: float = 10


class Listener:
    """A listening socket for HL7, plain or with TLS.

    Parameters
    ----------
    networks
        Who may connect; everybody when empty.
    """

    def __init__(
        self,
        sock: socket.socket,
        intake: Intake,
        feed: Feed,
        networks: Sequence[Network] = (),
        patience: Patience | None = None,
        *,
        tls: ssl.SSLContext | None = None,
        crowd: Crowd | None = None,
    ) -> None:
        self._socket, self._intake, self._feed, self._networks = sock, intake, feed, networks
        self._patience, self._tls, self._crowd = patience or Patience(), tls, crowd or Crowd()
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
                self._closing.wait(0.2)
                continue
            self._admit(client, str(peer[0]).split("%")[0].removeprefix("::ffff:"))
        self._socket.close()

    def stop(self, seconds: float = 5) -> None:
        """Close the door, cut every connection: what was committed and not answered comes again, without effect."""
        self._closing.set()
        self._crowd.disperse(seconds)

    def _admit(self, client: socket.socket, address: str) -> None:
        guest = Guest(client, address)
        thread = threading.Thread(target=self._one, args=(guest,), name="hl7", daemon=True)
        if self._allowed(address) and self._crowd.admit(thread, guest):
            thread.start()
            return
        _log.info("hl7 connection refused")
        client.close()

    def _allowed(self, address: str) -> bool:
        return not self._networks or any(ipaddress.ip_address(address) in network for network in self._networks)

    def _one(self, guest: Guest) -> None:
        counts: Counter[str] = Counter()
        cause = ""
        try:
            guest.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if self._tls is not None:
                guest.secure(self._tls, self._patience.handshake_s)
            self._serve(guest, counts)
        except Fault as fault:
            cause = fault.cause
        except TimeoutError:
            cause = "timeout"
        except OSError as exc:
            cause = type(exc).__name__
        except Exception:
            _log.exception("hl7 connection failed")
            cause = "internal"
        finally:
            guest.socket.close()
            # The place is given back last: who closes the door waits for the record too.
            try:
                self._ended(guest.address, counts, cause)
            finally:
                self._crowd.leave()

    def _serve(self, guest: Guest, counts: Counter[str]) -> None:
        """Take messages until the peer has gone; raise `Malformed`, `Unavailable` or `OSError`."""
        deframer = Deframer(self._patience.most_bytes)
        end = time.monotonic() + self._patience.idle_s
        while not self._closing.is_set():
            guest.socket.settimeout(max(0.01, end - time.monotonic()))
            data = guest.socket.recv(_READ)
            if not data:
                if deframer.inside:
                    raise Malformed("frame_cut")
                return
            began = deframer.inside
            for message in deframer.feed(data):
                began = False
                guest.known = True
                answer = self._intake.take(message, guest.address)
                counts[_code(answer)] += 1
                guest.socket.settimeout(self._patience.message_s)
                guest.socket.sendall(framed(answer))
            # Within a message the clock runs on from its beginning: a byte a minute does not keep a thread.
            if not (began and deframer.inside):
                end = time.monotonic() + (self._patience.message_s if deframer.inside else self._patience.idle_s)

    def _ended(self, address: str, counts: Counter[str], cause: str) -> None:
        _log.info("hl7 connection ended: %s %s", dict(counts), cause)
        if not counts and not cause:
            return
        try:
            self._feed.connection_ended(address, dict(counts), cause)
        except Fault as fault:
            _log.warning("hl7 connection not journaled: %s", fault.cause)


def _code(answer: bytes) -> str:
    """Return MSA-1 of an answer of ours."""
    return answer.partition(b"\rMSA")[2][1:3].decode("ascii")

"""Who may associate with us: called AE, calling AE, address."""

import ipaddress
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from appliance.domain.nodes import Node


@dataclass(frozen=True, slots=True)
class Refusal:
    """An A-ASSOCIATE-RJ (PS3.8 table 9-21) and the word for the journal."""

    result: int
    source: int
    diagnostic: int
    cause: str


@dataclass(frozen=True, slots=True)
class Admission:
    """A peer let in. ``node`` is the name of the node it is, or empty."""

    node: str


WRONG_CALLED = Refusal(1, 1, 7, "called_ae")
WRONG_CALLING = Refusal(1, 1, 3, "calling_ae")


class Policy(Protocol):
    """Decides on one association."""

    def judge(self, calling: str, called: str, address: str) -> Admission | Refusal:
        """Return the verdict; AE titles come without padding."""
        ...


def addresses_of(host: str) -> frozenset[str]:
    """Return the numeric addresses of a host, none when it cannot be resolved."""
    try:
        return frozenset(str(found[4][0]) for found in socket.getaddrinfo(host, None))
    except OSError:
        return frozenset()


class KnownPeers:
    """Configured nodes only.

    A node speaks from its own address. Its further senders speak from the address that is set for them; those without
    one from anywhere, for archives answer a C-MOVE from another machine (R-G).

    Parameters
    ----------
    aets
        Our own titles, beside those the nodes call us by.
    any_loopback
        Let every calling AE in from this machine (the demo).
    strict
        A node calls us by the title that is set for it, and senders without an address speak from the node's own.
    """

    def __init__(
        self,
        aets: Sequence[str],
        nodes: Callable[[], Sequence[Node]],
        *,
        any_loopback: bool = False,
        strict: bool = False,
        resolve: Callable[[str], frozenset[str]] = addresses_of,
    ) -> None:
        self._aets, self._nodes, self._any_loopback = frozenset(aets), nodes, any_loopback
        self._strict, self._resolve = strict, resolve

    def judge(self, calling: str, called: str, address: str) -> Admission | Refusal:
        """Return the verdict; the title we are called by is judged first."""
        nodes = self._nodes()
        if called not in self._aets | {node.our_aet for node in nodes}:
            return WRONG_CALLED
        fitting = [node for node in nodes if self._speaks(node, calling, _plain(address))]
        for node in fitting:
            if called == node.our_aet or not self._strict:
                return Admission(node.name)
        if self._any_loopback and ipaddress.ip_address(_plain(address)).is_loopback:
            return Admission("")
        return WRONG_CALLED if fitting else WRONG_CALLING

    def _speaks(self, node: Node, calling: str, address: str) -> bool:
        """Whether the title at that address speaks for the node."""
        hosts = [sender.host for sender in node.senders() if sender.aet == calling]
        if "" in hosts and not self._strict:
            return True
        return any(address in self._resolve(host or node.host) for host in hosts)


def _plain(address: str) -> str:
    """Return an IPv4 address without its IPv6 mapping, and no scope."""
    return address.split("%")[0].removeprefix("::ffff:")

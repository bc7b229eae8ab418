"""Who is on the other end of a Unix socket, as the kernel says; none of it can be forged by the peer.

``SO_PEERCRED`` gives the process that called connect(2), ``SO_PEERGROUPS`` its supplementary groups: unix(7).
"""

import os
import pwd
import socket
import struct
from array import array
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from appliance.domain.journal import Actor

SO_PEERGROUPS = 59  # not in the socket module of Python 3.11
_GROUPS = 256  # Python reads 1,024 bytes of an option at most
_NO_LOGIN = 0xFFFFFFFF


class HasSockopt(Protocol):
    """A socket, or asyncio's `TransportSocket`."""

    def getsockopt(self, level: int, option: int, size: int, /) -> bytes:
        """See socket(7)."""
        ...


@dataclass(frozen=True, slots=True)
class Peer:
    """The connecting process. ``login_uid`` is who logged in before any su or sudo, None when nobody did."""

    pid: int
    uid: int
    gids: frozenset[int]
    login_uid: int | None = None

    @property
    def is_bare_root(self) -> bool:
        """Whether this is root without a person behind it that the journal could name."""
        return self.uid == 0 and self.login_uid in (None, 0)


def read_peer(sock: HasSockopt) -> Peer:
    """Return the peer of a connected AF_UNIX socket."""
    pid, uid, gid = struct.unpack("3i", sock.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))
    try:
        groups = array("I", sock.getsockopt(socket.SOL_SOCKET, SO_PEERGROUPS, 4 * _GROUPS))
    except OSError:  # more groups than can be read, or no such option: those it has are not believed
        groups = array("I")
    return Peer(pid, uid, frozenset([gid, *groups]), login_uid(pid) if _is_still(pid, uid) else None)


def _is_still(pid: int, uid: int) -> bool:
    """Whether the process of that number is that user's: the one that connected may be gone and its number taken."""
    try:
        return os.stat(f"/proc/{pid}").st_uid == uid
    except OSError:
        return False


def login_uid(pid: int) -> int | None:
    """Return the login uid of a process (proc(5)), None when it has none or is gone."""
    try:
        number = int(Path(f"/proc/{pid}/loginuid").read_text())
    except (OSError, ValueError):
        return None
    return None if number == _NO_LOGIN else number


def is_allowed(peer: Peer, group: int | None) -> bool:
    """Whether the peer may administer: root, the service's own user, or a member of the admin group."""
    return peer.uid in (0, os.geteuid()) or (group is not None and group in peer.gids)


def actor(peer: Peer) -> Actor:
    """Return the peer for the journal: its user, and who logged in when that is somebody else."""
    name = user_name(peer.uid)
    if peer.login_uid is not None and peer.login_uid != peer.uid:
        name = f"{name} ({user_name(peer.login_uid)})"
    return Actor("unix", str(peer.uid), name)


def user_name(uid: int) -> str:
    """Return the name of a Unix user, or its number."""
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)

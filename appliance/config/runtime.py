"""What a service gets from whoever started it, the supervisor or systemd: its sockets, and a way to say ready."""

import os
import socket
from collections.abc import Mapping

_FIRST_OF_SYSTEMD = 3


def inherited_sockets(environment: Mapping[str, str] | None = None) -> list[socket.socket]:
    """Return the listening sockets passed as descriptors, in the order they were bound; maybe none."""
    names = os.environ if environment is None else environment
    found = [socket.socket(fileno=number) for number in _numbers(names)]
    for one in found:
        one.set_inheritable(False)
    return found


def say_ready(environment: Mapping[str, str] | None = None) -> None:
    """Tell whoever started this service that it answers. Without anybody to tell, nothing happens."""
    names = os.environ if environment is None else environment
    if number := names.get("NEGATOSCOPE_READY_FD"):
        with open(int(number), "wb", closefd=True) as pipe:
            pipe.write(b"ready\n")
    if address := names.get("NOTIFY_SOCKET"):
        where = "\0" + address[1:] if address.startswith("@") else address
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notify:
            notify.sendto(b"READY=1", where)


def _numbers(names: Mapping[str, str]) -> list[int]:
    if own := names.get("NEGATOSCOPE_LISTEN_FDS"):
        return [int(number) for number in own.split(",")]
    if names.get("LISTEN_PID") == str(os.getpid()):
        return list(range(_FIRST_OF_SYSTEMD, _FIRST_OF_SYSTEMD + int(names.get("LISTEN_FDS", "0"))))
    return []

"""Two networks of this test run alone, joined by one cable: namespaces of Linux, for root."""

import ctypes
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import pytest

_CLONE_NEWNET = 0x40000000
_P = ParamSpec("_P")
_T = TypeVar("_T")


class Network:
    """A namespace; what runs through it is in it, and so is every process started from there."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._thread = ThreadPoolExecutor(1, initializer=_enter, initargs=(name,))

    def run(self, act: Callable[_P, _T], *args: _P.args, **named: _P.kwargs) -> _T:
        """What the act returns, done in this network."""
        return self._thread.submit(act, *args, **named).result()

    def enter(self, stack: ExitStack, context: AbstractContextManager[_T]) -> _T:
        """The context, entered in this network and left in it at the end."""
        entered = self.run(context.__enter__)
        stack.callback(self.run, context.__exit__, None, None, None)
        return entered

    def ip(self, *words: str) -> None:
        _run("ip", "-n", self.name, *words)

    def firewall(self, rules: str) -> None:
        _run("ip", "netns", "exec", self.name, "nft", rules)

    def close(self) -> None:
        self._thread.shutdown()


@contextmanager
def two(near: str, far: str) -> Iterator[tuple[Network, Network]]:
    """Two networks whose ends of the cable have these addresses and know no other way."""
    for program, package in (("ip", "iproute2"), ("nft", "nftables")):
        if shutil.which(program, path=f"{os.environ['PATH']}:/usr/sbin:/sbin") is None:
            pytest.skip(f"{program} is missing (apt install {package})")
    names = [f"neg{os.getpid()}{side}" for side in "ab"]
    if os.geteuid() != 0 or subprocess.run(["ip", "netns", "add", names[0]], capture_output=True).returncode != 0:
        pytest.skip("network namespaces are needed (root on Linux)")
    with ExitStack() as stack:
        stack.callback(_run, "ip", "netns", "del", names[0])
        _run("ip", "netns", "add", names[1])
        stack.callback(_run, "ip", "netns", "del", names[1])
        _run("ip", "-n", names[0], "link", "add", "cable", "type", "veth", "peer", "name", "cable", "netns", names[1])
        networks = []
        for name, address in zip(names, (near, far), strict=True):
            network = Network(name)
            stack.callback(network.close)
            network.ip("addr", "add", f"{address}/24", "dev", "cable")
            for link in ("lo", "cable"):
                network.ip("link", "set", link, "up")
            networks.append(network)
        yield networks[0], networks[1]


def _enter(name: str) -> None:
    libc: Any = ctypes.CDLL(None, use_errno=True)
    descriptor = os.open(Path("/run/netns", name), os.O_RDONLY)
    try:
        if libc.setns(descriptor, _CLONE_NEWNET) != 0:
            raise OSError(ctypes.get_errno(), "setns")
    finally:
        os.close(descriptor)


def _run(*words: str) -> None:
    done = subprocess.run(words, capture_output=True, text=True, timeout=20)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(words)}: {done.stderr}")

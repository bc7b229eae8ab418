"""An acceptor on a free port, with a house in memory behind it."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from pacs_bridge.receive.arrivals import Arrivals
from pacs_bridge.receive.door import Capacity, Crowd, Door
from pacs_bridge.receive.intake import Intake
from pacs_bridge.receive.pdu import Limits
from pacs_bridge.receive.policy import KnownPeers
from tests.pacs_bridge.houses import FakeHouse

QUICK = Capacity(total=128, per_address=128, limits=Limits(handshake_s=2, associate_s=2, idle_s=10, pdu_s=5))


@dataclass
class Acceptor:
    port: int
    house: FakeHouse
    door: Door
    arrivals: Arrivals


@contextmanager
def accepting(
    house: FakeHouse, capacity: Capacity = QUICK, tls: object = None, *, any_loopback: bool = True, port: int = 0
) -> Iterator[Acceptor]:
    arrivals = Arrivals()
    listener = socket.create_server(("127.0.0.1", port), backlog=128)
    policy = KnownPeers(["NEGATOSCOPE"], house.work.nodes.listed, any_loopback=any_loopback)
    door = Door(
        listener,
        policy,
        lambda accepted, address: Intake(house, arrivals, accepted, address),
        tls=tls,
        crowd=Crowd(capacity),
        turned_away=arrivals.turned_away,
    )
    thread = threading.Thread(target=door.run)
    thread.start()
    try:
        yield Acceptor(listener.getsockname()[1], house, door, arrivals)
    finally:
        door.stop()
        thread.join(5)
        assert not thread.is_alive()


@pytest.fixture
def acceptor(tmp_path: Path) -> Iterator[Acceptor]:
    with accepting(FakeHouse(tmp_path / "store")) as found:
        yield found

"""The bridge: one process that receives, asks, retrieves and prepares. It serves no people."""

import logging
import os
import signal
import socket
import threading
from collections.abc import Mapping, Sequence
from contextlib import closing
from typing import Any

from appliance.bootstrap import House, open_house
from appliance.config.runtime import inherited_sockets, say_ready
from appliance.config.settings import Settings
from appliance.domain.identifiers import series_uid, study_uid
from appliance.domain.jobs import Job, JobKind
from appliance.store import migrations
from pacs_bridge.handlers import Handlers
from pacs_bridge.prepare.pool import Pool
from pacs_bridge.prepare.series import prepare_series
from pacs_bridge.receive.arrivals import Arrivals
from pacs_bridge.receive.door import Capacity, Door
from pacs_bridge.receive.intake import Intake
from pacs_bridge.receive.policy import KnownPeers
from pacs_bridge.receive.recovery import recover
from pacs_bridge.work import Beat, Bell, Handler, Worker

ASKING, PULLING = 3, 2
"""Threads: those who ask are few seconds each and have somebody waiting; a pull takes minutes."""
END_S = 4.0
OTHER_SCHEMA = 75
_log = logging.getLogger(__name__)


def main(settings: Settings) -> int:
    """Run until SIGTERM; return 0, or 75 when the schema is not ours (systemd then waits)."""
    if migrations.current(settings.database_url) != migrations.latest():
        _log.error("the schema is of another version")
        return OTHER_SCHEMA
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    with open_house(settings, threads=24) as house, closing(Pool(settings.dicom.prepare_workers)) as pool:
        adopted, aside = recover(house)
        _log.info("recovery: %d adopted, %d put aside", adopted, aside)
        _serve(house, pool, _listener(settings), stopping)
    return 0


def _listener(settings: Settings) -> socket.socket:
    """Return the socket that was passed on, or one of our own."""
    passed = inherited_sockets()
    if passed:
        return passed[0]
    return socket.create_server((settings.dicom.host, settings.dicom.port), backlog=128)


def _serve(house: House, pool: Pool, listener: socket.socket, stopping: threading.Event) -> None:
    arrivals, bell = Arrivals(), Bell()
    door = _door(house, arrivals, listener)
    workers = _workers(house, arrivals, pool, bell)
    accepting = threading.Thread(target=door.run, name="door", daemon=True)
    accepting.start()
    for worker in workers:
        worker.start()
    say_ready()
    try:
        while not stopping.is_set():
            if house.bell.wait(0.5):
                bell.ring()
    finally:
        bell.close()
        door.stop(END_S)
        for worker in workers:
            worker.join(END_S / len(workers))


def _door(house: House, arrivals: Arrivals, listener: socket.socket) -> Door:
    dicom = house.settings.dicom
    policy = KnownPeers([dicom.aet], house.nodes.listed, any_loopback=dicom.known_callers == "any_loopback")
    return Door(
        listener,
        policy,
        lambda accepted, address: Intake(house, arrivals, accepted, address),
        capacity=Capacity(dicom.max_associations, dicom.max_per_peer),
    )


def _workers(house: House, arrivals: Arrivals, pool: Pool, bell: Bell) -> Sequence[Worker]:
    handlers = Handlers(house, arrivals)
    asking: Mapping[JobKind, Handler] = {
        JobKind.ECHO: handlers.echo,
        JobKind.FIND: handlers.find,
    }
    pulling: Mapping[JobKind, Handler] = {JobKind.PULL: handlers.pull}
    # One thread: two at one series would write over each other; the pool makes it parallel.
    preparing: Mapping[JobKind, Handler] = {JobKind.PREPARE: _preparer(house, pool)}
    crews = [asking] * ASKING + [pulling] * PULLING + [preparing]
    return [Worker(house.queue, bell, crew, f"bridge-{os.getpid()}-{number}") for number, crew in enumerate(crews)]


def _preparer(house: House, pool: Pool) -> Handler:
    def prepare(job: Job, beat: Beat) -> Mapping[str, Any]:
        outcome = prepare_series(
            house,
            study_uid(str(job.payload.get("study_uid", ""))),
            series_uid(str(job.payload.get("series_uid", ""))),
            pool,
            beat,
        )
        return {"ready": outcome.ready, "undisplayable": outcome.undisplayable}

    return prepare

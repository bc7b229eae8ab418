"""The bridge: one process that receives, asks, retrieves and prepares. It serves no people."""

import logging
import os
import signal
import socket
import ssl
import threading
from collections.abc import Mapping, Sequence
from contextlib import closing
from functools import partial
from typing import Any

from appliance.bootstrap import House, node_key, open_house
from appliance.config.runtime import inherited_sockets, say_ready
from appliance.config.settings import Settings
from appliance.config.tls import client_context, own_context, server_context
from appliance.domain.errors import Fault, Unavailable
from appliance.domain.identifiers import series_uid, study_uid
from appliance.domain.jobs import Job, JobKind, Priority
from appliance.store import migrations
from pacs_bridge.doctor.handler import Doctor
from pacs_bridge.handlers import Handlers
from pacs_bridge.hl7.listener import Listener, Patience
from pacs_bridge.hl7.replaying import intake_of, replayer
from pacs_bridge.prepare.pool import Pool
from pacs_bridge.prepare.rendering import renderer
from pacs_bridge.prepare.series import prepare_series
from pacs_bridge.receive.arrivals import Arrivals
from pacs_bridge.receive.deposits import depositor
from pacs_bridge.receive.door import Capacity, Crowd, Door
from pacs_bridge.receive.intake import Intake
from pacs_bridge.receive.negotiation import Accepted
from pacs_bridge.receive.policy import KnownPeers
from pacs_bridge.receive.recovery import recover
from pacs_bridge.send.handler import Deliveries
from pacs_bridge.work import Beat, Bell, Handler, Worker

ANSWERING, ASKING, PULLING = 2, 2, 2
"""Threads: those who ask are few seconds each, and some of them are kept for a person who waits; a pull takes minutes,
and one more thread takes those that somebody waits for."""
END_S = 4.0
OTHER_SCHEMA = 75
AWAY = 69
_log = logging.getLogger(__name__)


def main(settings: Settings) -> int:
    """Run until SIGTERM; return 0, 75 when the schema is not ours (systemd then waits), 69 when the data are away.

    Raises
    ------
    SettingsRefused
        When the files of TLS cannot be used.
    """
    passed = inherited_sockets()
    feed = _feed_socket(settings, passed)
    listeners = _listeners(settings, passed)
    try:
        return _run(settings, listeners, feed)
    except Unavailable as fault:
        _log.error("cannot start: %s", fault.cause)
        return AWAY


Listeners = Sequence[tuple[socket.socket, ssl.SSLContext | None]]


def _run(settings: Settings, listeners: Listeners, feed: socket.socket | None) -> int:
    if migrations.current(settings.database_url) != migrations.latest():
        _log.error("the schema is of another version")
        return OTHER_SCHEMA
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    # Not the key of the appliance: nothing here unseals a code, and on a host of its own there is none.
    house = open_house(settings, threads=24, service="bridge", secrets=node_key(settings))
    with house, closing(Pool(settings.dicom.prepare_workers)) as pool:
        adopted, aside = recover(house)
        _log.info("recovery: %d adopted, %d put aside", adopted, aside)
        house.reports.resume()
        _serve(house, pool, listeners, feed, stopping)
    return 0


def _feed_socket(settings: Settings, passed: list[socket.socket]) -> socket.socket | None:
    """Return the socket of HL7: the one passed on at its port, or the last beyond those of DICOM, or our own."""
    hl7, dicom = settings.hl7, 2 if settings.dicom.tls_port is not None else 1
    if not hl7.enabled:
        return None
    for one in passed:
        if hl7.port and one.getsockname()[1] == hl7.port:
            passed.remove(one)
            return one
    return passed.pop() if len(passed) > dicom else _bound(hl7.host, hl7.port)


def _listeners(settings: Settings, passed: list[socket.socket]) -> Listeners:
    """Return the sockets that were passed on, the plain one first, or our own; each with how it shakes hands."""
    dicom, tls = settings.dicom, server_context(settings.dicom)
    if not passed:
        passed = [_bound(dicom.host, dicom.port)]
    if tls is None:
        for unwanted in passed[1:]:
            _log.warning("a second DICOM socket was passed, but dicom.tls_port is not set")
            unwanted.close()
        return [(passed[0], None)]
    secured = passed[1] if len(passed) > 1 else _bound(dicom.host, dicom.tls_port or 0)
    return [(passed[0], None), (secured, tls)]


def _bound(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return socket.create_server((host, port), family=family, backlog=128)


def _serve(
    house: House, pool: Pool, listeners: Listeners, feed: socket.socket | None, stopping: threading.Event
) -> None:
    arrivals, bell = Arrivals(), Bell()
    doors: list[Door | Listener] = [*_doors(house, arrivals, listeners), *_feed_doors(house, feed)]
    workers = _workers(house, arrivals, pool, bell, _ports(listeners))
    for door in doors:
        threading.Thread(target=door.run, name="door", daemon=True).start()
    for worker in workers:
        worker.start()
    say_ready()
    try:
        while not stopping.is_set():
            if house.bell.wait(0.5):
                _ring(house, bell)
    finally:
        bell.close()
        for door in doors:
            door.stop(END_S)
        for worker in workers:
            worker.join(END_S / len(workers))


def _ring(house: House, bell: Bell) -> None:
    """Wake who has work: while objects arrive, the database changes hundreds of times a second."""
    try:
        ready = house.queue.ready()
    except Fault as fault:
        _log.warning("no look at the queue: %s", fault.cause)
        return
    if ready:
        bell.ring(ready)


def _doors(house: House, arrivals: Arrivals, listeners: Listeners) -> Sequence[Door]:
    dicom = house.settings.dicom
    policy = KnownPeers(
        [dicom.aet, *dicom.aliases],
        house.nodes.listed,
        any_loopback=dicom.known_callers == "any_loopback",
        strict=dicom.node_policy == "strict",
    )
    crowd = Crowd(Capacity(dicom.max_associations, dicom.max_per_peer))

    def opened(accepted: Accepted, address: str) -> Intake:
        return Intake(house, arrivals, accepted, address)

    return [
        Door(listener, policy, opened, tls=tls, crowd=crowd, turned_away=arrivals.turned_away)
        for listener, tls in listeners
    ]


def _feed_doors(house: House, sock: socket.socket | None) -> Sequence[Listener]:
    if sock is None:
        return []
    hl7 = house.settings.hl7
    tls = own_context(house.settings.dicom) if hl7.tls else None
    crowd = Crowd(Capacity(hl7.max_connections, hl7.max_per_peer))
    patience = Patience(most_bytes=hl7.message_kib * 1024, idle_s=hl7.idle_minutes * 60)
    return [Listener(sock, intake_of(house), house.feed, hl7.networks, patience, tls=tls, crowd=crowd)]


def _ports(listeners: Listeners) -> tuple[int, int | None]:
    """Return the ports that we listen on, the plain one and that of TLS."""
    bound = [int(listener.getsockname()[1]) for listener, _ in listeners]
    return bound[0], bound[1] if len(bound) > 1 else None


def _workers(
    house: House, arrivals: Arrivals, pool: Pool, bell: Bell, ports: tuple[int, int | None]
) -> Sequence[Worker]:
    secure = partial(client_context, house.settings.dicom)
    handlers = Handlers(house, arrivals, secure)
    # A PACS that hangs is asked again about every exam given away: the search of a desk must not wait behind that.
    answering: Mapping[JobKind, Handler] = {JobKind.ECHO: handlers.echo, JobKind.FIND: handlers.find}
    asking: Mapping[JobKind, Handler] = {
        **answering,
        JobKind.REASK: handlers.reask,
        JobKind.REPLAY: replayer(house.feed, intake_of(house)),
    }
    pulling: Mapping[JobKind, Handler] = {JobKind.PULL: handlers.pull}
    # One thread: two at one series would write over each other; the pool makes it parallel.
    preparing: Mapping[JobKind, Handler] = {JobKind.PREPARE: _preparer(house, pool)}
    # A minute each, and often on a node that hangs: in nobody's way.
    examining: Mapping[JobKind, Handler] = {
        JobKind.DOCTOR: Doctor(house, house.queue, arrivals, secure, ports).examine,
    }
    # Two: one that hands in thousands of objects must not hold the next one up.
    depositing: Mapping[JobKind, Handler] = {JobKind.DEPOSIT: depositor(house, arrivals)}
    # Two: an archive that hangs must not keep what goes to another.
    deliveries = Deliveries(house, secure)
    delivering: Mapping[JobKind, Handler] = {JobKind.SEND: deliveries.send, JobKind.PROVE: deliveries.prove}
    rendering: Mapping[JobKind, Handler] = {JobKind.RENDER: renderer(house, pool)}
    crews = [(examining, 0), (preparing, 0), (rendering, 0)] + [(answering, 0)] * ANSWERING + [(asking, 0)] * ASKING
    crews += [(depositing, 0)] * 2 + [(delivering, 0)] * 2
    crews += [(pulling, 0)] * PULLING + [(pulling, Priority.WAITED_FOR)]
    holder = f"bridge-{os.getpid()}"
    return [Worker(house.queue, bell, crew, f"{holder}-{n}", least) for n, (crew, least) in enumerate(crews)]


def _preparer(house: House, pool: Pool) -> Handler:
    def prepare(job: Job, beat: Beat) -> Mapping[str, Any]:
        outcome = prepare_series(
            house,
            study_uid(str(job.payload.get("study_uid", ""))),
            series_uid(str(job.payload.get("series_uid", ""))),
            pool,
            beat,
        )
        house.reports.settle(study_uid(str(job.payload.get("study_uid", ""))))
        return {"ready": outcome.ready, "undisplayable": outcome.undisplayable}

    return prepare

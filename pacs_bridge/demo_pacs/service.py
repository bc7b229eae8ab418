"""The PACS of the demo: C-ECHO, C-FIND, C-MOVE and C-GET as a hospital archive gives them.

It stores nothing and knows nobody: any calling AE is served, for it listens on this machine only.
"""

import logging
import signal
import socket
import threading
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pynetdicom
from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.errors import InvalidDicomError
from pynetdicom import AE, ALL_TRANSFER_SYNTAXES, build_context, evt
from pynetdicom.presentation import PresentationContext
from pynetdicom.sop_class import _STORAGE_CLASSES
from pynetdicom.transport import ThreadedAssociationServer

from pacs_bridge import sop_classes
from pacs_bridge.demo_pacs.archive import Archive
from pacs_bridge.demo_pacs.index import Entry, cache_of, entries_of

PENDING, CANCELLED, NO_MATCH_OF_KEYS, CANNOT = 0xFF00, 0xFE00, 0xA900, 0xC000
MOVE_DESTINATION_UNKNOWN = 0xA801
MOST_CONTEXTS = 128
_SERVICES = (
    sop_classes.VERIFICATION,
    sop_classes.STUDY_ROOT_FIND,
    sop_classes.STUDY_ROOT_MOVE,
    sop_classes.STUDY_ROOT_GET,
    sop_classes.PATIENT_ROOT_FIND,
    sop_classes.PATIENT_ROOT_MOVE,
    sop_classes.PATIENT_ROOT_GET,
)
_log = logging.getLogger(__name__)


def main(
    folder: Path,
    aet: str,
    sock: socket.socket,
    move_destinations: Mapping[str, tuple[str, int]],
) -> int:
    """Serve `folder` on a listening socket until SIGTERM."""
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    with_cache = cache_of(folder)
    server = start(Archive(folder, entries_of(folder, with_cache), aet), aet, sock, move_destinations)
    stopping.wait()
    server.shutdown()
    return 0


def start(
    archive: Archive,
    aet: str,
    sock: socket.socket,
    move_destinations: Mapping[str, tuple[str, int]],
) -> ThreadedAssociationServer:
    """Return a running server; `shutdown` ends it."""
    pynetdicom._config.LOG_REQUEST_IDENTIFIERS = False  # noqa: SLF001 -- its only way to be discreet
    pynetdicom._config.LOG_RESPONSE_IDENTIFIERS = False  # noqa: SLF001
    entity = AE(aet)
    _support(entity, archive)
    entity.maximum_pdu_size = 128 << 10
    entity.network_timeout, entity.acse_timeout, entity.dimse_timeout = 60, 15, 30
    entity.maximum_associations = 32
    service = _Service(archive, move_destinations)
    server = entity.make_server(sock.getsockname(), server_class=_Adopted, evt_handlers=service.handlers(), sock=sock)
    entity._servers.append(server)  # noqa: SLF001 -- `shutdown` takes it out again
    threading.Thread(target=server.serve_forever, name="demo-pacs", daemon=True).start()
    _log.info("demo PACS serves %d objects", len(archive))
    return server


def _support(entity: AE, archive: Archive) -> None:
    """Offer our services, and storage in the roles of a C-GET.

    pynetdicom takes the first of *our* syntaxes that the peer proposes: what we hold comes first,
    for nothing is converted here.
    """
    for service in _SERVICES:
        entity.add_supported_context(service)
    syntaxes = list(dict.fromkeys([*archive.syntaxes(), *ALL_TRANSFER_SYNTAXES]))
    for uid in _STORAGE_CLASSES.values():
        entity.add_supported_context(uid, syntaxes, scu_role=True, scp_role=True)


class _Adopted(ThreadedAssociationServer):
    """A server on a socket that listens already."""

    daemon_threads = True

    def __init__(self, *args: Any, sock: socket.socket, **kwargs: Any) -> None:
        self._given = sock
        super().__init__(*args, **kwargs)

    def server_bind(self) -> None:
        """Take the given socket instead of the one the base class just made."""
        if self.socket is not None:
            self.socket.close()
        self.socket = self._given
        self.server_address = self._given.getsockname()

    def server_activate(self) -> None:
        """Listen; harmless on a socket that does."""
        self._given.listen(64)


class _Service:
    """Handlers of the requests."""

    def __init__(self, archive: Archive, destinations: Mapping[str, tuple[str, int]]) -> None:
        self._archive, self._destinations = archive, destinations

    def handlers(self) -> list[Any]:
        return [
            (evt.EVT_C_ECHO, lambda _event: 0x0000),
            (evt.EVT_C_FIND, self.find),
            (evt.EVT_C_GET, self.get),
            (evt.EVT_C_MOVE, self.move),
        ]

    def find(self, event: evt.Event) -> Iterator[tuple[int, Dataset | None]]:
        try:
            for answer in self._archive.find(event.identifier):
                if event.is_cancelled:
                    yield CANCELLED, None
                    return
                yield PENDING, answer
        except (ValueError, LookupError, TypeError):
            yield NO_MATCH_OF_KEYS, None

    def get(self, event: evt.Event) -> Iterator[Any]:
        files = self._files(event)
        yield len(files)
        yield from _objects(event, files)

    def move(self, event: evt.Event) -> Iterator[Any]:
        destination = self._destinations.get(str(event.move_destination or "").strip())
        if destination is None:
            yield None, None
            return
        files = self._files(event)
        yield (*destination, {"contexts": _storage_contexts([entry for _, entry in files])})
        yield len(files)
        yield from _objects(event, files)

    def _files(self, event: evt.Event) -> list[tuple[Path, Entry]]:
        try:
            return self._archive.retrieve(event.identifier)
        except (ValueError, LookupError, TypeError):
            return []


def _objects(event: evt.Event, files: Sequence[tuple[Path, Entry]]) -> Iterator[tuple[int, Dataset | None]]:
    for path, entry in files:
        if event.is_cancelled:
            yield CANCELLED, None
            return
        try:
            yield PENDING, dcmread(path, force=True)
        except (OSError, InvalidDicomError, ValueError, EOFError) as exc:
            _log.warning("not sent: %s (%s)", entry.path, type(exc).__name__)
            yield CANNOT, None


def _storage_contexts(entries: Sequence[Entry]) -> list[PresentationContext]:
    pairs = sorted({(entry["SOPClassUID"], entry.syntax) for entry in entries})
    return [build_context(uid, syntax) for uid, syntax in pairs[:MOST_CONTEXTS]]

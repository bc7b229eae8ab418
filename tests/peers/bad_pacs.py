"""A PACS that misbehaves as the test says: what it answers is real, how it goes wrong is scripted."""

import socket
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydicom import Dataset, dcmread
from pynetdicom import AE, ALL_TRANSFER_SYNTAXES, evt
from pynetdicom.sop_class import (
    StudyRootQueryRetrieveInformationModelFind as FIND,
)
from pynetdicom.sop_class import (
    StudyRootQueryRetrieveInformationModelGet as GET,
)
from pynetdicom.sop_class import (
    StudyRootQueryRetrieveInformationModelMove as MOVE,
)

UNIQUE = {"STUDY": "StudyInstanceUID", "SERIES": "SeriesInstanceUID", "IMAGE": "SOPInstanceUID"}
UNABLE = 0xC001


@dataclass
class BadPacs:
    """What it holds and how it fails; a test changes this while it runs.

    ``finds`` and ``retrieves`` are the levels it does. ``told`` is the count it claims of a study, ``listed`` how many
    it names at most at IMAGE level. ``aborts_after`` breaks the association after so many instances of a retrieval,
    ``pause_s`` waits before each, ``instead`` is sent in place of what was asked for. ``requests`` are the identifiers
    of every retrieval, ``given`` the instances it sent, ``cancelled`` how often it was asked to stop.
    """

    held: list[Dataset]
    destinations: dict[str, tuple[str, int]] = field(default_factory=dict)
    finds: tuple[str, ...] = ("STUDY", "SERIES", "IMAGE")
    retrieves: tuple[str, ...] = ("STUDY", "SERIES", "IMAGE")
    told: int | None = None
    listed: int | None = None
    aborts_after: int | None = None
    keeps_back: frozenset[str] = frozenset()
    pause_s: float = 0
    instead: Dataset | None = None
    requests: list[Dataset] = field(default_factory=list)
    given: list[str] = field(default_factory=list)
    cancelled: int = 0
    aet: str = "BADPACS"
    port: int = 0

    @classmethod
    def of(cls, files: Sequence[Path], **script: Any) -> "BadPacs":
        return cls([dcmread(path) for path in files], **script)

    def find(self, event: evt.Event) -> Iterator[tuple[int, Dataset | None]]:
        asked = event.identifier
        level = asked.QueryRetrieveLevel
        if level not in self.finds:
            yield UNABLE, None
            return
        seen: dict[str, list[Dataset]] = {}
        for one in self._matching(asked):
            seen.setdefault(one[UNIQUE[level]].value, []).append(one)
        most = self.listed if level == "IMAGE" else None
        for group in list(seen.values())[:most]:
            yield 0xFF00, self._answer(asked, group)

    def get(self, event: evt.Event) -> Iterator[Any]:
        yield from self._retrieve(event)

    def move(self, event: evt.Event) -> Iterator[Any]:
        yield self.destinations[event.move_destination.strip()]
        yield from self._retrieve(event)

    def _retrieve(self, event: evt.Event) -> Iterator[Any]:
        asked = event.identifier
        self.requests.append(asked)
        if asked.QueryRetrieveLevel not in self.retrieves:
            yield 1
            yield UNABLE, None
            return
        found = [one for one in self._matching(asked) if one.SOPInstanceUID not in self.keeps_back]
        yield len(found)
        for number, one in enumerate(found):
            if self.aborts_after is not None and number >= self.aborts_after:
                event.assoc.abort()
                return
            if self._stops(event):
                self.cancelled += 1
                yield 0xFE00, None
                return
            self.given.append(str(one.SOPInstanceUID))
            yield 0xFF00, self.instead or one

    def _stops(self, event: evt.Event) -> bool:
        """Wait before the next instance, hearing a C-CANCEL meanwhile."""
        end = time.monotonic() + self.pause_s
        while time.monotonic() < end:
            if event.is_cancelled:
                return True
            time.sleep(0.02)
        return bool(event.is_cancelled)

    def _matching(self, asked: Dataset) -> list[Dataset]:
        def wanted(one: Dataset, keyword: str) -> bool:
            value = asked.get(keyword)
            values = [value] if isinstance(value, str) else list(value or ())
            return not [v for v in values if v] or one[keyword].value in values

        return [one for one in self.held if all(wanted(one, key) for key in (*UNIQUE.values(), "PatientID"))]

    def _answer(self, asked: Dataset, group: list[Dataset]) -> Dataset:
        answer = Dataset()
        for element in asked:
            if element.keyword in group[0]:
                answer[element.tag] = group[0][element.tag]
        answer.QueryRetrieveLevel = asked.QueryRetrieveLevel
        if "NumberOfStudyRelatedInstances" in asked and self.told != 0:
            answer.NumberOfStudyRelatedInstances = self.told or len(group)
        if "NumberOfSeriesRelatedInstances" in asked and self.told != 0:
            answer.NumberOfSeriesRelatedInstances = len(group)
        return answer


class _Entity(AE):
    """What sends the instances of a C-MOVE: it waits until its reactor has woken, which else takes an answer away.

    After a C-STORE pynetdicom's reactor is let go; when the next begins before that thread has run, it still says that
    it is paused, runs while the answer is waited for, and drops it as « unexpected ».
    """

    def associate(self, *args: Any, **options: Any) -> Any:
        opened = super().associate(*args, **options)
        store = opened.send_c_store

        def paced(*given: Any, **more: Any) -> Any:
            while opened._is_paused and opened.is_alive():
                time.sleep(0.0001)
            return store(*given, **more)

        opened.send_c_store = paced  # type: ignore[method-assign]
        return opened


@contextmanager
def running(pacs: BadPacs, port: int = 0) -> Iterator[BadPacs]:
    entity = _Entity(pacs.aet)
    for model in (FIND, GET, MOVE):
        entity.add_supported_context(model)
    for sop_class in {str(one.SOPClassUID) for one in [*pacs.held, *([pacs.instead] if pacs.instead else [])]}:
        entity.add_supported_context(sop_class, ALL_TRANSFER_SYNTAXES, scu_role=True, scp_role=True)
        for syntax in {str(one.file_meta.TransferSyntaxUID) for one in pacs.held}:
            entity.add_requested_context(sop_class, syntax)
    handlers: list[tuple[Any, Callable[..., Any]]] = [
        (evt.EVT_C_FIND, pacs.find), (evt.EVT_C_GET, pacs.get), (evt.EVT_C_MOVE, pacs.move),
    ]  # fmt: skip
    server = entity.start_server(("127.0.0.1", port), block=False, evt_handlers=handlers)
    pacs.port = int(server.socket.getsockname()[1])
    try:
        yield pacs
    finally:
        server.shutdown()


@contextmanager
def hung() -> Iterator[int]:
    """A port that takes every connection and never says a word."""
    with socket.create_server(("127.0.0.1", 0), backlog=64) as listener:
        yield int(listener.getsockname()[1])

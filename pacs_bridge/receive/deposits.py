"""Deposits: files that wait in quarantine go through the sink of C-STORE, one by one.

Repeatable at any point: what is kept already is the same object once more, and the files go only after it is durable
what became of them.
"""

import json
import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from appliance.domain import deposits
from appliance.domain.deposits import Stored
from appliance.domain.errors import Fault, Malformed, Unavailable
from appliance.domain.identifiers import StudyUID
from appliance.domain.jobs import Job
from appliance.domain.journal import Actor
from appliance.usecases.ports import Objects, ReceivedFile
from appliance.usecases.receiving import Outcome
from pacs_bridge.ports import House
from pacs_bridge.receive import negotiation, statuses
from pacs_bridge.receive.arrivals import Arrivals
from pacs_bridge.receive.intake import Keeper
from pacs_bridge.receive.part10 import FileMeta, meta_of
from pacs_bridge.receive.sink import Origins, Sink
from pacs_bridge.work import Beat, Handler

META_BYTES = 64 << 10
PIECE_BYTES = 1 << 20
_log = logging.getLogger(__name__)


def depositor(house: House, arrivals: Arrivals) -> Handler:
    """Return the handler of ``deposit`` jobs."""

    def deposit(job: Job, beat: Beat) -> Mapping[str, Any]:
        return Deposit(house, arrivals, job).done(beat)

    return deposit


class Deposit:
    """One deposit."""

    def __init__(self, house: House, arrivals: Arrivals, job: Job) -> None:
        self._house, self._objects = house, house.objects
        self._name, self._parts = str(job.payload["deposit"]), int(job.payload["parts"])
        self._study = job.payload.get("study_uid")
        self._calling = str(job.payload.get("name", ""))[:16]
        self._actor = Actor("key", str(job.payload.get("key", "")), str(job.payload.get("name", "")),
                            str(job.payload.get("address", "")))  # fmt: skip
        self._keeper = Keeper(house, arrivals)

    def done(self, beat: Beat) -> Mapping[str, Any]:
        """Keep what can be kept, write down what became of each part, let go of what is kept."""
        found = self._written()
        if found is None:
            found = self._each(beat)
            self._objects.put(deposits.result_key(self._name), json.dumps(deposits.to_json(found)).encode())
        for number, one in enumerate(found):
            if not one.failure:
                self._objects.delete(deposits.part_key(self._name, number))
        return {"kept": sum(not one.failure for one in found), "parts": len(found)}

    def _written(self) -> Sequence[Stored] | None:
        """Return what was written down before somebody was killed, or None."""
        try:
            return deposits.from_json(json.loads(self._objects.read(deposits.result_key(self._name))))
        except Unavailable as fault:
            if fault.cause != "object_missing":
                raise
            return None

    def _each(self, beat: Beat) -> Sequence[Stored]:
        found = []
        for number in range(self._parts):
            beat(number, self._parts)
            self._keeper.account.begun += 1
            found.append(self._one(deposits.part_key(self._name, number)))
        self._keeper.flush()
        try:
            self._house.receiving.association_ended(self._actor, self._keeper.account.counts(), "")
        except Fault as fault:
            _log.error("deposit not journaled: %s", fault.cause)
        return found

    def _one(self, key: str) -> Stored:
        meta = FileMeta("", "", "")
        try:
            meta, data_at = meta_of(self._objects.pread(key, 0, META_BYTES))
            return self._kept(key, meta, data_at)
        except Fault as fault:
            return Stored(meta.sop_class, meta.sop_uid, failure=statuses.status_of(fault).code)

    def _kept(self, key: str, meta: FileMeta, data_at: int) -> Stored:
        """Return the object as it is kept; raise what the sink raises."""
        if not negotiation.knows(meta.sop_class, meta.transfer_syntax):
            raise Malformed("sop_class")
        kept: list[tuple[ReceivedFile, Outcome]] = []
        origins = Origins(
            self._calling,
            "",
            check=self._check,
            keep=lambda file: kept.append((file, self._keeper.keep(replace(file, deposited=True)))),
            now=self._house.clock.now,
        )
        sink = Sink(self._objects, FileMeta(meta.sop_class, meta.sop_uid, meta.transfer_syntax, self._calling), origins)
        try:
            for piece in _pieces(self._objects, key, data_at):
                sink.write(memoryview(piece))
            coerced = sink.close()
        except BaseException:
            sink.discard()
            raise
        return _stored(*kept[0], coerced=coerced)

    def _check(self, uid: StudyUID) -> None:
        if self._study not in (None, uid):
            raise Malformed("sop_mismatch")


def _stored(file: ReceivedFile, outcome: Outcome, *, coerced: bool) -> Stored:
    """Return what to tell: another content under a known UID is put aside, and is not what will be shown."""
    facts = file.facts
    failure = deposits.DUPLICATE if outcome is Outcome.CONFLICT else 0
    warning = deposits.COERCED if coerced and not failure else 0
    return Stored(facts.sop_class, facts.sop_uid, facts.study_uid, facts.series_uid, failure, warning)


def _pieces(objects: Objects, key: str, offset: int) -> Iterator[bytes]:
    size = objects.size(key)
    while offset < size:
        piece = objects.pread(key, offset, min(PIECE_BYTES, size - offset))
        if not piece:
            return
        yield piece
        offset += len(piece)

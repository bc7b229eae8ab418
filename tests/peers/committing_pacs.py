"""A PACS that stores and commits as the test says; what it answers is real, how it goes wrong is scripted."""

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from pydicom import Dataset
from pynetdicom import AE, build_role, evt
from pynetdicom.sop_class import StorageCommitmentPushModel as COMMITMENT
from pynetdicom.sop_class import StorageCommitmentPushModelInstance as INSTANCE
from pynetdicom.sop_class import StudyRootQueryRetrieveInformationModelFind as FIND
from pynetdicom.sop_class import Verification

CT = "1.2.840.10008.5.1.4.1.1.2"
EXPLICIT = "1.2.840.10008.1.2.1"


@dataclass
class CommittingPacs:
    """What it does; a test changes this while it runs.

    ``reports`` is ``same`` (on the association that asked) or ``never`` (`calls` does it). ``denies`` are instances
    that it does not commit to, ``hides`` those that C-FIND does not name. ``stored`` are the bytes of each data set,
    ``asked`` every N-ACTION, ``statuses`` what its reports were answered with.
    """

    commits: bool = True
    reports: str = "same"
    store_status: int = 0x0000
    action_status: int = 0x0000
    breaks: bool = False
    silent_s: float = 0
    syntaxes: Sequence[str] = (EXPLICIT,)
    classes: Sequence[str] = (CT,)
    finds: bool = True
    denies: frozenset[str] = frozenset()
    hides: frozenset[str] = frozenset()
    stored: dict[str, bytes] = field(default_factory=dict)
    held: list[Dataset] = field(default_factory=list)
    asked: list[Dataset] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)
    aet: str = "ARCHIVE"
    port: int = 0

    def store(self, event: evt.Event) -> int:
        if self.store_status == 0:
            self.stored[str(event.request.AffectedSOPInstanceUID)] = event.request.DataSet.getvalue()
            self.held.append(event.dataset)
        return self.store_status

    def action(self, event: evt.Event) -> tuple[int, None]:
        self.asked.append(event.action_information)
        if self.breaks:
            event.assoc.abort()
            return 0x0110, None
        time.sleep(self.silent_s)
        if self.action_status == 0 and self.reports == "same":
            threading.Thread(target=self._report_soon, args=(event.assoc, self.asked[-1]), daemon=True).start()
        return self.action_status, None

    def find(self, event: evt.Event) -> Iterator[tuple[int, Dataset | None]]:
        level = event.identifier.QueryRetrieveLevel
        if level == "IMAGE" and not self.finds:
            yield 0xC001, None
            return
        seen: set[str] = set()
        for one in self.held:
            key = one.SOPInstanceUID if level == "IMAGE" else one.SeriesInstanceUID
            if key in seen or (level == "IMAGE" and key in self.hides):
                continue
            seen.add(key)
            answer = Dataset()
            answer.QueryRetrieveLevel = level
            answer.StudyInstanceUID, answer.SeriesInstanceUID = one.StudyInstanceUID, one.SeriesInstanceUID
            if level == "IMAGE":
                answer.SOPInstanceUID, answer.SOPClassUID = one.SOPInstanceUID, one.SOPClassUID
            yield 0xFF00, answer

    def report_of(self, asked: Dataset) -> tuple[Dataset, int]:
        """The report of a request: what it denies fails with 0x0112."""
        report = Dataset()
        report.TransactionUID = asked.TransactionUID
        items = list(asked.ReferencedSOPSequence)
        report.ReferencedSOPSequence = [one for one in items if one.ReferencedSOPInstanceUID not in self.denies]
        failed = [one for one in items if one.ReferencedSOPInstanceUID in self.denies]
        for one in failed:
            one.FailureReason = 0x0112
        if failed:
            report.FailedSOPSequence = failed
        return report, 2 if failed else 1

    def calls(self, port: int, report: Dataset, event_type: int = 1, **changes: Any) -> int | None:
        """Report on an association of its own; return the status, or None when the service was not accepted."""
        entity = AE(changes.pop("aet", self.aet))
        entity.add_requested_context(COMMITMENT, EXPLICIT)
        roles = changes.pop("roles", {"scp_role": True})
        instance = changes.pop("instance", INSTANCE)
        ext = [build_role(COMMITMENT, **roles)] if roles else []
        opened = entity.associate("127.0.0.1", port, ae_title="NEGATOSCOPE", ext_neg=ext)
        if not opened.is_established:
            return None
        try:
            status, _ = opened.send_n_event_report(report, event_type, COMMITMENT, instance)
            return int(status.Status)
        finally:
            opened.release()

    def _report_soon(self, association: Any, asked: Dataset) -> None:
        time.sleep(0.2)
        report, event_type = self.report_of(asked)
        status, _ = association.send_n_event_report(report, event_type, COMMITMENT, INSTANCE)
        self.statuses.append(int(status.Status))


@contextmanager
def running(pacs: CommittingPacs) -> Iterator[CommittingPacs]:
    entity = AE(pacs.aet)
    for sop_class in pacs.classes:
        entity.add_supported_context(sop_class, list(pacs.syntaxes))
    entity.add_supported_context(Verification)
    entity.add_supported_context(FIND)
    if pacs.commits:
        entity.add_supported_context(COMMITMENT)
    handlers: list[tuple[Any, Any]] = [
        (evt.EVT_C_STORE, pacs.store), (evt.EVT_N_ACTION, pacs.action), (evt.EVT_C_FIND, pacs.find),
    ]  # fmt: skip
    server = entity.start_server(("127.0.0.1", 0), block=False, evt_handlers=handlers)
    pacs.port = int(server.socket.getsockname()[1])
    try:
        yield pacs
    finally:
        server.shutdown()

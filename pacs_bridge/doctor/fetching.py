"""C-GET and C-MOVE of one small object, which is looked at and not kept; then the transfer syntaxes seen meanwhile."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from pydicom.dataset import Dataset
from pydicom.uid import UID
from pynetdicom import ALL_TRANSFER_SYNTAXES, build_context

from appliance.domain.diagnosis import Fact, Verdict
from appliance.domain.errors import Unavailable
from appliance.domain.nodes import Method
from pacs_bridge.doctor.case import Case, Outcome, Sample
from pacs_bridge.query.associations import Offer, dialogue
from pacs_bridge.query.dialogue import PENDING, Answer, Dialogue
from pacs_bridge.query.requestor import Agreed
from pacs_bridge.receive import command
from pacs_bridge.receive.arrivals import Trial
from pacs_bridge.receive.negotiation import Context
from pacs_bridge.receive.scratch import Scratch
from pacs_bridge.retrieve.contexts import classes_for, proposal
from pacs_bridge.retrieve.pulling import next_number
from pacs_bridge.sop_classes import STUDY_ROOT_GET, STUDY_ROOT_MOVE

UNKNOWN_DESTINATION = 0xA801
AFTER_S = 2.0
"""An archive may end its C-MOVE a little before the last object is through."""
_KNOWN = frozenset(str(syntax) for syntax in ALL_TRANSFER_SYNTAXES)
SHORT = {
    "1.2.840.10008.1.2": "Implicit LE",
    "1.2.840.10008.1.2.1": "Explicit LE",
    "1.2.840.10008.1.2.2": "Explicit BE",
    "1.2.840.10008.1.2.1.99": "Deflated",
    "1.2.840.10008.1.2.5": "RLE",
    "1.2.840.10008.1.2.4.50": "JPEG 50",
    "1.2.840.10008.1.2.4.51": "JPEG 51",
    "1.2.840.10008.1.2.4.57": "JPEG 57",
    "1.2.840.10008.1.2.4.70": "JPEG 70",
    "1.2.840.10008.1.2.4.80": "JPEG-LS",
    "1.2.840.10008.1.2.4.81": "JPEG-LS 81",
    "1.2.840.10008.1.2.4.90": "JPEG 2000",
    "1.2.840.10008.1.2.4.91": "JPEG 2000 91",
    "1.2.840.10008.1.2.4.201": "HTJ2K",
    "1.2.840.10008.1.2.4.203": "HTJ2K 203",
}


@dataclass(frozen=True, slots=True)
class Told:
    """The node's last word on a retrieval; ``code`` is None when it said none."""

    code: int | None = None
    completed: int = 0
    failed: int = 0

    @property
    def status(self) -> str:
        """The status as the standard writes it."""
        return "" if self.code is None else f"0x{self.code:04X}"


def get(case: Case) -> Outcome:
    """C-GET into nothing."""
    sample, unusable = _ready(case, Method.GET, STUDY_ROOT_GET)
    if sample is None:
        return unusable
    trial = Trial(case.node.our_aet, 0, sample.sop_uid)

    def looked_at(context: Context, _request: command.Command) -> Scratch:
        return Scratch(trial, context, ordered=True)

    contexts, roles = proposal(classes_for([sample.sop_class] if sample.sop_class else [], [sample.modality]))
    with dialogue(case.node, case.offer(Offer(contexts, roles)), looked_at) as opened, _bounded(opened, case):
        case.accepted = _storable(opened.agreed)
        if not case.accepted or opened.agreed.of(STUDY_ROOT_GET) is None:
            return _judged(case, Method.GET, "no_role", {})
        told = _last(opened.get(STUDY_ROOT_GET, _identifier(sample), case.left()))
    case.received = trial.received
    return _judged(case, Method.GET, _cause_of_get(told, trial.received), _facts(told, trial.received))


def move(case: Case) -> Outcome:
    """C-MOVE to ourselves, through our own acceptor."""
    sample, unusable = _ready(case, Method.MOVE, STUDY_ROOT_MOVE)
    if sample is None:
        return unusable
    trial = Trial(case.node.our_aet, next_number(), sample.sop_uid)
    with case.means.arrivals.trying(trial):
        offer = case.offer(Offer([build_context(STUDY_ROOT_MOVE)]))
        with dialogue(case.node, offer) as opened, _bounded(opened, case):
            told = _last(
                opened.move(STUDY_ROOT_MOVE, _identifier(sample), trial.our_aet, trial.message_id, case.left())
            )
        if told.code == 0x0000 and told.completed:
            trial.heard.wait(min(AFTER_S, case.left()))
    case.proposed, case.received = sorted(trial.syntaxes), trial.received or case.received
    facts = _facts(told, trial.received)
    if trial.refused:
        facts |= {"calling": trial.refused[0].calling, "from": trial.refused[0].address}
    return _judged(case, Method.MOVE, _cause_of_move(told, trial), facts)


def syntaxes(case: Case) -> Outcome:
    """Tell the transfer syntaxes in which objects came or would come."""
    if not (case.accepted or case.proposed or case.received):
        return Outcome(Verdict.SKIPPED, "nothing_received")
    facts: dict[str, Fact] = {
        "accepted": named(case.accepted),
        "proposed": named(case.proposed),
        "received": named(case.received),
    }
    unknown = [one for one in case.received if not is_known(one)]
    return Outcome(Verdict.WARN, "syntax_unknown", facts) if unknown else Outcome(facts=facts)


def is_known(transfer_syntax: str) -> bool:
    """Whether it is one of the standard's."""
    return transfer_syntax in _KNOWN


def named(uids: Sequence[str]) -> str:
    """Return transfer syntaxes by short names, each once."""
    return ", ".join(dict.fromkeys(SHORT.get(uid, UID(uid).name) for uid in uids))


def _ready(case: Case, method: Method, service: str) -> tuple[Sample | None, Outcome]:
    used = case.node.method is method
    if service not in case.services:
        return None, Outcome(Verdict.FAIL, "not_offered") if used else Outcome(Verdict.SKIPPED, "method_unused")
    return case.sample, Outcome(Verdict.SKIPPED, "no_sample")


def _judged(case: Case, method: Method, cause: str, facts: dict[str, Fact]) -> Outcome:
    """A way of retrieving that this node is not set to use may fail without harm."""
    if not cause:
        return Outcome(facts=facts)
    partly = cause == "sub_operations_partly" or case.node.method is not method
    return Outcome(Verdict.WARN if partly else Verdict.FAIL, cause, facts)


def _identifier(sample: Sample) -> Dataset:
    dataset = Dataset()
    dataset.QueryRetrieveLevel = "IMAGE" if sample.sop_uid else "SERIES"
    dataset.StudyInstanceUID, dataset.SeriesInstanceUID = sample.study_uid, sample.series_uid
    if sample.sop_uid:
        dataset.SOPInstanceUID = sample.sop_uid
    return dataset


@contextmanager
def _bounded(opened: Dialogue, case: Case) -> Iterator[None]:
    """Abort when the step's time is over: pending responses would keep it alive for ever."""
    timer = threading.Timer(max(0.1, case.left()), opened.abort)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _last(answers: Iterator[Answer]) -> Told:
    try:
        for answer in answers:
            if answer.status not in PENDING:
                return Told(answer.status, answer.completed, answer.failed)
    except Unavailable:
        return Told()
    return Told()


def _storable(agreed: Agreed) -> Sequence[str]:
    """Return the transfer syntaxes in which the node agrees to store to us."""
    return [one.transfer_syntax for one in agreed.contexts.values() if one.abstract_syntax in agreed.storing]


def _cause_of_get(told: Told, received: Sequence[str]) -> str:
    if told.code is None:
        return "timeout" if not received else "sub_operations_partly"
    if told.code == 0x0000:
        return "" if received else "nothing_arrived"
    if received:
        return "sub_operations_partly"
    return "sub_operations_get" if told.failed else "failed_status"


def _cause_of_move(told: Told, trial: Trial) -> str:
    if trial.heard.is_set():
        # An object that names no C-MOVE was not acknowledged: the node calls that a failure, we do not.
        return ""
    if trial.refused:
        # Before the status: some archives say 0xA801 of a destination that turned them away.
        return "we_refused_title" if trial.refused[0].cause == "called_ae" else "we_refused"
    if told.code == UNKNOWN_DESTINATION:
        return "move_destination"
    if told.code is None:
        return "late_arrival"
    if told.code == 0x0000:
        return "nothing_arrived"
    return "sub_operations" if told.failed or told.code == 0xB000 else "failed_status"


def _facts(told: Told, received: Sequence[str]) -> dict[str, Fact]:
    return {"status": told.status, "received": len(received), "syntax": named(received[:1]), "failed": told.failed}

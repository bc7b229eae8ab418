"""A-ASSOCIATE through pynetdicom's PDU classes: bytes in, decision out. No socket, no thread.

Storage Commitment is taken only from a node, and only when it is the SCP: it reports, and we never commit to anything
(PS3.4 J.3.3, PS3.7 D.3.3.4).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from pydicom._uid_dict import UID_dictionary
from pydicom.uid import UID
from pynetdicom import ALL_TRANSFER_SYNTAXES, sop_class
from pynetdicom.pdu import A_ASSOCIATE_AC, A_ASSOCIATE_RJ, A_ASSOCIATE_RQ
from pynetdicom.pdu_primitives import (
    A_ASSOCIATE,
    ImplementationClassUIDNotification,
    ImplementationVersionNameNotification,
    MaximumLengthNotification,
)
from pynetdicom.pdu_primitives import SCP_SCU_RoleSelectionNegotiation as Role
from pynetdicom.presentation import PresentationContext

from pacs_bridge.receive.part10 import IMPLEMENTATION_UID, IMPLEMENTATION_VERSION
from pacs_bridge.receive.pdu import AbortReason, PeerFault
from pacs_bridge.receive.policy import Policy, Refusal
from pacs_bridge.sop_classes import STORAGE_COMMITMENT

APPLICATION_CONTEXT = "1.2.840.10008.3.1.1.1"
VERIFICATION = "1.2.840.10008.1.1"
_KNOWN_SYNTAXES = frozenset(str(syntax) for syntax in ALL_TRANSFER_SYNTAXES)
_STORAGE = frozenset(str(uid) for uid in sop_class._STORAGE_CLASSES.values())  # noqa: SLF001 -- the only list
_NOT_IMAGES = ("Storage Commitment", "Media Storage Directory Storage")
_SERVICES = frozenset(str(uid) for uid in vars(sop_class).values() if isinstance(uid, UID)) | {
    uid for uid, (name, *_) in UID_dictionary.items() if "Storage" not in name or name.startswith(_NOT_IMAGES)
}
ACCEPTED, NO_ABSTRACT_SYNTAX, NO_TRANSFER_SYNTAX = 0, 3, 4
PLAIN_SYNTAXES = ("1.2.840.10008.1.2.1", "1.2.840.10008.1.2", "1.2.840.10008.1.2.2")
"""Those a report may come in: whoever wants it deflated wants something else."""


@dataclass(frozen=True, slots=True)
class Context:
    """An accepted presentation context; ``proposed`` are all the transfer syntaxes that the peer named."""

    abstract_syntax: str
    transfer_syntax: str
    proposed: tuple[str, ...] = field(default=(), compare=False)


@dataclass(frozen=True, slots=True)
class Accepted:
    """An association that may go on. ``reply`` is the A-ASSOCIATE-AC."""

    calling: str
    called: str
    node: str
    contexts: Mapping[int, Context]
    reply: bytes


@dataclass(frozen=True, slots=True)
class Rejected:
    """An association refused. ``reply`` is the A-ASSOCIATE-RJ."""

    calling: str
    cause: str
    reply: bytes


def decide(raw: bytes, address: str, policy: Policy, max_pdu: int) -> Accepted | Rejected:
    """Return what to answer to an A-ASSOCIATE-RQ; raise `PeerFault` when it is not one."""
    ask = _parsed(raw)
    calling = str(ask.calling_ae_title or "").strip()
    called = str(ask.called_ae_title or "").strip()
    verdict = policy.judge(calling, called, address)
    if str(ask.application_context_name) != APPLICATION_CONTEXT:
        verdict = Refusal(1, 1, 2, "application_context")
    if isinstance(verdict, Refusal):
        return Rejected(calling, verdict.cause, _rejection(ask, verdict))
    reports = bool(verdict.node) and _reports(ask)
    results = [_result(context, reports=reports) for context in ask.presentation_context_definition_list]
    proposed = [context.transfer_syntax for context in ask.presentation_context_definition_list]
    contexts = {
        int(c.context_id or 0): Context(str(c.abstract_syntax), str(c.transfer_syntax[0]), tuple(map(str, asked)))
        for c, asked in zip(results, proposed, strict=True)
        if c.result == ACCEPTED
    }
    return Accepted(calling, called, verdict.node, contexts, _acceptance(ask, results, max_pdu))


def accepts(abstract_syntax: str) -> bool:
    """Whether we take the abstract syntax: Verification, storage, and what nobody's list knows.

    Unrestricted storage (PS3.4 B.3.3): a class unknown to the lists or private is stored; a service
    that is known and is no storage (query, print, worklist …) is not ours.
    """
    if abstract_syntax == VERIFICATION or abstract_syntax in _STORAGE:
        return True
    return abstract_syntax not in _SERVICES and UID(abstract_syntax).is_valid


def _reports(ask: A_ASSOCIATE) -> bool:
    """Whether the peer proposes to be the SCP of Storage Commitment."""
    roles = [one for one in ask.user_information if isinstance(one, Role)]
    return any(one.sop_class_uid == STORAGE_COMMITMENT and one.scp_role for one in roles)


def knows(sop_class: str, transfer_syntax: str) -> bool:
    """Whether an object that comes as a file is of a kind that an association would have brought."""
    return transfer_syntax in _KNOWN_SYNTAXES and accepts(sop_class)


def chosen_syntax(proposed: Sequence[str]) -> str | None:
    """Return the first transfer syntax that the world knows, else the first valid UID, else None."""
    known = [syntax for syntax in proposed if syntax in _KNOWN_SYNTAXES]
    valid = [syntax for syntax in proposed if UID(syntax).is_valid]
    return next(iter(known or valid), None)


def _parsed(raw: bytes) -> A_ASSOCIATE:
    try:
        request = A_ASSOCIATE_RQ()
        request.decode(bytes(raw))
        asked = request.to_primitive()
    except Exception as exc:  # pynetdicom's decoder raises whatever the bytes provoke
        raise PeerFault(AbortReason.INVALID_PARAMETER, "A-ASSOCIATE-RQ") from exc
    contexts = asked.presentation_context_definition_list
    if not all(one.context_id and one.abstract_syntax and one.transfer_syntax for one in contexts):
        raise PeerFault(AbortReason.INVALID_PARAMETER, "presentation context")
    return asked


def _result(asked: PresentationContext, *, reports: bool) -> PresentationContext:
    answer = PresentationContext()
    answer.context_id = asked.context_id
    answer.abstract_syntax = asked.abstract_syntax
    proposed = [str(syntax) for syntax in asked.transfer_syntax]
    report = reports and asked.abstract_syntax == STORAGE_COMMITMENT
    syntax = chosen_syntax([one for one in proposed if one in PLAIN_SYNTAXES] if report else proposed)
    answer.transfer_syntax = [syntax or (proposed or ["1.2.840.10008.1.2"])[0]]
    if not report and not accepts(str(asked.abstract_syntax)):
        answer.result = NO_ABSTRACT_SYNTAX
    else:
        answer.result = ACCEPTED if syntax else NO_TRANSFER_SYNTAX
    return answer


def _answer(ask: A_ASSOCIATE) -> A_ASSOCIATE:
    answer = A_ASSOCIATE()
    answer.application_context_name = UID(APPLICATION_CONTEXT)
    answer.calling_ae_title, answer.called_ae_title = ask.calling_ae_title, ask.called_ae_title
    return answer


def _rejection(ask: A_ASSOCIATE, refusal: Refusal) -> bytes:
    answer = _answer(ask)
    answer.result, answer.result_source = refusal.result, refusal.source
    answer.diagnostic = refusal.diagnostic
    pdu = A_ASSOCIATE_RJ()
    pdu.from_primitive(answer)
    return bytes(pdu.encode())


def _acceptance(ask: A_ASSOCIATE, results: Sequence[PresentationContext], max_pdu: int) -> bytes:
    length, who = MaximumLengthNotification(), ImplementationClassUIDNotification()
    version = ImplementationVersionNameNotification()
    length.maximum_length_received = max_pdu
    who.implementation_class_uid = UID(IMPLEMENTATION_UID)
    version.implementation_version_name = IMPLEMENTATION_VERSION
    answer = _answer(ask)
    answer.result, answer.result_source = 0, 1
    answer.presentation_context_definition_results_list = list(results)
    answer.user_information = [length, who, version, *_roles(results)]
    pdu = A_ASSOCIATE_AC()
    pdu.from_primitive(answer)
    return bytes(pdu.encode())


def _roles(results: Sequence[PresentationContext]) -> Sequence[Role]:
    """Return the one role that we answer: the peer may report, and not ask."""
    if not any(one.result == ACCEPTED and one.abstract_syntax == STORAGE_COMMITMENT for one in results):
        return []
    role = Role()
    role.sop_class_uid = STORAGE_COMMITMENT
    role.scu_role, role.scp_role = False, True
    return [role]

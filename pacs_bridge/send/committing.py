"""Storage Commitment Push Model as SCU (PS3.4 J.3.2): asking whether what was sent is safe."""

from collections.abc import Sequence
from functools import partial

from pydicom.dataset import Dataset
from pynetdicom import build_context

from appliance.domain.errors import Unavailable
from appliance.domain.journal import Actor
from appliance.domain.nodes import Node
from appliance.domain.sending import MOST_OBJECTS
from appliance.usecases.ports import SentRow
from pacs_bridge.ports import House
from pacs_bridge.query.associations import Offer, Secure, Waits, dialogue
from pacs_bridge.query.dialogue import Dialogue
from pacs_bridge.receive import command, reports
from pacs_bridge.receive.negotiation import PLAIN_SYNTAXES, Context
from pacs_bridge.receive.statuses import Status
from pacs_bridge.sop_classes import STORAGE_COMMITMENT, STORAGE_COMMITMENT_INSTANCE, VERIFICATION

REQUEST_COMMITMENT = 1
HEAR_S = 5.0
"""An archive that reports at once does so within this; every other calls us."""
SYNTAXES = list(PLAIN_SYNTAXES[:2])


class Committing:
    """Asks one node about the objects of one sending."""

    def __init__(self, house: House, node: Node, secure: Secure, hear_s: float = HEAR_S) -> None:
        self._house, self._node, self._secure, self._hear_s = house, node, secure, hear_s
        self._heard = 0

    def ask(self, sending: int, objects: Sequence[SentRow]) -> bool:
        """Ask for the commitment of the objects, in pieces; False when the node does not offer the service.

        Raises
        ------
        Unavailable
            Causes of `pacs_bridge.query.associations`: whether the node heard the last piece is not known.
        """
        # Verification: some nodes reject an association of which they can accept nothing.
        contexts = [build_context(VERIFICATION), build_context(STORAGE_COMMITMENT, SYNTAXES)]
        try:
            with dialogue(self._node, Offer(contexts, secure=self._secure), reported=self._reported) as opened:
                if opened.agreed.of(STORAGE_COMMITMENT) is None:
                    return False
                pieces = range(0, len(objects), MOST_OBJECTS)
                asked = [self._one(opened, sending, objects[at : at + MOST_OBJECTS]) for at in pieces]
                wanted = sum(asked)
                opened.hear(self._hear_s if wanted else 0, lambda: self._heard >= wanted)
        except Unavailable as away:
            if away.cause != "no_context":
                raise
            return False
        return True

    def _one(self, opened: Dialogue, sending: int, objects: Sequence[SentRow]) -> bool:
        """Ask for one piece; return whether the node took it."""
        transaction = self._house.sending.asking(sending, [one.sop_uid for one in objects])
        asked = _request(transaction, objects)
        act = partial(opened.act, STORAGE_COMMITMENT, STORAGE_COMMITMENT_INSTANCE, REQUEST_COMMITMENT)
        accepted = act(asked, Waits().response_s) == 0
        self._house.sending.answered(sending, transaction, accepted=accepted)
        return accepted

    def _reported(self, context: Context, request: command.Command, data: bytes) -> Status:
        self._heard += 1
        actor = Actor("node", self._node.name, self._node.aet, self._node.host)
        return reports.taken(self._house, self._node.name, actor, reports.Event(context, request, data))


def _request(transaction: str, objects: Sequence[SentRow]) -> Dataset:
    asked = Dataset()
    asked.TransactionUID = transaction
    asked.ReferencedSOPSequence = [_reference(one) for one in objects]
    return asked


def _reference(one: SentRow) -> Dataset:
    item = Dataset()
    item.ReferencedSOPClassUID, item.ReferencedSOPInstanceUID = one.sop_class, one.sop_uid
    return item

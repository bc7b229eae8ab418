"""Messages of the hospital's HL7 feed on the wire."""

from datetime import datetime

from appliance.contract.wire import Told


class MessageView(Told):
    """A message. ``text`` is there only when one rejected message is shown: it may hold a patient's traits."""

    id: int
    sender: str
    control_id: str
    kind: str
    event: str
    said_at: datetime
    received_at: datetime
    state: str
    cause: str = ""
    peer: str = ""
    text: str | None = None


class ReplayAnswer(Told):
    """What became of a message taken again."""

    id: int
    state: str
    cause: str = ""

"""Jobs on the wire."""

from datetime import datetime

from appliance.contract.wire import Told


class JobView(Told):
    """A job; ``error`` is the cause of the last failure."""

    id: int
    kind: str
    subject: str
    state: str
    attempts: int
    max_attempts: int
    created: datetime
    due: datetime | None = None
    done: int = 0
    total: int = 0
    error: str = ""

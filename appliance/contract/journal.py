"""The access journal on the wire."""

from datetime import datetime

from pydantic import Field

from appliance.contract.wire import Scalar, Told


class EntryView(Told):
    """A record. ``digest`` is the hexadecimal link of the chain."""

    number: int
    at: datetime
    family: str
    verb: str
    who: str
    subject: str = ""
    cause: str = ""
    address: str = ""
    digest: str = ""
    facts: dict[str, Scalar] = Field(default_factory=dict)


class SegmentView(Told):
    """A sealed month: records ``first`` to ``last``. ``state`` is ``sealed`` or ``purged``."""

    first: int
    last: int
    first_at: datetime
    last_at: datetime
    state: str


class VerifyAnswer(Told):
    """The verdict on the chain; ``broken_at`` is the first record that does not hold, ``flaw`` why it does not.

    ``key`` is the fingerprint of the key of the anchors: whoever holds a copy of it elsewhere compares.
    """

    records: int
    broken_at: int | None = None
    flaw: str = ""
    head: str = ""
    key: str = ""
    segments: tuple[SegmentView, ...] = ()

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


class VerifyAnswer(Told):
    """The verdict on the chain; ``broken_at`` is the first record that does not hold."""

    records: int
    broken_at: int | None = None
    head: str = ""

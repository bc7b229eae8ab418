"""Deposits on the wire, and their way to a PACS."""

from datetime import datetime

from appliance.contract.wire import Asked, Told


class SendAsked(Asked):
    """The deposits of a study, to be sent to a node."""

    study_uid: str
    node: str


class FailureView(Told):
    """So many objects failed alike. ``detail``: a transfer syntax, a SOP class or a status in hexadecimal."""

    cause: str
    detail: str = ""
    objects: int


class SendingView(Told):
    """A sending. ``state`` is ``sending awaiting proven partly failed``; ``cause`` why its last try failed.

    ``job`` is what brings it to its end and ``job_state`` how that stands, nothing once it is over.
    ``waiting sent proven failed`` count its objects; ``failures`` is filled for one sending only.
    """

    id: int
    study_uid: str
    node: str
    state: str
    asked_at: datetime
    waiting: int = 0
    sent: int = 0
    proven: int = 0
    failed: int = 0
    cause: str = ""
    job: int | None = None
    job_state: str = ""
    failures: tuple[FailureView, ...] = ()


class DepositView(Told):
    """What was deposited of a study: how many objects, how many of them proven, and until when they stay at least."""

    study_uid: str
    objects: int
    proven: int
    deposited_at: datetime | None = None
    proven_at: datetime | None = None
    kept_until: datetime | None = None

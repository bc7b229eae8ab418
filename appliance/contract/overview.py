"""The state of the appliance on the wire: one sentence, alarms, the figures behind them."""

from datetime import datetime

from appliance.contract.journal import EntryView
from appliance.contract.nodes import NodeView
from appliance.contract.wire import Level, Saying, Told


class ServiceView(Told):
    """A service. ``state`` is ``up`` or ``absent``."""

    name: str
    state: str
    since: datetime | None = None
    memory_mib: int | None = None
    pid: int | None = None


class AlarmView(Told):
    """Something to repair or to watch, and the page of the console where it is done."""

    id: str
    level: Level
    text: Saying
    remedy: Saying
    page: str
    since: datetime | None = None


class StorageView(Told):
    """Room of the disk that holds the images; of a bucket only its place is known, and ``total_bytes`` is 0."""

    used_bytes: int = 0
    free_bytes: int = 0
    total_bytes: int = 0
    place: str = ""


class DueView(Told):
    """How much goes by ``at`` if nothing happens meanwhile; ``mailed``: accounts whose owner is told first."""

    at: datetime
    images: int
    shares: int
    grants: int
    reports: int
    mailed: int
    accounts: int
    unreachable: int
    months: int


class OverviewView(Told):
    """Whether doctors can see images now, and why not."""

    level: Level
    verdict: Saying
    services: tuple[ServiceView, ...]
    nodes: tuple[NodeView, ...]
    alarms: tuple[AlarmView, ...]
    jobs: dict[str, int]
    storage: StorageView | None
    codes: tuple[EntryView, ...]
    log_ins: tuple[EntryView, ...]
    opened_per_hour: tuple[int, ...] = ()


class CheckView(Told):
    """One check of the doctor: what was looked at, and what to do when it is not well."""

    name: str
    level: Level
    text: Saying
    remedy: Saying | None = None


class AboutView(Told):
    """What runs here."""

    hospital: str
    host: str
    user: str
    version: str
    python: str
    system: str
    database: str
    objects: str
    aet: str
    since: datetime
    demo: bool = False

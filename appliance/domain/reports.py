"""Reports: their states, their versions, and which of them a physician may see (R-E, R-H).

A *document* is one version. Versions that replace each other share a set; an addendum has a set of its own and
names a version of the set that it belongs to. No version is ever rewritten or forgotten.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from appliance.domain.sharing import PARIS

PDF_CLASS, CDA_CLASS = "1.2.840.10008.5.1.4.1.1.104.1", "1.2.840.10008.5.1.4.1.1.104.2"
CLASSES = frozenset({f"1.2.840.10008.5.1.4.1.1.88.{n}" for n in (11, 22, 33, 34, 35)} | {PDF_CLASS, CDA_CLASS})
"""SOP classes that are reports: Basic Text, Enhanced, Comprehensive, Comprehensive 3D and Extensible SR, encapsulated
PDF and CDA. Dose reports, CAD results and logs are evidence, which nobody validates."""
RENDERER = 1
"""Number of the renderer: what an older one made is made again."""
PATIENCE = timedelta(days=30)
"""How long a report waits for its exam to become known (R-H)."""


class ReportState(StrEnum):
    """What its author, or who answers for it, says of a version."""

    VALIDATED = "validated"
    CORRECTED = "corrected"
    PROVISIONAL = "provisional"
    CANCELLED = "cancelled"


VALIDATED = frozenset({ReportState.VALIDATED, ReportState.CORRECTED})
"""What somebody answers for."""


class Relation(StrEnum):
    """How a version stands to the one that it names (HL7 ActRelationshipDocument)."""

    ALONE = ""
    REPLACES = "RPLC"
    ADDS = "APND"


class Source(StrEnum):
    """How it came."""

    DICOM = "dicom"
    HL7 = "hl7"
    DESK = "desk"


class Place(StrEnum):
    """Where a version lies. Only what is attached is ever shown to a physician."""

    ATTACHED = "attached"
    WAITING = "waiting"
    """For an exam that is not known yet; then it goes to the queue."""
    QUEUE = "queue"
    """« À rattacher »: somebody must say whose it is."""
    REJECTED = "rejected"
    FORGOTTEN = "forgotten"
    """Its time is over (R-J): seen by nobody, and gone with its objects at the end of the sweep."""


class QueueCause(StrEnum):
    """Why a version waits for a decision."""

    NOTHING_NAMED = "nothing_named"
    OTHER_PATIENT = "other_patient"
    WAITED = "waited"


class Rendering(StrEnum):
    """What became of the text of a version."""

    WAITING = "waiting"
    DONE = "done"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Version:
    """What the rules need of a version. ``at`` is the instant that orders it: its message's, or its own."""

    id: int
    unique_id: str
    set_id: str
    version: int
    relation: Relation
    parent_id: str
    state: ReportState
    at: datetime
    important: bool = False


@dataclass(frozen=True, slots=True)
class ReportPolicy:
    """Settings: ``provisional`` shows what is not validated; ``embargo`` keeps images back until a report is."""

    provisional: bool = False
    embargo: bool = False
    embargo_days: int = 7


STRICT = ReportPolicy()


@dataclass(frozen=True, slots=True)
class Placement:
    """Where an arriving version goes: ``cause`` is empty unless it goes to the queue."""

    place: Place
    cause: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """The versions of one set that may be seen, the current one first, and the addenda below it."""

    current: Version
    older: tuple[Version, ...] = ()
    addenda: tuple["Report", ...] = ()


def ordered(versions: Iterable[Version]) -> list[Version]:
    """Return the versions of one set, newest first: by the instant that each carries, never by arrival alone."""
    return sorted(versions, key=lambda one: (one.at, one.version), reverse=True)


def visible(version: Version, policy: ReportPolicy) -> bool:
    """Whether a physician may see this version."""
    return version.state is not ReportState.PROVISIONAL or policy.provisional


def seen(versions: Iterable[Version], policy: ReportPolicy) -> list[Report]:
    """Return what a physician sees of the versions of an exam: newest report first, each with its addenda."""
    shown = [one for one in versions if visible(one, policy)]
    sets: dict[str, list[Version]] = {}
    for one in shown:
        sets.setdefault(one.set_id, []).append(one)
    home = {one.unique_id: one.set_id for one in shown}
    parents = {name: _parent(group, home, name) for name, group in sets.items()}
    below = {name: [other for other, above in parents.items() if above == name] for name in sets}

    def report(name: str, above: frozenset[str]) -> Report:
        first, *older = ordered(sets[name])
        under = [report(other, above | {name}) for other in below[name] if other not in above]
        return Report(first, tuple(older), tuple(sorted(under, key=_when)))

    tops = [report(name, frozenset()) for name in sets if not _has_top(name, parents)]
    return sorted(tops, key=_when, reverse=True)


def superseded(new: Version, versions: Iterable[Version], policy: ReportPolicy) -> Sequence[Version]:
    """Return the versions that ``new`` puts out of date, none when it comes late or is not to be seen."""
    if not visible(new, policy):
        return ()
    mine = ordered([*(one for one in versions if one.set_id == new.set_id and one.id != new.id), new])
    shown = [one for one in mine if visible(one, policy)]
    return shown[1:] if shown[0].id == new.id else ()


def stated(state: ReportState, at: datetime, versions: Iterable[Version]) -> ReportState:
    """Return the state of an arriving version: one validated after another validated one is a correction."""
    settled = (ReportState.VALIDATED, ReportState.CORRECTED, ReportState.CANCELLED)
    follows = any(one.state in settled and one.at < at for one in versions)
    return ReportState.CORRECTED if state is ReportState.VALIDATED and follows else state


def placed(*, named: bool, patients_match: Sequence[bool], is_patient_known: bool) -> Placement:
    """Return where an arriving version goes (R-H).

    Parameters
    ----------
    named
        Whether it names an exam: a study UID or an accession number.
    patients_match
        Of each exam found so, whether it is of the same patient.
    is_patient_known
        Whether the version says whose it is.
    """
    if not named or not is_patient_known:
        return Placement(Place.QUEUE, QueueCause.NOTHING_NAMED)
    if not patients_match:
        return Placement(Place.WAITING)
    if all(patients_match):
        return Placement(Place.ATTACHED)
    return Placement(Place.QUEUE, QueueCause.OTHER_PATIENT)


@dataclass(frozen=True, slots=True)
class Awaiting:
    """What an embargo looks at of an exam; ``released_at``: when somebody opened it before its report."""

    states: Iterable[ReportState]
    day: date | None
    arrived_at: datetime | None
    released_at: datetime | None = None


def embargoed(policy: ReportPolicy, exam: Awaiting, now: datetime) -> bool:
    """Whether the images are kept back (R-E): until a validated report, a release, or so many days after the exam.

    Without a date of the exam the days begin with its arrival.
    """
    if not policy.embargo or exam.released_at is not None:
        return False
    if any(state in VALIDATED for state in exam.states):
        return False
    begins = datetime.combine(exam.day, time(), PARIS) if exam.day else exam.arrived_at
    return begins is None or now < begins + timedelta(days=policy.embargo_days)


def _parent(group: Sequence[Version], home: dict[str, str], name: str) -> str:
    above = [home.get(one.parent_id, "") for one in ordered(group) if one.relation is Relation.ADDS]
    return next((one for one in above if one and one != name), "")


def _has_top(name: str, parents: dict[str, str]) -> bool:
    """Whether the set hangs below another; sets that hang below each other in a ring are shown as tops."""
    met, at = {name}, parents[name]
    while at and at not in met:
        met.add(at)
        at = parents[at]
    return bool(parents[name]) and not at


def _when(report: Report) -> datetime:
    return report.current.at

"""C-FIND on one node (R-G): strategies, deadline, limit, and a second try with required keys only."""

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date

from pydicom.dataset import Dataset
from pynetdicom import build_context

from appliance.dicom.elements import integer
from appliance.domain.errors import Unavailable
from appliance.domain.identifiers import StudyUID
from appliance.domain.nodes import Node
from appliance.domain.searching import Query
from pacs_bridge.query import asking
from pacs_bridge.query.answers import Row, fits, study_row
from pacs_bridge.query.associations import Offer, Secure, Waits, by_default, dialogue
from pacs_bridge.query.dialogue import PENDING, Dialogue
from pacs_bridge.sop_classes import STUDY_ROOT_FIND

WHOLE_S = 30.0
MOST = 200
CANCELLED = 0xFE00


class KeysNotSupported(Exception):
    """The node refused the identifier; fewer keys may please it."""


@dataclass(slots=True)
class Found:
    """Studies of one node. ``required_keys_only``: learnt now, to be remembered."""

    studies: list[Row] = field(default_factory=list)
    more: bool = False
    required_keys_only: bool = False


@dataclass(frozen=True, slots=True)
class Images:
    """What a study consists of, by the node: SOP Instance UIDs by series, and their classes.

    ``whole`` is False when the node names fewer than it counts: it cuts its answers, and names nothing that can be
    relied on.
    """

    series: Mapping[str, frozenset[str]] = field(default_factory=dict)
    classes: Mapping[str, str] = field(default_factory=dict)
    whole: bool = False

    @property
    def uids(self) -> frozenset[str]:
        """Return every SOP Instance UID named."""
        return frozenset(self.classes)


@dataclass(frozen=True, slots=True)
class Patience:
    """How much is waited for and taken, and how TLS nodes are asked."""

    limit: int = MOST
    whole_s: float = WHOLE_S
    secure: Secure = by_default


def find_studies(node: Node, wanted: Query, today: date, patience: Patience | None = None) -> Found:
    """Return the studies that fit; raise `Unavailable` with the cause when the node fails."""
    patience = patience or Patience()
    end = time.monotonic() + patience.whole_s
    only = node.required_keys_only
    for keys in asking.strategies(wanted, node, today):
        try:
            found = _ask(node, wanted, keys, _Bounds(end, patience.limit, only, patience.secure))
        except KeysNotSupported:
            if only:
                raise Unavailable("failed_status") from None
            only = True
            found = _again(node, wanted, keys, _Bounds(end, patience.limit, only, patience.secure))
        found.required_keys_only = only and not node.required_keys_only
        if found.studies:
            return found
    return Found(required_keys_only=only and not node.required_keys_only)


def find_images(
    node: Node,
    study_uid: StudyUID,
    whole_s: float = WHOLE_S * 2,
    secure: Secure = by_default,
    heard: Callable[[], None] = lambda: None,
) -> Images:
    """Return every instance of a study by IMAGE level, each answer `heard`; raise `Unavailable` when the node fails."""
    end = time.monotonic() + whole_s
    asked = asking.empty_identifier("SERIES", asking.SERIES_KEYS, node)
    asked.StudyInstanceUID = study_uid
    counts: dict[str, int] = {}
    found: dict[str, frozenset[str]] = {}
    classes: dict[str, str] = {}
    with dialogue(node, Offer([build_context(STUDY_ROOT_FIND)], secure=secure)) as opened:
        for answer in answers(opened, asked, end):
            heard()
            if uid := str(answer.get("SeriesInstanceUID") or ""):
                told = integer(answer, "NumberOfSeriesRelatedInstances")
                counts[uid] = 1 if told is None else told
        for uid in counts:
            named = {}
            for answer in answers(opened, _images_of(study_uid, uid, node), end):
                heard()
                named[str(answer.get("SOPInstanceUID") or "")] = str(answer.get("SOPClassUID") or "")
            named.pop("", None)
            found[uid] = frozenset(named)
            classes |= named
    whole = bool(counts) and all(len(found[uid]) >= count for uid, count in counts.items())
    return Images(found, classes, whole)


def _images_of(study_uid: StudyUID, series_uid: str, node: Node) -> Dataset:
    asked = asking.empty_identifier("IMAGE", asking.IMAGE_KEYS, node)
    asked.StudyInstanceUID, asked.SeriesInstanceUID = study_uid, series_uid
    return asked


@dataclass(frozen=True, slots=True)
class _Bounds:
    end: float
    limit: int
    required_only: bool
    secure: Secure


def _again(node: Node, wanted: Query, keys: Mapping[str, str], bounds: _Bounds) -> Found:
    try:
        return _ask(node, wanted, keys, bounds)
    except KeysNotSupported as exc:
        raise Unavailable("failed_status") from exc


def _ask(node: Node, wanted: Query, keys: Mapping[str, str], bounds: _Bounds) -> Found:
    asked = asking.identifier("STUDY", keys, node, required_only=bounds.required_only)
    found = Found()
    seen: set[str] = set()

    def enough() -> bool:
        found.more = len(found.studies) >= bounds.limit
        return found.more

    with dialogue(node, Offer([build_context(STUDY_ROOT_FIND)], secure=bounds.secure)) as opened:
        for answer in answers(opened, asked, bounds.end, enough):
            row = study_row(answer, node)
            if row is None or row["study_uid"] in seen or not fits(row, wanted):
                continue
            if len(found.studies) < bounds.limit:
                seen.add(row["study_uid"])
                found.studies.append(row)
    return found


def answers(
    opened: Dialogue,
    asked: Dataset,
    end: float,
    enough: Callable[[], bool] = lambda: False,
    noted: Callable[[int], None] = lambda _status: None,
) -> Iterator[Dataset]:
    """Yield the pending answers, each status `noted`; cancel the rest when `enough`; give up after `end`.

    Raises
    ------
    KeysNotSupported
        The node refuses the identifier; the association may go on.
    Unavailable
        ``timeout``, ``aborted`` or ``failed_status``.
    """
    cancelled = False
    each_s = max(0.1, min(Waits().response_s, end - time.monotonic()))
    for answer in opened.find(STUDY_ROOT_FIND, asked, each_s):
        noted(answer.status)
        if time.monotonic() > end:
            raise Unavailable("timeout")
        if answer.status in PENDING:
            if answer.identifier is not None:
                yield answer.identifier
            if not cancelled and enough():
                opened.cancel()
                cancelled = True
        elif answer.status in (0xA900, 0x0122) or 0xC000 <= answer.status <= 0xCFFF:
            raise KeysNotSupported
        elif answer.status not in (0x0000, CANCELLED):
            raise Unavailable("failed_status", status=answer.status)

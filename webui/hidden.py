"""What an exam holds and cannot be shown: every object by its number, series by series, with the reason in words."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from appliance.domain.identifiers import SeriesUID
from appliance.usecases.ports import InstanceRow, SeriesRow
from webui.i18n import Texts

FEW = 6
"""So many are listed at once; more are behind a click."""


@dataclass(frozen=True, slots=True)
class Named:
    """One object: its number in the series, or its UID where a number says too little."""

    uid: str
    label: str


@dataclass(frozen=True, slots=True)
class Group:
    """Objects of one series that one reason keeps from being shown."""

    series: str
    reason: str
    objects: Sequence[Named]

    @property
    def few(self) -> bool:
        """Whether the objects are listed at once."""
        return len(self.objects) <= FEW


@dataclass(frozen=True, slots=True)
class Hidden:
    """Everything of one exam that cannot be shown."""

    groups: Sequence[Group]

    @property
    def count(self) -> int:
        """How many objects."""
        return sum(len(group.objects) for group in self.groups)

    @property
    def few(self) -> bool:
        """Whether the groups are listed at once."""
        return len(self.groups) <= FEW


def hidden_of(series: Iterable[SeriesRow], instances: Iterable[InstanceRow], t: Texts) -> Hidden:
    """Return the objects of an exam that cannot be shown, series by series."""
    names = {row.uid: _series_word(row, t) for row in sorted(series, key=_by_number)}
    found: dict[tuple[SeriesUID, str], list[InstanceRow]] = {}
    for row in instances:
        if row.state == "undisplayable":
            found.setdefault((row.series_uid, row.reason), []).append(row)
    order = {uid: at for at, uid in enumerate(names)}
    keys = sorted(found, key=lambda key: (order.get(key[0], len(order)), key[1]))
    return Hidden([Group(names.get(uid, ""), reason_word(reason, t), _named(found[uid, reason], t))
                   for uid, reason in keys])  # fmt: skip


def reason_word(reason: str, t: Texts) -> str:
    """Return why an object cannot be shown, in the words of the viewer."""
    return t(f"reason.{reason}" if t.has(f"reason.{reason}") else "reason.other")


def _by_number(row: SeriesRow) -> tuple[bool, int, str]:
    return row.number is None, row.number or 0, row.uid


def _series_word(row: SeriesRow, t: Texts) -> str:
    number = t("hidden.series") if row.number is None else t("hidden.series.number", number=row.number)
    return ", ".join(filter(None, (number, row.modality, row.description)))


def _named(rows: Sequence[InstanceRow], t: Texts) -> list[Named]:
    seen = Counter(row.number for row in rows)
    return [Named(row.sop_uid, row.sop_uid if row.number is None or seen[row.number] > 1
                  else t("hidden.object", number=row.number)) for row in rows]  # fmt: skip

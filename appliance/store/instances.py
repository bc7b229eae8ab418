"""Received files. The hot road of ingest: statements are made once."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import bindparam
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection

from appliance.domain.exams import HIDDEN_INSTANCES
from appliance.domain.identifiers import SeriesUID, SopUID, StudyUID
from appliance.store.tables import instance, rejected, series, study, superseded
from appliance.usecases.ports import InstanceRow, PreparedInstance, ReceivedFile

HIDDEN = tuple(HIDDEN_INSTANCES)
_FIELDS = [c for c in instance.c if c.name != "received_at"]
_BY_UID = sa.select(*_FIELDS).where(instance.c.sop_uid == bindparam("u"))
_WRITTEN = [c for c in instance.c if c.name not in {"frames_key", "frame_offsets", "native_key", "native_frame_bytes"}]
_ADD = {
    "sqlite": sqlite.insert(instance).on_conflict_do_nothing(),
    "postgresql": postgresql.insert(instance).on_conflict_do_nothing(),
}
_REJECT = {
    "sqlite": sqlite.insert(rejected).on_conflict_do_nothing(),
    "postgresql": postgresql.insert(rejected).on_conflict_do_nothing(),
}
_ADD_SERIES = sa.insert(series)
_KNOWN_SERIES = (
    sa.exists()
    .select_from(series.join(study, study.c.uid == series.c.study_uid))
    .where(
        series.c.uid == bindparam("series_uid"),
        series.c.modality == bindparam("modality"),
        study.c.uid == bindparam("study_uid"),
        study.c.patient_id == bindparam("patient_id"),
        study.c.arrived_at.is_not(None),
        ~sa.exists().where(rejected.c.sop_uid == bindparam("sop_uid")),
    )
)
_ADD_NEXT = {
    name: insert(instance)
    .from_select(
        [c.name for c in _WRITTEN], sa.select(*(bindparam(c.name, type_=c.type) for c in _WRITTEN)).where(_KNOWN_SERIES)
    )
    .on_conflict_do_nothing()
    .execution_options(preserve_rowcount=True)
    for name, insert in (("sqlite", sqlite.insert), ("postgresql", postgresql.insert))
}
_ABOVE = (
    sa.select(study.c.modalities, study.c.arrived_at, series.c.uid.label("series_uid"))
    .select_from(study.outerjoin(series, series.c.uid == bindparam("s")))
    .where(study.c.uid == bindparam("u"))
)
_ARRIVED = (
    sa.update(study).where(study.c.uid == bindparam("u")).values(modalities=bindparam("m"), arrived_at=bindparam("t"))
)


class SqlInstances:
    """`appliance.usecases.ports.Instances`."""

    def __init__(self, connection: Connection) -> None:
        self._c = connection

    def by_uid(self, uid: SopUID) -> InstanceRow | None:
        """Return the current version, or None."""
        row = self._c.execute(_BY_UID, {"u": uid}).first()
        return _instance(row) if row else None

    def of_series(self, uid: SeriesUID) -> Sequence[InstanceRow]:
        """Return the instances of a series by number."""
        return self._many(instance.c.series_uid == uid)

    def of_study(self, uid: StudyUID) -> Sequence[InstanceRow]:
        """Return the instances of a study, series by series."""
        return self._many(instance.c.study_uid == uid)

    def held(self, uid: StudyUID) -> set[SopUID]:
        """Return what need not be asked of the PACS: all that came and was not purged."""
        where = sa.and_(instance.c.study_uid == uid, instance.c.state != "purged")
        return {SopUID(one) for one in self._c.execute(sa.select(instance.c.sop_uid).where(where)).scalars()}

    def add(self, file: ReceivedFile, at: datetime) -> bool:
        """Insert the row of a new UID and its series; the study is there. False when the UID is known."""
        self._series(file, at)
        return self._c.execute(_ADD[self._c.dialect.name], _columns(file, 1, at)).rowcount == 1

    def add_next(self, file: ReceivedFile, at: datetime) -> bool:
        """Insert one more instance of a series that the index has for this patient: all but the first arrive so.

        One statement. False: the series is new, or the UID known, or something does not fit; nothing was written.
        """
        facts = file.facts
        values = _columns(file, 1, at) | {"modality": facts.modality, "patient_id": facts.traits.identifier.value}
        return self._c.execute(_ADD_NEXT[self._c.dialect.name], values).rowcount == 1

    def supersede(self, old: InstanceRow, file: ReceivedFile, at: datetime) -> None:
        """Make the file the current version; the old one stays readable."""
        self._aside(old.sop_uid, old.version, old.key, old.sha256, "corrected", file.calling_aet, at)
        self.restore(old, file, at)

    def restore(self, old: InstanceRow, file: ReceivedFile, at: datetime) -> None:
        """Make the file the current version of an instance whose pixels are here no more, or were corrected."""
        self._series(file, at)
        values = {k: v for k, v in _columns(file, old.version + 1, at).items() if k != "sop_uid"}
        values |= {"frames_key": "", "frame_offsets": b"", "native_key": "", "native_frame_bytes": 0}
        self._c.execute(sa.update(instance).where(instance.c.sop_uid == old.sop_uid).values(values))

    def reject(self, study_uid: StudyUID, sop_uids: Sequence[SopUID], code: str, at: datetime) -> Sequence[SeriesUID]:
        """Take objects of a study back, those here and those to come; return the series that lost some."""
        rows = [{"sop_uid": uid, "study_uid": study_uid, "code": code, "at": at} for uid in dict.fromkeys(sop_uids)]
        for row in rows:
            self._c.execute(_REJECT[self._c.dialect.name], row)
        mine = sa.and_(
            instance.c.study_uid == study_uid,
            instance.c.state.not_in(HIDDEN),
            instance.c.sop_uid.in_(sa.select(rejected.c.sop_uid).where(rejected.c.study_uid == study_uid)),
        )
        lost = self._c.execute(sa.select(instance.c.series_uid).where(mine).distinct()).scalars().all()
        self._c.execute(sa.update(instance).where(mine).values(state="rejected", reason=""))
        return [SeriesUID(uid) for uid in lost]

    def rejected(self, uid: SopUID) -> str:
        """Return the code of the note that takes the object back, or nothing."""
        return self._c.execute(sa.select(rejected.c.code).where(rejected.c.sop_uid == uid)).scalar() or ""

    def conflict(self, old: InstanceRow, file: ReceivedFile, at: datetime) -> None:
        """Keep other contents under a known UID aside."""
        self._aside(old.sop_uid, old.version, file.key, file.sha256, "conflict", file.calling_aet, at)

    def prepared(self, made: PreparedInstance) -> bool:
        """Say what was prepared; False when a newer version came meanwhile."""
        values = {name: getattr(made, name) for name in _OF_PREPARED}
        return self._c.execute(_PREPARED, {"uid": made.sop_uid, "of": made.version, **values}).rowcount == 1

    def documented(self, uid: SopUID, version: int) -> None:
        """Say that it is a report, which has no frames."""
        self._current(uid, version, state="document", reason="")

    def undisplayable(self, uid: SopUID, version: int, reason: str) -> None:
        """Name the reason why there is nothing to show."""
        self._current(uid, version, state="undisplayable", reason=reason[:64])

    def unprepared_series(self) -> Sequence[tuple[StudyUID, SeriesUID]]:
        """Return (study, series) of everything received and not prepared."""
        rows = self._c.execute(
            sa.select(instance.c.study_uid, instance.c.series_uid).where(instance.c.state == "received").distinct()
        ).all()
        return [(StudyUID(r.study_uid), SeriesUID(r.series_uid)) for r in rows]

    def known_keys(self, keys: Sequence[str]) -> set[str]:
        """Return those of the keys that a row speaks of."""
        found: set[str] = set()
        for table in (instance, superseded):
            found.update(self._c.execute(sa.select(table.c.key).where(table.c.key.in_(keys))).scalars())
        return found

    def _many(self, where: sa.ColumnElement[bool]) -> list[InstanceRow]:
        order = (instance.c.series_uid, instance.c.number, instance.c.sop_uid)
        seen = sa.and_(where, instance.c.state.not_in(HIDDEN))
        return [_instance(row) for row in self._c.execute(sa.select(*_FIELDS).where(seen).order_by(*order))]

    def _current(self, uid: SopUID, version: int, **values: Any) -> bool:
        where = sa.and_(instance.c.sop_uid == uid, instance.c.version == version, instance.c.state.not_in(HIDDEN))
        return self._c.execute(sa.update(instance).where(where).values(values)).rowcount == 1

    def _series(self, file: ReceivedFile, at: datetime) -> None:
        facts = file.facts
        known = self._c.execute(_ABOVE, {"u": facts.study_uid, "s": facts.series_uid}).one()
        if known.series_uid is None:
            row = {
                "uid": facts.series_uid,
                "study_uid": facts.study_uid,
                "number": facts.series_number,
                "modality": facts.modality,
                "description": facts.series_description,
                "body_part": facts.body_part,
            }
            self._c.execute(_ADD_SERIES, row)
        have = [m for m in known.modalities.split("\\") if m]
        new = bool(facts.modality) and facts.modality not in have
        if new or known.arrived_at is None:
            joined = "\\".join([*have, facts.modality] if new else have)[:256]
            self._c.execute(_ARRIVED, {"u": facts.study_uid, "m": joined, "t": known.arrived_at or at})

    def _aside(self, uid: SopUID, version: int, key: str, sha256: bytes, why: str, aet: str, at: datetime) -> None:
        row = {
            "sop_uid": uid,
            "version": version,
            "key": key,
            "why": why,
            "sha256": sha256,
            "calling_aet": aet,
            "at": at,
        }
        self._c.execute(sa.insert(superseded), row)


_OF_PREPARED = ("frames", "rows", "columns", "frames_key", "frame_offsets", "native_key", "native_frame_bytes")
# Built once: a series writes it thousands of times.
_PREPARED = (
    sa.update(instance)
    .where(
        instance.c.sop_uid == sa.bindparam("uid"),
        instance.c.version == sa.bindparam("of"),
        instance.c.state.not_in(HIDDEN),
    )
    .values(state="prepared", reason="", **{name: sa.bindparam(name) for name in _OF_PREPARED})
)


def _columns(file: ReceivedFile, version: int, at: datetime) -> dict[str, Any]:
    facts = file.facts
    return {
        "sop_uid": facts.sop_uid,
        "sop_class": facts.sop_class,
        "transfer_syntax": facts.transfer_syntax,
        "series_uid": facts.series_uid,
        "study_uid": facts.study_uid,
        "number": facts.number,
        "key": file.key,
        "size_bytes": file.size_bytes,
        "sha256": file.sha256,
        "pixels_sha256": file.pixels_sha256,
        "version": version,
        "state": "received",
        "reason": "",
        "frames": facts.frames,
        "rows": facts.rows,
        "columns": facts.columns,
        "received_at": at,
    }


def _instance(row: sa.Row[Any]) -> InstanceRow:
    return InstanceRow(**row._mapping)

"""Studies and series of the index, with the counts of their current instances."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from appliance.domain.identifiers import PersonId, SeriesUID, StudyUID
from appliance.domain.jobs import JobKind, JobState
from appliance.domain.people import Identifier, PatientTraits
from appliance.store.instances import HIDDEN
from appliance.store.rows import contains
from appliance.store.tables import instance, job, series, share, share_study, study, study_grant
from appliance.usecases.ports import Page, SeriesRow, StudyRow


def _counted(table: sa.Table, key: sa.ColumnElement[Any], uids: Sequence[str]) -> Any:
    mine = (
        sa.select(
            key.label("key"),
            sa.func.sum(sa.case((instance.c.state.in_(HIDDEN), 0), else_=1)).label("received"),
            sa.func.sum(sa.case((instance.c.state == "rejected", 0), else_=1)).label("left"),
            sa.func.sum(sa.case((instance.c.state.in_(("prepared", "document")), 1), else_=0)).label("ready"),
            sa.func.sum(sa.case((instance.c.state == "undisplayable", 1), else_=0)).label("undisplayable"),
        )
        .where(key.in_(uids))
        .group_by(key)
        .subquery()
    )
    zero = [sa.func.coalesce(mine.c[n], 0).label(n) for n in ("received", "ready", "undisplayable")]
    zero.append(sa.func.coalesce(mine.c.left == 0, sa.false()).label("taken_back"))
    return sa.select(table, *zero).outerjoin(mine, mine.c.key == table.c.uid).where(table.c.uid.in_(uids))


_PATIENT = sa.select(study.c.patient_id, study.c.identity_alarm).where(study.c.uid == sa.bindparam("u"))


class SqlStudies:
    """`appliance.usecases.ports.Studies`."""

    def __init__(self, connection: Connection) -> None:
        self._c = connection

    def by_uid(self, uid: StudyUID) -> StudyRow | None:
        """Return the study, or None."""
        found = self.by_uids([uid])
        return found[0] if found else None

    def patient(self, uid: StudyUID) -> tuple[str, str] | None:
        """Return the identifier and the identity alarm of a study, or None: the hot road of ingest."""
        row = self._c.execute(_PATIENT, {"u": uid}).first()
        return (row.patient_id, row.identity_alarm) if row else None

    def by_uids(self, uids: Sequence[StudyUID]) -> Sequence[StudyRow]:
        """Return those that are known, newest first."""
        if not uids:
            return []
        statement = _counted(study, instance.c.study_uid, uids)
        rows = self._c.execute(statement.order_by(study.c.date.desc(), study.c.time.desc(), study.c.uid)).all()
        pulls = self._pulls([row.uid for row in rows if row.complete is not True])
        return [_pulled(_study(row), pulls.get(row.uid)) for row in rows]

    def _pulls(self, uids: Sequence[str]) -> Mapping[str, Any]:
        """Return the last pull of each study."""
        if not uids:
            return {}
        asked = sa.select(job.c.subject, job.c.state, job.c.error).where(job.c.kind == JobKind.PULL)
        rows = self._c.execute(asked.where(job.c.subject.in_(uids)).order_by(job.c.id))
        return {row.subject: row for row in rows}

    def of_person(self, person_id: PersonId) -> Sequence[StudyRow]:
        """Return the studies of a person, newest first."""
        uids = self._c.execute(sa.select(study.c.uid).where(study.c.person_id == person_id)).scalars().all()
        return self.by_uids([StudyUID(u) for u in uids])

    def by_accession(self, accession: str, issuer: str = "") -> Sequence[StudyRow]:
        """Return every study of an accession number; an issuer excludes only those that name another."""
        where = study.c.accession == accession
        if issuer:
            where = sa.and_(where, study.c.accession_issuer.in_(("", issuer)))
        uids = self._c.execute(sa.select(study.c.uid).where(where)).scalars().all() if accession else []
        return self.by_uids([StudyUID(u) for u in uids])

    def listed(self, page: Page, query: str = "") -> tuple[Sequence[StudyRow], int]:
        """Return studies, newest first; ``query`` looks in name, identifier, accession, description."""
        statement = sa.select(study.c.uid).order_by(study.c.date.desc(), study.c.time.desc(), study.c.uid)
        if query:
            fields = (study.c.patient_name, study.c.patient_id, study.c.accession, study.c.description)
            statement = statement.where(sa.or_(*(contains(f, query) for f in fields), study.c.uid == query))
        total = self._c.execute(
            sa.select(sa.func.count()).select_from(statement.order_by(None).subquery())
        ).scalar_one()
        uids = self._c.execute(statement.offset(page.offset).limit(page.limit)).scalars().all()
        return self.by_uids([StudyUID(u) for u in uids]), int(total)

    def series(self, uid: StudyUID) -> Sequence[SeriesRow]:
        """Return the series of a study by number."""
        uids = self._c.execute(sa.select(series.c.uid).where(series.c.study_uid == uid)).scalars().all()
        if not uids:
            return []
        statement = _counted(series, instance.c.series_uid, uids)
        return [
            SeriesRow(
                SeriesUID(r.uid),
                StudyUID(r.study_uid),
                r.number,
                r.modality,
                r.description,
                r.received,
                r.ready,
                r.undisplayable,
            )
            for r in self._c.execute(statement.order_by(series.c.number, series.c.uid))
            if r.received
        ]

    def ensure(self, row: StudyRow) -> None:
        """Insert the study unless it is known; a known one gains what it lacked (node, facility, description)."""
        known = self._c.execute(sa.select(study).where(study.c.uid == row.uid)).first()
        if known is None:
            self._c.execute(sa.insert(study), _columns(row))
            return
        fill = ("node", "facility", "description", "accession", "modalities", "time", "date", "expected")
        values = {k: v for k, v in _columns(row).items() if k in fill and v and not getattr(known, k)}
        if values:
            self._set(row.uid, **values)

    def requested(self, uid: StudyUID, at: datetime) -> None:
        """It was asked of the PACS."""
        self._set(uid, requested_at=at)

    def counted(self, uid: StudyUID, expected: int | None, *, complete: bool | None) -> None:
        """What the PACS says there is, and whether all of it is here (None: nobody can say)."""
        self._set(uid, expected=expected, complete=complete, unreachable_since=None)

    def unreachable(self, uid: StudyUID, since: datetime | None) -> None:
        """Its PACS does not answer since then; None when it does again."""
        self._set(uid, unreachable_since=since)

    def alarm(self, uid: StudyUID, cause: str) -> None:
        """Raise an identity alarm, or lift it with an empty cause."""
        self._set(uid, identity_alarm=cause)

    def withdraw(self, uid: StudyUID, at: datetime) -> None:
        """It is no longer shown to anybody."""
        self._set(uid, withdrawn_at=at)

    def release(self, uid: StudyUID, at: datetime) -> None:
        """It is let out of its embargo."""
        self._set(uid, released_at=at)

    def unreleased(self, since: date, limit: int) -> Sequence[StudyUID]:
        """Return the newest that nobody let out of an embargo, made since that day or on none that is known."""
        recent = sa.or_(study.c.date >= since, study.c.date.is_(None))
        statement = sa.select(study.c.uid).where(study.c.released_at.is_(None), recent)
        newest = statement.order_by(study.c.date.desc().nulls_last(), study.c.uid).limit(limit)
        return [StudyUID(uid) for uid in self._c.execute(newest).scalars()]

    def describe(self, uid: StudyUID, traits: PatientTraits) -> None:
        """Take over what its PACS says of its patient now; what it does not say stays."""
        said = {
            "patient_id": traits.identifier.value, "issuer": traits.identifier.authority,
            "patient_name": traits.name, "birth_date": traits.birth_date, "sex": traits.sex,
        }  # fmt: skip
        self._set(uid, **{name: value for name, value in said.items() if value})

    def asked(self, uid: StudyUID, at: datetime) -> None:
        """Its PACS answered about it."""
        self._set(uid, asked_at=at)

    def given(self, now: datetime, before: datetime) -> Sequence[StudyUID]:
        """Return the studies that a live share or grant opens and whose PACS did not answer since ``before``."""
        shared = sa.select(share_study.c.study_uid).join(share, share.c.id == share_study.c.share_id)
        shared = shared.where(share.c.revoked_at.is_(None), share.c.expires_at > now)
        direct = sa.select(study_grant.c.study_uid).where(
            study_grant.c.share_id.is_(None), sa.or_(study_grant.c.valid_to.is_(None), study_grant.c.valid_to > now)
        )
        old = sa.or_(study.c.asked_at.is_(None), study.c.asked_at < before)
        uids = sa.select(study.c.uid).where(study.c.uid.in_(shared.union(direct)), old, study.c.node != "")
        return [StudyUID(uid) for uid in self._c.execute(uids.order_by(study.c.asked_at, study.c.uid)).scalars()]

    def _set(self, uid: StudyUID, **values: Any) -> None:
        self._c.execute(sa.update(study).where(study.c.uid == uid).values(values))


def _pulled(row: StudyRow, pull: Any) -> StudyRow:
    """Return the study with how its last pull stands."""
    if pull is None:
        return row
    error = pull.error if pull.state != JobState.DONE and not row.received else ""
    return replace(row, pull_error=error, pulling=pull.state == JobState.RUNNING)


def _columns(row: StudyRow) -> dict[str, Any]:
    return {
        "uid": row.uid,
        "person_id": row.person_id,
        "patient_id": row.traits.identifier.value,
        "issuer": row.traits.identifier.authority,
        "patient_name": row.traits.name,
        "birth_date": row.traits.birth_date,
        "sex": row.traits.sex,
        "date": row.date,
        "time": row.time,
        "description": row.description,
        "modalities": "\\".join(row.modalities),
        "accession": row.accession,
        "facility": row.facility,
        "node": row.node,
        "expected": row.expected,
        "complete": row.complete,
        "requested_at": row.requested_at,
        "arrived_at": row.arrived_at,
        "identity_alarm": row.identity_alarm,
    }


def _study(row: sa.Row[Any]) -> StudyRow:
    traits = PatientTraits(Identifier(row.patient_id, row.issuer), row.patient_name, row.birth_date, row.sex)
    return StudyRow(
        uid=StudyUID(row.uid),
        person_id=PersonId(row.person_id),
        traits=traits,
        date=row.date,
        time=row.time,
        description=row.description,
        modalities=tuple(m for m in row.modalities.split("\\") if m),
        accession=row.accession,
        facility=row.facility,
        node=row.node,
        expected=row.expected,
        received=row.received,
        ready=row.ready,
        undisplayable=row.undisplayable,
        taken_back=bool(row.taken_back),
        complete=row.complete,
        requested_at=row.requested_at,
        unreachable_since=row.unreachable_since,
        withdrawn_at=row.withdrawn_at,
        identity_alarm=row.identity_alarm,
        arrived_at=row.arrived_at,
        asked_at=row.asked_at,
        released_at=row.released_at,
    )

"""What may go: images that nobody may open, objects taken back, rows whose time is over (R-J)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from appliance.domain.identifiers import SopUID, StudyUID
from appliance.domain.jobs import JobState
from appliance.domain.retention import Held
from appliance.store.instances import HIDDEN
from appliance.store.tables import (
    bearer,
    bearer_share,
    bearer_view,
    deposited,
    failure,
    instance,
    job,
    otp,
    outbox,
    session,
    session_view,
    share,
    share_study,
    study,
    study_grant,
    superseded,
    ticket,
)
from appliance.usecases.ports import KeptObjects, Lives

_SHARES = share_study.join(share, share.c.id == share_study.c.share_id)
_SHARE_END = sa.func.coalesce(share.c.revoked_at, share.c.expires_at)
_OF_STUDY = share_study.c.study_uid == study.c.uid
_DIRECT = sa.and_(study_grant.c.study_uid == study.c.uid, study_grant.c.share_id.is_(None))
_LIVE_SHARE = sa.exists().select_from(_SHARES).where(_OF_STUDY, sa.bindparam("now") < _SHARE_END)
_LIVE_GRANT = sa.exists().where(
    _DIRECT, sa.or_(study_grant.c.valid_to.is_(None), study_grant.c.valid_to > sa.bindparam("now"))
)
_ENDED = (
    sa.select(sa.func.max(_SHARE_END)).select_from(_SHARES).where(_OF_STUDY).correlate(study).scalar_subquery(),
    sa.select(sa.func.max(study_grant.c.valid_to)).where(_DIRECT).correlate(study).scalar_subquery(),
)
_HELD = sa.exists().where(instance.c.study_uid == study.c.uid, instance.c.state.not_in(HIDDEN))
_MINE = sa.and_(
    deposited.c.study_uid == study.c.uid,
    sa.exists().where(instance.c.sop_uid == deposited.c.sop_uid, instance.c.state.not_in(HIDDEN)),
)
_DEPOSITED = (
    sa.select(sa.func.max(deposited.c.at))
    .where(_MINE, deposited.c.proven_at.is_(None))
    .correlate(study)
    .scalar_subquery(),
    sa.select(sa.func.max(deposited.c.proven_at)).where(_MINE).correlate(study).scalar_subquery(),
)
_UNNEEDED = (
    sa.select(study.c.uid, study.c.arrived_at, _ENDED[0].label("share"), _ENDED[1].label("grant"),
              _DEPOSITED[0].label("unproven_at"), _DEPOSITED[1].label("proven_at"))
    .where(study.c.arrived_at.is_not(None), _HELD, ~_LIVE_SHARE, ~_LIVE_GRANT)
    .order_by(study.c.arrived_at)
)  # fmt: skip


class SqlRetention:
    """`appliance.usecases.ports.Retention`."""

    def __init__(self, connection: Connection) -> None:
        self._c = connection

    def unneeded(self, now: datetime, limit: int) -> Sequence[Held]:
        """Return exams with images that no live share or grant opens, the first arrived first."""
        return [_held(row) for row in self._c.execute(_UNNEEDED.limit(limit), {"now": now})]

    def still_unneeded(self, uid: StudyUID, now: datetime) -> Held | None:
        """Return one exam if that is so of it, inside the transaction that purges it."""
        row = self._c.execute(_UNNEEDED.where(study.c.uid == uid), {"now": now}).first()
        return _held(row) if row is not None else None

    def purge(self, uid: StudyUID) -> None:
        """Keep the list of its instances (R-K), without pixels: they are asked of the PACS when somebody needs them."""
        where = sa.and_(instance.c.study_uid == uid, instance.c.state.not_in(HIDDEN))
        self._c.execute(sa.update(instance).where(where).values(state="purged"))
        values = {"complete": None, "requested_at": None, "arrived_at": None}
        self._c.execute(sa.update(study).where(study.c.uid == uid).values(values))

    def leftovers(self, limit: int) -> Sequence[KeptObjects]:
        """Return instances that are purged or taken back and still have objects."""
        columns = (instance.c.sop_uid, instance.c.study_uid, instance.c.state, instance.c.key, instance.c.frames_key,
                   instance.c.native_key)  # fmt: skip
        rows = self._c.execute(
            sa.select(*columns).where(instance.c.state.in_(HIDDEN), instance.c.key != "").limit(limit)
        )
        return [
            KeptObjects(SopUID(r.sop_uid), StudyUID(r.study_uid), (r.key, r.frames_key, r.native_key)) for r in rows
        ]

    def older(self, uids: Sequence[SopUID]) -> Sequence[str]:
        """Return the keys of older versions and contents put aside."""
        return self._c.execute(sa.select(superseded.c.key).where(superseded.c.sop_uid.in_(uids))).scalars().all()

    def forgotten(self, uids: Sequence[SopUID]) -> None:
        """Their objects are gone."""
        values = {"key": "", "frames_key": "", "native_key": "", "frame_offsets": b"", "native_frame_bytes": 0}
        self._c.execute(
            sa.update(instance).where(instance.c.sop_uid.in_(uids), instance.c.state.in_(HIDDEN)).values(values)
        )
        self._c.execute(sa.delete(superseded).where(superseded.c.sop_uid.in_(uids)))

    def sweep(self, lives: Lives) -> int:
        """Delete rows whose time is over, empty the bodies of messages sent; return how many."""
        gone = sa.select(session.c.id).where(sa.func.coalesce(session.c.ended_at, session.c.until) < lives.sessions)
        ended = (JobState.DONE, JobState.CANCELLED)
        tokens = sa.select(bearer.c.id).where(bearer.c.session_id.in_(gone))
        statements: list[Any] = [
            sa.delete(bearer_view).where(bearer_view.c.bearer_id.in_(tokens)),
            sa.delete(bearer_share).where(bearer_share.c.bearer_id.in_(tokens)),
            sa.delete(bearer).where(bearer.c.session_id.in_(gone)),
            sa.delete(session_view).where(session_view.c.session_id.in_(gone)),
            sa.delete(session).where(session.c.id.in_(gone)),
            sa.delete(otp).where(otp.c.sent_at < lives.codes),
            sa.delete(failure).where(failure.c.at < lives.failures),
            sa.delete(ticket).where(ticket.c.until < lives.codes),
            sa.delete(job).where(job.c.state.in_(ended), job.c.ended < lives.jobs),
            sa.update(outbox).where(outbox.c.created < lives.bodies, outbox.c.text != "").values(text=""),
        ]
        return sum(self._c.execute(statement).rowcount for statement in statements)


def _held(row: Any) -> Held:
    ends = [end for end in (row.share, row.grant) if end is not None]
    ended_at = max(ends) if ends else None
    return Held(StudyUID(row.uid), row.arrived_at, ended_at, row.unproven_at, row.proven_at)

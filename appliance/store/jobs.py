"""The job table: a lease, attempts as the fencing token, back-off, dead letter. Proven under kill -9."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy import bindparam
from sqlalchemy.engine import Connection

from appliance.domain.jobs import Job, JobKind, JobState, backoff_s
from appliance.store.rows import contains, page_of
from appliance.store.tables import job
from appliance.usecases.ports import Json, Page

_READY = sa.or_(
    sa.and_(job.c.state == JobState.WAITING, job.c.due <= bindparam("now")),
    sa.and_(job.c.state == JobState.RUNNING, job.c.lease_until <= bindparam("now")),
)
# FOR UPDATE SKIP LOCKED is dropped by the SQLite dialect, where the write lock does its work.
_PICK = (
    sa.select(job.c.id)
    .where(_READY, job.c.kind.in_(bindparam("kinds", expanding=True)), job.c.priority >= bindparam("least"))
    .order_by(job.c.priority.desc(), job.c.due, job.c.id)
    .limit(1)
    .with_for_update(skip_locked=True)
    .scalar_subquery()
)
_CLAIM = (
    sa.update(job)
    .where(job.c.id == _PICK)
    .values(
        state=JobState.RUNNING,
        holder=bindparam("who"),
        lease_until=bindparam("lease"),
        attempts=job.c.attempts + 1,
    )
    .returning(*job.c)
)
_KINDS_READY = sa.select(job.c.kind).where(_READY).distinct()
_MINE = sa.and_(
    job.c.id == bindparam("i"),
    job.c.holder == bindparam("h"),
    job.c.attempts == bindparam("a"),
    job.c.state == JobState.RUNNING,
)
_OPEN = (JobState.WAITING, JobState.RUNNING)
_CURRENT = (
    sa.select(job)
    .where(job.c.kind == bindparam("k"), job.c.subject == bindparam("s"))
    .order_by(job.c.id.desc())
    .limit(1)
)


class SqlJobs:
    """`appliance.usecases.ports.Jobs`."""

    def __init__(self, connection: Connection) -> None:
        self._c = connection

    def enqueue(
        self,
        kind: JobKind,
        subject: str,
        payload: Json,
        *,
        now: datetime,
        priority: int = 0,
        deadline: datetime | None = None,
        delay_s: float = 0,
        max_attempts: int = 5,
    ) -> int:
        """Return the id of the job; one that still waits for the same subject is taken again, earlier and higher."""
        due = now + timedelta(seconds=delay_s)
        waiting = self._c.execute(
            sa.select(job.c.id, job.c.priority, job.c.due)
            .where(job.c.kind == kind, job.c.subject == subject, job.c.state == JobState.WAITING)
            .limit(1)
        ).first()
        if waiting is not None:
            values = {"priority": max(priority, waiting.priority), "due": min(due, waiting.due), "deadline": deadline}
            self._c.execute(sa.update(job).where(job.c.id == waiting.id).values(values))
            return int(waiting.id)
        row = {
            "kind": kind,
            "subject": subject[:128],
            "payload": dict(payload),
            "state": JobState.WAITING,
            "priority": priority,
            "due": due,
            "created": now,
            "deadline": deadline,
            "max_attempts": max_attempts,
        }
        return int(self._c.execute(sa.insert(job).returning(job.c.id), row).scalar_one())

    def ready(self, now: datetime) -> frozenset[JobKind]:
        """Return the kinds of which there is a job to claim."""
        return frozenset(JobKind(kind) for kind in self._c.execute(_KINDS_READY, {"now": now}).scalars())

    def claim(
        self, kinds: Sequence[JobKind], holder: str, now: datetime, lease_s: float, least: int = 0
    ) -> Job | None:
        """Return the job taken, or None. One whose holder died counts as an attempt that failed."""
        lease = now + timedelta(seconds=lease_s)
        facts = {"now": now, "kinds": list(kinds), "who": holder, "lease": lease, "least": least}
        row = self._c.execute(_CLAIM, facts).first()
        if row is None:
            return None
        late = row.deadline is not None and row.deadline <= now
        if late or row.attempts > row.max_attempts:
            error = "too_late" if late else row.error or "holder_died"
            self._c.execute(
                sa.update(job)
                .where(job.c.id == row.id)
                .values(state=JobState.DEAD, holder="", lease_until=None, error=error, ended=now)
            )
            return None
        return _job(row)

    def beat(self, mine: Job, now: datetime, lease_s: float, done: int = 0, total: int = 0) -> bool:
        """Keep the lease and say how far; False when somebody else has the job or it was cancelled."""
        return self._mine(mine, lease_until=now + timedelta(seconds=lease_s), done=done, total=total)

    def note(self, mine: Job, result: Json) -> bool:
        """Show what there is so far of the result; False when the lease was lost or the job cancelled."""
        return self._mine(mine, result=dict(result))

    def finish(self, mine: Job, result: Json, now: datetime) -> bool:
        """Done; False when the lease was lost: throw the effects away."""
        return self._mine(
            mine, state=JobState.DONE, holder="", lease_until=None, result=dict(result), ended=now, error=""
        )

    def fail(self, mine: Job, error: str, now: datetime, chance: float) -> bool:
        """Wait and try again, or die after the last attempt."""
        if mine.attempts >= mine.max_attempts:
            return self._mine(mine, state=JobState.DEAD, holder="", lease_until=None, error=error[:256], ended=now)
        due = now + timedelta(seconds=backoff_s(mine.attempts, chance))
        return self._mine(mine, state=JobState.WAITING, holder="", lease_until=None, error=error[:256], due=due)

    def hasten(self, kind: JobKind, now: datetime) -> None:
        """Let everything of that kind that waits for another try be tried now."""
        later = sa.and_(job.c.kind == kind, job.c.state == JobState.WAITING, job.c.attempts > 0, job.c.due > now)
        self._c.execute(sa.update(job).where(later).values(due=now))

    def by_id(self, job_id: int) -> Job | None:
        """Return the job, or None."""
        row = self._c.execute(sa.select(job).where(job.c.id == job_id)).first()
        return _job(row) if row else None

    def current(self, kind: JobKind, subject: str) -> Job | None:
        """Return the newest job of that kind and subject."""
        row = self._c.execute(_CURRENT, {"k": kind, "s": subject}).first()
        return _job(row) if row else None

    def listed(self, page: Page, query: str = "") -> tuple[Sequence[Job], int]:
        """Return jobs, newest first."""
        statement = sa.select(job).order_by(job.c.id.desc())
        if query:
            statement = statement.where(
                sa.or_(contains(job.c.subject, query), job.c.kind == query, job.c.state == query)
            )
        rows, total = page_of(self._c, statement, page)
        return [_job(row) for row in rows], total

    def retry(self, job_id: int, now: datetime) -> bool:
        """Try a dead or cancelled job again, from its first attempt."""
        return self._change(
            job_id, (JobState.DEAD, JobState.CANCELLED), state=JobState.WAITING, due=now, attempts=0, deadline=None
        )

    def cancel(self, job_id: int) -> bool:
        """Cancel; a running one notices at its next beat."""
        return self._change(job_id, _OPEN, state=JobState.CANCELLED, holder="", lease_until=None)

    def counts(self) -> Mapping[str, int]:
        """Return how many jobs stand in each state."""
        rows = self._c.execute(sa.select(job.c.state, sa.func.count()).group_by(job.c.state)).all()
        return {state: int(count) for state, count in rows}

    def _mine(self, mine: Job, **values: Any) -> bool:
        statement = sa.update(job).where(_MINE).values(values)
        return self._c.execute(statement, {"i": mine.id, "h": mine.holder, "a": mine.attempts}).rowcount == 1

    def _change(self, job_id: int, states: Sequence[JobState], **values: Any) -> bool:
        where = sa.and_(job.c.id == job_id, job.c.state.in_(states))
        return self._c.execute(sa.update(job).where(where).values(values)).rowcount == 1


def _job(row: sa.Row[Any]) -> Job:
    return Job(
        id=row.id,
        kind=JobKind(row.kind),
        subject=row.subject,
        payload=row.payload,
        state=JobState(row.state),
        attempts=row.attempts,
        max_attempts=row.max_attempts,
        created=row.created,
        due=row.due,
        done=row.done,
        total=row.total,
        error=row.error,
        result=row.result,
        deadline=row.deadline,
        holder=row.holder,
    )

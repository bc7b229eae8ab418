"""Work for another process, from the side of whoever asks and of whoever does it."""

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any

from appliance.domain.errors import Refused, Unavailable
from appliance.domain.identifiers import StudyUID
from appliance.domain.jobs import Job, JobKind, JobState, Priority
from appliance.domain.journal import Actor, Event, Family
from appliance.usecases.ports import Clock, Doorbell, Page, Secrets, UnitOfWork, Work

LEASE_S = 30.0
PULL_ATTEMPTS = 5
"""Of a study that an administrator asks for; one of a share is tried for hours."""


class Queue:
    """The job table. It is the only road from the web and the console to the PACS."""

    def __init__(self, database: UnitOfWork, clock: Clock, secrets: Secrets, bell: Doorbell) -> None:
        self._db = database
        self._clock = clock
        self._secrets = secrets
        self._bell = bell

    def ask(self, kind: JobKind, subject: str, payload: Mapping[str, Any], *, wait_s: float) -> Mapping[str, Any]:
        """Return the result of a job done while somebody waits.

        Raises
        ------
        Unavailable
            ``too_late`` after ``wait_s``; the cause of the job when it failed.
        """
        with self._db.appending() as work:
            job_id = self.waited_for(work, kind, subject, payload, wait_s)
        return self.awaited(job_id, wait_s)

    def waited_for(self, work: Work, kind: JobKind, subject: str, payload: Mapping[str, Any], wait_s: float) -> int:
        """Return the job of somebody who waits ``wait_s`` and no longer; nobody else shares it."""
        now = self._clock.now()
        return work.jobs.enqueue(
            kind,
            f"{subject}#{self._secrets.token()[:12]}",
            payload,
            now=now,
            priority=Priority.WAITED_FOR,
            deadline=now + timedelta(seconds=wait_s),
            max_attempts=1,
        )

    def watched(self, job_id: int, news: Callable[[Job], bool], wait_s: float) -> Job:
        """Return a job once there is news of it, or as it stands after ``wait_s``; raise `Refused` ``job_unknown``."""
        end = self._clock.now() + timedelta(seconds=wait_s)
        while True:
            with self._db.reading() as work:
                job = work.jobs.by_id(job_id)
            if job is None:
                raise Refused("job_unknown")
            left = (end - self._clock.now()).total_seconds()
            if news(job) or left <= 0:
                return job
            self._bell.wait(min(left, 1.0))

    def pull(self, uid: StudyUID, node: str | None, actor: Actor) -> Job:
        """Ask for a study, from the node named or from whichever has it; it is not waited for.

        Raises
        ------
        Refused
            ``node_unknown``.
        """
        now = self._clock.now()
        with self._db.writing() as work:
            if node and work.nodes.by_name(node) is None:
                raise Refused("node_unknown")
            number = work.jobs.enqueue(
                JobKind.PULL,
                uid,
                {"study_uid": uid, "node": node},
                now=now,
                priority=Priority.ISSUED,
                max_attempts=PULL_ATTEMPTS,
            )
            work.journal.append(Event(Family.ADMIN, "study.pull", actor, uid), now)
            made = work.jobs.by_id(number)
        if made is None:
            raise Unavailable("storage")
        return made

    def awaited(self, job_id: int, wait_s: float) -> Mapping[str, Any]:
        """Return the result of a job; raise `Unavailable` as `ask` does."""
        end = self._clock.now() + timedelta(seconds=wait_s)
        while True:
            with self._db.reading() as work:
                job = work.jobs.by_id(job_id)
            if job is not None and job.state is JobState.DONE:
                return job.result or {}
            if job is None or job.state in (JobState.DEAD, JobState.CANCELLED):
                raise Unavailable(job.error if job is not None and job.error else "cancelled")
            left = (end - self._clock.now()).total_seconds()
            if left <= 0:
                raise Unavailable("too_late")
            self._bell.wait(min(left, 1.0))

    # --- whoever does the work ---

    def ready(self) -> frozenset[JobKind]:
        """Return the kinds that somebody could claim now: a look that keeps nobody from writing."""
        with self._db.reading() as work:
            return work.jobs.ready(self._clock.now())

    def claim(self, kinds: Sequence[JobKind], holder: str, least: int = 0) -> Job | None:
        """Return the next job of at least that priority, held for `LEASE_S`, or None."""
        with self._db.appending() as work:
            return work.jobs.claim(kinds, holder, self._clock.now(), LEASE_S, least)

    def beat(self, job: Job, done: int = 0, total: int = 0) -> bool:
        """Keep the job and say how far; False: stop, it is no longer ours."""
        with self._db.appending() as work:
            return work.jobs.beat(job, self._clock.now(), LEASE_S, done, total)

    def note(self, job: Job, result: Mapping[str, Any]) -> bool:
        """Show what there is so far of the result; False: stop, the job is no longer ours."""
        with self._db.appending() as work:
            return work.jobs.note(job, result)

    def finish(self, job: Job, result: Mapping[str, Any]) -> bool:
        """Done."""
        with self._db.appending() as work:
            return work.jobs.finish(job, result, self._clock.now())

    def fail(self, job: Job, error: str) -> bool:
        """Failed this time."""
        with self._db.appending() as work:
            return work.jobs.fail(job, error, self._clock.now(), self._secrets.chance())

    # --- whoever watches ---

    def listed(self, page: Page, query: str = "") -> tuple[Sequence[Job], int]:
        """Return jobs, newest first."""
        with self._db.reading() as work:
            return work.jobs.listed(page, query)

    def counts(self) -> Mapping[str, int]:
        """Return how many jobs stand in each state."""
        with self._db.reading() as work:
            return work.jobs.counts()

    def retry(self, job_id: int, actor: Actor) -> None:
        """Try a dead job again; raise `Refused` ``job_not_dead``."""
        with self._db.writing() as work:
            if not work.jobs.retry(job_id, self._clock.now()):
                raise Refused("job_not_dead")
            work.journal.append(Event(Family.ADMIN, "job.retry", actor, str(job_id)), self._clock.now())

    def cancel(self, job_id: int, actor: Actor) -> None:
        """Cancel a job; raise `Refused` ``job_ended``."""
        with self._db.writing() as work:
            if not work.jobs.cancel(job_id):
                raise Refused("job_ended")
            work.journal.append(Event(Family.ADMIN, "job.cancel", actor, str(job_id)), self._clock.now())

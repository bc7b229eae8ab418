"""Objects handed in over the web: durable in quarantine before anybody looks at them, then parsed by the bridge.

::

    streamed to quarantine --job--> accepted or refused by the bridge --result written--> answered
       | stream breaks: deleted        | killed: the job is taken up again, what is kept already is the same

What was refused stays in quarantine until `Retention` takes it.
"""

import json
from collections.abc import Sequence

from appliance.domain import deposits
from appliance.domain.deposits import Stored
from appliance.domain.errors import Unavailable
from appliance.domain.identifiers import StudyUID
from appliance.domain.jobs import JobKind, Priority
from appliance.domain.journal import Event, Family
from appliance.domain.sign_in import Requester
from appliance.usecases.ports import Clock, Objects, Secrets, UnitOfWork
from appliance.usecases.queue import Queue
from appliance.usecases.sharing import actor_of

ATTEMPTS = 5


class Depositing:
    """The way in over the web."""

    def __init__(self, database: UnitOfWork, clock: Clock, secrets: Secrets, objects: Objects, queue: Queue) -> None:
        self._db = database
        self._clock = clock
        self._secrets = secrets
        self._objects = objects
        self._queue = queue

    def name(self) -> str:
        """Return the name of a new deposit."""
        return self._secrets.random_bytes(16).hex()

    def hand_in(self, requester: Requester, deposit: str, parts: int, study: StudyUID | None) -> int:
        """Journal a deposit whose parts are durable, and return the job that looks at them."""
        now = self._clock.now()
        payload = {
            "deposit": deposit, "parts": parts, "study_uid": study, "key": requester.id, "name": requester.label,
            "address": requester.address,
        }  # fmt: skip
        with self._db.writing() as work:
            number = work.jobs.enqueue(
                JobKind.DEPOSIT, deposit, payload, now=now, priority=Priority.WAITED_FOR, max_attempts=ATTEMPTS
            )
            work.bearers.used(requester.bearer_id, now)
            event = Event(Family.SYSTEM, "deposit.hand_in", actor_of(requester), deposit, facts={"parts": parts})
            work.journal.append(event, now)
        return number

    def results(self, job: int, deposit: str, wait_s: float) -> Sequence[Stored]:
        """Return what became of each part, in their order.

        Raises
        ------
        Unavailable
            ``too_late`` after ``wait_s``: nothing is acknowledged, and the job goes on.
        """
        self._queue.awaited(job, wait_s)
        key = deposits.result_key(deposit)
        try:
            found = deposits.from_json(json.loads(self._objects.read(key)))
        except (ValueError, TypeError) as exc:
            raise Unavailable("storage") from exc
        self._objects.delete(key)
        return found

"""One transaction and its repositories."""

from contextlib import AbstractContextManager
from typing import Protocol

from appliance.usecases.ports.bearers import Bearers
from appliance.usecases.ports.entering import (
    Accounts,
    Failures,
    Grants,
    Otps,
    Passkeys,
    Promises,
    Sessions,
    Staff,
    Tickets,
)
from appliance.usecases.ports.exams import Instances, People, Retention, Studies
from appliance.usecases.ports.forgetting import Forgetting
from appliance.usecases.ports.identity import Identities, Messages
from appliance.usecases.ports.messages import Outbox
from appliance.usecases.ports.notes import KeptWork, Notes
from appliance.usecases.ports.operations import Jobs, Journal, Nodes
from appliance.usecases.ports.reports import Reports
from appliance.usecases.ports.segments import Segments
from appliance.usecases.ports.sendings import Sendings
from appliance.usecases.ports.sharing import Shares


class Work(Protocol):
    """One transaction: every repository on one connection."""

    shares: Shares
    people: People
    studies: Studies
    instances: Instances
    retention: Retention
    forgetting: Forgetting
    accounts: Accounts
    staff: Staff
    sessions: Sessions
    bearers: Bearers
    passkeys: Passkeys
    tickets: Tickets
    promises: Promises
    grants: Grants
    otps: Otps
    failures: Failures
    jobs: Jobs
    journal: Journal
    segments: Segments
    outbox: Outbox
    nodes: Nodes
    reports: Reports
    identities: Identities
    messages: Messages
    sendings: Sendings
    notes: Notes
    kept_work: KeptWork


class UnitOfWork(Protocol):
    """Opens transactions. All three commit at the end of the block, or roll back on any exception."""

    def writing(self) -> AbstractContextManager[Work]:
        """One writer at a time, durable before it returns."""
        ...

    def appending(self) -> AbstractContextManager[Work]:
        """Idempotent single-row work: ingest, job claims."""
        ...

    def reading(self) -> AbstractContextManager[Work]:
        """A consistent view; nothing can be written."""
        ...

"""Sending what waits in the outbox. A message that cannot go now waits longer each time, then is given up and told."""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

from appliance.domain.errors import Fault, Refused
from appliance.domain.jobs import backoff_s
from appliance.domain.journal import Actor, Event, Family
from appliance.domain.sign_in import Channel
from appliance.usecases.ports import Clock, Doorbell, OutboxRow, Secrets, Sender, UnitOfWork, Work

LEASE_S = 60.0
MOST_ATTEMPTS = 8
BOUNCED = "mail_recipient"
"""What a sender says of an address that takes no mail."""
STALE = timedelta(minutes=30)
"""A code lives five minutes: a message that carries one and is older than this helps nobody."""
PATIENCE = timedelta(days=1)
"""How long the others are tried: what was done to an account must be told even when the relay was away for a night."""
_CODE = re.compile(r"\b[0-9]{6}\b")
"""The six digits of a code stand together in its message, and in no other."""


class Outbox:
    """The courier's work."""

    def __init__(self, database: UnitOfWork, clock: Clock, secrets: Secrets, bell: Doorbell) -> None:
        self._db = database
        self._clock = clock
        self._secrets = secrets
        self._bell = bell

    def send_next(self, senders: Mapping[Channel, Sender]) -> bool:
        """Send one message; return False when none waits."""
        # The bell rings at whatever is written: looking must not keep those who write waiting.
        with self._db.reading() as work:
            if not work.outbox.waiting(self._clock.now()):
                return False
        with self._db.appending() as work:
            row = work.outbox.claim(self._clock.now(), LEASE_S)
        if row is None:
            return False
        try:
            self._send(row, senders)
        except Fault as fault:
            self._failed(row, fault)
        else:
            with self._db.writing() as work:
                work.outbox.sent(row.id, self._clock.now())
        return True

    def wait(self, timeout_s: float) -> bool:
        """Wait for something new."""
        return self._bell.wait(timeout_s)

    def _send(self, row: OutboxRow, senders: Mapping[Channel, Sender]) -> None:
        sender = senders.get(row.message.channel)
        if sender is None:
            raise Refused("channel_off")
        if self._clock.now() - row.created > (STALE if _carries_code(row) else PATIENCE):
            raise Refused("too_late")
        sender.send(row.message)

    def _failed(self, row: OutboxRow, fault: Fault) -> None:
        now = self._clock.now()
        dead = isinstance(fault, Refused) or (_carries_code(row) and row.attempts >= MOST_ATTEMPTS)
        due = None if dead else now + timedelta(seconds=backoff_s(row.attempts, self._secrets.chance()))
        with self._db.writing() as work:
            work.outbox.failed(row.id, fault.cause, due)
            if dead:
                actor = Actor("system", "courier")
                event = Event(Family.SYSTEM, "message.dead", actor, str(row.id), fault.cause)
                work.journal.append(event, now)
            if fault.cause == BOUNCED and row.message.channel is Channel.EMAIL:
                self._mark(work, row.message.to)

    def _mark(self, work: Work, email: str) -> None:
        """Mark the address of an account whose mail came back; its owner confirms it again, or gives another."""
        account, now = work.accounts.by_email(email), self._clock.now()
        if account is not None and account.email_bounced_at is None:
            work.accounts.change(replace(account, email_bounced_at=now))
            event = Event(Family.SYSTEM, "account.email_bounced", Actor("system", "courier"), str(account.id))
            work.journal.append(event, now)


def _carries_code(row: OutboxRow) -> bool:
    return _CODE.search(row.message.text) is not None

"""What failed tries cost (R-I): counted where they come from and against whom, journaled, told to the owner."""

from datetime import datetime

from appliance.domain import lockout
from appliance.domain.errors import Fault
from appliance.domain.journal import Actor, Event, Family
from appliance.domain.lockout import Limits
from appliance.domain.notices import Notice
from appliance.usecases.ports import AccountRow, Clock, UnitOfWork, Words, Work
from appliance.usecases.sessions import actor_of_account

PASSWORD = "password"  # noqa: S105
"""Kind of counted failure: a wrong password or an unknown account."""
DIGITS = "digits"
"""Kind of counted failure: digits refused, whatever the reason."""


class Guessing:
    """Counts and limits; what it refuses, it refuses for a known and an unknown account alike."""

    def __init__(self, database: UnitOfWork, clock: Clock, words: Words, limits: Limits) -> None:
        self._db = database
        self._clock = clock
        self._words = words
        self.limits = limits

    def check_password(self, work: Work, key: str, address: str, now: datetime) -> None:
        """Raise `TryLater` while no password of ``key`` is taken, from here or at all."""
        day, hour = now - lockout.DAY, now - lockout.HOUR
        lockout.check_password(
            work.failures.since(PASSWORD, pair(key, address), day),
            work.failures.since(PASSWORD, key, hour),
            now,
            self.limits,
        )
        self.check_source(work, PASSWORD, address, now)

    def check_source(self, work: Work, kind: str, address: str, now: datetime) -> None:
        """Raise `TryLater` while nothing of a log-in is taken from that address or its network."""
        since = now - self.limits.password_window
        lockout.check_source(
            work.failures.since(kind, lockout.address_key(address), since),
            work.failures.since(kind, lockout.network_key(address), since),
            now,
            self.limits,
        )

    def count_password(self, key: str, address: str, account: AccountRow | None, cause: str = "credentials") -> None:
        """Count a wrong password; the one that suspends the account is told to its owner by mail (R-I)."""
        now = self._clock.now()
        actor = actor_of_account(account, address) if account else Actor("account", "unknown", "", address)
        with self._db.writing() as work:
            for counted in (pair(key, address), key, *sources(address)):
                work.failures.add(PASSWORD, counted, now)
            work.journal.append(Event(Family.LOGIN, "login.refused", actor, cause=cause), now)
            # One too many comes only at once with others: the next try is refused before it is counted.
            if len(work.failures.since(PASSWORD, key, now - lockout.HOUR)) == self.limits.password_per_hour:
                self._suspended(work, actor, account, now)

    def _suspended(self, work: Work, actor: Actor, account: AccountRow | None, now: datetime) -> None:
        work.journal.append(Event(Family.LOGIN, "otp.suspended", actor, cause="password_limit"), now)
        if account is not None and account.email:
            work.outbox.add(self._words.notice(account.email, Notice.SUSPENDED, now), now)

    def forgive(self, work: Work, key: str, address: str) -> None:
        """Forget the wrong passwords of ``key`` from here: its owner came in."""
        work.failures.clear(PASSWORD, pair(key, address))

    def refused(self, work: Work, actor: Actor, fault: Fault) -> Fault:
        """Journal refused digits and count them where they came from, so that nobody fills the journal at will."""
        now = self._clock.now()
        for counted in sources(actor.address):
            work.failures.add(DIGITS, counted, now)
        work.journal.append(Event(Family.LOGIN, "otp.refused", actor, cause=fault.cause), now)
        return fault


def account_key(account: AccountRow | None, email: str) -> str:
    """Return under what the failures of an account are counted; of an unknown one, under what was typed."""
    return f"account:{account.id}" if account else f"email:{email.strip().lower()[:56]}"


def sources(address: str) -> tuple[str, str]:
    """Return the address and its network as they are counted."""
    return lockout.address_key(address), lockout.network_key(address)


def pair(key: str, address: str) -> str:
    """Return the account as seen from one network: nobody elsewhere can lock its owner out."""
    return f"{key}|{lockout.network(address)}"

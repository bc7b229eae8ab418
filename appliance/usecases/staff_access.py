"""The first log-in of the staff: what somebody else gave, a password and an authenticator, is replaced before anything.

::

    added or reset (must_set_up) -> log-in with what was given -> set-up page alone opens
        -> own password, own authenticator confirmed by its digits -> every page of the role
"""

from dataclasses import dataclass
from datetime import timedelta

from appliance.domain import otp, passwords
from appliance.domain.errors import Malformed, Refused
from appliance.domain.journal import Actor, Event, Family
from appliance.domain.passwords import PasswordPolicy
from appliance.domain.sign_in import Requester
from appliance.domain.staff import StaffMember
from appliance.usecases.ports import Clock, Passwords, Secrets, TicketRow, Totp, UnitOfWork, Work

SET_UP = "staff_set_up"
"""Kind of the ticket that holds a secret until its first digits."""
LIFE = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class NewSecret:
    """A secret that waits: the form carries ``token`` back, the authenticator reads ``uri`` as a QR code."""

    token: str
    secret: str
    uri: str


@dataclass(frozen=True, slots=True)
class Chosen:
    """What the member typed."""

    password: str
    again: str
    digits: str


class StaffAccess:
    """What a member of the staff does for the own access."""

    def __init__(
        self,
        database: UnitOfWork,
        clock: Clock,
        secrets: Secrets,
        checks: tuple[Passwords, Totp],
        policy: PasswordPolicy,
        issuer: str,
    ) -> None:
        self._db = database
        self._clock = clock
        self._secrets = secrets
        self._passwords, self._totp = checks
        self.policy = policy
        self._issuer = issuer

    def begin(self, requester: Requester) -> NewSecret:
        """Return a new secret for the authenticator of who sets up; it counts once its digits are typed."""
        secret, token = self._totp.new_secret(), self._secrets.token()
        now = self._clock.now()
        facts = {"staff": requester.id, "session": requester.session_id, "secret": self._sealed(secret)}
        with self._db.writing() as work:
            member = _member(work, requester)
            work.tickets.add(TicketRow(self._secrets.hashed(token), SET_UP, facts, now + LIFE))
        return NewSecret(token, secret, self._totp.uri(secret, member.login, self._issuer))

    def waiting(self, requester: Requester, token: str) -> NewSecret | None:
        """Return the secret that still waits for its digits: what went wrong must not ask for another scan."""
        with self._db.reading() as work:
            ticket, member = self._mine(work, requester, token), _member(work, requester)
        if ticket is None:
            return None
        secret = self._secrets.unseal(bytes.fromhex(str(ticket.facts["secret"])))
        return NewSecret(token, secret, self._totp.uri(secret, member.login, self._issuer))

    def set_up(self, requester: Requester, token: str, chosen: Chosen) -> None:
        """Keep the password and the authenticator of the member; every other session of theirs ends.

        Raises
        ------
        Malformed
            ``password_rules``, ``password_again``, ``otp_digits``.
        Refused
            ``totp_over`` when the secret waited too long, ``totp_wrong``, ``password_given`` for the one given.
        """
        now, actor = self._clock.now(), Actor("staff", str(requester.id), requester.label, requester.address)
        with self._db.reading() as work:
            member = _member(work, requester)
        passwords.check(chosen.password, (member.login, member.name), self.policy)
        if chosen.password != chosen.again:
            raise Malformed("password_again")
        digits = otp.digits(chosen.digits)
        if self._passwords.verify(member.password_hash, chosen.password):
            raise Refused("password_given")
        hashed = self._passwords.hash(chosen.password)
        with self._db.writing() as work:
            ticket = self._mine(work, requester, token)
            if ticket is None:
                raise Refused("totp_over")
            secret = self._secrets.unseal(bytes.fromhex(str(ticket.facts["secret"])))
            step = self._totp.step(secret, digits, now)
            if step is None:
                raise Refused("totp_wrong")
            if not _member(work, requester).must_set_up:
                raise Refused("totp_over")  # a reset came in between, or it was done in another tab
            work.tickets.take(ticket.token_hash, SET_UP, now)
            work.staff.set_up(member.id, hashed, secret)
            work.staff.used_step(member.id, step)
            work.sessions.end_staff(member.id, now, "closed", but=requester.session_id)
            work.journal.append(Event(Family.LOGIN, "staff.set_up", actor), now)

    def _sealed(self, secret: str) -> str:
        return self._secrets.seal(secret).hex()

    def _mine(self, work: Work, requester: Requester, token: str) -> TicketRow | None:
        ticket = work.tickets.by_token(self._secrets.hashed(token), SET_UP, self._clock.now())
        mine = ticket is not None and (ticket.facts["staff"], ticket.facts["session"]) == (
            requester.id, requester.session_id,
        )  # fmt: skip
        return ticket if mine else None


def _member(work: Work, requester: Requester) -> StaffMember:
    member = work.staff.by_id(requester.id)
    if member is None or member.disabled_at is not None:
        raise Refused("session", end="revoked")
    return member

"""Log-in by one-time password, sessions, log-out. Unknown and known accounts get the same answer for the same work.

::

    password ok (or not: same answer) -> code sent, bound to this browser -> right digits in time -> session
    session: gestures keep it alive; idle, limit, logout, closed, revoked end it, and the page says which
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from appliance.domain import accounts, lockout, otp, sessions
from appliance.domain.errors import Fault, Refused
from appliance.domain.identifiers import AccountId
from appliance.domain.journal import Actor, Event, Family
from appliance.domain.lockout import Limits
from appliance.domain.otp import OtpLimits
from appliance.domain.sessions import SessionLimits
from appliance.domain.sign_in import Channel, Means, OpenSession, Requester
from appliance.domain.staff import StaffMember
from appliance.usecases.ports import (
    AccountRow,
    Clock,
    OtpRow,
    Passwords,
    Secrets,
    SessionRow,
    Totp,
    UnitOfWork,
    Words,
    Work,
)
from appliance.usecases.sessions import Opened, actor_of_account, open_session, physician, requester_of_session

PASSWORD = "password"  # noqa: S105
"""Kind of counted failure: a wrong password or an unknown account."""
DIGITS = "digits"
"""Kind of counted failure: digits refused, whatever the reason."""


@dataclass(frozen=True, slots=True)
class SignInPolicy:
    """Settings of the hospital."""

    otp: OtpLimits = field(default_factory=OtpLimits)
    sessions: SessionLimits = field(default_factory=SessionLimits)
    lockout: Limits = field(default_factory=Limits)
    proof: accounts.ProofPolicy = field(default_factory=accounts.ProofPolicy)


class SignIn:
    """Who may enter, and for how long."""

    def __init__(
        self,
        database: UnitOfWork,
        clock: Clock,
        secrets: Secrets,
        passwords: Passwords,
        totp: Totp,
        words: Words,
        policy: SignInPolicy,
    ) -> None:
        self._db = database
        self._clock = clock
        self._secrets = secrets
        self._passwords = passwords
        self._totp = totp
        self._words = words
        self.policy = policy

    # --- physicians ---

    def start_otp(self, email: str, password: str, channel: Channel, address: str) -> str:
        """Check the password, send a code, return the pending token of this browser.

        Raises
        ------
        Refused
            ``credentials`` for every wrong pair, known or not: which it is stands in the journal. Once the password is
            right: the causes of `accounts.check_otp_allowed`, and ``no_phone``.
        TryLater
            ``password_limit``, ``password_address``, ``otp_pause``, ``otp_hour``, ``otp_day``, ``sms_day``.
        """
        now = self._clock.now()
        with self._db.reading() as work:
            account = work.accounts.by_email(email.strip()[:254])
            self._check_password_limits(work, _account_key(account, email), address, now)
        right = self._passwords.verify(account.password_hash or None if account else None, password)
        if not right or account is None:
            self._count_password(_account_key(account, email), address, account)
            raise Refused("credentials")
        try:
            accounts.check_otp_allowed(_proof(account), now, self.policy.proof)
            if channel is Channel.SMS and not account.phone:
                raise Refused("no_phone")
            return self._send(account, channel, address)
        except Fault as fault:
            self._journal("otp.refused", actor_of_account(account, address), fault.cause)
            raise

    def confirm_otp(self, pending: str, text: str, address: str, user_agent: str = "") -> Opened:
        """Return the session that the six digits open.

        Raises
        ------
        Malformed, Refused
            See `domain.otp.check`; ``otp_unknown`` when this browser asked for none.
        TryLater
            ``password_address``: each refusal is journaled, so that none is taken from whoever was refused too often.
        """
        digits = otp.digits(text)
        now, pending_hash = self._clock.now(), self._secrets.hashed(pending)
        outcome: Opened | Fault
        with self._db.writing() as work:
            self._check_source(work, DIGITS, address, now)
            row = work.otps.by_pending(pending_hash)
            account = work.accounts.by_id(AccountId(row.account_id)) if row and row.account_id else None
            if row is None or account is None:
                outcome = self._unasked(work, Actor("account", "unknown", "", address))
            else:
                means = Means.PASSWORD_SMS if row.channel is Channel.SMS else Means.PASSWORD_EMAIL
                requester = physician(account, means, address, user_agent=user_agent)
                outcome = self._enter(work, row, account, digits, requester)
        if isinstance(outcome, Fault):
            raise outcome
        return outcome

    def _enter(
        self, work: Work, row: OtpRow, account: AccountRow, digits: str, requester: Requester
    ) -> Opened | Fault:
        now, actor = self._clock.now(), actor_of_account(account, requester.address)
        work.otps.tried(row.id)
        try:
            self._check_digits(row, digits, now)
            accounts.check_otp_allowed(_proof(account), now, self.policy.proof)
        except Fault as fault:
            return self._refused(work, actor, fault)
        work.otps.used(row.id, now)
        opened = self._open(work, requester)
        work.accounts.logged_in(account.id, now)
        work.failures.clear(PASSWORD, _pair(_account_key(account, ""), requester.address))
        work.journal.append(Event(Family.LOGIN, "login", actor), now)
        return opened

    # --- staff ---

    def start_staff(self, login: str, password: str, address: str) -> str:
        """Check a staff password; return the pending token for the authenticator's digits."""
        now = self._clock.now()
        key = f"staff:{login.strip().lower()[:64]}"
        with self._db.reading() as work:
            member = work.staff.by_login(login.strip()[:64])
            self._check_password_limits(work, key, address, now)
        alive = member is not None and member.disabled_at is None
        right = self._passwords.verify(member.password_hash if member is not None and alive else None, password)
        if not right or member is None or not alive:
            self._count_password(key, address, None)
            raise Refused("credentials")
        pending = self._secrets.token()
        with self._db.writing() as work:
            row = OtpRow(0, self._secrets.hashed(pending), None, member.id, None, b"", now, 0, None, None)
            work.otps.add(row)
        return pending

    def confirm_staff(self, pending: str, text: str, address: str) -> Opened:
        """Return the session that the authenticator's digits open; the same digits never open twice."""
        digits = otp.digits(text)
        outcome: Opened | Fault
        with self._db.writing() as work:
            self._check_source(work, DIGITS, address, self._clock.now())
            row = work.otps.by_pending(self._secrets.hashed(pending))
            member = work.staff.by_id(row.staff_id) if row and row.staff_id else None
            if row is None or member is None or member.disabled_at is not None:
                outcome = self._unasked(work, Actor("staff", "unknown", "", address))
            else:
                outcome = self._enter_staff(work, row, member, digits, address)
        if isinstance(outcome, Fault):
            raise outcome
        return outcome

    def _enter_staff(self, work: Work, row: OtpRow, member: StaffMember, digits: str, address: str) -> Opened | Fault:
        now, actor = self._clock.now(), Actor("staff", str(member.id), member.login, address)
        work.otps.tried(row.id)
        step = self._totp.step(member.totp_secret, digits, now)
        try:
            facts = otp.OtpFacts(row.sent_at, row.tries + 1, row.used_at, row.replaced_at)
            right = step is not None and step > member.totp_step
            otp.check(facts, right=right, now=now, limits=self.policy.otp)
        except Fault as fault:
            return self._refused(work, actor, fault)
        work.otps.used(row.id, now)
        work.staff.used_step(member.id, step or 0)
        requester = Requester("staff", member.id, member.name, Means.STAFF_TOTP, 0, address, role=member.role)
        opened = self._open(work, requester)
        work.journal.append(Event(Family.LOGIN, "login", actor), now)
        return opened

    # --- sessions ---

    def session(self, token: str, address: str) -> OpenSession:
        """Return the session of a cookie; raise `Refused` ``session`` with ``end`` (see `domain.sessions.End`)."""
        now = self._clock.now()
        with self._db.reading() as work:
            row = work.sessions.by_token(self._secrets.hashed(token))
            if row is None:
                raise Refused("session", end="none")
            requester = requester_of_session(work, row, address)
        end = sessions.ended(row.gesture_at, row.until, row.end_cause, now, self.policy.sessions)
        if end is None and requester is None:
            end = sessions.End.REVOKED
        if end is not None or requester is None:
            if not row.end_cause:
                self._end(row, end or sessions.End.REVOKED, address)
            raise Refused("session", end=end)
        return OpenSession(requester, row.csrf, row.gesture_at + self.policy.sessions.idle, row.until, row.notes)

    def beat(self, token: str, address: str) -> OpenSession:
        """Somebody moved: keep the session alive, written down at most once a minute."""
        now = self._clock.now()
        found = self.session(token, address)
        gesture_at = found.idle_until - self.policy.sessions.idle
        if not sessions.worth_writing(gesture_at, now, self.policy.sessions):
            return found
        with self._db.writing() as work:
            work.sessions.gesture(found.requester.session_id, now)
        return OpenSession(found.requester, found.csrf, now + self.policy.sessions.idle, found.until, found.notes)

    def logout(self, token: str, address: str) -> None:
        """End the session; unknown tokens are nothing to tell."""
        with self._db.reading() as work:
            row = work.sessions.by_token(self._secrets.hashed(token))
        if row is not None and not row.end_cause:
            self._end(row, sessions.End.LOGOUT, address)

    def note(self, session_id: int, notes: str) -> None:
        """Keep small state of pages with the session."""
        with self._db.writing() as work:
            work.sessions.note(session_id, notes)

    # --- within ---

    def _send(self, account: AccountRow, channel: Channel, address: str) -> str:
        now, pending = self._clock.now(), self._secrets.token()
        digits, pending_hash = self._secrets.digits(), self._secrets.hashed(pending)
        to = account.phone if channel is Channel.SMS else account.email
        with self._db.writing() as work:
            sends = list(work.otps.sends(account.id, now - timedelta(days=1)))
            otp.check_sending(sends, now, self.policy.otp)
            if channel is Channel.SMS:
                otp.check_sms(work.otps.sent(Channel.SMS, otp.today(now)), now, self.policy.otp)
            work.otps.replace(account.id, now)
            code_hash = self._secrets.digits_hash(digits, pending_hash)
            work.otps.add(OtpRow(0, pending_hash, account.id, None, channel, code_hash, now, 0, None, None))
            minutes = round(self.policy.otp.life.total_seconds() / 60)
            work.outbox.add(self._words.otp_message(channel, to, digits, minutes), now)
            event = Event(Family.LOGIN, "otp.sent", actor_of_account(account, address), facts={"channel": channel})
            work.journal.append(event, now)
        return pending

    def _check_digits(self, row: OtpRow, digits: str, now: datetime) -> None:
        right = self._secrets.same(self._secrets.digits_hash(digits, row.pending_hash), row.code_hash)
        facts = otp.OtpFacts(row.sent_at, row.tries + 1, row.used_at, row.replaced_at)
        otp.check(facts, right=right, now=now, limits=self.policy.otp)

    def _open(self, work: Work, requester: Requester) -> Opened:
        return open_session(work, self._secrets, requester, self._clock.now(), self.policy.sessions)

    def _end(self, row: SessionRow, end: sessions.End, address: str) -> None:
        actor = Actor("account" if row.account_id else "staff", str(row.account_id or row.staff_id), "", address)
        with self._db.writing() as work:
            work.sessions.end(row.id, self._clock.now(), end)
            work.journal.append(Event(Family.LOGIN, "session.ended", actor, cause=end), self._clock.now())

    def sms_spent(self) -> int:
        """Return how many messages left today when no more may leave before tomorrow; else 0."""
        with self._db.reading() as work:
            sent = work.otps.sent(Channel.SMS, otp.today(self._clock.now()))
        return sent if sent >= self.policy.otp.sms_per_day else 0

    def _check_password_limits(self, work: Work, key: str, address: str, now: datetime) -> None:
        day, hour = now - lockout.DAY, now - lockout.HOUR
        lockout.check_password(
            work.failures.since(PASSWORD, _pair(key, address), day),
            work.failures.since(PASSWORD, key, hour),
            now,
            self.policy.lockout,
        )
        self._check_source(work, PASSWORD, address, now)

    def _check_source(self, work: Work, kind: str, address: str, now: datetime) -> None:
        since = now - self.policy.lockout.password_window
        lockout.check_source(
            work.failures.since(kind, lockout.address_key(address), since),
            work.failures.since(kind, lockout.network_key(address), since),
            now,
            self.policy.lockout,
        )

    def _count_password(self, key: str, address: str, account: AccountRow | None) -> None:
        now = self._clock.now()
        actor = actor_of_account(account, address) if account else Actor("account", "unknown", "", address)
        with self._db.writing() as work:
            for counted in (_pair(key, address), key, *_sources(address)):
                work.failures.add(PASSWORD, counted, now)
            work.journal.append(Event(Family.LOGIN, "login.refused", actor, cause="credentials"), now)

    def _unasked(self, work: Work, actor: Actor) -> Fault:
        return self._refused(work, actor, Refused("otp_unknown"))

    def _refused(self, work: Work, actor: Actor, fault: Fault) -> Fault:
        """Journal refused digits and count them where they came from, so that nobody fills the journal at will."""
        now = self._clock.now()
        for counted in _sources(actor.address):
            work.failures.add(DIGITS, counted, now)
        work.journal.append(Event(Family.LOGIN, "otp.refused", actor, cause=fault.cause), now)
        return fault

    def _journal(self, verb: str, actor: Actor, cause: str, facts: Mapping[str, Any] | None = None) -> None:
        with self._db.writing() as work:
            event = Event(Family.LOGIN, verb, actor, cause=cause, facts=facts or {})
            work.journal.append(event, self._clock.now())


def _proof(account: AccountRow) -> accounts.ProofFacts:
    return accounts.ProofFacts(
        accounts.Proof(account.proof),
        account.proof_until,
        accounts.ProofStatus(account.proof_status or "unknown"),
        account.proof_checked_at,
        account.last_psc_at,
        account.disabled_at,
        account.otp_enabled,
    )


def _account_key(account: AccountRow | None, email: str) -> str:
    return f"account:{account.id}" if account else f"email:{email.strip().lower()[:56]}"


def _sources(address: str) -> tuple[str, str]:
    return lockout.address_key(address), lockout.network_key(address)


def _pair(key: str, address: str) -> str:
    return f"{key}|{lockout.network(address)}"

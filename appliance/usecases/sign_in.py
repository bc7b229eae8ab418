"""Log-in of the staff, sessions, log-out; physicians' one-time passwords are `appliance.usecases.one_time`.

::

    session: gestures keep it alive; idle, limit, logout, closed, revoked end it, and the page says which
"""

from appliance.domain import otp, sessions
from appliance.domain.errors import Fault, Refused
from appliance.domain.journal import Actor, Event, Family
from appliance.domain.sign_in import Channel, Means, OpenSession, Requester
from appliance.domain.staff import StaffMember
from appliance.usecases.guessing import DIGITS
from appliance.usecases.one_time import OneTime
from appliance.usecases.ports import OtpRow, SessionRow, Work
from appliance.usecases.sessions import Opened, card_until, requester_of_session


class SignIn(OneTime):
    """Who may enter, and for how long."""

    # --- staff ---

    def start_staff(self, login: str, password: str, address: str) -> str:
        """Check a staff password; return the pending token for the authenticator's digits or the passkey.

        Raises
        ------
        Refused
            ``method_off``, ``credentials``; once the password is right ``no_passkey``, when nothing else is open.
        TryLater
            ``password_limit``, ``password_address``.
        """
        if not self.policy.methods.any_on((Means.STAFF_TOTP, Means.STAFF_PASSKEY)):
            raise Refused("method_off")
        now = self._clock.now()
        key = f"staff:{login.strip().lower()[:64]}"
        with self._db.reading() as work:
            member = work.staff.by_login(login.strip()[:64])
            self._guessing.check_password(work, key, address, now)
        alive = member is not None and member.disabled_at is None
        right = self._passwords.verify(member.password_hash if member is not None and alive else None, password)
        if not right or member is None or not alive:
            self._guessing.count_password(key, address, None)
            raise Refused("credentials")
        self._check_second(member, address)
        pending = self._secrets.token()
        with self._db.writing() as work:
            row = OtpRow(0, self._secrets.hashed(pending), None, member.id, None, b"", now, 0, None, None)
            work.otps.add(row)
        return pending

    def _check_second(self, member: StaffMember, address: str) -> None:
        if self.policy.methods.is_on(Means.STAFF_TOTP):
            return
        with self._db.reading() as work:
            has_passkey = bool(work.passkeys.of(staff_id=member.id))
        if not has_passkey:
            self._journal("otp.refused", Actor("staff", str(member.id), member.login, address), "no_passkey")
            raise Refused("no_passkey")

    def confirm_staff(self, pending: str, text: str, address: str) -> Opened:
        """Return the session that the authenticator's digits open; the same digits never open twice."""
        digits = otp.digits(text)
        outcome: Opened | Fault
        with self._db.writing() as work:
            self._guessing.check_source(work, DIGITS, address, self._clock.now())
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
            self.policy.methods.check(Means.STAFF_TOTP)
            facts = otp.OtpFacts(row.sent_at, row.tries + 1, row.used_at, row.replaced_at)
            right = step is not None and step > member.totp_step
            otp.check(facts, right=right, now=now, limits=self.policy.otp)
        except Fault as fault:
            return self._guessing.refused(work, actor, fault)
        work.otps.used(row.id, now)
        work.staff.used_step(member.id, step or 0)
        requester = Requester("staff", member.id, member.name, Means.STAFF_TOTP, 0, address, role=member.role)
        opened = self._open(work, requester)
        work.journal.append(Event(Family.LOGIN, "login", actor, facts={"means": Means.STAFF_TOTP}), now)
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
            if end is sessions.End.LIMIT and row.until == card_until(work, row.account_id, Means(row.means)):
                end = sessions.End.CARD_EXPIRED
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


"""Log-in of physicians by one-time password. Unknown and known accounts get the same answer for the same work.

::

    password ok (or not: same answer) -> code sent, bound to this browser -> right digits in time -> session
                                         (or sent again after a minute: the one before is dead)
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from appliance.domain import accounts, otp
from appliance.domain.contacts import masked_email, masked_phone
from appliance.domain.errors import Fault, Refused
from appliance.domain.identifiers import AccountId
from appliance.domain.journal import Actor, Event, Family
from appliance.domain.lockout import Limits
from appliance.domain.methods import Methods
from appliance.domain.otp import OtpLimits
from appliance.domain.sessions import SessionLimits
from appliance.domain.sign_in import Channel, Means, Requester
from appliance.usecases import authenticators
from appliance.usecases.guessing import DIGITS, Guessing, account_key
from appliance.usecases.ports import (
    AccountRow,
    Clock,
    OtpRow,
    Passwords,
    Secrets,
    Totp,
    UnitOfWork,
    Words,
    Work,
)
from appliance.usecases.proofs import Proofs
from appliance.usecases.sessions import (
    Opened,
    actor_of_account,
    open_session,
    physician,
    proof_of,
)

MEANS: Mapping[Channel | None, Means] = {
    Channel.EMAIL: Means.PASSWORD_EMAIL,
    Channel.SMS: Means.PASSWORD_SMS,
    None: Means.PASSWORD_TOTP,
}
"""The means that six digits make, by how they came; the authenticator's are sent by nobody."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """What a browser waits for after the password."""

    channel: Channel | None
    to: str
    """Where the code went, as much of it as its owner needs."""
    left: timedelta
    again_in: timedelta
    by_sms: bool
    """Whether it could come by SMS instead."""


@dataclass(frozen=True, slots=True)
class SignInPolicy:
    """Settings of the hospital."""

    otp: OtpLimits = field(default_factory=OtpLimits)
    sessions: SessionLimits = field(default_factory=SessionLimits)
    lockout: Limits = field(default_factory=Limits)
    proof: accounts.ProofPolicy = field(default_factory=accounts.ProofPolicy)
    methods: Methods = field(default_factory=Methods)


class OneTime:
    """Physicians who enter by password and six digits: sent to them, or those of their authenticator."""

    def __init__(
        self,
        database: UnitOfWork,
        clock: Clock,
        secrets: Secrets,
        checks: tuple[Passwords, Totp],
        guessing: Guessing,
        words: Words,
        *,
        proofs: Proofs,
        policy: SignInPolicy,
    ) -> None:
        self._db = database
        self._clock = clock
        self._secrets = secrets
        self._passwords, self._totp = checks
        self._guessing = guessing
        self._words = words
        self._proofs = proofs
        self.policy = policy

    def start_otp(self, email: str, password: str, channel: Channel, address: str) -> str:
        """Check the password, send a code, return the pending token of this browser.

        Raises
        ------
        Refused
            ``method_off``. ``credentials`` for every wrong pair, known or not: which it is stands in the journal. Once
            the password is right: the causes of `accounts.check_otp_allowed`, ``email_unverified`` and ``no_phone``.
        TryLater
            ``password_limit``, ``password_address``, ``otp_pause``, ``otp_hour``, ``otp_day``, ``sms_day``.
        """
        self.policy.methods.check(MEANS[channel])
        account = self._right(email, password, address)
        try:
            return self._send(account, channel, address)
        except Fault as fault:
            self._journal("otp.refused", actor_of_account(account, address), fault.cause)
            raise

    def start_totp(self, email: str, password: str, address: str) -> str:
        """Check the password; return the pending token for the digits of the authenticator application.

        Raises
        ------
        Refused
            As `start_otp`; ``no_totp`` when no application is set up.
        TryLater
            ``password_limit``, ``password_address``, ``totp_hour``.
        """
        self.policy.methods.check(Means.PASSWORD_TOTP)
        account, now = self._right(email, password, address), self._clock.now()
        try:
            accounts.check_otp_allowed(replace(proof_of(account), otp_enabled=True), now, self.policy.proof)
            if not account.totp_secret:
                raise Refused("no_totp")
            pending = self._secrets.token()
            with self._db.writing() as work:
                authenticators.check_pace(work, account_key(account, ""), now)
                row = OtpRow(0, self._secrets.hashed(pending), account.id, None, None, b"", now, 0, None, None)
                work.otps.add(row)
        except Fault as fault:
            self._journal("otp.refused", actor_of_account(account, address), fault.cause)
            raise
        return pending

    def _right(self, email: str, password: str, address: str) -> AccountRow:
        """Return the account of the pair; the same work and the same answer for every wrong one."""
        now = self._clock.now()
        with self._db.reading() as work:
            account = work.accounts.by_email(email.strip()[:254])
            self._guessing.check_password(work, account_key(account, email), address, now)
        right = self._passwords.verify(account.password_hash or None if account else None, password)
        if not right or account is None:
            self._guessing.count_password(account_key(account, email), address, account)
            raise Refused("credentials")
        return self._proofs.renewed(account)

    def resend(self, pending: str, channel: Channel, address: str) -> str:
        """Send another code in place of the one that this browser waits for; return its new pending token.

        Raises
        ------
        Refused
            ``otp_unknown``, ``otp_used``, ``otp_replaced``, ``otp_tries``, ``otp_expired`` (twice the life of a code
            after it left: the password must be typed again), and what `start_otp` refuses.
        TryLater
            As `start_otp`.
        """
        self.policy.methods.check(MEANS[channel])
        now, limits = self._clock.now(), self.policy.otp
        with self._db.reading() as work:
            row, account = self._asked(work, pending)
        if row is None or account is None or row.channel is None:
            raise Refused("otp_unknown")
        again = OtpLimits(life=limits.life * 2, tries=limits.tries)
        otp.check(otp.OtpFacts(row.sent_at, row.tries + 1, row.used_at, row.replaced_at), right=True, now=now,
                  limits=again)  # fmt: skip
        try:
            return self._send(account, channel, address)
        except Fault as fault:
            self._journal("otp.refused", actor_of_account(account, address), fault.cause)
            raise

    def waiting(self, pending: str) -> Waiting | None:
        """Return what this browser waits for, None when it asked for nothing that may still be typed or sent again."""
        now, limits = self._clock.now(), self.policy.otp
        with self._db.reading() as work:
            row, account = self._asked(work, pending)
        if row is None or account is None or row.used_at or row.replaced_at or now >= row.sent_at + limits.life * 2:
            return None
        to = masked_phone(account.phone) if row.channel is Channel.SMS else masked_email(account.email)
        return Waiting(
            row.channel,
            to if row.channel else "",
            max(timedelta(), row.sent_at + limits.life - now),
            max(timedelta(), row.sent_at + limits.pause - now),
            bool(account.phone and account.phone_verified_at),
        )

    def _asked(self, work: Work, pending: str) -> tuple[OtpRow | None, AccountRow | None]:
        row = work.otps.by_pending(self._secrets.hashed(pending))
        return row, work.accounts.by_id(AccountId(row.account_id)) if row and row.account_id else None

    def confirm_otp(self, pending: str, text: str, address: str, user_agent: str = "") -> Opened:
        """Return the session that the six digits open: those sent, or those of the authenticator.

        Raises
        ------
        Malformed, Refused
            See `domain.otp.check`; ``otp_unknown`` when this browser asked for none; ``method_off``.
        TryLater
            ``password_address``: each refusal is journaled, so that none is taken from whoever was refused too often.
        """
        digits = otp.digits(text)
        outcome: Opened | Fault
        with self._db.writing() as work:
            self._guessing.check_source(work, DIGITS, address, self._clock.now())
            row, account = self._asked(work, pending)
            if row is None or account is None:
                outcome = self._unasked(work, Actor("account", "unknown", "", address))
            else:
                requester = physician(account, MEANS[row.channel], address, user_agent=user_agent)
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
            self.policy.methods.check(requester.means)
            if row.channel is None:
                self._check_authenticator(work, row, account, digits)
            else:
                self._check_digits(row, digits, now)
            facts = replace(proof_of(account), otp_enabled=account.otp_enabled or row.channel is None)
            accounts.check_otp_allowed(facts, now, self.policy.proof)
        except Fault as fault:
            return self._guessing.refused(work, actor, fault)
        if not work.otps.used(row.id, now):
            return self._guessing.refused(work, actor, Refused("otp_used"))
        opened = self._open(work, requester)
        work.accounts.logged_in(account.id, now)
        self._guessing.forgive(work, account_key(account, ""), requester.address)
        work.journal.append(Event(Family.LOGIN, "login", actor, facts={"means": requester.means}), now)
        return opened

    def _check_authenticator(self, work: Work, row: OtpRow, account: AccountRow, digits: str) -> None:
        now, key = self._clock.now(), account_key(account, "")
        authenticators.check_pace(work, key, now)
        step = authenticators.step_of(self._totp, self._secrets, account, digits, now)
        facts = otp.OtpFacts(row.sent_at, row.tries + 1, row.used_at, row.replaced_at)
        try:
            authenticators.take(work, account, facts, step, now, self.policy.otp)
        except Refused as fault:
            if fault.cause == "otp_wrong":
                work.failures.add(authenticators.TOTP, key, now)
            raise

    # --- within ---

    def _send(self, account: AccountRow, channel: Channel, address: str) -> str:
        now, pending = self._clock.now(), self._secrets.token()
        accounts.check_otp_allowed(proof_of(account), now, self.policy.proof)
        if account.email_verified_at is None:
            raise Refused("email_unverified")
        if channel is Channel.SMS and (not account.phone or account.phone_verified_at is None):
            raise Refused("no_phone")
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

    def _unasked(self, work: Work, actor: Actor) -> Fault:
        return self._guessing.refused(work, actor, Refused("otp_unknown"))

    def _journal(self, verb: str, actor: Actor, cause: str, facts: Mapping[str, Any] | None = None) -> None:
        with self._db.writing() as work:
            event = Event(Family.LOGIN, verb, actor, cause=cause, facts=facts or {})
            work.journal.append(event, self._clock.now())

"""What a physician does with his own account: password, where he is reached, his sessions and his log-ins.

A session opened by card or Pro Santé Connect may do all of it; another one gives the current password first.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

from appliance.domain import contacts, otp, passwords
from appliance.domain.errors import Fault, Malformed, Refused
from appliance.domain.identifiers import AccountId
from appliance.domain.journal import Event, Family, Record
from appliance.domain.methods import Methods
from appliance.domain.notices import Notice
from appliance.domain.passwords import PasswordPolicy
from appliance.domain.sign_in import Means, Requester, is_strong
from appliance.usecases.confirming import Confirmation, Confirming, Wanted
from appliance.usecases.guessing import Guessing, account_key
from appliance.usecases.ports import (
    AccountRow,
    Clock,
    PasskeyRow,
    Passwords,
    SessionRow,
    UnitOfWork,
    Words,
    Work,
)
from appliance.usecases.sessions import actor_of_account

LOG_INS = 20
_LOOKED_AT = 200
"""Of what an account does at the door, codes sent and sessions ended are most."""
LOG_IN_VERBS = frozenset({"login", "login.refused", "otp.refused", "otp.suspended"})


@dataclass(frozen=True, slots=True)
class AccountPolicy:
    """Settings of the hospital."""

    password: PasswordPolicy = field(default_factory=PasswordPolicy)
    methods: Methods = field(default_factory=Methods)
    idle: timedelta = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Shown:
    """Everything of the account's page."""

    account: AccountRow
    sessions: Sequence[SessionRow]
    log_ins: Sequence[Record]
    passkeys: Sequence[PasskeyRow]
    email: Confirmation | None
    phone: Confirmation | None


@dataclass(frozen=True, slots=True)
class Contact:
    """What the section « Paramètres OTP » sends; ``phone`` is None where no SMS is sent."""

    enable: bool
    email: str
    phone: str | None


@dataclass(frozen=True, slots=True)
class Asked:
    """Tokens of the confirmations just sent; empty where none was needed."""

    email: str = ""
    phone: str = ""


class MyAccount:
    """One physician's account, by himself."""

    def __init__(
        self,
        database: UnitOfWork,
        clock: Clock,
        passwords_: Passwords,
        words: Words,
        guessing: Guessing,
        confirming: Confirming,
        policy: AccountPolicy,
    ) -> None:
        self._db = database
        self._clock = clock
        self._passwords = passwords_
        self._words = words
        self._guessing = guessing
        self._confirming = confirming
        self.policy = policy

    def shown(self, requester: Requester, email_token: str, phone_token: str) -> Shown:
        """Return everything of the page; the tokens are those of the browser's open confirmations."""
        account_id, since = AccountId(requester.id), self._clock.now() - self.policy.idle
        with self._db.reading() as work:
            account = _mine(work, requester)
            return Shown(
                account,
                [one for one in work.sessions.live(account_id, since) if one.until > self._clock.now()],
                _log_ins(work, account_id),
                work.passkeys.of(account_id=account_id),
                self._confirming.waiting(work, account_id, "email", email_token),
                self._confirming.waiting(work, account_id, "phone", phone_token),
            )

    def change_password(self, requester: Requester, current: str, new: str, again: str) -> None:
        """Give the account another password.

        Raises
        ------
        Malformed
            ``password_again``: the two differ; ``password_rules`` with the rules broken.
        Refused
            ``current_password``; ``strong_needed``: there is none yet and the session is not one of card or PSC.
        TryLater
            ``password_limit``, ``password_address``.
        """
        if new != again:
            raise Malformed("password_again")
        account = self._proved(requester, current)
        passwords.check(new, own_words(account), self.policy.password)
        hashed = self._passwords.hash(new)
        with self._db.writing() as work:
            account = replace(_mine(work, requester), password_hash=hashed)
            work.accounts.change(account)
            work.otps.replace(account.id, self._clock.now())
            self._tell(work, requester, account, "account.password", Notice.PASSWORD)

    def set_contact(self, requester: Requester, contact: Contact, current: str) -> Asked:
        """Take the section's fields: what is new is confirmed first, what is off is off at once.

        Raises
        ------
        Malformed
            ``email``, ``phone``.
        Refused
            ``email_mssante``, ``otp_password_first``, ``current_password``, ``strong_needed``, ``method_off``.
        TryLater
            As `domain.otp.check_sending`, and as a wrong password.
        """
        wanted = _parsed(contact)
        with self._db.reading() as work:
            before = _mine(work, requester)
        if wanted.enable and not before.password_hash:
            raise Refused("otp_password_first")
        if _changes(before, wanted):
            self._proved(requester, current)
        with self._db.writing() as work:
            account = _mine(work, requester)
            return Asked(self._email(work, requester, account, wanted), self._phone(work, requester, account, wanted))

    def _email(self, work: Work, requester: Requester, account: AccountRow, wanted: Contact) -> str:
        if not wanted.enable and account.otp_enabled:
            work.accounts.change(replace(account, otp_enabled=False))
            work.otps.replace(account.id, self._clock.now())
            self._tell(work, requester, account, "account.otp_off", Notice.OTP_OFF)
        if wanted.email == account.email and account.email_verified_at and not account.email_bounced_at:
            if wanted.enable and not account.otp_enabled:
                work.accounts.change(replace(account, otp_enabled=True))
                self._record(work, requester, account, "account.otp_on")
            return ""
        other = work.accounts.by_email(wanted.email)
        taken = other is not None and other.id != account.id
        asked = Wanted(account.id, "email", wanted.email, enable=wanted.enable, taken=taken)
        return self._confirming.send(work, asked)

    def _phone(self, work: Work, requester: Requester, account: AccountRow, wanted: Contact) -> str:
        if wanted.phone is None or (wanted.phone == account.phone and account.phone_verified_at):
            return ""
        if wanted.phone:
            self.policy.methods.check(Means.PASSWORD_SMS)
            return self._confirming.send(work, Wanted(account.id, "phone", wanted.phone))
        if account.phone:
            now = _mine(work, requester)
            work.accounts.change(replace(now, phone="", phone_verified_at=None))
            self._tell(work, requester, account, "account.phone", Notice.PHONE)
        return ""

    def confirm(self, requester: Requester, kind: str, token: str, text: str) -> None:
        """Take the digits that were sent to a new address or number.

        Raises
        ------
        Malformed
            ``otp_digits``.
        Refused
            ``confirm_over``; ``otp_wrong``, ``otp_tries`` as `domain.otp.check`.
        """
        digits = otp.digits(text)
        with self._db.writing() as work:
            account = _mine(work, requester)
            found = self._confirming.take(work, account.id, kind, token, digits)
            if isinstance(found, Wanted):
                (self._confirmed_email if kind == "email" else self._confirmed_phone)(work, requester, account, found)
        if isinstance(found, Fault):
            raise found

    def _confirmed_email(self, work: Work, requester: Requester, account: AccountRow, found: Wanted) -> None:
        other = work.accounts.by_email(found.value)
        if other is not None and other.id != account.id:  # somebody was faster
            raise Refused("confirm_over")
        now = self._clock.now()
        enabled = account.otp_enabled or (found.enable and bool(account.password_hash))
        new = replace(
            account, email=found.value, email_verified_at=now, email_bounced_at=None, otp_enabled=enabled
        )
        work.accounts.change(new)
        work.otps.replace(account.id, now)
        if account.email and account.email != new.email:
            self._tell(work, requester, account, "account.email", Notice.EMAIL)
        else:
            self._record(work, requester, account, "account.email")

    def _confirmed_phone(self, work: Work, requester: Requester, account: AccountRow, found: Wanted) -> None:
        new = replace(account, phone=found.value, phone_verified_at=self._clock.now())
        work.accounts.change(new)
        self._tell(work, requester, account, "account.phone", Notice.PHONE)

    def close_session(self, requester: Requester, session_id: int) -> None:
        """End one of the physician's own sessions; another's is nothing to tell."""
        now = self._clock.now()
        with self._db.writing() as work:
            account = _mine(work, requester)
            mine = [one.id for one in work.sessions.live(account.id, now - self.policy.idle)]
            if session_id in mine and session_id != requester.session_id:
                work.sessions.end(session_id, now, "closed")
                self._record(work, requester, account, "session.closed")

    def close_others(self, requester: Requester) -> int:
        """End every session of the physician but this one; return how many."""
        now = self._clock.now()
        with self._db.writing() as work:
            account = _mine(work, requester)
            ended = work.sessions.end_all(account_id=account.id, at=now, cause="closed", but=requester.session_id)
            if ended:
                self._record(work, requester, account, "session.closed")
        return ended

    def _proved(self, requester: Requester, current: str) -> AccountRow:
        """Return the account once the session is strong or the current password is right."""
        now, key = self._clock.now(), f"account:{requester.id}"
        with self._db.reading() as work:
            account = _mine(work, requester)
            if is_strong(requester.means):
                return account
            self._guessing.check_password(work, key, requester.address, now)
        if not account.password_hash:
            raise Refused("strong_needed")
        if not self._passwords.verify(account.password_hash, current):
            self._guessing.count_password(account_key(account, ""), requester.address, account, "current_password")
            raise Refused("current_password")
        return account

    def _tell(self, work: Work, requester: Requester, account: AccountRow, verb: str, what: Notice) -> None:
        """Journal it and mail the address that the account had before."""
        if account.email:
            work.outbox.add(self._words.notice(account.email, what, self._clock.now()), self._clock.now())
        self._record(work, requester, account, verb)

    def _record(self, work: Work, requester: Requester, account: AccountRow, verb: str) -> None:
        actor = actor_of_account(account, requester.address)
        event = Event(Family.LOGIN, verb, actor, str(account.id), facts={"means": requester.means})
        work.journal.append(event, self._clock.now())


def own_words(account: AccountRow) -> tuple[str, ...]:
    """Return what of the person must not be the heart of the password."""
    return (account.given_name, account.family_name, account.email, account.organisation, account.national_id)


def _log_ins(work: Work, account_id: AccountId) -> Sequence[Record]:
    done = work.journal.of_actor("account", str(account_id), Family.LOGIN, _LOOKED_AT)
    return [record for record in done if record.event.verb in LOG_IN_VERBS][:LOG_INS]


def _mine(work: Work, requester: Requester) -> AccountRow:
    account = work.accounts.by_id(AccountId(requester.id)) if requester.kind == "account" else None
    if account is None:
        raise Refused("session", end="none")
    return account


def _parsed(contact: Contact) -> Contact:
    email = contacts.email(contact.email)
    return Contact(contact.enable, email, None if contact.phone is None else contacts.mobile(contact.phone))


def _changes(account: AccountRow, wanted: Contact) -> bool:
    """Whether anything that leads into the account would be another."""
    same_phone = wanted.phone is None or wanted.phone == account.phone
    return wanted.email != account.email or not same_phone or wanted.enable != account.otp_enabled

"""Authenticator application and passkeys: set up, used, named, removed (docs/decisions/second-factors.md).

Only a session opened by card or Pro Santé Connect may add one: a stolen one-time password must not become a lasting
way in. Removing one takes nothing but the session, and is told by mail.
"""

from dataclasses import replace
from datetime import timedelta

from appliance.domain import accounts, otp
from appliance.domain.errors import Fault, Refused
from appliance.domain.identifiers import AccountId
from appliance.domain.journal import Actor, Event, Family
from appliance.domain.notices import Notice
from appliance.domain.sign_in import Means, Requester, is_strong
from appliance.usecases import authenticators, ceremonies
from appliance.usecases.ceremonies import Answered, Begun, Ceremonies, Owner, Whose
from appliance.usecases.guessing import DIGITS, Guessing
from appliance.usecases.one_time import SignInPolicy
from appliance.usecases.ports import (
    AccountRow,
    Clock,
    PasskeyRow,
    Secrets,
    Site,
    TicketRow,
    Totp,
    UnitOfWork,
    Words,
    Work,
)
from appliance.usecases.proofs import Proofs
from appliance.usecases.sessions import Opened, actor_of_account, open_session, physician, proof_of

LIFE = timedelta(minutes=10)
"""For setting an application up."""
_LOG_IN = Owner(Whose.ANYBODY)


class SecondFactors:
    """Ways in that the physician carries along."""

    def __init__(
        self,
        database: UnitOfWork,
        clock: Clock,
        secrets: Secrets,
        devices: tuple[Totp, Ceremonies],
        guessing: Guessing,
        words: Words,
        policy: SignInPolicy,
        *,
        proofs: Proofs,
    ) -> None:
        self._db = database
        self._clock = clock
        self._secrets = secrets
        self._totp, self._ceremonies = devices
        self._guessing = guessing
        self._words = words
        self._proofs = proofs
        self.policy = policy

    # --- authenticator application ---

    def begin_totp(self, requester: Requester) -> str:
        """Make a secret that waits for its first digits; return its token. Raise ``strong_needed``, ``method_off``."""
        self._may_add(requester, Means.PASSWORD_TOTP)
        secret = authenticators.sealed(self._secrets, self._totp.new_secret())
        token, facts = self._secrets.token(), {"account": requester.id, "secret": secret}
        with self._db.writing() as work:
            work.tickets.add(TicketRow(self._secrets.hashed(token), "totp", facts, self._clock.now() + LIFE))
        return token

    def totp_waiting(self, requester: Requester, token: str, issuer: str) -> tuple[str, str] | None:
        """Return the secret and its address for the QR code while they wait for their first digits."""
        with self._db.reading() as work:
            ticket = self._mine(work, requester, token)
            account = _account(work, requester)
        if ticket is None:
            return None
        secret = authenticators.opened(self._secrets, str(ticket.facts["secret"]))
        return secret, self._totp.uri(secret, account.email or account.national_id, issuer)

    def finish_totp(self, requester: Requester, token: str, text: str) -> None:
        """Turn the application on with its first digits; an earlier one is replaced.

        Raises
        ------
        Malformed
            ``otp_digits``.
        Refused
            ``totp_over``, ``totp_wrong``, ``strong_needed``, ``method_off``.
        """
        self._may_add(requester, Means.PASSWORD_TOTP)
        digits, now = otp.digits(text), self._clock.now()
        with self._db.writing() as work:
            account, ticket = _account(work, requester), self._mine(work, requester, token)
            if ticket is None:
                raise Refused("totp_over")
            stored = str(ticket.facts["secret"])
            step = self._totp.step(authenticators.opened(self._secrets, stored), digits, now)
            if step is None:
                raise Refused("totp_wrong")
            work.tickets.take(ticket.token_hash, "totp", now)
            work.accounts.change(replace(account, totp_secret=stored, totp_step=step))
            self._tell(work, requester, account, "account.totp_on", Notice.TOTP_ON)

    def drop_totp(self, requester: Requester) -> None:
        """Turn the application off."""
        with self._db.writing() as work:
            account = _account(work, requester)
            if account.totp_secret:
                work.accounts.change(replace(account, totp_secret="", totp_step=0))
                self._tell(work, requester, account, "account.totp_off", Notice.TOTP_OFF)

    # --- passkeys of the account ---

    def begin_passkey(self, requester: Requester, site: Site) -> Begun:
        """Return what the browser asks its authenticator to make.

        Raises
        ------
        Refused
            ``strong_needed``, ``method_off``, ``passkeys_full``.
        """
        self._may_add(requester, Means.PASSKEY)
        with self._db.writing() as work:
            account = _account(work, requester)
            name = account.email or f"{account.given_name} {account.family_name}"
            return self._ceremonies.creation(work, _owner(account), site, name)

    def add_passkey(self, requester: Requester, site: Site, token: str, answer: str, name: str) -> None:
        """Keep the passkey that the authenticator made; raise `Refused` ``passkey``, ``strong_needed``."""
        self._may_add(requester, Means.PASSKEY)
        with self._db.writing() as work:
            account = _account(work, requester)
            self._ceremonies.made(work, _owner(account), site, Answered(token, answer), name)
            self._tell(work, requester, account, "account.passkey_added", Notice.PASSKEY_ADDED)

    def rename_passkey(self, requester: Requester, passkey_id: int, name: str) -> None:
        """Call one of the physician's passkeys otherwise; raise `Malformed` ``passkey_name``."""
        with self._db.writing() as work:
            ceremonies.rename(work, _owner(_account(work, requester)), passkey_id, name)

    def remove_passkey(self, requester: Requester, passkey_id: int) -> None:
        """Forget one of the physician's passkeys."""
        with self._db.writing() as work:
            account = _account(work, requester)
            if ceremonies.remove(work, _owner(account), passkey_id):
                self._tell(work, requester, account, "account.passkey_removed", Notice.PASSKEY_REMOVED)

    # --- log-in by passkey ---

    def begin_login(self, site: Site, address: str) -> Begun:
        """Return what the browser asks any authenticator to sign; it names no account.

        Raises
        ------
        Refused
            ``method_off``.
        TryLater
            ``password_address``.
        """
        self.policy.methods.check(Means.PASSKEY)
        with self._db.writing() as work:
            return self._ceremonies.request(work, _LOG_IN, site, address)

    def login(self, site: Site, token: str, answer: str, browser: tuple[str, str]) -> Opened:
        """Return the session that a passkey opens; ``browser`` is its address and what it calls itself.

        Raises
        ------
        Refused
            ``passkey`` for whatever does not hold, and for an unknown key; the causes of `accounts.check_otp_allowed`.
        TryLater
            ``password_address``.
        """
        self.policy.methods.check(Means.PASSKEY)
        address, user_agent = browser
        outcome: Opened | Fault
        with self._db.writing() as work:
            self._guessing.check_source(work, DIGITS, address, self._clock.now())
            actor = Actor("account", "unknown", "", address)
            try:
                key, account = self._signed(work, site, Answered(token, answer))
                actor = actor_of_account(account, address)
                facts = replace(proof_of(account), otp_enabled=True)
                accounts.check_otp_allowed(facts, self._clock.now(), self.policy.proof)
            except Refused as fault:
                outcome = self._guessing.refused(work, actor, fault)
            else:
                outcome = self._enter(work, account, address, user_agent, key)
        if isinstance(outcome, Fault):
            raise outcome
        return outcome

    def _signed(self, work: Work, site: Site, answered: Answered) -> tuple[PasskeyRow, AccountRow]:
        key = self._ceremonies.signed(work, _LOG_IN, site, answered)
        account = work.accounts.by_id(AccountId(key.account_id)) if key.account_id else None
        if account is None:
            raise Refused("passkey")
        return key, self._proofs.renewed_within(work, account)

    def _enter(self, work: Work, account: AccountRow, address: str, user_agent: str, key: PasskeyRow) -> Opened:
        now = self._clock.now()
        work.passkeys.used(key.id, key.sign_count, now)
        requester = physician(account, Means.PASSKEY, address, user_agent=user_agent)
        opened = open_session(work, self._secrets, requester, now, self.policy.sessions)
        work.accounts.logged_in(account.id, now)
        actor = actor_of_account(account, address)
        work.journal.append(Event(Family.LOGIN, "login", actor, facts={"means": Means.PASSKEY}), now)
        return opened

    # --- within ---

    def _may_add(self, requester: Requester, means: Means) -> None:
        self.policy.methods.check(means)
        if not is_strong(requester.means):
            raise Refused("strong_needed")

    def _mine(self, work: Work, requester: Requester, token: str) -> TicketRow | None:
        ticket = work.tickets.by_token(self._secrets.hashed(token), "totp", self._clock.now()) if token else None
        return ticket if ticket is not None and ticket.facts["account"] == requester.id else None

    def _tell(self, work: Work, requester: Requester, account: AccountRow, verb: str, what: Notice) -> None:
        now, actor = self._clock.now(), actor_of_account(account, requester.address)
        if account.email:
            work.outbox.add(self._words.notice(account.email, what, now), now)
        event = Event(Family.LOGIN, verb, actor, str(account.id), facts={"means": requester.means})
        work.journal.append(event, now)


def _account(work: Work, requester: Requester) -> AccountRow:
    account = work.accounts.by_id(AccountId(requester.id)) if requester.kind == "account" else None
    if account is None:
        raise Refused("session", end="none")
    return account


def _owner(account: AccountRow) -> Owner:
    return Owner(Whose.ACCOUNT, account.id)

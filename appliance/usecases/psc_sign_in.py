"""Log-in by Pro Santé Connect. An adapter speaks with the provider; the use case holds what the two ways share.

::

    start -> state (in the address) + secret (in a cookie) -> the provider -> returned(state, secret): once, in time,
    in the browser that began -> the adapter asks who it is -> enter -> session, or a refusal with its reference
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from appliance.domain import accounts, lockout, psc
from appliance.domain.accounts import Proof, ProofStatus
from appliance.domain.errors import Fault, Refused, TryLater, Unavailable
from appliance.domain.journal import Actor, Event, Family
from appliance.domain.lockout import Limits
from appliance.domain.psc import PscIdentity
from appliance.domain.sessions import SessionLimits
from appliance.domain.sign_in import Means
from appliance.usecases.ports import AccountRow, Clock, Secrets, TicketRow, UnitOfWork, Work
from appliance.usecases.promises import keep_promises
from appliance.usecases.sessions import Opened, actor_of_account, open_session, physician, proof_of, stranger
from appliance.usecases.sharing import reference

STATE = "psc"
"""Kind of the ticket that waits for somebody to come back; and of counted refusals."""
END = "psc_end"
"""Kind of the ticket that closes the provider's session too."""
START = "psc_start"
MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class PscPolicy:
    """Settings of the hospital; ``issuer`` is the provider's own name."""

    issuer: str = ""
    professions: tuple[str, ...] = ("10", "40", "50")
    life: timedelta = timedelta(minutes=10)
    starts_per_minute: int = 30
    sessions: SessionLimits = field(default_factory=SessionLimits)
    lockout: Limits = field(default_factory=Limits)


@dataclass(frozen=True, slots=True)
class Asked:
    """A log-in on its way. ``state`` goes into the address, ``browser`` into a cookie, the rest stays here."""

    state: str
    browser: str
    nonce: str
    verifier: str
    wants_account: bool = False


@dataclass(frozen=True, slots=True)
class Returned:
    """Somebody came back: the provider's ``code``, and what this log-in asked."""

    code: str
    nonce: str
    verifier: str
    wants_account: bool


class PscSignIn:
    """Who may enter by Pro Santé Connect."""

    def __init__(self, database: UnitOfWork, clock: Clock, secrets: Secrets, policy: PscPolicy) -> None:
        self._db = database
        self._clock = clock
        self._secrets = secrets
        self.policy = policy

    def start(self, browser: str, address: str, *, wants_account: bool) -> Asked:
        """Return a new log-in; ``browser`` is the secret of an earlier one here: two tabs must not spoil each other.

        Raises
        ------
        TryLater
            ``psc_starts``.
        """
        now, token = self._clock.now(), self._secrets.token
        asked = Asked(token(), browser or token(), token(), token() + token(), wants_account)
        facts = {
            "browser": self._secrets.hashed(asked.browser).hex(), "nonce": asked.nonce,
            "verifier": asked.verifier, "account": wants_account,
        }  # fmt: skip
        with self._db.writing() as work:
            recent = work.failures.since(START, lockout.address_key(address), now - MINUTE)
            if len(recent) >= self.policy.starts_per_minute:
                raise TryLater("psc_starts", retry_after_s=60)
            work.failures.add(START, lockout.address_key(address), now)
            work.tickets.sweep(now - timedelta(days=1))
            work.tickets.add(TicketRow(self._secrets.hashed(asked.state), STATE, facts, now + self.policy.life))
        return asked

    def returned(self, query: Mapping[str, str], browser: str, address: str) -> Returned:
        """Use the log-in up and return what it asked.

        Raises
        ------
        Refused
            ``psc_state`` (too late, used, never asked, or another browser's), ``psc_cancelled``, ``psc_token``; each
            with its ``reference``.
        TryLater
            ``password_address``: each refusal is journaled, so that none is taken from whoever was refused too often.
        """
        now = self._clock.now()
        with self._db.writing() as work:
            since = now - self.policy.lockout.password_window
            places = (lockout.address_key(address), lockout.network_key(address))
            here, near = (work.failures.since(STATE, one, since) for one in places)
            lockout.check_source(here, near, now, self.policy.lockout)
            ticket = self._taken(work, query.get("state", ""), browser, now)
            fault = _fault_of(query, self.policy.issuer) if ticket else Refused("psc_state", reason="state")
            if fault is not None:
                for one in places:
                    work.failures.add(STATE, one, now)
                fault = self._refused(work, fault, Actor("account", "unknown", "", address))
        if fault is not None or ticket is None:
            raise fault or Refused("psc_state")
        facts = ticket.facts
        return Returned(query["code"], str(facts["nonce"]), str(facts["verifier"]), bool(facts["account"]))

    def refused(self, fault: Fault, address: str) -> Fault:
        """Journal what stopped the adapter; return the fault with its reference."""
        with self._db.writing() as work:
            return self._refused(work, fault, Actor("account", "unknown", "", address))

    def enter(self, who: PscIdentity, address: str, user_agent: str = "") -> Opened:
        """Return the session of the person that the provider named.

        Raises
        ------
        Refused
            ``psc_role`` or ``disabled``, with the fact ``reference``.
        """
        outcome: Opened | Fault
        with self._db.writing() as work:
            try:
                outcome = self._entered(work, who, address, user_agent)
            except Refused as refused:
                outcome = self._refused(work, refused, Actor("account", "psc", who.national_id, address))
        if isinstance(outcome, Fault):
            raise outcome
        return outcome

    def left(self, token: str) -> str:
        """Return the provider's token that closes its session too, once; empty when the session had none."""
        with self._db.writing() as work:
            ticket = work.tickets.take(self._secrets.hashed(f"{END}:{token}"), END, self._clock.now())
        return str(ticket.facts["id_token"]) if ticket else ""

    # --- within ---

    def _taken(self, work: Work, state: str, browser: str, now: datetime) -> TicketRow | None:
        """Use the ticket up when it is this browser's: another one must not spoil it either."""
        digest = self._secrets.hashed(state)
        found = work.tickets.by_token(digest, STATE, now)
        if found is None:
            return None
        mine = self._secrets.same(bytes.fromhex(str(found.facts["browser"])), self._secrets.hashed(browser))
        return work.tickets.take(digest, STATE, now) if mine else None

    def _entered(self, work: Work, who: PscIdentity, address: str, user_agent: str) -> Opened:
        now, profession = self._clock.now(), psc.profession(who, self.policy.professions)
        known = work.accounts.by_national_id(who.national_id)
        if known is not None and known.disabled_at is not None:
            raise Refused("disabled", reason="disabled")
        account = proven(known or stranger(who.national_id, who.organisation, now), who, profession, now)
        if known is None:
            account = replace(account, id=work.accounts.add(account))
        else:
            work.accounts.change(account)
        keep_promises(work, account, address, now)
        requester = physician(account, Means.PSC, address, user_agent=user_agent)
        opened = open_session(work, self._secrets, requester, now, self.policy.sessions)
        if who.id_token:
            digest = self._secrets.hashed(f"{END}:{opened.token}")
            work.tickets.add(TicketRow(digest, END, {"id_token": who.id_token}, opened.session.until))
        work.accounts.logged_in(account.id, now)
        facts = {"means": Means.PSC, "acr": who.acr}
        work.journal.append(Event(Family.LOGIN, "login", actor_of_account(account, address), facts=facts), now)
        return opened

    def _refused(self, work: Work, fault: Fault, actor: Actor) -> Fault:
        reason = str(fault.facts.get("reason") or fault.cause)
        number = work.journal.append(Event(Family.LOGIN, "psc.refused", actor, cause=reason), self._clock.now())
        return type(fault)(fault.cause, **{**fault.facts, "reference": reference(number)})


def _fault_of(query: Mapping[str, str], issuer: str) -> Fault | None:
    """Return what is wrong with the answer that the browser carries; RFC 9207 names who answered."""
    if query.get("iss") not in (None, issuer):
        return psc.refusal("mix_up")
    error = query.get("error", "")
    if error in ("access_denied", "login_required", "interaction_required", "user_cancelled_login"):
        return psc.refusal(error, "psc_cancelled")
    if error in ("server_error", "temporarily_unavailable"):
        return Unavailable("psc_down", reason=error)
    if error or not query.get("code"):
        return psc.refusal("error" if error else "code")
    return None


def proven(account: AccountRow, who: PscIdentity, profession: str, now: datetime) -> AccountRow:
    """Return the account brought up to date; a card that still proves it stays its proof."""
    seen = replace(
        account,
        given_name=who.given_name or account.given_name,
        family_name=who.family_name or account.family_name,
        profession=profession,
        last_psc_at=now,
    )
    if accounts.card_stands(proof_of(account), now):
        return seen
    return replace(
        seen, proof=Proof.PSC, proof_until=None, proof_checked_at=now, proof_status=ProofStatus.GOOD, warned_days=0
    )

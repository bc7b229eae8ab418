"""Log-in by CPS card. The card host judges the certificate, the portal opens the session; tickets join the two.

::

    portal: begin -> state (in the address) + secret (in a cookie of the portal)
    card host: receive(state, certificate) -> ticket, good for a minute, for the browser of that state
    portal: enter(ticket, secret) -> session, or the refusal that the ticket carries

Neither the address nor the ticket is worth anything without the cookie. The card host never learns the cookie.
"""

import hashlib
from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from appliance.domain import cards, lockout
from appliance.domain.accounts import Proof, ProofStatus
from appliance.domain.cards import Card
from appliance.domain.errors import Fault, Refused, TryLater
from appliance.domain.journal import Actor, Event, Family
from appliance.domain.sessions import SessionLimits
from appliance.domain.sign_in import Means, Requester
from appliance.usecases.ports import AccountRow, Cards, Clock, Secrets, TicketRow, UnitOfWork, Work
from appliance.usecases.promises import keep_promises
from appliance.usecases.sessions import Opened, actor_of_account, open_session, physician, stranger
from appliance.usecases.sharing import reference

STATE, TICKET, REFUSED = "card_state", "card", "card_refused"
HANDSHAKE, BEGUN = "handshake", "card_begun"
"""Kinds counted against the limit of the card host; not failures."""
MINUTE = timedelta(minutes=1)
_DATES = ("until", "fresh_until")


@dataclass(frozen=True, slots=True)
class CardPolicy:
    """Settings of the hospital. ``state_life`` is the time to find the card and type its PIN."""

    professions: tuple[str, ...] = ("10", "40", "50")
    handshakes_per_minute: int = 30
    state_life: timedelta = timedelta(minutes=10)
    ticket_life: timedelta = timedelta(seconds=60)
    sessions: SessionLimits = field(default_factory=SessionLimits)


@dataclass(frozen=True, slots=True)
class Begun:
    """What the portal gives the browser: ``state`` in the address of the card host, ``browser`` in a cookie."""

    state: str
    browser: str


@dataclass(frozen=True, slots=True)
class Received:
    """Where the card host sends the browser back to, and with which ticket."""

    origin: str
    ticket: str


@dataclass(frozen=True, slots=True)
class Entered:
    """A session opened by a card, and whether its holder asked for the account page (a physician's alone)."""

    opened: Opened
    wants_account: bool


class CardSignIn:
    """Who may enter with a card."""

    def __init__(
        self, database: UnitOfWork, clock: Clock, secrets: Secrets, judge: Cards, policy: CardPolicy
    ) -> None:
        self._db = database
        self._clock = clock
        self._secrets = secrets
        self._cards = judge
        self.policy = policy

    def begin(
        self, origin: str, browser: str, address: str, *, wants_account: bool, staff: bool = False
    ) -> Begun:
        """Return the state of a new log-in.

        Parameters
        ----------
        origin
            Scheme, host and port of the portal as the browser knows it.
        browser
            The secret of an earlier try in this browser, empty for none: two tabs must not spoil each other.
        staff
            Whether somebody of the hospital logs in at the desk: any card will do that a member of the staff has.

        Raises
        ------
        TryLater
            ``card_handshakes``.
        """
        state, secret = self._secrets.token(), browser or self._secrets.token()
        facts = {
            "origin": origin, "account": wants_account, "staff": staff,
            "browser": self._secrets.hashed(secret).hex(),
        }  # fmt: skip
        now = self._clock.now()
        with self._db.writing() as work:
            self._count(work, BEGUN, address, now)
            work.tickets.sweep(now - timedelta(days=1))
            work.tickets.add(TicketRow(self._secrets.hashed(state), STATE, facts, now + self.policy.state_life))
        return Begun(state, secret)

    def receive(self, state: str, certificate: bytes | None, address: str) -> Received:
        """Judge what the browser presented; return the way back, whatever the verdict.

        Raises
        ------
        TryLater
            ``card_handshakes``.
        Refused
            ``card_state``: the address was used already, is too old or was never given.
        """
        now = self._clock.now()
        with self._db.writing() as work:
            self._count(work, HANDSHAKE, address, now)
            begun = work.tickets.take(self._secrets.hashed(state), STATE, now)
        if begun is None:
            raise Refused("card_state")
        verdict = self._verdict(certificate, now, staff=bool(begun.facts["staff"]))
        with self._db.writing() as work:
            if isinstance(verdict, Refused):
                kind, facts = REFUSED, self._refused(work, verdict, certificate, address)
            else:
                kind, facts = TICKET, _written(verdict, certificate or b"")
                actor = Actor("account", "card", verdict.national_id, address)
                work.journal.append(Event(Family.LOGIN, "card.accepted", actor), now)
            token = self._secrets.token()
            facts = {**begun.facts, **facts}
            work.tickets.add(TicketRow(self._secrets.hashed(token), kind, facts, now + self.policy.ticket_life))
        return Received(str(begun.facts["origin"]), token)

    def enter(self, token: str, browser: str, address: str, user_agent: str = "") -> Entered:
        """Return the session that a ticket opens, once, in the browser that began.

        Raises
        ------
        Refused
            ``card_ticket`` for a ticket that is used, too old, unknown or another browser's; the causes of
            `cards.TOLD`, ``disabled`` and ``card_no_staff``, with the fact ``reference``.
        """
        now, outcome = self._clock.now(), None
        with self._db.writing() as work:
            ticket = self._taken(work, token, browser, now)
            if ticket is not None and ticket.kind == TICKET:
                enter = self._entered_staff if ticket.facts["staff"] else self._entered
                outcome = enter(work, ticket, address, user_agent)
        if ticket is None:
            raise Refused("card_ticket")
        if outcome is None:
            raise _told(ticket.facts)
        if isinstance(outcome, Fault):
            raise outcome
        return outcome

    # --- within ---

    def _count(self, work: Work, kind: str, address: str, now: datetime) -> None:
        key = lockout.address_key(address)
        recent = work.failures.since(kind, key, now - MINUTE)
        if len(recent) >= self.policy.handshakes_per_minute:
            left = recent[-self.policy.handshakes_per_minute] + MINUTE - now
            raise TryLater("card_handshakes", retry_after_s=max(1, round(left.total_seconds())))
        work.failures.add(kind, key, now)

    def _verdict(self, certificate: bytes | None, now: datetime, *, staff: bool) -> Card | Refused:
        if certificate is None:
            return cards.refusal("none")
        try:
            card = self._cards.judge(certificate, now, timedelta(0))
            if not staff:
                cards.check_admitted(card, self.policy.professions)
        except Refused as refused:
            return refused
        return card

    def _refused(
        self, work: Work, refused: Refused, certificate: bytes | None, address: str
    ) -> dict[str, Any]:
        reason, at = str(refused.facts.get("reason", "")), refused.facts.get("at")
        facts = {"sha256": hashlib.sha256(certificate).hexdigest()} if certificate else {}
        if claims := refused.facts.get("claims"):
            facts["claims"] = str(claims)
        event = Event(Family.LOGIN, "card.refused", Actor("account", "unknown", "", address), "", reason, facts)
        number = work.journal.append(event, self._clock.now())
        date = at.isoformat() if isinstance(at, datetime) else None
        return {"cause": refused.cause, "at": date, "reference": reference(number)}

    def _taken(self, work: Work, token: str, browser: str, now: datetime) -> TicketRow | None:
        """Use the ticket up, if it is this browser's: another one must not spoil it either."""
        digest, secret = self._secrets.hashed(token), self._secrets.hashed(browser)
        for kind in (TICKET, REFUSED):
            found = work.tickets.by_token(digest, kind, now)
            if found is not None and self._secrets.same(bytes.fromhex(str(found.facts["browser"])), secret):
                return work.tickets.take(digest, kind, now)
        return None

    def _entered(self, work: Work, ticket: TicketRow, address: str, user_agent: str) -> Entered | Fault:
        now = self._clock.now()
        card, certificate = _read(ticket.facts)
        account = _proven(work, card, certificate, now)
        actor = actor_of_account(account, address)
        if account.disabled_at is not None:
            event = Event(Family.LOGIN, "login.refused", actor, cause="disabled")
            return Refused("disabled", reference=reference(work.journal.append(event, now)))
        keep_promises(work, account, address, now)
        requester = physician(account, Means.CARD, address, user_agent=user_agent)
        opened = open_session(work, self._secrets, requester, now, self.policy.sessions)
        work.accounts.logged_in(account.id, now)
        work.journal.append(Event(Family.LOGIN, "login", actor, facts={"means": Means.CARD}), now)
        return Entered(opened, bool(ticket.facts["account"]))

    def _entered_staff(self, work: Work, ticket: TicketRow, address: str, user_agent: str) -> Entered | Fault:
        now = self._clock.now()
        card, _ = _read(ticket.facts)
        member = work.staff.by_national_id(card.national_id)
        if member is None or member.disabled_at is not None:
            actor = Actor("staff", str(member.id) if member else "unknown", card.national_id, address)
            event = Event(Family.LOGIN, "card.refused", actor, cause="no_staff")
            return Refused("card_no_staff", staff=True, reference=reference(work.journal.append(event, now)))
        actor = Actor("staff", str(member.id), member.login, address)
        requester = Requester(
            "staff", member.id, member.name, Means.STAFF_CARD, 0, address, role=member.role,
            national_id=member.national_id, user_agent=user_agent,
        )  # fmt: skip
        opened = open_session(work, self._secrets, requester, now, self.policy.sessions)
        work.journal.append(Event(Family.LOGIN, "login", actor, facts={"means": Means.STAFF_CARD}), now)
        return Entered(opened, wants_account=False)


def _proven(work: Work, card: Card, certificate: bytes, now: datetime) -> AccountRow:
    """Return the account of the holder, made or brought up to date by this card."""
    known = work.accounts.by_national_id(card.national_id)
    account = replace(
        known or stranger(card.national_id, card.organisation, now),
        given_name=card.given_name[:128],
        family_name=card.family_name[:128],
        profession=card.profession,
        proof=Proof.CARD,
        proof_until=card.until,
        proof_checked_at=now,
        proof_status=ProofStatus.GOOD,
        certificate=certificate,
        warned_days=0 if known is None or known.certificate != certificate else known.warned_days,
    )
    if known is None:
        return replace(account, id=work.accounts.add(account))
    if known.disabled_at is None:
        work.accounts.change(account)
    return account


def _written(card: Card, certificate: bytes) -> dict[str, Any]:
    told = asdict(card) | {name: getattr(card, name).isoformat() for name in _DATES}
    return {"card": told, "certificate": b64encode(certificate).decode()}


def _read(facts: Mapping[str, Any]) -> tuple[Card, bytes]:
    told = dict(facts["card"])
    told |= {name: datetime.fromisoformat(told[name]) for name in _DATES}
    return Card(**told), b64decode(facts["certificate"])


def _told(facts: Mapping[str, Any]) -> Refused:
    at = datetime.fromisoformat(facts["at"]) if facts["at"] else None
    where = {"staff": True} if facts["staff"] else {}
    return Refused(str(facts["cause"]), at=at, reference=str(facts["reference"]), **where)

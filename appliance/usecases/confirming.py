"""Proving that an address or a number is its owner's: six digits sent there, typed where they were asked for.

A ticket (kind ``email`` or ``phone``) holds what is to be confirmed and the digest of the digits. Its token stays with
the browser that asked; the digits alone open nothing.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from appliance.domain import otp
from appliance.domain.errors import Fault, Refused
from appliance.domain.identifiers import AccountId
from appliance.domain.otp import OtpLimits
from appliance.domain.sign_in import Channel
from appliance.usecases.ports import Clock, Secrets, TicketRow, UnitOfWork, Words, Work

LIFE = timedelta(minutes=10)
SENT = "confirm"
"""Kind of counted event: a confirmation sent. The limits are those of one-time codes."""
WRONG = "confirm_wrong"
"""Kind of counted failure: wrong digits, counted against their ticket."""
CHANNELS = {"email": Channel.EMAIL, "phone": Channel.SMS}


@dataclass(frozen=True, slots=True)
class Confirmation:
    """What waits for its digits."""

    kind: str
    value: str
    until: datetime


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be confirmed. ``taken``: the address is another account's; its owner is told, no digits will do."""

    account_id: AccountId
    kind: str
    value: str
    enable: bool = False
    taken: bool = False


class Confirming:
    """Sends digits and takes them, inside the transactions of others."""

    def __init__(self, database: UnitOfWork, clock: Clock, secrets: Secrets, words: Words, limits: OtpLimits) -> None:
        self._db = database
        self._clock = clock
        self._secrets = secrets
        self._words = words
        self._limits = limits

    def send(self, work: Work, wanted: Wanted) -> str:
        """Send the digits; return the token of the browser. Raise `TryLater` as `domain.otp.check_sending`."""
        now, key = self._clock.now(), f"{wanted.kind}:{wanted.account_id}"
        channel = CHANNELS[wanted.kind]
        otp.check_sending(list(work.failures.since(SENT, key, now - timedelta(days=1))), now, self._limits)
        if channel is Channel.SMS:
            today = otp.today(now)
            otp.check_sms(work.otps.sent(channel, today) + work.failures.count("confirm_sms", today), now, self._limits)
            work.failures.add("confirm_sms", "all", now)
        work.failures.add(SENT, key, now)
        token, digits = self._secrets.token(), self._secrets.digits()
        token_hash = self._secrets.hashed(token)
        facts = {
            "account": wanted.account_id,
            "value": wanted.value,
            "enable": wanted.enable,
            "digest": "" if wanted.taken else self._secrets.digits_hash(digits, token_hash).hex(),
        }
        work.tickets.add(TicketRow(token_hash, wanted.kind, facts, now + LIFE))
        minutes = round(LIFE.total_seconds() / 60)
        told = self._words.confirmation(channel, wanted.value, digits, minutes)
        work.outbox.add(self._words.address_taken(wanted.value) if wanted.taken else told, now)
        return token

    def waiting(self, work: Work, account_id: AccountId, kind: str, token: str) -> Confirmation | None:
        """Return what this browser must still confirm, or None."""
        ticket = self._ticket(work, account_id, kind, token)
        return Confirmation(kind, str(ticket.facts["value"]), ticket.until) if ticket else None

    def take(self, work: Work, account_id: AccountId, kind: str, token: str, digits: str) -> Wanted | Fault:
        """Return what is confirmed now, or why not; the caller commits before it raises."""
        ticket = self._ticket(work, account_id, kind, token)
        if ticket is None:
            return Refused("confirm_over")
        now, key = self._clock.now(), ticket.token_hash.hex()
        wrong = len(work.failures.since(WRONG, key, now - LIFE))
        digest = self._secrets.digits_hash(digits, ticket.token_hash)
        right = self._secrets.same(digest, bytes.fromhex(str(ticket.facts["digest"])))
        try:
            facts = otp.OtpFacts(ticket.until - LIFE, wrong + 1, None, None)
            otp.check(facts, right=right, now=now, limits=OtpLimits(life=LIFE, tries=self._limits.tries))
        except Refused as fault:
            work.failures.add(WRONG, key, now)
            return fault
        if work.tickets.take(ticket.token_hash, kind, now) is None:
            return Refused("confirm_over")
        return Wanted(account_id, kind, str(ticket.facts["value"]), enable=bool(ticket.facts["enable"]))

    def _ticket(self, work: Work, account_id: AccountId, kind: str, token: str) -> TicketRow | None:
        ticket = work.tickets.by_token(self._secrets.hashed(token), kind, self._clock.now()) if token else None
        return ticket if ticket is not None and ticket.facts["account"] == account_id else None

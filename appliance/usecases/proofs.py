"""The card behind an account, looked at again: at each log-in without it, and from time to time.

::

    good -> revoked: sessions end now, one-time passwords stop; a new card brings everything back
    good -> unknown: nobody can tell any more (grace over); good again as soon as somebody can

Known within a minute: `look` is run when a list of revocations changes.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from appliance.domain import cards
from appliance.domain.accounts import Proof, ProofPolicy, ProofStatus
from appliance.domain.cards import Card
from appliance.domain.errors import Refused
from appliance.domain.identifiers import AccountId
from appliance.domain.journal import Actor, Event, Family
from appliance.domain.sessions import End
from appliance.domain.sign_in import Means
from appliance.usecases.ports import AccountRow, Cards, CardWords, Clock, UnitOfWork, Work

_STEP = 200
_LONGEST = timedelta(days=2)
"""No session lives longer (`domain.sessions`)."""
_ACTOR = Actor("system", "proofs")


@dataclass(slots=True)
class Looked:
    """What a look at every card found; counts of accounts, and of sessions ended."""

    cards: int = 0
    good: int = 0
    revoked: int = 0
    unknown: int = 0
    warned: int = 0
    ended: int = 0


@dataclass(frozen=True, slots=True)
class _Verdict:
    status: ProofStatus | None
    """None when nothing new is known."""
    reason: str = ""
    card: Card | None = field(default=None)


class Proofs:
    """Whether the card of an account still holds."""

    def __init__(
        self, database: UnitOfWork, clock: Clock, judge: Cards, words: CardWords, policy: ProofPolicy
    ) -> None:
        self._db = database
        self._clock = clock
        self._cards = judge
        self._words = words
        self._policy = policy

    def renewed(self, account: AccountRow) -> AccountRow:
        """Return the account with what its stored certificate is worth now, written down."""
        if account.certificate is None or account.proof != Proof.CARD:
            return account
        verdict = self._verdict(account.certificate)
        with self._db.writing() as work:
            return self._noted(work, account, verdict, Looked())

    def renewed_within(self, work: Work, account: AccountRow) -> AccountRow:
        """Return the same within a transaction that writes."""
        if account.certificate is None or account.proof != Proof.CARD:
            return account
        return self._noted(work, account, self._verdict(account.certificate), Looked())

    def look(self) -> Looked:
        """Judge every card; end the sessions of those that are revoked, warn those whose card ends soon."""
        counts, after = Looked(), AccountId(0)
        while True:
            with self._db.reading() as work:
                step = work.accounts.proven_by_card(after, _STEP)
            if not step:
                return counts
            for account in step:
                self._looked(account, counts)
            after = step[-1].id

    def _looked(self, account: AccountRow, counts: Looked) -> None:
        counts.cards += 1
        verdict = self._verdict(account.certificate) if account.certificate is not None else _Verdict(None)
        with self._db.writing() as work:
            self._warned(work, self._noted(work, account, verdict, counts), counts)

    def _verdict(self, certificate: bytes) -> _Verdict:
        try:
            card = self._cards.judge(certificate, self._clock.now(), self._policy.grace)
        except Refused as refused:
            reason = str(refused.facts.get("reason", ""))
            if reason == "revoked":
                return _Verdict(ProofStatus.REVOKED, reason)
            silent = reason in cards.UNVERIFIED or reason == "expired"  # its end is known without anybody
            return _Verdict(None if silent else ProofStatus.UNKNOWN, reason)
        return _Verdict(ProofStatus.GOOD, "", card)

    def _noted(self, work: Work, seen: AccountRow, verdict: _Verdict, counts: Looked) -> AccountRow:
        """Write the verdict down, unless another card logged in meanwhile."""
        account = work.accounts.by_id(seen.id)
        if account is None or verdict.status is None or account.certificate != seen.certificate:
            return account or seen
        now = self._clock.now()
        noted = replace(account, proof_status=verdict.status, proof_checked_at=now)
        if verdict.card is not None:
            noted = replace(noted, proof_until=verdict.card.until)
        work.accounts.change(noted)
        counts.good += verdict.status is ProofStatus.GOOD
        counts.revoked += verdict.status is ProofStatus.REVOKED
        counts.unknown += verdict.status is ProofStatus.UNKNOWN
        if verdict.status is not ProofStatus.GOOD:
            self._end(work, noted, verdict, counts, now)
        if verdict.status != account.proof_status:
            verb = f"proof.{verdict.status}"
            event = Event(Family.LOGIN, verb, _ACTOR, str(account.id), verdict.reason)
            work.journal.append(event, now)
        return noted

    def _end(self, work: Work, account: AccountRow, verdict: _Verdict, counts: Looked, now: datetime) -> None:
        end = End.CARD_REVOKED if verdict.status is ProofStatus.REVOKED else End.CARD_UNVERIFIED
        # What Pro Santé Connect opened does not rest on the card.
        rest = [one for one in work.sessions.live(account.id, now - _LONGEST) if one.means != Means.PSC]
        for one in rest:
            work.sessions.end(one.id, now, end)
        counts.ended += len(rest)
        if rest:
            facts = {"sessions": len(rest)}
            event = Event(Family.LOGIN, "session.ended", _ACTOR, str(account.id), end, facts)
            work.journal.append(event, now)

    def _warned(self, work: Work, account: AccountRow, counts: Looked) -> None:
        now, until = self._clock.now(), account.proof_until
        if until is None or not account.email or account.email_bounced_at is not None:
            return
        due = cards.warning_due(until, account.warned_days, now)
        if not due or account.proof_status == ProofStatus.REVOKED:
            return
        message = self._words.card_ends(account.email, until, cards.days_left(until, now), due)
        work.outbox.add(message, now)
        work.accounts.change(replace(account, warned_days=due))
        work.journal.append(Event(Family.LOGIN, "proof.warned", _ACTOR, str(account.id), facts={"days": due}), now)
        counts.warned += 1

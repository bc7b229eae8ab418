"""Issue, redeem, extend, revoke: the life of a share, one transaction and one journal record each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from appliance.domain import birth_dates, lockout, names, share_codes, sharing
from appliance.domain.birth_dates import BirthDate
from appliance.domain.errors import Fault, Malformed, Refused
from appliance.domain.identifiers import AccountId, ShareId, StudyUID
from appliance.domain.jobs import Priority
from appliance.domain.journal import Actor, Event, Family
from appliance.domain.people import PatientTraits, Person
from appliance.domain.share_codes import ShareCode
from appliance.domain.sharing import (
    BlockCause,
    Share,
    SharePolicy,
    ShareState,
    Trait,
    TraitSource,
)
from appliance.domain.sign_in import Requester
from appliance.usecases.doubting import in_doubt
from appliance.usecases.ports import Clock, Holding, Page, Secrets, StudyRow, UnitOfWork, Work
from appliance.usecases.reasking import reask
from appliance.usecases.recording import pull, recorded, refuse_contradictions

CODE = "code"
CODE_ADDRESS = "code_address"
SHARE = "share"


@dataclass(frozen=True, slots=True)
class Order:
    """What to share: studies found before (index or PACS), and what the desk typed about the person.

    ``downloads`` asks for a code that lets the images be downloaded.
    """

    studies: Sequence[StudyRow]
    given_name: str = ""
    birth_date: str = ""
    days: int | None = None
    comment: str = ""
    reason: str = ""
    downloads: bool = False


@dataclass(frozen=True, slots=True)
class Issued:
    """A share just made; the code is known here and on the slip only."""

    code: ShareCode
    share: Share
    person: Person
    studies: Sequence[StudyRow]


@dataclass(frozen=True, slots=True)
class ShareView:
    """A share with whom and what it shows."""

    share: Share
    person: Person
    studies: Sequence[StudyRow]
    holders: Sequence[tuple[AccountId, datetime]] = field(default=())


class Sharing:
    """Shares and who holds them."""

    def __init__(
        self,
        database: UnitOfWork,
        clock: Clock,
        secrets: Secrets,
        policy: SharePolicy,
        limits: lockout.Limits,
    ) -> None:
        self._db = database
        self._clock = clock
        self._secrets = secrets
        self.policy = policy
        self._limits = limits

    def issue(self, order: Order, actor: Actor) -> Issued:
        """Issue a code: share, traits, journal and the jobs that pull its exams, in one transaction.

        Raises
        ------
        Malformed
            ``no_studies``, ``days``, ``comment``, ``given_name``, ``birth_date``.
        Refused
            ``two_persons``; ``given_name_needed`` or ``birth_date_needed`` when the record lacks them; ``identity``
            when an exam's identity is in doubt; ``downloads_never``.
        """
        now = self._clock.now()
        if not order.studies:
            raise Malformed("no_studies")
        if len(order.comment) > 512:
            raise Malformed("comment")
        downloads = sharing.lets_download(self.policy, asked=order.downloads)
        expires_at = sharing.expiry(now, order.days or self.policy.days, self.policy)
        code = share_codes.from_random(self._secrets.random_bytes(64))
        refuse_contradictions(self._db, order.studies, actor, now)
        with self._db.writing() as work:
            studies = recorded(work, order.studies, now)
            told = work.identities.told(studies[0].person_id)
            share = Share(
                id=ShareId(f"s{self._secrets.token()[:42]}"),  # never a leading dash: it is typed on command lines
                person_id=studies[0].person_id,
                issued_at=now,
                issued_by=actor.label or actor.id,
                not_before=now,
                expires_at=expires_at,
                comment=order.comment,
                facility=studies[0].facility,
                max_redeemers=self.policy.max_redeemers,
                downloads=downloads,
                studies=tuple(s.uid for s in studies),
                traits=_snapshot([s.traits for s in studies], told, order, now),
            )
            while work.shares.lookup_taken(self._secrets.code_lookup(code)):
                code = share_codes.from_random(self._secrets.random_bytes(64))
            work.shares.add(share, self._secrets.code_lookup(code), self._secrets.seal(code))
            for study in studies:
                pull(work, study, now)
                reask(work, study, now, Priority.ISSUED)
            person = work.people.by_id(share.person_id)
            facts = {
                "studies": list(share.studies), "desk_traits": _typed(order), "reason": order.reason,
                "downloads": downloads,
            }  # fmt: skip
            work.journal.append(Event(Family.CODE, "code.issue", actor, share.id, facts=facts), now)
        if person is None:
            raise Refused("identity")
        return Issued(code, share, person, studies)

    def redeem(self, requester: Requester, code: str, birth_date: str, given_name: str) -> ShareId:
        """Put the share into the physician's list; the same account again changes nothing.

        Raises
        ------
        Malformed
            ``code_length``, ``code_alien``, ``code_slip``, ``birth_date``, ``given_name``: none counts as a try.
        TryLater
            ``code_limit``, ``code_address``.
        Refused
            ``no_match`` (facts ``reference``, ``left``) until all three match; then the cause.
        """
        now = self._clock.now()
        parsed = share_codes.parse(code)
        born = birth_dates.parse(birth_date, now.astimezone(sharing.PARIS).date())
        given = names.typed(given_name)
        account = AccountId(requester.id)
        fault: Fault | None = None
        with self._db.writing() as work:
            self._check_limits(work, requester, now)
            share = work.shares.by_lookup(self._secrets.code_lookup(parsed))
            cause = _mismatch(share, born, given)
            if share is None or cause:
                fault = self._failed(work, requester, share, cause or "unknown", now)
            else:
                fault = self._take(work, requester, share, account, now)
        if fault is not None or share is None:
            raise fault or Refused("no_match")
        return share.id

    def holdings(self, account_id: AccountId) -> Sequence[Holding]:
        """Return the physician's list, last redeemed first."""
        with self._db.reading() as work:
            return work.shares.holdings(account_id)

    def held(self, requester: Requester, share_id: ShareId) -> ShareView:
        """Return a share of the physician's list; raise `Refused` ``not_found``, alike for foreign and unknown.

        Exams come only while the share gives access.
        """
        with self._db.reading() as work:
            if not work.shares.is_holder(share_id, AccountId(requester.id)):
                raise Refused("not_found")
            view = _view(work, share_id)
        if not sharing.gives_access(view.share, self._clock.now()):
            return replace(view, studies=())
        return view

    def held_codes(self, account_id: AccountId) -> Mapping[ShareId, ShareCode]:
        """Return the codes of the physician's own list: he typed them, so none is revealed."""
        with self._db.reading() as work:
            ids = [held.share.id for held in work.shares.holdings(account_id)]
            ciphers = {share_id: work.shares.cipher(share_id) for share_id in ids}
        return {i: ShareCode(self._secrets.unseal(sealed)) for i, sealed in ciphers.items() if sealed}

    def listed(self, page: Page, query: str = "") -> tuple[Sequence[ShareView], int]:
        """Return the shares of the hospital, newest first; a whole code finds its own."""
        with self._db.reading() as work:
            try:
                found = work.shares.by_lookup(self._secrets.code_lookup(share_codes.parse(query)))
                shares, total = ([found], 1) if found else work.shares.listed(page, query)
            except Malformed:
                shares, total = work.shares.listed(page, query)
            return [_view(work, share.id) for share in shares], total

    def shown(self, share_or_code: str) -> ShareView:
        """Return a share by its id or its code; raise `Refused` ``not_found``."""
        with self._db.reading() as work:
            return _view(work, self._identified(work, share_or_code))

    def code(self, share_id: ShareId, actor: Actor) -> ShareCode:
        """Return the code for a reprint; journaled."""
        with self._db.writing() as work:
            share = _present(work, share_id)
            if sharing.state(share, self._clock.now()) in (ShareState.EXPIRED, ShareState.REVOKED):
                raise Refused(sharing.state(share, self._clock.now()))
            code = self._secrets.unseal(work.shares.cipher(share_id))
            work.journal.append(Event(Family.CODE, "code.reveal", actor, share_id), self._clock.now())
        return ShareCode(code)

    def extend(self, share_or_code: str, days: int, actor: Actor) -> Share:
        """Give more days; raise `Refused` (see `domain.sharing.extended`)."""
        now = self._clock.now()
        with self._db.writing() as work:
            share_id = self._identified(work, share_or_code)
            until = sharing.extended(_present(work, share_id), days, now, self.policy)
            work.shares.extend(share_id, until)
            work.journal.append(Event(Family.CODE, "code.extend", actor, share_id, facts={"days": days}), now)
            return _present(work, share_id)

    def revoke(self, share_or_code: str, cause: str, actor: Actor) -> Share:
        """End it for good: live sessions are refused at their next request. Raise `Refused` ``revoked`` when it is."""
        now = self._clock.now()
        with self._db.writing() as work:
            share_id = self._identified(work, share_or_code)
            if _present(work, share_id).revoked_at is not None:
                raise Refused("revoked")
            work.shares.revoke(share_id, now, actor.label or actor.id, cause)
            work.journal.append(Event(Family.CODE, "code.revoke", actor, share_id, cause), now)
            return _present(work, share_id)

    def unblock(self, share_or_code: str, actor: Actor, *, administrator: bool) -> Share:
        """Lift a block; one for identity needs an administrator, and that nothing doubts it any more."""
        now = self._clock.now()
        with self._db.writing() as work:
            share_id = self._identified(work, share_or_code)
            share = _present(work, share_id)
            if share.blocked_at is None:
                raise Refused("not_blocked")
            if share.blocked_cause is BlockCause.IDENTITY and not administrator:
                raise Refused("administrator_needed")
            if share.blocked_cause is BlockCause.IDENTITY and in_doubt(work, share):
                raise Refused("identity")
            work.shares.unblock(share_id)
            work.failures.clear(SHARE, share_id)
            work.journal.append(Event(Family.CODE, "code.unblock", actor, share_id), now)
            return _present(work, share_id)

    def guessing(self) -> int:
        """Return how many codes failed in the last hour, over all accounts, when they are enough to be told; else 0."""
        with self._db.reading() as work:
            failed = work.failures.count(CODE, self._clock.now() - lockout.HOUR)
        return failed if failed >= self._limits.code_alarm_per_hour else 0

    # --- within ---

    def _identified(self, work: Work, share_or_code: str) -> ShareId:
        if work.shares.by_id(ShareId(share_or_code)) is not None:
            return ShareId(share_or_code)
        try:
            found = work.shares.by_lookup(self._secrets.code_lookup(share_codes.parse(share_or_code)))
        except Malformed:
            found = None
        if found is None:
            raise Refused("not_found")
        return found.id

    def _check_limits(self, work: Work, requester: Requester, now: datetime) -> None:
        lockout.check_code(
            work.failures.since(CODE, str(requester.id), now - lockout.CODE_MEMORY),
            work.failures.since(CODE_ADDRESS, lockout.address_key(requester.address), now - lockout.HOUR),
            now,
            self._limits,
        )

    def _failed(self, work: Work, requester: Requester, share: Share | None, cause: str, now: datetime) -> Refused:
        account = str(requester.id)
        work.failures.add(CODE, account, now)
        work.failures.add(CODE_ADDRESS, lockout.address_key(requester.address), now)
        if share is not None:
            work.failures.add(SHARE, share.id, now)
            tries = work.failures.since(SHARE, share.id, now - self.policy.failure_window)
            if share.blocked_at is None and sharing.should_block(tries, now, self.policy):
                work.shares.block(share.id, now, BlockCause.ATTEMPTS)
        subject = share.id if share else ""
        number = work.journal.append(Event(Family.CODE, "code.refused", actor_of(requester), subject, cause), now)
        left = lockout.code_tries_left(
            work.failures.since(CODE, account, now - lockout.CODE_MEMORY), now, self._limits
        )
        return Refused("no_match", reference=reference(number), left=left)

    def _take(self, work: Work, requester: Requester, share: Share, account: AccountId, now: datetime) -> Fault | None:
        holder = work.shares.is_holder(share.id, account)
        try:
            sharing.check_redeemable(share, holder=holder, profession=requester.profession, policy=self.policy, now=now)
        except Refused as refused:
            event = Event(Family.CODE, "code.refused", actor_of(requester), share.id, refused.cause)
            number = work.journal.append(event, now)
            return Refused(refused.cause, **{**refused.facts, "reference": reference(number)})
        if not holder:
            work.shares.redeem(share, account, now)
            work.journal.append(Event(Family.CODE, "code.redeem", actor_of(requester), share.id), now)
        return None


def actor_of(requester: Requester) -> Actor:
    """Return who acts, for the journal."""
    return Actor(requester.kind, str(requester.id), requester.national_id or requester.label, requester.address)


def reference(number: int) -> str:
    """Return what the physician reads to the desk by telephone: R and the number of the journal record."""
    return f"R{number:04d}"


def _mismatch(share: Share | None, born: BirthDate, given: tuple[str, ...]) -> str:
    """Return the cause for the journal, empty when code, date and name all match."""
    if share is None:
        return "unknown"
    birth = any(birth_dates.same(born, t.value) for t in share.traits if t.kind == "birth")
    name = any(
        names.matches(given, tuple(t.value.split(" ")), cut=t.truncated) for t in share.traits if t.kind == "given"
    )
    return "" if birth and name else "given_name" if birth else "birth_date"


def _snapshot(
    received: Sequence[PatientTraits], told: Sequence[Trait], order: Order, now: datetime
) -> tuple[Trait, ...]:
    """Return the traits that open the share: those received, those the feed told, those the desk typed (R-A, R-B)."""
    today = now.astimezone(sharing.PARIS).date()
    traits: list[Trait] = []
    for one in received:
        cut = names.may_be_cut(one.name)
        for given in names.given_lists(one.name):
            if not names.is_placeholder(given):
                traits.append(Trait("given", " ".join(given), TraitSource.PACS, cut))
        if birth_dates.usable(one.birth_date, today):
            traits.append(Trait("birth", one.birth_date, TraitSource.PACS))
    traits += [trait for trait in told if _opens(trait, today)]
    if order.given_name.strip():
        traits.append(Trait("given", " ".join(names.typed(order.given_name)), TraitSource.DESK))
    if order.birth_date.strip():
        born = birth_dates.parse(order.birth_date, today)
        traits.append(Trait("birth", born.digits(), TraitSource.DESK))
    kinds = {trait.kind for trait in traits}
    if "given" not in kinds:
        raise Refused("given_name_needed")
    if "birth" not in kinds:
        raise Refused("birth_date_needed")
    return tuple(dict.fromkeys(traits))


def _opens(trait: Trait, today: date) -> bool:
    if trait.kind == "birth":
        return birth_dates.usable(trait.value, today)
    return not names.is_placeholder(trait.value.split(" "))


def _typed(order: Order) -> list[str]:
    return [kind for kind, text in (("given", order.given_name), ("birth", order.birth_date)) if text.strip()]


def _present(work: Work, share_id: ShareId) -> Share:
    share = work.shares.by_id(share_id)
    if share is None:
        raise Refused("not_found")
    return share


def _view(work: Work, share_id: ShareId) -> ShareView:
    share = _present(work, share_id)
    person = work.people.by_id(share.person_id)
    if person is None:
        raise Refused("not_found")
    uids: list[StudyUID] = list(share.studies)
    return ShareView(share, person, work.studies.by_uids(uids), work.shares.holders(share_id))

"""Tokens for another viewer and keys of machines: made, shown once, ended; each in the journal."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from appliance.domain import access, bearers, sharing
from appliance.domain.access import KeyFacts
from appliance.domain.bearers import KEY_PREFIX, MOST_TOKENS, TOKEN_LIFE, TOKEN_PREFIX, Kind, Right
from appliance.domain.errors import Refused
from appliance.domain.identifiers import AccountId, ShareId, StudyUID
from appliance.domain.journal import Actor, Event, Family
from appliance.domain.sharing import Share
from appliance.domain.sign_in import Means, OpenSession, Requester
from appliance.usecases.ports import BearerRow, Clock, Secrets, UnitOfWork, Work
from appliance.usecases.sessions import physician
from appliance.usecases.sharing import actor_of


@dataclass(frozen=True, slots=True)
class Made:
    """A new token or key. `secret` is shown once: only its digest is kept."""

    id: int
    secret: str
    row: BearerRow


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key asked for: its name, its rights, the shares that it may read, its days (None: the usual)."""

    name: str
    rights: Iterable[str]
    shares: Sequence[ShareId] = ()
    days: int | None = None


class Bearers:
    """What opens DICOMweb without a session."""

    def __init__(self, database: UnitOfWork, clock: Clock, secrets: Secrets) -> None:
        self._db = database
        self._clock = clock
        self._secrets = secrets

    # --- tokens ---

    def issue(self, session: OpenSession, share_id: str = "", study: StudyUID | None = None) -> Made:
        """Return a token for one share that the session's physician holds; for a study, the first that opens it.

        Raises
        ------
        Refused
            ``not_found`` when no such share gives access now, foreign and unknown alike.
        """
        now, requester = self._clock.now(), session.requester
        with self._db.writing() as work:
            share = _held(work, requester, now, share_id, study)
            secret = TOKEN_PREFIX + self._secrets.token()
            row = BearerRow(
                0, Kind.TOKEN, self._secrets.hashed(secret), "", frozenset({Right.READ}), now, str(requester.id),
                min(now + TOKEN_LIFE, session.until), requester.session_id, (share.id,),
            )  # fmt: skip
            for old in work.bearers.tokens(requester.session_id, now)[: -(MOST_TOKENS - 1)]:
                work.bearers.end(old.id, now)
            number = work.bearers.add(row)
            facts = {"share": share.id, "session": requester.session_id}
            work.journal.append(Event(Family.ACCESS, "token.issue", actor_of(requester), str(number), facts=facts), now)
        return Made(number, secret, row)

    def end(self, session: OpenSession, number: int) -> None:
        """End a token of the session; raise `Refused` ``not_found``."""
        now, requester = self._clock.now(), session.requester
        with self._db.writing() as work:
            if number not in [row.id for row in work.bearers.tokens(requester.session_id, now)]:
                raise Refused("not_found")
            work.bearers.end(number, now)
            work.journal.append(Event(Family.ACCESS, "token.end", actor_of(requester), str(number)), now)

    def caller(self, token: str, address: str) -> Requester | None:
        """Return who asks with a token or a key that still holds, None when nobody does."""
        now = self._clock.now()
        with self._db.reading() as work:
            row = work.bearers.by_token(self._secrets.hashed(token))
            if row is None or row.ended_at is not None or now >= row.until:
                return None
            if row.kind is Kind.KEY:
                return Requester("key", row.id, row.name, Means.KEY, 0, address, bearer_id=row.id)
            return _of_token(work, row, address, now)

    # --- keys ---

    def add_key(self, asked: NewKey, actor: Actor) -> Made:
        """Return a new key.

        Raises
        ------
        Malformed
            ``key_name``, ``key_rights`` or ``days``.
        Refused
            ``key_exists``; ``key_shares`` when one that reads has no share, or one that does not has some;
            ``not_found`` when a share is unknown.
        """
        now, rights = self._clock.now(), bearers.rights_of(asked.rights)
        name, until = bearers.key_name(asked.name), bearers.key_until(asked.days, now)
        if (Right.READ in rights) != bool(asked.shares):
            raise Refused("key_shares")
        secret = KEY_PREFIX + self._secrets.token()
        row = BearerRow(
            0, Kind.KEY, self._secrets.hashed(secret), name, rights, now, f"{actor.kind}:{actor.label or actor.id}",
            until, None, tuple(dict.fromkeys(asked.shares)),
        )  # fmt: skip
        with self._db.writing() as work:
            if work.bearers.key(name) is not None:
                raise Refused("key_exists")
            if any(work.shares.by_id(share) is None for share in row.shares):
                raise Refused("not_found")
            number = work.bearers.add(row)
            facts = {"rights": ",".join(sorted(rights)), "shares": ",".join(row.shares)}
            work.journal.append(Event(Family.ADMIN, "key.add", actor, name, facts=facts), now)
        return Made(number, secret, row)

    def all_keys(self) -> Sequence[BearerRow]:
        """Return every key, revoked ones last."""
        with self._db.reading() as work:
            return work.bearers.all_keys()

    def revoke_key(self, name: str, actor: Actor) -> None:
        """End a key for good, at once; raise `Refused` ``key_unknown``."""
        now = self._clock.now()
        with self._db.writing() as work:
            row = work.bearers.key(name)
            if row is None:
                raise Refused("key_unknown")
            work.bearers.end(row.id, now)
            work.journal.append(Event(Family.ADMIN, "key.revoke", actor, name), now)

    def depositor(self, token: str, address: str) -> Requester | None:
        """Return the machine that may hand objects in with this key now, None for everybody else."""
        now = self._clock.now()
        with self._db.reading() as work:
            row = work.bearers.by_token(self._secrets.hashed(token))
        if row is None or row.kind is not Kind.KEY:
            return None
        facts = KeyFacts(
            row.id, row.name, Right.READ in row.rights, Right.DEPOSIT in row.rights, row.until, row.ended_at
        )
        if not access.may_deposit(access.context_of(facts), now):
            return None
        return Requester("key", row.id, row.name, Means.KEY, 0, address, bearer_id=row.id)


def _held(work: Work, requester: Requester, now: datetime, share_id: str, study: StudyUID | None) -> Share:
    """Return the share asked for, held by the requester and open now; raise `Refused` ``not_found``."""
    if requester.kind != "account":
        raise Refused("not_found")
    for held in work.shares.holdings(AccountId(requester.id)):
        mine = held.share.id == share_id if share_id else study in held.share.studies
        if mine and sharing.gives_access(held.share, now):
            return held.share
    raise Refused("not_found")


def _of_token(work: Work, row: BearerRow, address: str, now: datetime) -> Requester | None:
    session = work.sessions.by_id(row.session_id or 0)
    if session is None or session.ended_at is not None or now >= session.until or session.account_id is None:
        return None
    account = work.accounts.by_id(AccountId(session.account_id))
    if account is None or account.disabled_at is not None:
        return None
    return replace(physician(account, Means.TOKEN, address, session.id), bearer_id=row.id)

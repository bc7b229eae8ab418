"""Shares, their traits and exams, who redeemed them, and the grants they gave."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from appliance.domain.identifiers import AccountId, PersonId, ShareId, StudyUID
from appliance.domain.sharing import BlockCause, Origin, Share, Trait, TraitSource
from appliance.store.people import SqlPeople
from appliance.store.rows import contains, page_of
from appliance.store.tables import (
    past_share,
    person,
    redemption,
    share,
    share_study,
    share_trait,
    study_grant,
)
from appliance.usecases.ports import Holding, Page, PromiseRow

_FIELDS = [c for c in share.c if c.name not in {"lookup", "cipher", "revoked_by"}]


class SqlShares:
    """`appliance.usecases.ports.Shares`."""

    def __init__(self, connection: Connection) -> None:
        self._c = connection

    def add(self, row: Share, lookup: bytes, cipher: bytes) -> None:
        """Insert a share with its traits and exams."""
        values = {
            "id": row.id,
            "lookup": lookup,
            "cipher": cipher,
            "person_id": row.person_id,
            "facility": row.facility,
            "issued_by": row.issued_by,
            "issued_at": row.issued_at,
            "not_before": row.not_before,
            "expires_at": row.expires_at,
            "comment": row.comment,
            "max_redeemers": row.max_redeemers,
            "downloads": row.downloads,
        }
        self._c.execute(sa.insert(share), values)
        traits = [
            {"share_id": row.id, "kind": t.kind, "value": t.value, "source": t.source, "truncated": t.truncated}
            for t in row.traits
        ]
        if traits:
            self._c.execute(sa.insert(share_trait), traits)
        if row.studies:
            self._c.execute(sa.insert(share_study), [{"share_id": row.id, "study_uid": uid} for uid in row.studies])

    def lookup_taken(self, lookup: bytes) -> bool:
        """Whether a code was ever given out: never again, not even after purge."""
        known = (sa.select(one.c.lookup).where(one.c.lookup == lookup) for one in (share, past_share))
        return self._c.execute(sa.union_all(*known)).first() is not None

    def by_id(self, share_id: ShareId) -> Share | None:
        """Return the share, or None."""
        found = self._shares(share.c.id == share_id)
        return found[0] if found else None

    def by_lookup(self, lookup: bytes) -> Share | None:
        """Return the share of a code, or None."""
        found = self._shares(share.c.lookup == lookup)
        return found[0] if found else None

    def cipher(self, share_id: ShareId) -> bytes:
        """Return the encrypted code."""
        return bytes(self._c.execute(sa.select(share.c.cipher).where(share.c.id == share_id)).scalar_one())

    def listed(self, page: Page, query: str = "") -> tuple[Sequence[Share], int]:
        """Return shares, newest first; ``query`` looks in the patient's name, the issuer and the comment."""
        statement = sa.select(share.c.id).join(person, person.c.id == share.c.person_id)
        statement = statement.order_by(share.c.issued_at.desc(), share.c.id)
        if query:
            fields = (person.c.name, share.c.issued_by, share.c.comment)
            statement = statement.where(sa.or_(*(contains(f, query) for f in fields)))
        rows, total = page_of(self._c, statement, page)
        found = {s.id: s for s in self._shares(share.c.id.in_([row.id for row in rows]))}
        return [found[row.id] for row in rows], total

    def extend(self, share_id: ShareId, until: datetime) -> None:
        """Move the end."""
        self._set(share_id, expires_at=until)

    def revoke(self, share_id: ShareId, at: datetime, by: str, cause: str) -> None:
        """End it for good."""
        self._set(share_id, revoked_at=at, revoked_by=by, revoked_cause=cause[:256])

    def block(self, share_id: ShareId, at: datetime, cause: str) -> None:
        """Block it."""
        self._set(share_id, blocked_at=at, blocked_cause=cause)

    def unblock(self, share_id: ShareId) -> None:
        """Lift the block."""
        self._set(share_id, blocked_at=None, blocked_cause="")

    def concerned(self, person_id: PersonId, uid: StudyUID | None, after: datetime) -> Sequence[Share]:
        """Return the shares of a person, of one study where it is named, neither revoked nor ended before ``after``."""
        where = [share.c.person_id == person_id, share.c.revoked_at.is_(None), share.c.expires_at > after]
        if uid is not None:
            mine = sa.select(share_study.c.share_id).where(share_study.c.study_uid == uid)
            where = [share.c.id.in_(mine), *where[1:]]
        return self._shares(sa.and_(*where))

    def add_traits(self, share_id: ShareId, traits: Sequence[Trait]) -> None:
        """Open the share by these too; what opened it still does."""
        held = share_trait.c
        rows = self._c.execute(sa.select(held.kind, held.value).where(held.share_id == share_id)).all()
        known = {(row.kind, row.value) for row in rows}
        new = [
            {"share_id": share_id, "kind": t.kind, "value": t.value, "source": t.source, "truncated": t.truncated}
            for t in traits
            if (t.kind, t.value) not in known
        ]
        if new:
            self._c.execute(sa.insert(share_trait), new)

    def is_holder(self, share_id: ShareId, account_id: AccountId) -> bool:
        """Whether the account redeemed the share."""
        where = sa.and_(redemption.c.share_id == share_id, redemption.c.account_id == account_id)
        return self._c.execute(sa.select(redemption.c.at).where(where)).first() is not None

    def redeem(self, row: Share, account_id: AccountId, at: datetime) -> None:
        """Give the account a grant for each exam; it must not be a holder yet."""
        self._c.execute(sa.insert(redemption), {"share_id": row.id, "account_id": account_id, "at": at})
        grants = [
            {
                "account_id": account_id,
                "person_id": row.person_id,
                "study_uid": uid,
                "origin": Origin.CODE,
                "share_id": row.id,
                "rights": "view",
                "valid_from": at,
            }
            for uid in row.studies
        ]
        if grants:
            self._c.execute(sa.insert(study_grant), grants)

    def grant(self, promise: PromiseRow, account_id: AccountId, at: datetime) -> None:
        """Give the account the exam that was promised, from ``at`` until the promise's end."""
        values = {
            "account_id": account_id,
            "person_id": promise.person_id,
            "study_uid": promise.study_uid,
            "origin": promise.origin,
            "rights": "view",
            "valid_from": at,
            "valid_to": promise.valid_to,
        }
        self._c.execute(sa.insert(study_grant), values)

    def holdings(self, account_id: AccountId) -> Sequence[Holding]:
        """Return the shares of an account, last redeemed first."""
        rows = self._c.execute(
            sa.select(redemption.c.share_id, redemption.c.at)
            .where(redemption.c.account_id == account_id)
            .order_by(redemption.c.at.desc())
        ).all()
        found = {s.id: s for s in self._shares(share.c.id.in_([row.share_id for row in rows]))}
        people = SqlPeople(self._c)
        out = []
        for row in rows:
            held = found[row.share_id]
            who = people.by_id(held.person_id)
            if who is not None:
                out.append(Holding(held, who, row.at))
        return out

    def holders(self, share_id: ShareId) -> Sequence[tuple[AccountId, datetime]]:
        """Return who redeemed it, and when."""
        rows = self._c.execute(
            sa.select(redemption.c.account_id, redemption.c.at)
            .where(redemption.c.share_id == share_id)
            .order_by(redemption.c.at)
        ).all()
        return [(AccountId(r.account_id), r.at) for r in rows]

    def _set(self, share_id: ShareId, **values: Any) -> None:
        self._c.execute(sa.update(share).where(share.c.id == share_id).values(values))

    def _shares(self, where: sa.ColumnElement[bool]) -> list[Share]:
        rows = self._c.execute(sa.select(*_FIELDS).where(where)).all()
        ids = [row.id for row in rows]
        studies: dict[str, list[StudyUID]] = defaultdict(list)
        for r in self._c.execute(sa.select(share_study).where(share_study.c.share_id.in_(ids))):
            studies[r.share_id].append(StudyUID(r.study_uid))
        traits: dict[str, list[Trait]] = defaultdict(list)
        order = share_trait.c.id
        for r in self._c.execute(sa.select(share_trait).where(share_trait.c.share_id.in_(ids)).order_by(order)):
            traits[r.share_id].append(Trait(r.kind, r.value, TraitSource(r.source), r.truncated))
        counts: dict[str, int] = {
            r[0]: r[1]
            for r in self._c.execute(
                sa.select(redemption.c.share_id, sa.func.count())
                .where(redemption.c.share_id.in_(ids))
                .group_by(redemption.c.share_id)
            )
        }
        return [_share(row, tuple(studies[row.id]), tuple(traits[row.id]), counts.get(row.id, 0)) for row in rows]


def _share(row: sa.Row[Any], studies: tuple[StudyUID, ...], traits: tuple[Trait, ...], redeemers: int) -> Share:
    return Share(
        id=ShareId(row.id),
        person_id=PersonId(row.person_id),
        issued_at=row.issued_at,
        issued_by=row.issued_by,
        not_before=row.not_before,
        expires_at=row.expires_at,
        comment=row.comment,
        facility=row.facility,
        blocked_at=row.blocked_at,
        blocked_cause=BlockCause(row.blocked_cause) if row.blocked_cause else None,
        revoked_at=row.revoked_at,
        revoked_cause=row.revoked_cause,
        max_redeemers=row.max_redeemers,
        redeemers=redeemers,
        downloads=row.downloads,
        studies=studies,
        traits=traits,
    )

"""What was written about people and whose time is over (R-J)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import bindparam
from sqlalchemy.engine import Connection

from appliance.domain.forgetting import Idle
from appliance.domain.identifiers import AccountId
from appliance.domain.reports import Place
from appliance.store.tables import (
    account,
    bearer,
    bearer_share,
    bearer_view,
    document,
    document_read,
    document_study,
    note_share,
    otp,
    outbox,
    passkey,
    past_share,
    promise,
    redemption,
    session,
    session_view,
    share,
    share_study,
    share_trait,
    study_grant,
)
from appliance.usecases.ports import ForgottenReport, ForgottenShares, IdleAccount

_BEFORE: sa.BindParameter[datetime] = bindparam("before")
_END = sa.func.coalesce(share.c.revoked_at, share.c.expires_at)
_OVER = sa.select(share.c.id).where(_END <= _BEFORE).order_by(_END).limit(bindparam("most"))
_COUNTS = tuple(
    sa.select(sa.func.count()).where(one.c.share_id == share.c.id).correlate(share).scalar_subquery()
    for one in (redemption, share_study)
)
_LEFT = sa.select(
    share.c.lookup, share.c.issued_at, _END.label("ended_at"), share.c.revoked_at.is_not(None).label("revoked"),
    _COUNTS[0].label("redeemers"), _COUNTS[1].label("studies"),
)  # fmt: skip

_SET = document.alias("of_set")
_SAME = _SET.c.set_id == document.c.set_id
_LINKED = _SET.join(document_study, document_study.c.document_id == _SET.c.id)
_OF_EXAM = document_study.c.study_uid
_USED = (
    sa.exists().where(_SAME, _SET.c.at > _BEFORE),
    sa.exists()
    .select_from(_LINKED.join(share_study, share_study.c.study_uid == _OF_EXAM).join(share))
    .where(_SAME, _END > _BEFORE),
    sa.exists()
    .select_from(_LINKED.join(study_grant, study_grant.c.study_uid == _OF_EXAM))
    .where(
        _SAME,
        study_grant.c.share_id.is_(None),
        sa.or_(study_grant.c.valid_to.is_(None), study_grant.c.valid_to > _BEFORE),
    ),
    sa.exists()
    .select_from(_LINKED.join(promise, promise.c.study_uid == _OF_EXAM))
    .where(_SAME, promise.c.valid_to > _BEFORE),
)
UNUSED_REPORTS = sa.and_(document.c.place != Place.FORGOTTEN, *(~one for one in _USED))
"""A report goes whole: none of its versions came, and none of their exams was held, after ``before``."""
_LAST_REPORTS = (
    sa.select(document.c.id).where(UNUSED_REPORTS).order_by(document.c.set_id, document.c.id).limit(bindparam("most"))
)


_SEEN = sa.func.coalesce(account.c.last_login_at, account.c.created_at)
_IDLE: sa.Select[Any] = (
    sa.select(account.c.id, account.c.email, account.c.email_bounced_at, _SEEN.label("seen_at"),
              outbox.c.created, outbox.c.sent_at, outbox.c.state)
    .outerjoin(outbox, outbox.c.id == account.c.farewell)
    .where(account.c.purged_at.is_(None))
)  # fmt: skip
_ERASED: dict[str, Any] = {
    "email": "", "given_name": "", "family_name": "", "organisation": "", "phone": "", "profession": "",
    "password_hash": "", "otp_enabled": False, "proof": "", "proof_until": None, "proof_checked_at": None,
    "proof_status": "", "last_psc_at": None, "certificate": None, "email_verified_at": None,
    "email_bounced_at": None, "phone_verified_at": None, "totp_secret": "", "totp_step": 0, "warned_days": 0,
    "farewell": None,
}  # fmt: skip


class SqlForgetting:
    """`appliance.usecases.ports.Forgetting`."""

    def __init__(self, connection: Connection) -> None:
        self._c = connection

    def due(self, before: datetime) -> tuple[int, int, int]:
        """Return how many shares, grants and promises, and reports that is."""
        counted = sa.select(sa.func.count())
        direct = sa.and_(study_grant.c.share_id.is_(None), study_grant.c.valid_to <= before)
        shares = self._c.execute(counted.select_from(share).where(before >= _END)).scalar_one()
        grants = self._c.execute(counted.select_from(study_grant).where(direct)).scalar_one()
        promises = self._c.execute(counted.select_from(promise).where(promise.c.valid_to <= before)).scalar_one()
        unused = counted.select_from(document).where(UNUSED_REPORTS)
        return shares, grants + promises, self._c.execute(unused, {"before": before}).scalar_one()

    def shares(self, before: datetime, now: datetime, limit: int) -> ForgottenShares:
        """Keep of shares the hash of the code, dates and counts; what hung on them goes."""
        ids = self._c.execute(_OVER, {"before": before, "most": limit}).scalars().all()
        if not ids:
            return ForgottenShares()
        left = [row._asdict() | {"forgotten_at": now} for row in self._c.execute(_LEFT.where(share.c.id.in_(ids)))]
        self._c.execute(sa.insert(past_share), left)
        gone = {
            one.name: self._c.execute(sa.delete(one).where(one.c.share_id.in_(ids))).rowcount
            for one in (study_grant, redemption, share_study, share_trait, bearer_share, note_share)
        }
        self._c.execute(sa.delete(share).where(share.c.id.in_(ids)))
        return ForgottenShares(len(ids), gone["study_grant"], gone["redemption"])

    def grants(self, before: datetime) -> int:
        """Forget grants without a share, and promises; return how many."""
        over = sa.and_(study_grant.c.share_id.is_(None), study_grant.c.valid_to <= before)
        statements = (sa.delete(study_grant).where(over), sa.delete(promise).where(promise.c.valid_to <= before))
        return sum(self._c.execute(statement).rowcount for statement in statements)

    def reports(self, before: datetime, limit: int) -> int:
        """Hide the versions of reports that came before and whose exams nobody held since; return how many."""
        ids = self._c.execute(_LAST_REPORTS, {"before": before, "most": limit}).scalars().all()
        hidden = {"place": Place.FORGOTTEN, "wait_until": None}
        self._c.execute(sa.update(document).where(document.c.id.in_(ids)).values(hidden))
        return len(ids)

    def hidden_reports(self, limit: int) -> Sequence[ForgottenReport]:
        """Return what is hidden and still has its rows, with the objects that nobody else has."""
        gone = document.c.place == Place.FORGOTTEN
        rows = self._c.execute(sa.select(document.c.id, document.c.key, document.c.html_key).where(gone).limit(limit))
        found = rows.all()
        # Texts of the feed lie under their digest: another report may say the same.
        kept = sa.select(document.c.key).where(document.c.key.in_([row.key for row in found]), ~gone)
        shared = set(self._c.execute(kept).scalars())
        return [
            ForgottenReport(row.id, tuple(key for key in (row.key, row.html_key) if key and key not in shared))
            for row in found
        ]

    def drop_reports(self, ids: Sequence[int]) -> None:
        """Their objects are gone."""
        for one in (document_read, document_study):
            self._c.execute(sa.delete(one).where(one.c.document_id.in_(ids)))
        self._c.execute(sa.delete(document).where(document.c.id.in_(ids), document.c.place == Place.FORGOTTEN))

    def idle(self, before: datetime, after: AccountId, limit: int) -> Sequence[IdleAccount]:
        """Return accounts last used at ``before`` or earlier, by id."""
        found = _IDLE.where(before >= _SEEN, account.c.id > after).order_by(account.c.id).limit(limit)
        return [_idle(row) for row in self._c.execute(found)]

    def still_idle(self, account_id: AccountId) -> IdleAccount | None:
        """Return one of them, inside the transaction that writes."""
        row = self._c.execute(_IDLE.where(account.c.id == account_id)).first()
        return _idle(row) if row is not None else None

    def mailed(self, account_id: AccountId, message: int) -> None:
        """Remember which message of the outbox told its owner."""
        self._c.execute(sa.update(account).where(account.c.id == account_id).values(farewell=message))

    def account(self, account_id: AccountId, at: datetime) -> None:
        """Erase who it was and all that opened it; its number stays, for the journal."""
        mine = sa.select(session.c.id).where(session.c.account_id == account_id)
        tokens = sa.select(bearer.c.id).where(bearer.c.session_id.in_(mine))
        known = self._c.execute(sa.select(account.c.email, account.c.phone).where(account.c.id == account_id)).one()
        addresses = [one for one in known if one]
        statements = (
            *(sa.delete(one).where(one.c.bearer_id.in_(tokens)) for one in (bearer_view, bearer_share)),
            sa.delete(bearer).where(bearer.c.session_id.in_(mine)),
            sa.delete(session_view).where(session_view.c.session_id.in_(mine)),
            *(
                sa.delete(one).where(one.c.account_id == account_id)
                for one in (session, otp, passkey, study_grant, document_read)
            ),
            sa.delete(outbox).where(outbox.c.recipient.in_(addresses)),
        )
        for statement in statements:
            self._c.execute(statement)
        # The national number must be there and be unique: nobody has this one.
        left = _ERASED | {"national_id": f"purged:{account_id}", "disabled_at": at, "purged_at": at}
        self._c.execute(sa.update(account).where(account.c.id == account_id).values(left))


def _idle(row: sa.Row[Any]) -> IdleAccount:
    reachable = bool(row.email) and row.email_bounced_at is None
    idle = Idle(row.seen_at, reachable, row.created, row.sent_at, row.state == "dead")
    return IdleAccount(AccountId(row.id), row.email, idle)

"""Grants that no share carries: each has its own end."""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from appliance.domain.identifiers import AccountId, StudyUID
from appliance.store.tables import study_grant
from appliance.usecases.ports import PromiseRow


class SqlGrants:
    """`appliance.usecases.ports.Grants`."""

    def __init__(self, connection: Connection) -> None:
        self._c = connection

    def direct(self, account_id: AccountId, now: datetime) -> Sequence[tuple[StudyUID, datetime]]:
        """Return the studies that the account holds at ``now`` without a share, with their ends."""
        g = study_grant.c
        where = sa.and_(
            g.account_id == account_id, g.share_id.is_(None), g.valid_from <= now, g.valid_to > now
        )
        rows = self._c.execute(sa.select(g.study_uid, g.valid_to).where(where).order_by(g.id.desc()))
        return [(StudyUID(row.study_uid), row.valid_to) for row in rows]

    def end(self, promise: PromiseRow, account_id: AccountId, at: datetime) -> None:
        """End the grant that a promise became."""
        g = study_grant.c
        where = sa.and_(
            g.account_id == account_id, g.study_uid == promise.study_uid, g.share_id.is_(None),
            g.origin == promise.origin, g.valid_to == promise.valid_to,
        )  # fmt: skip
        self._c.execute(sa.update(study_grant).where(where).values(valid_to=at))

"""What physicians did on exams."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from appliance.domain.identifiers import AccountId, StudyUID
from appliance.domain.kept_work import Work, text_of, work_of
from appliance.store.tables import kept_work, study_grant

_HELD = sa.exists().where(
    study_grant.c.account_id == kept_work.c.account_id, study_grant.c.study_uid == kept_work.c.study_uid
)


class SqlKeptWork:
    """`appliance.usecases.ports.KeptWork`."""

    def __init__(self, connection: Connection) -> None:
        self._c = connection

    def of(self, account_id: AccountId, uid: StudyUID) -> Work:
        """Return it; nothing at revision 0 where there is none."""
        row = self._c.execute(sa.select(kept_work).where(_is(account_id, uid))).first()
        return work_of(row.revision, row.body) if row else Work()

    def keep(self, account_id: AccountId, uid: StudyUID, work: Work, at: datetime) -> None:
        """Put it in the place of what was there; the caller holds the lock of writing."""
        values = {"revision": work.revision, "body": text_of(work), "at": at}
        if self._c.execute(sa.update(kept_work).where(_is(account_id, uid)).values(values)).rowcount == 0:
            self._c.execute(sa.insert(kept_work), {"account_id": account_id, "study_uid": uid, **values})

    def forget_left_over(self) -> int:
        """Drop the work of who holds no grant of the exam any more; return of how many."""
        return self._c.execute(sa.delete(kept_work).where(~_HELD)).rowcount


def _is(account_id: AccountId, uid: StudyUID) -> sa.ColumnElement[bool]:
    return sa.and_(kept_work.c.account_id == account_id, kept_work.c.study_uid == uid)

"""One-time codes on their way."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from appliance.domain.identifiers import AccountId
from appliance.domain.sign_in import Channel
from appliance.store.tables import otp
from appliance.usecases.ports import OtpRow


class SqlOtps:
    """`appliance.usecases.ports.Otps`."""

    def __init__(self, connection: Connection) -> None:
        self._c = connection

    def add(self, row: OtpRow) -> int:
        """Return the id given."""
        values = {k: v for k, v in asdict(row).items() if k != "id"}
        values["channel"] = row.channel or ""
        return int(self._c.execute(sa.insert(otp).returning(otp.c.id), values).scalar_one())

    def by_pending(self, pending_hash: bytes) -> OtpRow | None:
        """Return the code that this browser waits for, or None."""
        row = self._c.execute(sa.select(otp).where(otp.c.pending_hash == pending_hash)).first()
        return _otp(row) if row else None

    def tried(self, otp_id: int) -> None:
        """Count a try, right or wrong, before it is judged."""
        self._c.execute(sa.update(otp).where(otp.c.id == otp_id).values(tries=otp.c.tries + 1))

    def used(self, otp_id: int, at: datetime) -> bool:
        """Use it up; False when it was used already."""
        where = sa.and_(otp.c.id == otp_id, otp.c.used_at.is_(None))
        return self._c.execute(sa.update(otp).where(where).values(used_at=at)).rowcount == 1

    def replace(self, account_id: AccountId, at: datetime) -> None:
        """Kill every code of the account that is still open."""
        where = sa.and_(otp.c.account_id == account_id, otp.c.used_at.is_(None), otp.c.replaced_at.is_(None))
        self._c.execute(sa.update(otp).where(where).values(replaced_at=at))

    def sends(self, account_id: AccountId, since: datetime) -> Sequence[datetime]:
        """Return when codes left by mail or SMS, oldest first: those of an authenticator are never sent."""
        where = sa.and_(otp.c.account_id == account_id, otp.c.sent_at >= since, otp.c.channel != "")
        return self._c.execute(sa.select(otp.c.sent_at).where(where).order_by(otp.c.sent_at)).scalars().all()

    def sent(self, channel: Channel, since: datetime) -> int:
        """Return how many codes left by a channel, over all accounts."""
        counted = sa.select(sa.func.count()).where(otp.c.channel == channel, otp.c.sent_at >= since)
        return int(self._c.execute(counted).scalar_one())


def _otp(row: sa.Row[Any]) -> OtpRow:
    known = dict(row._mapping)
    known["channel"] = Channel(known["channel"]) if known["channel"] else None
    return OtpRow(**known)

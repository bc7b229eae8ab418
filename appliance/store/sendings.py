"""Deposits, what of them was sent, and the commitments asked for."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import bindparam
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection

from appliance.domain.identifiers import AccountId, SopUID, StudyUID
from appliance.domain.sending import Commitment, Ending, ObjectState, Outcome, Proof
from appliance.store.instances import HIDDEN
from appliance.store.rows import contains, page_of
from appliance.store.tables import commitment, deposited, instance, sending, sent_object
from appliance.usecases.ports import DepositRow, Page, SendableRow, SendingRow, SentRow

_NOTE = {
    "sqlite": sqlite.insert(deposited).on_conflict_do_nothing(),
    "postgresql": postgresql.insert(deposited).on_conflict_do_nothing(),
}
_UNDONE: Mapping[str, Any] = {"at": sa.literal_column("excluded.at"), "proven_at": None, "proven_by": "", "proof": ""}
_AGAIN = {
    "sqlite": sqlite.insert(deposited).on_conflict_do_update(index_elements=["sop_uid"], set_=_UNDONE),
    "postgresql": postgresql.insert(deposited).on_conflict_do_update(index_elements=["sop_uid"], set_=_UNDONE),
}
_MADE_IN = "1.2.840.10008.1.2.1"
"""The transfer syntax of everything that is made here."""
_HERE = sa.and_(instance.c.sop_uid == deposited.c.sop_uid, instance.c.state.not_in(HIDDEN))
_FILE = (instance.c.sop_uid, instance.c.sop_class, instance.c.transfer_syntax, instance.c.key, instance.c.version)
_UNPROVEN = (
    sa.select(*_FILE)
    .select_from(deposited.join(instance, _HERE))
    .where(deposited.c.study_uid == bindparam("u"), deposited.c.proven_at.is_(None))
    .order_by(instance.c.series_uid, instance.c.number, instance.c.sop_uid)
)
_DEPOSITS = (
    sa.select(
        deposited.c.study_uid,
        sa.func.count().label("objects"),
        sa.func.count(deposited.c.proven_at).label("proven"),
        sa.func.max(deposited.c.at).label("deposited_at"),
        sa.func.max(sa.case((deposited.c.proven_at.is_(None), deposited.c.at))).label("unproven_at"),
        sa.func.max(deposited.c.proven_at).label("proven_at"),
    )
    .select_from(deposited.join(instance, _HERE))
    .group_by(deposited.c.study_uid)
)
_MINE = sa.and_(sent_object.c.sending_id == bindparam("s"), sent_object.c.sop_uid == bindparam("u"))
_SETTLE = (
    sa.update(sent_object)
    .where(_MINE)
    .values(state=bindparam("to"), cause=bindparam("why"), detail=bindparam("what"))
)
_SAME_VERSION = sa.exists().where(
    sent_object.c.sending_id == bindparam("s"),
    sent_object.c.sop_uid == deposited.c.sop_uid,
    instance.c.sop_uid == deposited.c.sop_uid,
    instance.c.version == sent_object.c.version,
)
_PROVE = (
    sa.update(deposited)
    .where(deposited.c.sop_uid == bindparam("u"), deposited.c.proven_at.is_(None), _SAME_VERSION)
    .values(proven_at=bindparam("when", type_=deposited.c.proven_at.type), proof=bindparam("how"),
            proven_by=sa.select(sending.c.node).where(sending.c.id == bindparam("s")).scalar_subquery())
)  # fmt: skip


class SqlSendings:
    """`appliance.usecases.ports.Sendings`."""

    def __init__(self, connection: Connection) -> None:
        self._c = connection

    def deposited(self, uid: SopUID, study_uid: StudyUID, at: datetime, *, anew: bool) -> None:
        """Note a deposit; ``anew`` when its content is another than the one that may have been proven."""
        statement = (_AGAIN if anew else _NOTE)[self._c.dialect.name]
        self._c.execute(statement, {"sop_uid": uid, "study_uid": study_uid, "at": at})

    def deposits(self, page: Page, query: str = "") -> tuple[Sequence[DepositRow], int]:
        """Return studies with deposits, the last deposited first."""
        statement = _DEPOSITS.order_by(sa.func.max(deposited.c.at).desc(), deposited.c.study_uid)
        if query:
            statement = statement.where(contains(deposited.c.study_uid, query))
        rows, total = page_of(self._c, statement, page)
        return [_deposit(row) for row in rows], total

    def deposit(self, uid: StudyUID) -> DepositRow | None:
        """Return what was deposited of a study, or None."""
        row = self._c.execute(_DEPOSITS.where(deposited.c.study_uid == uid)).first()
        return _deposit(row) if row else None

    def unproven(self, uid: StudyUID) -> Sequence[SendableRow]:
        """Return the deposited objects that are here and in no PACS that we know of."""
        return [SendableRow(**row._mapping) for row in self._c.execute(_UNPROVEN, {"u": uid})]

    def add(self, study_uid: StudyUID, node: str, objects: Sequence[SendableRow], at: datetime) -> int:
        """Return the number of a new sending."""
        return self._added({"study_uid": study_uid, "node": node, "asked_at": at}, objects, made=False)

    def add_made(
        self, study_uid: StudyUID, node: str, account: AccountId, objects: Sequence[SendableRow], at: datetime
    ) -> int:
        """Return the number of a new sending of objects that were made here: they are no instances."""
        row = {"study_uid": study_uid, "node": node, "asked_at": at, "account_id": account}
        return self._added(row, objects, made=True)

    def _added(self, row: Mapping[str, Any], objects: Sequence[SendableRow], *, made: bool) -> int:
        number = int(self._c.execute(sa.insert(sending).returning(sending.c.id), row).scalar_one())
        rows = [
            {"sending_id": number, "sop_uid": one.sop_uid, "sop_class": one.sop_class, "version": one.version,
             "state": ObjectState.WAITING, "key": one.key if made else ""}
            for one in objects
        ]  # fmt: skip
        self._c.execute(sa.insert(sent_object), rows)
        return number

    def of_account(self, account: AccountId, since: datetime) -> Sequence[SendingRow]:
        """Return what an account asked for since then, oldest first."""
        mine = sa.and_(sending.c.account_id == account, sending.c.asked_at >= since)
        return self._sendings(self._c.execute(sa.select(sending).where(mine).order_by(sending.c.id)).all())

    def last_of(self, account: AccountId, study_uid: StudyUID) -> SendingRow | None:
        """Return the newest that an account asked for of a study."""
        mine = sa.and_(sending.c.account_id == account, sending.c.study_uid == study_uid)
        row = self._c.execute(sa.select(sending).where(mine).order_by(sending.c.id.desc()).limit(1)).first()
        return self._sendings([row])[0] if row else None

    def by_id(self, sending_id: int) -> SendingRow | None:
        """Return a sending, or None."""
        row = self._c.execute(sa.select(sending).where(sending.c.id == sending_id)).first()
        return self._sendings([row])[0] if row else None

    def listed(self, page: Page, query: str = "") -> tuple[Sequence[SendingRow], int]:
        """Return sendings, newest first."""
        statement = sa.select(sending).order_by(sending.c.id.desc())
        if query:
            statement = statement.where(sa.or_(contains(sending.c.study_uid, query), contains(sending.c.node, query)))
        rows, total = page_of(self._c, statement, page)
        return self._sendings(rows), total

    def objects(self, sending_id: int, states: Sequence[ObjectState] = ()) -> Sequence[SentRow]:
        """Return objects of a sending, of all states or of some."""
        columns = (sent_object.c.sop_uid, sent_object.c.sop_class, sent_object.c.state, sent_object.c.cause,
                   sent_object.c.detail)  # fmt: skip
        statement = sa.select(*columns).where(sent_object.c.sending_id == sending_id).order_by(sent_object.c.sop_uid)
        if states:
            statement = statement.where(sent_object.c.state.in_(states))
        return [
            SentRow(SopUID(r.sop_uid), r.sop_class, ObjectState(r.state), r.cause, r.detail)
            for r in self._c.execute(statement)
        ]

    def files(self, sending_id: int) -> Sequence[SendableRow]:
        """Return what still waits to be sent and is still here, as it was when the sending was asked for.

        What was made here is what it was: only the store of objects knows whether it is still there.
        """
        same = sa.and_(
            instance.c.sop_uid == sent_object.c.sop_uid,
            instance.c.version == sent_object.c.version,
            instance.c.state.not_in(HIDDEN),
        )
        statement = (
            sa.select(*_FILE)
            .select_from(sent_object.join(instance, same))
            .where(sent_object.c.sending_id == sending_id, sent_object.c.state == ObjectState.WAITING)
            .order_by(instance.c.series_uid, instance.c.number, instance.c.sop_uid)
        )
        waiting = sa.and_(sent_object.c.sending_id == sending_id, sent_object.c.state == ObjectState.WAITING)
        columns = (sent_object.c.sop_uid, sent_object.c.sop_class, sent_object.c.key, sent_object.c.version)
        made = sa.select(*columns).where(waiting, sent_object.c.key != "").order_by(sent_object.c.sop_uid)
        return [
            *(SendableRow(**row._mapping) for row in self._c.execute(statement)),
            *(SendableRow(transfer_syntax=_MADE_IN, **row._mapping) for row in self._c.execute(made)),
        ]

    def settle(self, sending_id: int, outcomes: Sequence[Outcome]) -> None:
        """Say what became of objects."""
        rows = [
            {"s": sending_id, "u": one.sop_uid, "to": one.state, "why": one.cause[:64], "what": one.detail[:64]}
            for one in outcomes
        ]
        if rows:
            self._c.execute(_SETTLE, rows)

    def prove(self, sending_id: int, uids: Sequence[SopUID], proof: Proof, at: datetime) -> None:
        """Objects are proven, and so are the deposits that still have the version that was sent."""
        self.settle(sending_id, [Outcome(uid, ObjectState.PROVEN) for uid in uids])
        if uids:
            self._c.execute(_PROVE, [{"s": sending_id, "u": uid, "how": proof, "when": at} for uid in uids])

    def ask(self, asked: Commitment) -> None:
        """Write down a commitment before it is asked for."""
        row = {"uid": asked.uid, "sending_id": asked.sending, "objects": list(asked.objects),
               "asked_at": asked.asked_at}  # fmt: skip
        self._c.execute(sa.insert(commitment), row)

    def accepted(self, uid: str, at: datetime) -> None:
        """The node took the request."""
        self._c.execute(sa.update(commitment).where(commitment.c.uid == uid).values(accepted_at=at))

    def ended(self, uid: str, ending: Ending, at: datetime) -> None:
        """No report is waited for any more."""
        open_ = sa.and_(commitment.c.uid == uid, commitment.c.ended_at.is_(None))
        self._c.execute(sa.update(commitment).where(open_).values(ended_at=at, ending=ending))

    def commitment(self, uid: str) -> Commitment | None:
        """Return the commitment of a transaction, or None."""
        return next(iter(self._commitments(commitment.c.uid == uid)), None)

    def commitments(self, sending_id: int) -> Sequence[Commitment]:
        """Return the commitments asked for a sending, oldest first."""
        return self._commitments(commitment.c.sending_id == sending_id)

    def _commitments(self, where: sa.ColumnElement[bool]) -> Sequence[Commitment]:
        joined = commitment.join(sending, sending.c.id == commitment.c.sending_id)
        statement = sa.select(*commitment.c, sending.c.node).select_from(joined).where(where)
        return [_commitment(row) for row in self._c.execute(statement.order_by(commitment.c.asked_at))]

    def _sendings(self, rows: Sequence[Any]) -> list[SendingRow]:
        counted = (
            sa.select(sent_object.c.sending_id, sent_object.c.state, sa.func.count().label("n"))
            .where(sent_object.c.sending_id.in_([row.id for row in rows]))
            .group_by(sent_object.c.sending_id, sent_object.c.state)
        )
        counts: dict[int, dict[ObjectState, int]] = {row.id: {} for row in rows}
        for one in self._c.execute(counted):
            counts[one.sending_id][ObjectState(one.state)] = int(one.n)
        return [
            SendingRow(row.id, StudyUID(row.study_uid), row.node, row.asked_at, row.account_id, counts[row.id])
            for row in rows
        ]


def _deposit(row: Any) -> DepositRow:
    return DepositRow(
        StudyUID(row.study_uid), int(row.objects), int(row.proven), row.deposited_at, row.unproven_at, row.proven_at
    )


def _commitment(row: Any) -> Commitment:
    return Commitment(
        row.uid,
        row.sending_id,
        row.node,
        tuple(SopUID(uid) for uid in row.objects),
        row.asked_at,
        row.accepted_at,
        row.ended_at,
        Ending(row.ending) if row.ending else None,
    )

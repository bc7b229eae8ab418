"""Deposits, and sending them to a PACS."""

from collections import Counter
from collections.abc import Sequence

from aiohttp import web

from appliance.adminapi.door import Desk, page, question, segment, told, work
from appliance.contract.sendings import DepositView, FailureView, SendAsked, SendingView
from appliance.contract.wire import Slice
from appliance.domain import retention
from appliance.domain.identifiers import study_uid
from appliance.domain.jobs import Job, JobKind
from appliance.domain.journal import Actor
from appliance.domain.sending import ObjectState, Standing, standing
from appliance.usecases.ports import DepositRow, SendingRow, SentRow, Work

JOBS = {Standing.SENDING: JobKind.SEND, Standing.AWAITING: JobKind.PROVE}
routes = web.RouteTableDef()


@routes.get("/v1/deposits", allow_head=False)
async def deposits(request: web.Request) -> web.Response:
    """Studies with deposits, the last deposited first."""
    cut, query = page(request)

    def verb(desk: Desk, _: Actor) -> Slice[DepositView]:
        policy = desk.house.retention.policy
        with desk.house.database.reading() as unit:
            found, total = unit.sendings.deposits(cut, query)
        return Slice[DepositView](items=tuple(_deposit(row, policy) for row in found), total=total)

    return told(await work(request, verb))


@routes.post("/v1/sendings")
async def sent(request: web.Request) -> web.Response:
    """The unproven deposits of a study, to a node; it is not waited for."""
    asked = await question(request, SendAsked)

    def verb(desk: Desk, actor: Actor) -> SendingView:
        return _sending(desk.house.sending.send(study_uid(asked.study_uid), asked.node, actor))

    return told(await work(request, verb))


@routes.get("/v1/sendings", allow_head=False)
async def listed(request: web.Request) -> web.Response:
    """Sendings, newest first."""
    cut, query = page(request)

    def verb(desk: Desk, _: Actor) -> Slice[SendingView]:
        with desk.house.database.reading() as unit:
            found, total = unit.sendings.listed(cut, query)
            items = tuple(_sending(row, _job(unit, row)) for row in found)
        return Slice[SendingView](items=items, total=total)

    return told(await work(request, verb))


@routes.get(r"/v1/sendings/{number:\d{1,15}}", allow_head=False)
async def shown(request: web.Request) -> web.Response:
    """One sending with what failed of it."""
    number = int(segment(request, "number"))

    def verb(desk: Desk, _: Actor) -> SendingView:
        row = desk.house.sending.get(number)
        with desk.house.database.reading() as unit:
            return _sending(row, _job(unit, row), unit.sendings.objects(number, [ObjectState.FAILED]))

    return told(await work(request, verb))


def _job(unit: Work, row: SendingRow) -> Job | None:
    """Return the job of what is not over."""
    kind = JOBS.get(standing(row.counts))
    return unit.jobs.current(kind, str(row.id)) if kind else None


def _sending(row: SendingRow, job: Job | None = None, failed: Sequence[SentRow] = ()) -> SendingView:
    alike = Counter((one.cause, one.detail) for one in failed)
    return SendingView(
        id=row.id,
        study_uid=row.study_uid,
        node=row.node,
        state=standing(row.counts),
        asked_at=row.asked_at,
        waiting=row.counts.get(ObjectState.WAITING, 0),
        sent=row.counts.get(ObjectState.SENT, 0),
        proven=row.counts.get(ObjectState.PROVEN, 0),
        failed=row.counts.get(ObjectState.FAILED, 0),
        cause=job.error if job is not None else "",
        job=job.id if job is not None else None,
        job_state=job.state if job is not None else "",
        failures=tuple(FailureView(cause=why, detail=what, objects=n) for (why, what), n in alike.most_common()),
    )


def _deposit(row: DepositRow, policy: retention.RetentionPolicy) -> DepositView:
    return DepositView(
        study_uid=row.study_uid,
        objects=row.objects,
        proven=row.proven,
        deposited_at=row.deposited_at,
        proven_at=row.proven_at,
        kept_until=retention.kept_until(row.unproven_at, row.proven_at, policy),
    )

"""Identities in doubt: list, show, confirm, refuse."""

from aiohttp import web

from appliance.adminapi import views
from appliance.adminapi.door import Desk, page, question, segment, told, work
from appliance.contract.identity import DecideAsked, IdentityView
from appliance.contract.wire import Slice
from appliance.domain.journal import Actor
from appliance.usecases.identity import AlarmView

routes = web.RouteTableDef()


@routes.get("/v1/identity", allow_head=False)
async def listed(request: web.Request) -> web.Response:
    """Open alarms, oldest first; with ``whole`` every one, newest first."""
    cut, _ = page(request)
    whole = request.query.get("whole") == "1"

    def verb(desk: Desk, _: Actor) -> Slice[IdentityView]:
        found, total = desk.house.identity.listed(cut, whole=whole)
        return Slice[IdentityView](items=tuple(_view(one) for one in found), total=total)

    return told(await work(request, verb))


@routes.get(r"/v1/identity/{number:\d{1,15}}", allow_head=False)
async def shown(request: web.Request) -> web.Response:
    """One alarm."""
    number = int(segment(request, "number"))
    return told(await work(request, lambda desk, _: _view(desk.house.identity.shown(number))))


@routes.post(r"/v1/identity/{number:\d{1,15}}/{act:confirm|refuse}")
async def decided(request: web.Request) -> web.Response:
    """The end of an alarm."""
    number, act, asked = int(segment(request, "number")), segment(request, "act"), await question(request, DecideAsked)

    def verb(desk: Desk, actor: Actor) -> IdentityView:
        identity = desk.house.identity
        (identity.confirm if act == "confirm" else identity.refuse)(number, asked.reason, actor)
        return _view(identity.shown(number))

    return told(await work(request, verb))


def _view(one: AlarmView) -> IdentityView:
    alarm = one.alarm
    return IdentityView(
        id=alarm.id,
        cause=alarm.cause,
        raised_at=alarm.raised_at,
        patient=views.patient(one.person.traits),
        other=views.patient(one.other.traits) if one.other else None,
        said=views.patient(alarm.said.traits()) if alarm.said else None,
        study=alarm.study_uid or "",
        studies=tuple(views.code_study(study) for study in one.studies),
        shares=one.shares,
        source=alarm.source,
        decision=alarm.decision or "",
        decided_at=alarm.decided_at,
        decided_by=alarm.decided_by,
        reason=alarm.reason,
    )

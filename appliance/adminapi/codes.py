"""Share codes: list, show, draft, issue, reveal, extend, revoke, unblock, slip."""

import json
from typing import Literal

from aiohttp import web

from appliance.adminapi import views
from appliance.adminapi.door import Desk, page, question, segment, told, work
from appliance.contract.codes import CodeView, DraftView, ExtendAsked, IssueAsked, RevokeAsked
from appliance.contract.wire import Slice
from appliance.domain import birth_dates, names, share_codes, sharing
from appliance.domain.errors import Malformed, Refused, Unavailable
from appliance.domain.identifiers import ShareId
from appliance.domain.journal import Actor
from appliance.domain.searching import Query
from appliance.usecases.ports import StudyRow
from appliance.usecases.priors import along
from appliance.usecases.searching import Candidate, Found
from appliance.usecases.sharing import Order, ShareView

FIND_WAIT_S = 20.0
routes = web.RouteTableDef()


@routes.get("/v1/codes", allow_head=False)
async def listed(request: web.Request) -> web.Response:
    """``Slice[CodeView]``, newest first, without codes."""
    cut, query = page(request)

    def verb(desk: Desk, _: Actor) -> Slice[CodeView]:
        found, total = desk.house.sharing.listed(cut, query)
        now = desk.house.clock.now()
        return Slice[CodeView](items=tuple(views.code(one, now) for one in found), total=total)

    return told(await work(request, verb))


@routes.post("/v1/codes/show")
async def shown(request: web.Request) -> web.Response:
    """One ``CodeView`` by code or identifier; who gives the code sees it."""
    try:
        reference = str(json.loads(await request.read())["reference"])[:128]
    except (ValueError, KeyError, TypeError) as exc:
        raise Malformed("body", field="reference") from exc

    def verb(desk: Desk, _: Actor) -> CodeView:
        view = desk.house.sharing.shown(reference)
        given = None if reference == view.share.id else share_codes.normal(reference)
        return views.code(view, desk.house.clock.now(), given)

    return told(await work(request, verb))


@routes.get("/v1/codes/draft", allow_head=False)
async def drafted(request: web.Request) -> web.Response:
    """What could be shared of a patient."""
    asked = IssueAsked(patient_id=request.query.get("patient_id", ""), issuer=request.query.get("issuer", ""))

    def verb(desk: Desk, _: Actor) -> DraftView:
        candidate, found = _candidate(desk, asked)
        policy = desk.house.sharing.policy
        return DraftView(
            patient=views.patient(candidate.traits),
            studies=tuple(views.code_study(study) for study in candidate.studies),
            days=policy.days,
            max_days=policy.max_days,
            downloads=policy.downloads,
            needs=_needs(desk, candidate),
            silent_nodes=tuple(found.silent),
        )

    return told(await work(request, verb))


@routes.post("/v1/codes")
async def issued(request: web.Request) -> web.Response:
    """Issue; the answer holds the code. It does not wait for the pulls."""
    asked = await question(request, IssueAsked)

    def verb(desk: Desk, actor: Actor) -> CodeView:
        candidate, _ = _candidate(desk, asked)
        chosen = _chosen(candidate, asked.studies)
        if asked.priors:
            reported = desk.house.reports.validated([study.uid for study in candidate.studies])
            chosen = [*chosen, *along(chosen, candidate.studies, reported)]
        order = Order(
            studies=chosen,
            given_name=asked.given_name,
            birth_date=asked.birth_date,
            days=asked.days,
            comment=asked.comment,
            downloads=asked.downloads,
        )
        made = desk.house.sharing.issue(order, actor)
        view = ShareView(made.share, made.person, made.studies)
        return views.code(view, desk.house.clock.now(), made.code)

    return told(await work(request, verb))


@routes.post("/v1/codes/{share}/reveal")
async def revealed(request: web.Request) -> web.Response:
    """The share with its code; journaled by the use case."""
    reference = segment(request, "share")

    def verb(desk: Desk, actor: Actor) -> CodeView:
        view = desk.house.sharing.shown(reference)
        code = desk.house.sharing.code(ShareId(view.share.id), actor)
        return views.code(view, desk.house.clock.now(), code)

    return told(await work(request, verb))


@routes.post("/v1/codes/{share}/extend")
async def extended(request: web.Request) -> web.Response:
    """More days."""
    reference, asked = segment(request, "share"), await question(request, ExtendAsked)

    def verb(desk: Desk, actor: Actor) -> CodeView:
        days = desk.house.sharing.policy.days if asked.days is None else asked.days
        return _after(desk, desk.house.sharing.extend(reference, days, actor).id)

    return told(await work(request, verb))


@routes.post("/v1/codes/{share}/revoke")
async def revoked(request: web.Request) -> web.Response:
    """The end, for good."""
    reference, asked = segment(request, "share"), await question(request, RevokeAsked)

    def verb(desk: Desk, actor: Actor) -> CodeView:
        return _after(desk, desk.house.sharing.revoke(reference, asked.cause[:64], actor).id)

    return told(await work(request, verb))


@routes.post("/v1/codes/{share}/unblock")
async def unblocked(request: web.Request) -> web.Response:
    """No longer blocked; whoever reaches this socket is an administrator."""
    reference = segment(request, "share")

    def verb(desk: Desk, actor: Actor) -> CodeView:
        return _after(desk, desk.house.sharing.unblock(reference, actor, administrator=True).id)

    return told(await work(request, verb))


@routes.post("/v1/codes/{share}/slip")
async def slip(request: web.Request) -> web.Response:
    """The slip for the patient, PDF; reading the code for it is journaled by the use case."""
    reference = segment(request, "share")
    language: Literal["fr", "en"] = "en" if request.headers.get("Accept-Language", "").startswith("en") else "fr"

    def verb(desk: Desk, actor: Actor) -> bytes:
        from appliance.paper.composing import Letterhead, slip_pdf

        view, settings = desk.house.sharing.shown(reference), desk.settings
        code = desk.house.sharing.code(ShareId(view.share.id), actor)
        phones = tuple((phone.service, phone.number) for phone in settings.brand.phones)
        address = settings.web.public_url.rstrip("/") or f"http://{settings.web.host}:{settings.web.port}"
        return slip_pdf(view, code, Letterhead(settings.brand.name, address, phones), desk.house.clock.now(), language)

    return web.Response(body=await work(request, verb), content_type="application/pdf")


def _after(desk: Desk, share_id: ShareId) -> CodeView:
    return views.code(desk.house.sharing.shown(share_id), desk.house.clock.now())


def _candidate(desk: Desk, asked: IssueAsked) -> tuple[Candidate, Found]:
    """Return the one patient meant; raise when there is none, or more than one."""
    if not asked.patient_id:
        raise Malformed("patient_id")
    query = Query(patient_id=asked.patient_id, issuer=asked.issuer)
    found = desk.house.searching.find(query, wait_s=FIND_WAIT_S)
    fitting = [c for c in found.candidates if _is_meant(c, asked)]
    if len(fitting) > 1:
        raise Refused("several_patients", count=len(fitting))
    if fitting:
        return fitting[0], found
    if found.silent:
        raise Unavailable("pacs_silent", count=len(found.silent))
    raise Refused("patient_unknown")


def _is_meant(candidate: Candidate, asked: IssueAsked) -> bool:
    identifier = candidate.traits.identifier
    return identifier.value == asked.patient_id and asked.issuer in ("", identifier.authority)


def _chosen(candidate: Candidate, uids: tuple[str, ...]) -> list[StudyRow]:
    if not uids:
        return list(candidate.studies)
    by_uid = {str(study.uid): study for study in candidate.studies}
    missing = [uid for uid in uids if uid not in by_uid]
    if missing:
        raise Refused("study_unknown", uid=missing[0])
    return [by_uid[uid] for uid in dict.fromkeys(uids)]


def _needs(desk: Desk, candidate: Candidate) -> tuple[str, ...]:
    today = desk.house.clock.now().astimezone(sharing.PARIS).date()
    lacks_name = all(names.needs_given_name(study.traits.name) for study in candidate.studies)
    lacks_birth = not any(birth_dates.usable(s.traits.birth_date, today) for s in candidate.studies)
    return (*(("given_name",) if lacks_name else ()), *(("birth_date",) if lacks_birth else ()))

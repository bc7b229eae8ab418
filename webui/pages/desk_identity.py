"""Identities in doubt, seen by the desk: what was told against what is known, and the decision of an administrator."""

from collections.abc import Sequence
from dataclasses import dataclass

from aiohttp import web

from appliance.domain import sharing
from appliance.domain.errors import Fault, Refused
from appliance.domain.identity import CONFIRMED_ONLY, WITHDRAWN, AlarmCause
from appliance.domain.people import PatientTraits
from appliance.domain.sign_in import OpenSession
from appliance.domain.staff import Act
from appliance.usecases.identity import AlarmView
from appliance.usecases.ports import Page
from appliance.usecases.sharing import actor_of
from webui import patients
from webui.answers import page, problem, see_other, texts
from webui.executors import in_db
from webui.faults import status_of
from webui.forms import Form, form_of
from webui.i18n import Texts
from webui.keys import HOUSE
from webui.pages.guards import desk, staff
from webui.patients import ExamLine, exam_line

MOST_LISTED = 200
DONE = ("confirm", "refuse")


@dataclass(frozen=True, slots=True)
class Row:
    """One trait, as the index has it and as it was told; ``differs`` when both say something else."""

    name: str
    known: str
    told: str
    differs: bool


@dataclass(frozen=True, slots=True)
class Line:
    """An alarm as the page shows it. ``act`` is what confirming does, ``refusable`` whether there is another way."""

    id: int
    cause: str
    name: str
    raised: str
    source: str
    rows: Sequence[Row]
    exams: Sequence[ExamLine]
    shares: int
    study: str
    act: str
    refusable: bool


def routes() -> list[web.RouteDef]:
    """Return the routes of identities in doubt."""
    decides = staff(Act.UNBLOCK_IDENTITY)
    return [
        web.get("/desk/identity", desk(shown)),
        web.post("/desk/identity/{alarm}/confirm", decides(decide)),
        web.post("/desk/identity/{alarm}/refuse", decides(decide)),
    ]  # fmt: skip


async def shown(request: web.Request, _session: OpenSession) -> web.StreamResponse:
    """Show what waits for a decision."""
    return await _identities(request, None, Form({}))


async def decide(request: web.Request, session: OpenSession) -> web.StreamResponse:
    """End an alarm; what is missing is asked beside what was typed."""
    form, identity = await form_of(request), request.app[HOUSE].identity
    text, act = request.match_info["alarm"], request.path.rpartition("/")[2]
    if not (text.isascii() and text.isdigit() and len(text) < 16):
        raise Refused("not_found")
    verb = identity.confirm if act == "confirm" else identity.refuse
    try:
        await in_db(request, verb, int(text), form.text("reason", 600), actor_of(session.requester))
    except Fault as fault:
        return await _identities(request, fault, form)
    return see_other(f"/desk/identity?done={act}")


async def _identities(request: web.Request, fault: Fault | None, form: Form) -> web.Response:
    found, total = await in_db(request, request.app[HOUSE].identity.listed, Page(limit=MOST_LISTED))
    done = request.query.get("done", "")
    return await page(
        request, "desk/identity.html", status_of(fault) if fault else 200, tab="identity", form=form,
        lines=[_line(one, texts(request)) for one in found], total=total, done=done if done in DONE else "",
        tried=request.match_info.get("alarm", ""), problem=problem(request, fault) if fault else None,
    )  # fmt: skip


def _line(one: AlarmView, t: Texts) -> Line:
    alarm, raised = one.alarm, one.alarm.raised_at.astimezone(sharing.PARIS)
    told = one.other.traits if one.other else alarm.said.traits() if alarm.said else None
    if told is None and alarm.study_uid is not None:
        told = next((s.traits for s in one.studies if s.uid == alarm.study_uid), None)
    return Line(
        id=alarm.id,
        cause=alarm.cause,
        name=patients.name_of(one.person.traits),
        raised=f"{raised:%d/%m/%Y %H:%M}",
        source=alarm.source,
        rows=_rows(one.person.traits, told, t),
        exams=[exam_line(study, t) for study in one.studies],
        shares=one.shares,
        study=alarm.study_uid or "",
        act="split" if alarm.cause is AlarmCause.UNLINKED else "withdraw" if alarm.cause in WITHDRAWN else "take",
        refusable=alarm.cause not in CONFIRMED_ONLY,
    )


def _rows(known: PatientTraits, told: PatientTraits | None, t: Texts) -> list[Row]:
    """Return the traits side by side; what is not told is not shown as told."""

    def row(name: str, mine: str, theirs: str) -> Row:
        return Row(t(name), mine or "–", theirs or "–", bool(mine and theirs and mine != theirs))

    one, other = _texts(known, t), _texts(told, t) if told else ("",) * 4
    names = ("codes.c.name", "codes.f.birth", "codes.f.sex", "desk.ipp")
    return [row(*three) for three in zip(names, one, other, strict=True)]


def _texts(traits: PatientTraits, t: Texts) -> tuple[str, str, str, str]:
    number = traits.identifier
    ipp = f"{number.value} ({number.authority})" if number.authority else number.value
    name = patients.name_of(traits) if traits.name else ""
    return name, patients.born(traits), patients.sex_word(traits.sex, t), ipp

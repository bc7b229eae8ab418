"""One code of the physician: the patient and the exams, each with its state in words."""

from aiohttp import web

from appliance.domain import sharing
from appliance.domain.errors import Refused
from appliance.domain.identifiers import AccountId, ShareId
from appliance.domain.sharing import BlockCause, Share, ShareState
from appliance.domain.sign_in import OpenSession
from appliance.usecases.ports import StudyRow
from webui.answers import page, problem, texts
from webui.executors import in_db
from webui.faults import Problem
from webui.hidden import Hidden, hidden_of
from webui.keys import HOUSE
from webui.middlewares.session import session_token
from webui.pages.code_lines import line_of
from webui.pages.guards import physician
from webui.patients import exam_line

ADDED = {"new": "detail.added", "again": "codes.already"}


def routes() -> list[web.RouteDef]:
    """Return the route of a code."""
    return [web.get("/codes/{share_id}", physician(shown))]


async def shown(request: web.Request, session: OpenSession) -> web.StreamResponse:
    """Show the patient and the exams of a code; foreign and unknown look the same."""
    house, t = request.app[HOUSE], texts(request)
    share_id = ShareId(request.match_info["share_id"][:128])
    view = await in_db(request, house.sharing.held, session.requester, share_id)
    codes = await in_db(request, house.sharing.held_codes, AccountId(session.requester.id))
    now = house.clock.now()
    line = line_of(view.share, view.person, codes.get(share_id, ""), now, t)
    open_ = sharing.gives_access(view.share, now)
    digest, uids = house.secrets.hashed(session_token(request)), [study.uid for study in view.studies]
    marks = await in_db(request, house.reports.marks, session.requester, digest, uids if open_ else [])
    kept_back = await in_db(request, house.exams.embargoed, uids)
    awaited = await in_db(request, house.reports.awaited, uids if open_ else [])
    exams = [exam_line(s, t, marks.get(s.uid, s.uid in awaited), embargoed=s.uid in kept_back) for s in view.studies]
    exams.sort(key=lambda exam: not (exam.report.important and exam.report.unread))
    opening = {exam.uid for exam in exams if exam.opens}
    hidden = {
        study.uid: found for study in view.studies if study.uid in opening
        and (found := await _hidden(request, study)) is not None
    }
    return await page(
        request, "code.html", tab="codes", line=line, exams=exams, hidden=hidden,
        closed=None if open_ else _closed(request, view.share, line.state),
        added=ADDED.get(request.query.get("added", ""), ""),
    )  # fmt: skip


async def _hidden(request: web.Request, study: StudyRow) -> Hidden | None:
    """Return what the exam holds and cannot be shown, None when there is nothing of the kind."""
    exams = request.app[HOUSE].exams
    reports = await in_db(request, exams.unreadable, study.uid)
    if not study.undisplayable and not reports:
        return None
    series, rows = await in_db(request, exams.series, study.uid), await in_db(request, exams.instances, study.uid)
    return hidden_of(series, [*rows, *reports], texts(request))


def _closed(request: web.Request, share: Share, state: ShareState) -> Problem:
    """Return why nothing opens: the holder is told the cause (R-D)."""
    if share.blocked_cause is BlockCause.IDENTITY:
        return problem(request, Refused("identity_alarm"))
    at = {
        ShareState.EXPIRED: share.expires_at, ShareState.REVOKED: share.revoked_at,
        ShareState.NOT_YET_VALID: share.not_before,
    }.get(state, share.blocked_at)  # fmt: skip
    return problem(request, Refused(state, at=at))

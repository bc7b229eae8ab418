"""The physician's list of share codes: search, filter, sort, add; and where the QR of a slip leads."""

from collections.abc import Sequence
from dataclasses import dataclass

from aiohttp import web

from appliance.domain.errors import Fault
from appliance.domain.identifiers import AccountId
from appliance.domain.sharing import PARIS, ShareState
from appliance.domain.sign_in import OpenSession
from appliance.usecases.emergency import Held
from webui import patients
from webui.answers import page, problem, see_other, tell_when, texts
from webui.executors import in_db
from webui.faults import Problem, status_of
from webui.forms import form_of
from webui.i18n import Texts
from webui.keys import HOUSE
from webui.middlewares.session import session_token
from webui.pages.code_lines import columns, lines, notes_with, search_in, search_of, sorted_lines
from webui.pages.guards import physician
from webui.patients import ExamLine, exam_line


@dataclass(frozen=True, slots=True)
class Add:
    """The dialog that adds a code: open or not, with what was typed and what went wrong."""

    open: bool = False
    code: str = ""
    birth_date: str = ""
    given_name: str = ""
    problem: Problem | None = None


@dataclass(frozen=True, slots=True)
class Direct:
    """A patient whose exams were given without a code."""

    name: str
    about: str
    until: str
    exams: Sequence[ExamLine]


def routes() -> list[web.RouteDef]:
    """Return the routes of the list."""
    return [
        web.get("/codes", physician(listed)), web.post("/codes", physician(add)),
        web.post("/codes/search", physician(search)), web.get("/c", carried),
    ]  # fmt: skip


async def listed(request: web.Request, session: OpenSession) -> web.StreamResponse:
    """Show the list."""
    return await _list(request, session, Add(open="add" in request.query), 200)


async def search(request: web.Request, session: OpenSession) -> web.StreamResponse:
    """Keep the search with the session and show the list: no trait of a patient in an address."""
    kept = notes_with(session.notes, search_of(await form_of(request)))
    await in_db(request, request.app[HOUSE].sign_in.note, session.requester.session_id, kept)
    return see_other("/codes")


async def add(request: web.Request, session: OpenSession) -> web.StreamResponse:
    """Put a code into the list and show its exams; on refusal say so beside what was typed."""
    form = await form_of(request)
    code, birth_date = form.text("code", 64), form.text("birth_date", 32)
    given_name = form.text("given_name", 128)
    sharing = request.app[HOUSE].sharing
    held = {one.share.id for one in await in_db(request, sharing.holdings, AccountId(session.requester.id))}
    try:
        share_id = await in_db(request, sharing.redeem, session.requester, code, birth_date, given_name)
    except Fault as fault:
        refused = Add(True, code, birth_date, given_name, problem(request, fault))
        return tell_when(await _list(request, session, refused, status_of(fault)), fault)
    return see_other(f"/codes/{share_id}?added={'again' if share_id in held else 'new'}")


async def carried(request: web.Request) -> web.StreamResponse:
    """Take the code from the fragment of the address: it never reaches the server."""
    return await page(request, "c.html")


async def _list(request: web.Request, session: OpenSession, add: Add, status: int) -> web.Response:
    house, t = request.app[HOUSE], texts(request)
    account = AccountId(session.requester.id)
    held = await in_db(request, house.sharing.holdings, account)
    codes = await in_db(request, house.sharing.held_codes, account)
    wanted = search_in(session.notes)
    sort, descending = request.query.get("sort", ""), request.query.get("dir") == "desc"
    found = sorted_lines(lines(held, codes, wanted, house.clock.now(), t), sort, descending=descending)
    given = await in_db(request, house.emergency.held, account)
    digest = house.secrets.hashed(session_token(request))
    exams = [uid for one in held for uid in one.share.studies] + [s.uid for one in given for s in one.studies]
    calling = await in_db(request, house.reports.calling, session.requester, digest, exams)
    changed = frozenset(one.share.id for one in held if calling.intersection(one.share.studies))
    if not sort:
        found.sort(key=lambda line: line.share_id not in changed)
    direct = [_direct(one, t) for one in given]
    return await page(
        request, "codes.html", status, tab="codes", direct=direct, any_code=bool(held), search=wanted, lines=found,
        valid_count=sum(line.state is ShareState.VALID for line in found), add=add,
        columns=columns(sort, descending=descending), changed=changed, calling=calling,
        facilities=sorted({one.share.facility for one in held if one.share.facility}),
    )  # fmt: skip


def _direct(held: Held, t: Texts) -> Direct:
    traits, until = held.person.traits, held.until.astimezone(PARIS)
    about = ", ".join(filter(None, (patients.sex_word(traits.sex, t), patients.born(traits))))
    exams = [exam_line(study, t) for study in held.studies]
    return Direct(patients.name_of(traits), about, f"{until:%d/%m/%Y %H:%M}", exams)

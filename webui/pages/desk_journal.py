"""The access journal, read by an auditor: listed, filtered, taken away as a table. Nothing here changes a record."""

import csv
import io
import json
from collections.abc import Sequence
from dataclasses import dataclass

from aiohttp import web

from appliance.domain import sharing
from appliance.domain.journal import Event, Family, Record
from appliance.domain.sign_in import OpenSession
from appliance.domain.staff import Act
from appliance.usecases.ports import Page
from appliance.usecases.sharing import actor_of
from webui.answers import page
from webui.executors import in_db
from webui.forms import Form, form_of
from webui.keys import HOUSE
from webui.pages.guards import staff

LINES = 100
MOST_EXPORTED = 20_000
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
COLUMNS = ("number", "at", "family", "verb", "actor", "subject", "cause", "address", "facts")


@dataclass(frozen=True, slots=True)
class Line:
    """A record as one line."""

    number: int
    at: str
    family: str
    verb: str
    actor: str
    subject: str
    cause: str
    address: str
    facts: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the auditor looks for, posted: an identifier stands in no address."""

    query: str = ""
    family: str = ""
    start: int = 0


def routes() -> list[web.RouteDef]:
    """Return the routes of the journal."""
    behind = staff(Act.READ_JOURNAL)
    return [
        web.get("/desk/journal", behind(shown)), web.post("/desk/journal", behind(searched)),
        web.post("/desk/journal/csv", behind(exported)),
    ]  # fmt: skip


async def shown(request: web.Request, session: OpenSession) -> web.StreamResponse:
    """Show the last records."""
    return await _journal(request, session, Wanted())


async def searched(request: web.Request, session: OpenSession) -> web.StreamResponse:
    """Show the records that match."""
    return await _journal(request, session, _wanted(await form_of(request)))


async def exported(request: web.Request, session: OpenSession) -> web.StreamResponse:
    """Return the records that match as a table; taking them away is journaled first."""
    wanted, house = _wanted(await form_of(request)), request.app[HOUSE]
    facts = {"family": wanted.family, "query": wanted.query}
    event = Event(Family.ADMIN, "journal.export", actor_of(session.requester), facts=facts)
    await in_db(request, house.journal.record, event)
    records, _ = await in_db(request, house.journal.listed, Page(limit=MOST_EXPORTED), wanted.query, wanted.family)
    headers = {"Content-Disposition": 'attachment; filename="journal.csv"'}
    body = await in_db(request, table, [line_of(record) for record in records])
    return web.Response(body=body, content_type="text/csv", charset="utf-8", headers=headers)


def table(lines: Sequence[Line]) -> bytes:
    """Return a CSV that a spreadsheet opens and never obeys: cells that could be formulas begin with an apostrophe."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";", quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    writer.writerows([harmless(str(getattr(line, name))) for name in COLUMNS] for line in lines)
    return text.getvalue().encode("utf-8-sig")


def harmless(cell: str) -> str:
    """Return the text with an apostrophe before what a spreadsheet would compute (OWASP, CSV injection)."""
    bare = cell.lstrip(" \u00a0\u200b\ufeff")
    return f"'{cell}" if bare.startswith(FORMULA) or cell.startswith(FORMULA) else cell


def line_of(record: Record) -> Line:
    """Return the record as one line; the hour is that of Paris."""
    event, actor = record.event, record.event.actor
    who = f"{actor.kind}:{actor.id}" + (f" ({actor.label})" if actor.label else "")
    facts = json.dumps(dict(event.facts), ensure_ascii=False, sort_keys=True, default=str) if event.facts else ""
    at = f"{record.at.astimezone(sharing.PARIS):%d/%m/%Y %H:%M:%S}"
    return Line(record.number, at, event.family, event.verb, who, event.subject, event.cause, actor.address, facts)


def _wanted(form: Form) -> Wanted:
    family, start = form.text("family", 16), form.text("start", 9)
    return Wanted(
        form.text("query", 128), family if family in tuple(Family) else "",
        int(start) if start.isascii() and start.isdigit() else 0,
    )  # fmt: skip


async def _journal(request: web.Request, session: OpenSession, wanted: Wanted) -> web.Response:
    house = request.app[HOUSE]
    cut = Page(wanted.start, LINES)
    records, total = await in_db(request, house.journal.listed, cut, wanted.query, wanted.family)
    if not wanted.start:
        facts = {"family": wanted.family, "query": wanted.query}
        event = Event(Family.ADMIN, "journal.read", actor_of(session.requester), facts=facts)
        await in_db(request, house.journal.record, event)
    return await page(
        request, "desk/journal.html", tab="journal", lines=[line_of(record) for record in records],
        total=total, wanted=wanted, families=list(Family), after=wanted.start + LINES,
        before=max(0, wanted.start - LINES),
    )  # fmt: skip

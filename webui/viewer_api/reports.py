"""Reports for the viewer: the list of versions of an exam, and one version as the worker made it readable."""

from collections.abc import Sequence
from typing import Any

from aiohttp import web

from appliance.domain.errors import Refused
from appliance.usecases.ports import DocumentRow
from appliance.usecases.reports import ReportLine
from webui.dicomweb.access import Door, session_of, token_of
from webui.dicomweb.answers import NO_STORE
from webui.executors import in_db
from webui.keys import HOUSE

Json = dict[str, Any]

FRAGMENT_POLICY = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox"
"""The page takes the fragment apart itself; whoever opens its address gets words that do nothing."""
PDF_POLICY = "default-src 'none'; object-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
"""Without `sandbox`, under which browsers refuse to start their own viewer; nothing of the portal may load."""


class Reports:
    """What is read, not drawn."""

    def __init__(self, door: Door) -> None:
        self._door = door

    async def content(self, request: web.Request) -> web.StreamResponse:
        """Return a version: a fragment of our own HTML, or a PDF. Its reading is journaled before the first byte."""
        study = await self._door.study(request)
        session, house = await session_of(request), request.app[HOUSE]
        digest = house.secrets.hashed(token_of(request))
        row = await in_db(request, house.reports.read, session.requester, digest, study, _number(request))
        if not row.html_key:
            raise Refused("not_found")
        body = await in_db(request, house.objects.read, row.html_key)
        if _shown(row) == "pdf":
            headers = {"Content-Security-Policy": PDF_POLICY, "Content-Disposition": f'inline; filename="{_name(row)}"'}
            return web.Response(body=body, content_type="application/pdf", headers={**NO_STORE, **headers})
        headers = {"Content-Security-Policy": FRAGMENT_POLICY}
        return web.Response(body=body, content_type="text/html", charset="utf-8", headers={**NO_STORE, **headers})


def reports_json(lines: Sequence[ReportLine], *, awaited: bool) -> Json:
    """Return the state of the newest report and every version that may be seen.

    Without any, the state is ``awaited`` when one waits for its validation, else ``none``.
    """
    state = str(lines[0].row.state) if lines else "awaited" if awaited else "none"
    return {"state": state, "reports": [_line(line) for line in lines]}


def _line(line: ReportLine) -> Json:
    row = line.row
    return {
        "id": row.id, "version": row.version, "state": str(row.state),
        "at": (row.stated_at or row.sequence_at).isoformat(), "title": row.title, "author": row.author,
        "facility": row.author_facility, "important": row.important, "opened": line.opened, "shown": _shown(row),
        "reason": row.reason, "older": [_line(one) for one in line.older],
        "addenda": [_line(one) for one in line.addenda],
    }  # fmt: skip


def _shown(row: DocumentRow) -> str:
    """Return how a version is shown: ``html``, ``pdf``, ``waiting`` for the worker, ``refused``, ``none`` to read."""
    if row.html_key:
        return "pdf" if row.html_key.endswith(".pdf") else "html"
    if not row.key:
        return "none"
    return "refused" if row.reason else "waiting"


def _name(row: DocumentRow) -> str:
    """Return the name under which the file may be kept: nothing of the patient."""
    return f"compte-rendu-{row.stated_at or row.sequence_at:%Y-%m-%d}-v{row.version}.pdf"


def _number(request: web.Request) -> int:
    text = request.match_info["document"]
    if not text.isdecimal() or len(text) > 15:
        raise Refused("not_found")
    return int(text)

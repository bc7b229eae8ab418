"""Notes of the exam: those that the reader may see, his own to be edited; as a text file too."""

from typing import Any

from aiohttp import web

from appliance.domain.errors import Malformed, Refused
from appliance.domain.notes import MOST_CHARACTERS, Draft, Note, draft_of
from appliance.domain.sharing import PARIS
from appliance.domain.sign_in import OpenSession
from webui.answers import texts
from webui.dicomweb.access import Door, session_of, token_of
from webui.dicomweb.answers import NO_STORE
from webui.executors import in_db
from webui.i18n import Texts
from webui.keys import HOUSE
from webui.viewer_api.bodies import json_body

_BODY_BYTES = 6 * MOST_CHARACTERS + 1024


class Notes:
    """Notes of physicians. Only sessions: a token for another viewer neither reads nor writes them."""

    def __init__(self, door: Door) -> None:
        self._door = door

    async def listed(self, request: web.Request) -> web.StreamResponse:
        """Return the notes that the reader may see."""
        session, study = await session_of(request), await self._door.study(request)
        house = request.app[HOUSE]
        digest = house.secrets.hashed(token_of(request))
        found = await in_db(request, house.notes.of_study, session.requester, digest, study)
        return web.json_response({"notes": [_note(one, session) for one in found]}, headers=NO_STORE)

    async def file(self, request: web.Request) -> web.StreamResponse:
        """Return the same as a text file to keep, journaled; nothing of the patient in its name."""
        session, study = await session_of(request), await self._door.study(request)
        house, t = request.app[HOUSE], texts(request)
        digest = house.secrets.hashed(token_of(request))
        found = await in_db(request, house.notes.export, session.requester, digest, study)
        body = "\r\n\r\n".join(_words(one, t) for one in found) + "\r\n"
        headers = {"Content-Disposition": 'attachment; filename="notes.txt"'}
        return web.Response(
            body=body.encode("utf-8-sig"), content_type="text/plain", charset="utf-8", headers={**NO_STORE, **headers}
        )

    async def written(self, request: web.Request) -> web.StreamResponse:
        """Keep a new note (``text``, ``scope``)."""
        session, study = await session_of(request), await self._door.study(request)
        house, draft = request.app[HOUSE], await _draft(request)
        digest = house.secrets.hashed(token_of(request))
        made = await in_db(request, house.notes.write, session.requester, digest, study, draft)
        return web.json_response(_note(made, session), status=201, headers=NO_STORE)

    async def edited(self, request: web.Request) -> web.StreamResponse:
        """Put another text or scope in the place of those of one's own note; the former version stays on file."""
        session, study = await session_of(request), await self._door.study(request)
        house, draft = request.app[HOUSE], await _draft(request)
        digest = house.secrets.hashed(token_of(request))
        note = await in_db(request, house.notes.own, session.requester, study, _number(request))
        made = await in_db(request, house.notes.edit, session.requester, digest, note, draft)
        return web.json_response(_note(made, session), headers=NO_STORE)

    async def deleted(self, request: web.Request) -> web.StreamResponse:
        """Delete one's own note."""
        session, study = await session_of(request), await self._door.study(request)
        house = request.app[HOUSE]
        digest = house.secrets.hashed(token_of(request))
        note = await in_db(request, house.notes.own, session.requester, study, _number(request))
        await in_db(request, house.notes.delete, session.requester, digest, note)
        return web.Response(status=204, headers=NO_STORE)


async def _draft(request: web.Request) -> Draft:
    told = await json_body(request, _BODY_BYTES)
    if not isinstance(told, dict) or set(told) != {"text", "scope"}:
        raise Malformed("note_text")
    text, scope = told["text"], told["scope"]
    if not isinstance(text, str) or not isinstance(scope, str):
        raise Malformed("note_text")
    return draft_of(text, scope)


def _note(note: Note, session: OpenSession) -> dict[str, Any]:
    return {
        "id": note.id, "author": note.author, "own": note.author_id == session.requester.id,
        "scope": str(note.scope), "text": note.text, "written_at": note.written_at.isoformat(),
        "edited_at": note.edited_at.isoformat() if note.edited_at else None, "version": note.version,
    }  # fmt: skip


def _words(note: Note, t: Texts) -> str:
    at = (note.edited_at or note.written_at).astimezone(PARIS)
    text = note.text.replace("\n", "\r\n")
    return f"{at:%d/%m/%Y %H:%M}, {note.author}, {t(f'note.{note.scope}')}\r\n{text}"


def _number(request: web.Request) -> int:
    text = request.match_info["note"]
    if not text.isascii() or not text.isdecimal() or len(text) > 15:
        raise Refused("not_found")
    return int(text)

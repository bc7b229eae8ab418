"""An exam as files for another program: a ZIP with a DICOMDIR (PS3.10 8), made while it travels.

Nothing is compressed: most images are already. The method is still « deflate », in blocks as they are: what reads a
ZIP from its start cannot tell where a stored member ends when its size comes behind it.
"""

import logging
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from typing import IO, cast
from zipfile import ZIP_DEFLATED, ZipFile

from aiohttp import web

from appliance.dicom.dicomdir import Directory
from appliance.dicom.identity import Leaving
from appliance.dicom.made_documents import Made
from appliance.domain.errors import Fault, Malformed, Refused
from appliance.domain.sharing import PARIS
from appliance.domain.sign_in import Requester
from appliance.usecases.exporting import Files
from appliance.usecases.ports import InstanceRow, Objects
from webui.dicomweb.access import caller_of, named, token_of
from webui.dicomweb.answers import NO_STORE, following
from webui.executors import in_db
from webui.i18n import LANGUAGES, Texts
from webui.keys import BRAND, CATALOGUES, HOUSE
from webui.measures import documents
from webui.middlewares.origins import address
from webui.patients import name_of

LOG = logging.getLogger("negatoscope.web")
FOLDER = "DICOM"
_LARGE_BYTES = 2_000_000_000
"""Beyond this a member needs the larger fields of ZIP64 in front of it; for the others every reader is good enough."""


async def told(request: web.Request) -> web.StreamResponse:
    """Say how much a download would be, or why there is none.

    ``objects`` and their ``bytes``; ``marks`` and ``keys`` of whoever asks, which may leave with them.
    """
    house, study = request.app[HOUSE], named(request.match_info).study
    caller = await caller_of(request)
    files = await in_db(request, house.exporting.files, caller, house.secrets.hashed(token_of(request)), study)
    marks, keys = (0, 0)
    if caller.kind == "account":
        marks, keys = await in_db(request, house.measures.counted, caller, study)
    said = {"objects": len(files.rows), "bytes": files.size_bytes, "marks": marks, "keys": keys}
    return web.json_response(said, headers=NO_STORE)


async def given(request: web.Request) -> web.StreamResponse:
    """Stream the exam to the page that asks for it with the token of its forms.

    With ``?measures=1`` the measures and key images of whoever asks are in it, as documents of the exam.
    """
    caller = await caller_of(request)
    measures = caller.kind == "account" and request.query.get("measures") == "1"
    return await _streamed(request, token_of(request), caller, measures=measures)


async def given_to_viewer(request: web.Request) -> web.StreamResponse:
    """Stream the exam to a viewer that is only handed an address: the token of one share is part of it.

    OsiriX and Horos send no header. The token lives half an hour and opens nothing but that share.
    """
    token = request.match_info["token"]
    house = request.app[HOUSE]
    caller = await in_db(request, house.bearers.caller, token, address(request))
    if caller is None:
        raise Refused("session", end="none")
    return await _streamed(request, token, caller, measures=False)


async def _streamed(request: web.Request, token: str, caller: Requester, *, measures: bool) -> web.StreamResponse:
    house, study = request.app[HOUSE], named(request.match_info).study
    digest, own = house.secrets.hashed(token), list[Made]()
    if measures:
        exam = (await in_db(request, house.exporting.files, caller, digest, study)).study
        own = list((await in_db(request, documents, request, caller, exam)).made)
    files = await in_db(request, house.exporting.taken, caller, digest, study, len(own))
    day = f"{files.study.date:%Y%m%d}" if files.study.date else "0"
    response = web.StreamResponse(
        headers={
            **NO_STORE,
            "Content-Type": "application/zip",
            "Content-Disposition": f'attachment; filename="DICOM-{day}.zip"',
        }
    )  # nothing of the patient in a name
    pieces = archive(house.objects, files, _readme(request, files), own)
    # Who closes the tab half way ends the answer, and nothing else.
    with suppress(ConnectionError):
        await response.prepare(request)
        try:
            while (piece := await following(pieces)) is not None:
                await response.write(piece)
        except Fault as fault:
            LOG.error("download broken off", extra={"cause": fault.cause})
            if request.transport is not None:
                request.transport.abort()  # an end would make a whole file of half an exam
            return response
        await response.write_eof()
    return response


class Sink:
    """Where the ZIP is written, a piece at a time."""

    def __init__(self) -> None:
        self._held: list[bytes] = []

    def write(self, data: bytes) -> int:
        """Hold the data until they are taken."""
        self._held.append(bytes(data))
        return len(data)

    def flush(self) -> None:
        """Nothing is behind this."""

    def taken(self) -> bytes:
        """Return what was written since."""
        held, self._held = b"".join(self._held), []
        return held


def archive(objects: Objects, files: Files, words: bytes, own: Sequence[Made] = ()) -> Iterator[bytes]:
    """Yield the ZIP in pieces; ``own`` are documents made for whoever takes it.

    An object whose header cannot be read, or not be written under the identity that is current, is left out.

    Raises
    ------
    Unavailable
        ``object_missing``, ``storage``: what came before is no whole exam.
    """
    sink, directory = Sink(), Directory()

    def member(name: str, pieces: Iterable[bytes], size_bytes: int = 0) -> Iterator[bytes]:
        # By its name alone: only so does a member get the level of the whole. Its date is the format's first day.
        with packed.open(name, "w", force_zip64=size_bytes > _LARGE_BYTES) as opened:
            for piece in pieces:
                opened.write(piece)
                yield sink.taken()

    with ZipFile(cast(IO[bytes], sink), "w", ZIP_DEFLATED, compresslevel=0) as packed:
        yield from member("README.TXT", [words])
        for file_id, row in named_files(files.rows):
            with objects.local(row.key) as path:
                try:
                    leaving = Leaving(path, files.study.traits)
                    directory.add(leaving.header, file_id)
                except Malformed as fault:
                    LOG.warning("object left out of a download", extra={"uid": row.sop_uid, "cause": fault.cause})
                    continue
                yield from member("/".join(file_id), leaving.pieces(), row.size_bytes)
        for file_id, made in zip(_own_files(files.rows, len(own)), own, strict=True):
            directory.add(made.dataset, file_id)
            yield from member("/".join(file_id), [made.data], len(made.data))
        yield from member("DICOMDIR", [directory.written()])
    yield sink.taken()


def named_files(rows: Sequence[InstanceRow]) -> Iterator[tuple[tuple[str, str, str], InstanceRow]]:
    """Yield each object with the names of its folders and file: eight letters and digits at most (PS3.10 8.2)."""
    series = {uid: f"SE{n:06d}" for n, uid in enumerate(dict.fromkeys(row.series_uid for row in rows), 1)}
    counts: dict[str, int] = {}
    for row in sorted(rows, key=lambda one: (series[one.series_uid], one.number or 0, one.sop_uid)):
        counts[row.series_uid] = number = counts.get(row.series_uid, 0) + 1
        yield (FOLDER, series[row.series_uid], f"IM{number:06d}"), row


def _own_files(rows: Sequence[InstanceRow], count: int) -> Iterator[tuple[str, str, str]]:
    """Yield names of documents behind those of the objects, each of a series of its own."""
    series = len({row.series_uid for row in rows})
    return ((FOLDER, f"SE{series + n:06d}", "IM000001") for n in range(1, count + 1))


def _readme(request: web.Request, files: Files) -> bytes:
    """Return what lies beside the images, French first: whose they are, how to open them, whom to call."""
    brand, now = request.app[BRAND], request.app[HOUSE].clock.now()
    phones = "\n".join(f"{one.service} : {one.number}" for one in brand.phones)
    when = f"{now.astimezone(PARIS):%d/%m/%Y %H:%M}"
    parts = [_said(request.app[CATALOGUES].texts(language), files, brand.name, when) for language in LANGUAGES]
    return "\n\n".join([*parts, phones]).replace("\n", "\r\n").encode("utf-8-sig")


def _said(t: Texts, files: Files, hospital: str, when: str) -> str:
    day = f"{files.study.date:%d/%m/%Y}" if files.study.date else "?"
    return t("archive.readme", patient=name_of(files.study.traits), n=len(files.rows), hospital=hospital, when=when,
             date=day)  # fmt: skip

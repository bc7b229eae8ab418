"""The addresses of the viewer's own data."""

from aiohttp import web

from webui.dicomweb.access import Door
from webui.dicomweb.answers import answering
from webui.viewer_api import archives, letters, measures, prints
from webui.viewer_api.frames import Pixels, beat
from webui.viewer_api.kept_work import KeptWork
from webui.viewer_api.notes import Notes
from webui.viewer_api.opening import studies
from webui.viewer_api.reports import Reports
from webui.viewer_api.tokens import ended, issued

ROOT = "/viewer-api"
WORK = "work"
FRAME = "{study}/{series}/{instance}/{frame}"


def routes() -> list[web.RouteDef]:
    """Return the routes of ``/viewer-api/``."""
    door = Door()
    pixels, reports, notes, work = Pixels(door), Reports(door), Notes(door), KeptWork(door)
    return [
        web.get(f"{ROOT}/studies", answering(studies)),
        web.get(f"{ROOT}/frames/{FRAME}", answering(pixels.frame)),
        web.get(f"{ROOT}/rendered/{FRAME}", answering(pixels.rendered)),
        web.get(ROOT + "/thumbnails/{study}/{series}", answering(pixels.thumbnail)),
        web.get(ROOT + "/overlays/{study}/{series}", answering(pixels.overlays)),
        web.get(ROOT + "/reports/{study}/{document}", answering(reports.content)),
        web.get(ROOT + "/notes/{study}", answering(notes.listed)),
        web.post(ROOT + "/notes/{study}", answering(notes.written)),
        web.get(ROOT + "/notes/{study}/notes.txt", answering(notes.file)),
        web.put(ROOT + "/notes/{study}/{note}", answering(notes.edited)),
        web.delete(ROOT + "/notes/{study}/{note}", answering(notes.deleted)),
        web.put(f"{ROOT}/{WORK}/{{study}}", answering(work.kept)),
        web.get(ROOT + "/archives/{study}", answering(archives.told)),
        web.post(ROOT + "/archives/{study}", answering(archives.given)),
        web.get(ROOT + "/archives/{study}/{token}/DICOM.zip", answering(archives.given_to_viewer)),
        web.post(ROOT + "/letters/{study}", answering(letters.sent)),
        web.get(ROOT + "/measures/{study}", answering(measures.told)),
        web.post(ROOT + "/measures/{study}", answering(measures.sent)),
        web.post(ROOT + "/prints/{study}", answering(prints.made)),
        web.post(f"{ROOT}/beat", answering(beat)),
        web.post(f"{ROOT}/tokens", answering(issued)),
        web.delete(ROOT + "/tokens/{token}", answering(ended)),
    ]

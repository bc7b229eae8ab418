"""The addresses of DICOMweb. Another method or another path is not there."""

from collections.abc import Mapping

from aiohttp import web

from webui.dicomweb.access import Door
from webui.dicomweb.answers import Handler, answering
from webui.dicomweb.capabilities import Capabilities
from webui.dicomweb.deposit import Deposit
from webui.dicomweb.described import ROOT
from webui.dicomweb.frames import Frames
from webui.dicomweb.openapi import served
from webui.dicomweb.pictures import Pictures
from webui.dicomweb.retrieve import Retrieve
from webui.dicomweb.search import Search
from webui.dicomweb.wado_uri import WadoUri

STUDY = ROOT + "/studies/{study}"
SERIES = STUDY + "/series/{series}"
INSTANCE = SERIES + "/instances/{instance}"
DEPOSITS = (ROOT + "/studies", STUDY)
BULK = "/bulkdata/{path:[0-9A-Fa-f./]{1,512}}"


def reading(door: Door) -> Mapping[str, Handler]:
    """Return what can be asked with GET, by path."""
    search, retrieve, frames = Search(door), Retrieve(door), Frames(door)
    pictures = Pictures(door)
    return {
        ROOT + "/studies": search.studies,
        ROOT + "/series": search.series, ROOT + "/instances": search.instances,
        STUDY + "/series": search.series, STUDY + "/instances": search.instances,
        SERIES + "/instances": search.instances,
        **dict.fromkeys((STUDY, SERIES, INSTANCE), retrieve.objects),
        **{level + "/metadata": retrieve.metadata for level in (STUDY, SERIES, INSTANCE)},
        **{level + "/rendered": pictures.rendered for level in (STUDY, SERIES, INSTANCE)},
        **{level + "/thumbnail": pictures.thumbnail for level in (STUDY, SERIES, INSTANCE)},
        **{level + "/bulkdata": frames.all_bulk for level in (STUDY, SERIES, INSTANCE)},
        INSTANCE + BULK: frames.bulk,
        INSTANCE + "/frames/{frames}": frames.frames,
        INSTANCE + "/frames/{frames}/rendered": pictures.rendered,
        INSTANCE + "/frames/{frames}/thumbnail": pictures.thumbnail,
        ROOT + "/wado": WadoUri(door).retrieve,
    }  # fmt: skip


def routes() -> list[web.RouteDef]:
    """Return the routes of ``/dicom-web/``."""
    door = Door()
    table = reading(door)
    deposit = _after_token(door, Deposit().handed_in)
    capabilities = answering(_after_token(door, Capabilities(door, table).told))
    return [
        *(web.get(path, answering(_after_token(door, handler))) for path, handler in table.items()),
        *(web.post(path, answering(deposit)) for path in DEPOSITS),
        served(table, DEPOSITS),
        *(web.options(path, capabilities) for path in (ROOT, ROOT + "/", *table)),
    ]


def _after_token(door: Door, handler: Handler) -> Handler:
    """Return the handler asked only by who brings a token: a stranger hears 401, not what is wrong with his query."""

    async def asked(request: web.Request) -> web.StreamResponse:
        door.paced(request)
        return await handler(request)

    return asked

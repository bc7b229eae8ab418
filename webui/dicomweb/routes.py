"""The addresses of DICOMweb. Another method or another path is not there."""

from aiohttp import web

from webui.dicomweb.access import Door
from webui.dicomweb.answers import answering
from webui.dicomweb.described import ROOT
from webui.dicomweb.frames import Frames
from webui.dicomweb.retrieve import Retrieve
from webui.dicomweb.search import Search

STUDY = ROOT + "/studies/{study}"
SERIES = STUDY + "/series/{series}"
INSTANCE = SERIES + "/instances/{instance}"


def routes() -> list[web.RouteDef]:
    """Return the routes of ``/dicom-web/``."""
    door = Door()
    search, retrieve, frames = Search(door), Retrieve(door), Frames(door)
    table = {
        ROOT + "/studies": search.studies,
        ROOT + "/series": search.series, ROOT + "/instances": search.instances,
        STUDY + "/series": search.series, STUDY + "/instances": search.instances,
        SERIES + "/instances": search.instances,
        STUDY: retrieve.objects, SERIES: retrieve.objects, INSTANCE: retrieve.objects,
        STUDY + "/metadata": retrieve.metadata, SERIES + "/metadata": retrieve.metadata,
        INSTANCE + "/metadata": retrieve.metadata,
        INSTANCE + "/frames/{frames}": frames.frames,
        INSTANCE + "/frames/{frames}/rendered": frames.rendered,
        INSTANCE + "/frames/{frames}/thumbnail": frames.thumbnail,
        INSTANCE + "/rendered": frames.rendered, INSTANCE + "/thumbnail": frames.thumbnail,
        INSTANCE + "/bulkdata/{path:[0-9A-Fa-f./]{1,512}}": frames.bulk,
    }
    return [web.get(path, answering(handler)) for path, handler in table.items()]

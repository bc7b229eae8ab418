"""The OpenAPI 3.1 document of ``/dicom-web/``, made from the table of its routes: what has no route is not in it."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from aiohttp import web

from webui.dicomweb.capabilities import media_of, parameters_of, template
from webui.dicomweb.deposit import PARTS
from webui.dicomweb.query import MOST_RESULTS

Json = dict[str, Any]
PATH = "/openapi.json"
_UID = {"type": "string", "pattern": r"^(0|[1-9]\d*)(\.(0|[1-9]\d*))+$", "maxLength": 64}
_IN_PATH: Mapping[str, Json] = {
    "study": _UID, "series": _UID, "instance": _UID,
    "frames": {"type": "string", "pattern": r"^\d{1,7}(,\d{1,7}){0,63}$", "example": "1,2"},
    "path": {"type": "string", "pattern": r"^[0-9A-Fa-f./]{1,512}$", "example": "7FE00010"},
}  # fmt: skip
_COUNT, _TRUTH, _TEXT = {"type": "integer", "minimum": 0}, {"type": "boolean", "default": False}, {"type": "string"}
_IN_QUERY: Mapping[str, tuple[Json, str]] = {
    "limit": (_COUNT | {"maximum": 999_999_999, "default": MOST_RESULTS}, "At most this many; more than 200 is 200."),
    "offset": (_COUNT | {"maximum": 999_999_999, "default": 0}, "Skip this many."),
    "includefield": (_TEXT, "`all`, or keywords and tags, separated by commas."),
    "fuzzymatching": (_TRUTH, "Match names without accents, case and order, by the beginnings of their parts."),
    "emptyvaluematching": (_TRUTH, 'Let `""` match what has no value.'),
    "multiplevaluematching": (_TRUTH, "Let a backslash stand between values of which one must match."),
    "window": (_TEXT, "`center,width,function`; function `linear`, `linear-exact` or `sigmoid`."),
    "viewport": (_TEXT, "`vw,vh` or `vw,vh,sx,sy,sw,sh`."),
    "quality": ({"type": "integer", "minimum": 1, "maximum": 100}, "Of JPEG."),
    "annotation": (_TEXT, "`patient`, `technique`, or both: burnt in."),
    "requestType": ({"type": "string", "const": "WADO"}, "Always `WADO`."),
    "studyUID": (_UID, "Study."), "seriesUID": (_UID, "Series."), "objectUID": (_UID, "Instance."),
    "contentType": (_TEXT, "`application/dicom`, `image/jpeg`, `image/png` or `image/gif`."),
    "transferSyntax": (_TEXT, "Of `application/dicom`."),
    "frameNumber": ({"type": "integer", "minimum": 1}, "From 1."),
    "rows": ({"type": "integer", "minimum": 1}, "Most pixels high."),
    "columns": ({"type": "integer", "minimum": 1}, "Most pixels wide."),
    "region": (_TEXT, "`xmin,ymin,xmax,ymax`, from 0 to 1."),
    "windowCenter": ({"type": "number"}, "With `windowWidth`."),
    "windowWidth": ({"type": "number"}, "With `windowCenter`."),
    "imageQuality": ({"type": "integer", "minimum": 1, "maximum": 100}, "Of JPEG."),
}  # fmt: skip
_WADO = tuple(name for name in _IN_QUERY if name == "annotation" or name in list(_IN_QUERY)[10:])
_NEEDED = frozenset({"requestType", "studyUID", "seriesUID", "objectUID"})
_FAULTS: Mapping[int, str] = {
    400: "The query or the path says something impossible.",
    401: "No session, token or key, or one that is over.",
    403: "Seen, but not to be taken away; or no right to deposit.",
    404: "Not there, or not yours: the same answer.",
    406: "There is no form that you accept.",
    429: "Too many requests; `Retry-After` says when.",
    503: "Something that this needs does not answer.",
}


def served(table: Iterable[str], deposits: Iterable[str]) -> web.RouteDef:
    """Return the route of the document; it tells nobody's data and asks for nothing."""
    told = document(table, deposits)

    async def openapi(_: web.Request) -> web.StreamResponse:
        return web.json_response(told)

    return web.get(PATH, openapi)


def document(table: Iterable[str], deposits: Iterable[str]) -> Json:
    """Return the document of what is read at the paths of `table` and handed in at those of `deposits`."""
    paths: dict[str, Json] = {}
    for path in map(template, table):
        paths.setdefault(path, _parameters(path))["get"] = _reading(path)
    for path in map(template, deposits):
        paths.setdefault(path, _parameters(path))["post"] = _depositing(path)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Négatoscope DICOMweb", "version": "1",
            "description": "QIDO-RS, WADO-RS, WADO-URI and STOW-RS as DICOM PS3.18 has them; every answer holds only "
                           "what the caller may see now.",
        },
        "security": [{"bearer": []}, {"session": []}],
        "paths": paths,
        "components": {
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer", "description": "Token of a share, or a machine's key."},
                "session": {"type": "apiKey", "in": "cookie", "name": "__Host-negatoscope"},
            },
            "schemas": {
                "Fault": {"type": "object", "required": ["error"], "properties": {"error": _TEXT, "cause": _TEXT}},
                "Dataset": {"type": "object", "description": "The DICOM JSON model (PS3.18 F).",
                            "propertyNames": {"pattern": "^[0-9A-F]{8}$"}},
            },
        },
    }  # fmt: skip


def _parameters(path: str) -> Json:
    given = [
        {"name": name, "in": "path", "required": True, "schema": _IN_PATH[name]}
        for name in re.findall(r"\{(\w+)\}", path)
    ]
    return {"parameters": given} if given else {}


def _reading(path: str) -> Json:
    names = _WADO if path.endswith("/wado") else parameters_of(path)
    query = [
        {"name": name, "in": "query", "required": name in _NEEDED, "schema": _IN_QUERY[name][0],
         "description": _IN_QUERY[name][1]}
        for name in names
    ]  # fmt: skip
    searching = path.endswith(("/studies", "/series", "/instances"))
    if searching:
        query.append({
            "name": "attributes", "in": "query", "style": "form", "explode": True,
            "schema": {"type": "object", "additionalProperties": _TEXT},
            "description": "Attributes to match, by keyword, tag, or a dotted path into sequences."})  # fmt: skip
    answers = {"200": {"description": "What there is.", "content": {kind: _schema(kind) for kind in _kinds(path)}}}
    if searching:
        answers["204"] = {"description": "Nothing matches."}
    elif media_of(path) == ["application/dicom"]:
        answers["206"] = {"description": "Some objects have no form that you accept; these are the others."}
    return _operation("get", path) | {"parameters": query, "responses": answers | _faults()}


def _depositing(path: str) -> Json:
    object_ = {"schema": {"type": "string", "contentMediaType": "application/dicom"}}
    told = {"application/dicom+json": {"schema": {"$ref": "#/components/schemas/Dataset"}}}
    answers = {
        "200": {"description": "All are kept.", "content": told},
        "202": {"description": "Some are not, or were changed: see their reasons.", "content": told},
        "409": {"description": "None is kept: see the reasons.", "content": told},
        "413": {"description": f"More than {PARTS} objects, 2 GiB in one or 8 GiB in all.", "content": _FAULT},
        "415": {"description": "Neither `multipart/related` of `application/dicom`, nor one.", "content": _FAULT},
    }
    return _operation("post", path) | {
        "security": [{"bearer": []}],
        "requestBody": {"required": True, "content": {
            "multipart/related": {"schema": {"type": "array", "items": object_["schema"]}},
            "application/dicom": object_}},
        "responses": answers | _faults(),
    }  # fmt: skip


def _operation(method: str, path: str) -> Json:
    words = re.sub(r"[{}]", "", path.removeprefix("/dicom-web/")).split("/")
    return {"operationId": "_".join([method, *words]), "tags": ["DICOMweb"]}


def _kinds(path: str) -> list[str]:
    bare = list(dict.fromkeys(kind.split(";")[0] for kind in media_of(path)))
    wrapped = bare[0] not in ("application/dicom+json",) and not path.endswith(("/wado", "/thumbnail"))
    return [*bare, "multipart/related"] if wrapped else bare


def _schema(kind: str) -> Json:
    if kind == "application/dicom+json":
        return {"schema": {"type": "array", "items": {"$ref": "#/components/schemas/Dataset"}}}
    return {"schema": {"type": "string", "contentMediaType": kind}}


_FAULT = {"application/json": {"schema": {"$ref": "#/components/schemas/Fault"}}}


def _faults() -> Json:
    return {str(status): {"description": words, "content": _FAULT} for status, words in _FAULTS.items()}

"""A server that answers the viewer's API from frames it makes itself, under the product's strict CSP."""

import argparse
import base64
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import imagecodecs
import numpy as np
from aiohttp import web
from jinja2 import Environment, FileSystemLoader
from numpy.typing import NDArray

from appliance.domain.errors import Malformed
from appliance.domain.kept_work import Work, change_of, changed
from webui.assets import Assets
from webui.middlewares.headers import ALWAYS
from webui.rendering import countdown
from webui.viewer_api.kept_work import work_json

WEBUI = Path(__file__).parents[2] / "webui"
STUDY, CT, XR = "1.2.826.0.1.1", "1.2.826.0.1.1.1", "1.2.826.0.1.1.2"
CORONAL, DETECTOR, SCANNED = (f"1.2.826.0.1.1.{n}" for n in (3, 4, 5))
PRIOR, PRIOR_CT = "1.2.9", "1.2.9.1"
SPACE = "1.2.826.0.1.9"
SLICES, ROWS, COLUMNS = 24, 192, 256


def volume() -> NDArray[np.int16]:
    """Return ``(slices, rows, columns)`` stored values: a head-like ellipse, a wedge, one mark a slice."""
    z, y, x = np.mgrid[0:SLICES, 0:ROWS, 0:COLUMNS]
    radius = ((x - 128) / 90) ** 2 + ((y - 96) / 75) ** 2
    stored = np.full(z.shape, 24, np.int16)
    stored[radius < 1] = 2024
    inside = radius < 0.85
    stored[inside] = (1064 + (x - 128) // 4 + z * 2)[inside]
    stored[:, 20:30, 20:60] = 1800
    for at in range(SLICES):
        stored[at, 160:172, 8 + at * 10 : 16 + at * 10] = 1500
    return stored


def radiograph() -> NDArray[np.uint16]:
    """Return a ``(rows, columns)`` 12-bit wedge."""
    y, x = np.mgrid[0:300, 0:200]
    wedge: NDArray[np.uint16] = ((x * 10 + y * 5) % 4096).astype(np.uint16)
    return wedge


def coronal() -> NDArray[np.int16]:
    """Return every eighth row of the volume as a picture, ``(pictures, slices, columns)``, the head at the top."""
    cut: NDArray[np.int16] = volume()[::-1, ::8, :].transpose(1, 0, 2)
    return np.ascontiguousarray(cut)


@dataclass
class Made:
    """What the server holds; a test changes it to provoke an answer."""

    frames: dict[str, bytes] = field(default_factory=dict)
    broken: set[str] = field(default_factory=set)
    beats: int = 0
    session: str = "open"
    state: str = "available"
    idle_s: int = 900
    csrf: str = "token"
    features: dict[str, bool] = field(default_factory=dict)
    refusal: dict[str, Any] | None = None
    reports: list[dict[str, Any]] = field(default_factory=list)
    texts: dict[int, str] = field(default_factory=dict)
    read: list[int] = field(default_factory=list)
    notes: list[dict[str, Any]] = field(default_factory=list)
    work: Work | None = None
    """What was done on the exam before; None: nothing of it is kept."""
    key_images: list[dict[str, Any]] = field(default_factory=list)
    presentations: list[dict[str, Any]] = field(default_factory=list)
    stacked: bool = False
    """Whether the scanner series holds two echoes instead of one run of slices."""
    compared: bool = False
    """Whether there are a coronal series, others with other millimetres, and a prior that may be opened beside."""
    series: list[dict[str, Any]] | None = None
    """Series to list in place of the made-up ones."""


def encoded(pixels: NDArray[Any]) -> bytes:
    """Return the lossless HTJ2K codestream."""
    return bytes(imagecodecs.htj2k_encode(np.ascontiguousarray(pixels), reversible=True))


def make() -> Made:
    """Return the frames by ``sop/frame``."""
    made = Made()
    for at, pixels in enumerate(volume()):
        made.frames[f"1.2.3.{at + 1}/1"] = encoded(pixels)
    made.frames["1.2.4.1/1"] = encoded(radiograph())
    for at in range(ROWS // 8):
        made.frames[f"1.2.5.{at + 1}/1"] = encoded(coronal()[at])
    made.frames["1.2.6.1/1"] = made.frames["1.2.7.1/1"] = encoded(radiograph())
    for at, pixels in enumerate(volume()[4:]):
        made.frames[f"1.2.8.{at + 1}/1"] = encoded(pixels)
    return made


def image(sop: str, number: int, rows: int, columns: int, **facts: Any) -> dict[str, Any]:
    """Return one image of the series JSON."""
    return {
        "sop_uid": sop, "sop_class": "1.2.840.10008.5.1.4.1.1.2", "frame": 1, "number": number,
        "rows": rows, "columns": columns, "position": None, "orientation": None, "spacing_mm": None,
        "spacing_origin": "none", "thickness_mm": None, "signed": False, "bits": 12,
        "photometric": "MONOCHROME2", "slope": 1.0, "intercept": 0.0, "unit": None, "windows": [],
        "voi": "LINEAR", "range": [0, 4095], "inverted": False,
        "quality": {"lossy": False, "ratio": None}, "patient_orientation": None,
        "image_laterality": None, "frame_time_ms": None, "bytes": 1000,
    } | facts  # fmt: skip


def series(uid: str, number: int, modality: str, name: str, images: list[Any], **facts: Any) -> dict[str, Any]:
    """Return one series of the viewer's JSON."""
    return {
        "uid": uid, "study_uid": STUDY, "number": number, "modality": modality, "description": name,
        "body_part": "HEAD", "laterality": None, "date": "2026-11-22", "time": "09:12:00",
        "frame_of_reference": None, "geometry": {"kind": "none", "mpr": False, "reason": "no_geometry"},
        "images": images, "undisplayable": [], "expected": len(images),
    } | facts  # fmt: skip


def two_echoes() -> dict[str, Any]:
    """Return the stacks of a series whose first third is one echo, and the rest another."""
    verdict, third = {"kind": "volume", "mpr": True, "reason": None, "spacing_mm": 2.0}, SLICES // 3
    return {"stacks": [
        {"first": first, "count": count, "geometry": verdict, "suv": None,
         "labels": [{"kind": "echo_ms", "value": value}]}
        for first, count, value in ((0, third, 4.6), (third, SLICES - third, 9.2))
    ]}  # fmt: skip


def slice_of(sop: str, number: int, rows: int, columns: int, **facts: Any) -> dict[str, Any]:
    """Return one scanner image."""
    return image(sop, number, rows, columns, **{
        "orientation": [1, 0, 0, 0, 1, 0], "spacing_mm": [1.0, 1.0], "spacing_origin": "patient",
        "thickness_mm": 2.0, "signed": True, "bits": 16, "intercept": -1024.0, "unit": "HU",
        "windows": [{"center": 40, "width": 80, "name": "Cerveau"}], "voi": "LINEAR"} | facts)  # fmt: skip


def others() -> list[dict[str, Any]]:
    """Return a coronal series of the same space, a radiograph at the detector, an ultrasound image of one region."""
    cuts = [
        slice_of(f"1.2.5.{at + 1}", at + 1, SLICES, COLUMNS, position=[-128.0, -96.0 + 8.0 * at, 2.0 * (SLICES - 1)],
                 orientation=[1, 0, 0, 0, 0, -1], spacing_mm=[2.0, 1.0])
        for at in range(ROWS // 8)
    ]  # fmt: skip
    at_detector = image("1.2.6.1", 1, 300, 200, spacing_mm=[0.5, 0.25], spacing_origin="detector", slope=2.0,
                        overlays=[{"group": "6000", "kind": "G", "label": "L"}])  # fmt: skip
    region = {"box": [20, 20, 179, 149], "plane": True, "units": ["cm", "cm"], "mm": [0.2, 0.2]}
    scanned = image("1.2.7.1", 1, 300, 200, spacing_origin="region", regions=[region])
    return [
        series(CORONAL, 3, "CT", "Coronale", cuts, frame_of_reference=SPACE),
        series(DETECTOR, 4, "DX", "Main", [at_detector]), series(SCANNED, 5, "US", "Foie", [scanned]),
    ]  # fmt: skip


def prior() -> dict[str, Any]:
    """Return the earlier exam: the same head, four slices later, in a space of its own."""
    cuts = [slice_of(f"1.2.8.{at + 1}", at + 1, ROWS, COLUMNS, position=[-128.0, -96.0, 100 + 2.0 * at])
            for at in range(SLICES - 4)]  # fmt: skip
    return {
        "uid": PRIOR, "date": "2026-05-03", "time": "10:00:00", "description": "Contrôle", "modalities": ["CT"],
        "facility": "Villexemple", "accession": "A0", "state": "available", "received": SLICES - 4,
        "expected": SLICES - 4, "silent_since": None, "report": {"state": "none", "reports": []},
        "series": [series(PRIOR_CT, 1, "CT", "Axiale", cuts, study_uid=PRIOR, frame_of_reference="1.2.826.0.1.8")],
    }  # fmt: skip


def studies(made: Made, asked: Sequence[str] = ()) -> dict[str, Any]:
    """Return the answer of ``/viewer-api/studies``."""
    ct = [slice_of(f"1.2.3.{at + 1}", at + 1, ROWS, COLUMNS, position=[-128.0, -96.0, 2.0 * at])
          for at in range(SLICES)]  # fmt: skip
    xr = image(
        "1.2.4.1", 1, 300, 200, inverted=True, quality={"lossy": True, "ratio": 12.0},
        patient_orientation=["L", "F"], image_laterality="R", range=[0, int(radiograph().max())],
    )  # fmt: skip
    soon = (datetime.now(UTC) + timedelta(seconds=made.idle_s)).isoformat()
    return {
        "person": {
            "family_name": "LEFÈVRE", "used_name": "MARTIN", "given_name": "Anne-Charlotte",
            "birth_date": "14/03/1961", "sex": "F", "ipp": "F-100201",
        },
        "reader": "7", "csrf": made.csrf, "language": "fr", "orientation_letters": "RLAPHF", "features": made.features,
        "session": {"idle_until": soon, "until": (datetime.now(UTC) + timedelta(hours=8)).isoformat()},
        "brand": {"name": "Centre hospitalier de Villexemple", "phones": [["Radiologie", "04 00 00 00 00"]]},
        "studies": [{
            "uid": STUDY, "date": "2026-11-22", "time": "09:12:00", "description": "Scanner cérébral",
            "modalities": ["CT"], "facility": "Villexemple", "accession": "A1", "state": made.state,
            **({} if made.work is None else {"work": work_json(made.work)}), "key_images": made.key_images,
            "presentations": made.presentations,
            "report": {"state": "none", "reports": made.reports}, "series": made.series or [
                series(CT, 1, "CT", "Axiale, parties molles", ct, frame_of_reference=SPACE,
                       **two_echoes() if made.stacked else {}),
                series(XR, 2, "DX", "Face", [xr], undisplayable=[
                    {"sop_uid": "1.2.4.9", "number": 2, "reason": "encapsulated_document"}]),
                *(others() if made.compared else []),
            ],
        }, *([prior()] if PRIOR in asked else [])],
        "priors": [] if PRIOR in asked else [
            {"uid": PRIOR, "date": "2026-05-03", "description": "Contrôle", "modalities": ["CT"]}],
    }  # fmt: skip


MADE = web.AppKey("made", Made)
PAGE = web.AppKey("page", str)


def words() -> dict[str, str]:
    """Return the product's French words when its catalogue exists, none otherwise."""
    from webui.i18n import Catalogues

    try:
        texts = Catalogues().texts("fr")
    except OSError:
        return {}
    template = (WEBUI / "templates/viewer.html").read_text()
    return {name: texts(name) for name in re.findall(r't\("([^"]+)"\)', template.replace("'", '"'))}


def page(known: dict[str, str]) -> str:
    """Return the viewer's page as the web service renders it."""
    assets = Assets()
    environment = Environment(loader=FileSystemLoader(WEBUI / "templates"), autoescape=True)
    environment.globals["asset"] = assets.address
    environment.filters["countdown"] = countdown
    bundle = assets.bundle()
    if bundle is None:
        raise RuntimeError("the viewer is not built: npm ci && npm run build in webui/viewer")
    return environment.get_template("viewer.html").render(
        t=lambda name, **_: known.get(name, name), lang="fr", bundle=bundle, csrf="token", left_s=900,
        brand={"name": "Centre hospitalier de Villexemple"}, measures_send=True,
    )  # fmt: skip


def _refused(made: Made) -> web.Response | None:
    if made.session != "open":
        return web.json_response({"error": "session", "cause": made.session}, status=401)
    return None


async def _page(request: web.Request) -> web.Response:
    return web.Response(text=request.app[PAGE], content_type="text/html")


async def _studies(request: web.Request) -> web.Response:
    made = request.app[MADE]
    if made.refusal is not None:
        return web.json_response(made.refusal, status=409)
    return _refused(made) or web.json_response(studies(made, request.query.getall("study")))


async def _frame(request: web.Request) -> web.Response:
    made = request.app[MADE]
    key = f"{request.match_info['sop']}/{request.match_info['frame']}"
    if key in made.broken:
        return web.json_response({"error": "storage"}, status=503)
    return _refused(made) or web.Response(body=made.frames[key], content_type="image/jphc")


async def _rendered(request: web.Request) -> web.Response:
    """Answer the scanner's slice as a JPEG at the asked window, else at its own."""
    at = int(request.match_info["sop"].rsplit(".", 1)[1]) - 1
    center, width = (float(request.query.get(name, own)) for name, own in (("center", 40), ("width", 80)))
    grey = np.clip(((volume()[at] - 1024 - (center - 0.5)) / (width - 1) + 0.5) * 255, 0, 255).astype(np.uint8)
    body = bytes(imagecodecs.jpeg8_encode(grey))
    return _refused(request.app[MADE]) or web.Response(body=body, content_type="image/jpeg")


async def _overlays(request: web.Request) -> web.Response:
    """Answer one plane over the radiograph: a line of its fortieth row, from the eleventh column."""
    bits = np.zeros((20, 100), np.uint8)
    bits[5] = 1
    packed = base64.b64encode(np.packbits(bits.ravel(), bitorder="little").tobytes()).decode()
    plane = {"group": "6000", "kind": "G", "label": "L", "description": "", "rows": 20, "columns": 100,
             "origin": [35, 11], "bits": {"0": packed}}  # fmt: skip
    return _refused(request.app[MADE]) or web.json_response({"1.2.6.1": [plane]})


async def _report(request: web.Request) -> web.Response:
    made, number = request.app[MADE], int(request.match_info["document"])
    made.read.append(number)
    return _refused(made) or web.Response(text=made.texts[number], content_type="text/html")


async def _thumbnail(_: web.Request) -> web.Response:
    grey = (np.clip(radiograph()[:160, :160] // 16, 0, 255)).astype(np.uint8)
    return web.Response(body=bytes(imagecodecs.jpeg8_encode(grey)), content_type="image/jpeg")


async def _notes(request: web.Request) -> web.Response:
    made = request.app[MADE]
    if request.method != "GET" and request.headers.get("X-CSRF-Token") != made.csrf:
        return web.json_response({"error": "csrf"}, status=403)
    if (refused := _refused(made)) is not None:
        return refused
    if request.method == "GET":
        return web.json_response({"notes": made.notes})
    number = int(request.match_info.get("note", 0))
    if request.method == "DELETE":
        made.notes = [one for one in made.notes if one["id"] != number]
        return web.Response(status=204)
    now, told = datetime.now(UTC).isoformat(), await request.json()
    former = next((one for one in made.notes if one["id"] == number), None)
    note = {"id": number or len(made.notes) + 1, "author": "Alix MARTIN", "own": True, "written_at": now,
            "edited_at": now if former else None, "version": 2 if former else 1, **told}  # fmt: skip
    made.notes = [note if one is former else one for one in made.notes] if former else [*made.notes, note]
    return web.json_response(note, status=200 if former else 201)


async def _work(request: web.Request) -> web.Response:
    """Keep the work by the product's own rules: what it would refuse is refused here."""
    made = request.app[MADE]
    if request.headers.get("X-CSRF-Token") != made.csrf:
        return web.json_response({"error": "csrf"}, status=403)
    if (refused := _refused(made)) is not None:
        return refused
    before = made.work or Work()
    try:
        change = change_of(await request.json())
        made.work = changed(before, change, datetime.now(UTC))
    except Malformed as fault:
        return web.json_response({"error": fault.cause}, status=400)
    others = work_json(made.work) if before.revision != change.seen else None
    return web.json_response({"revision": made.work.revision, "others": others})


async def _beat(request: web.Request) -> web.Response:
    made = request.app[MADE]
    if request.headers.get("X-CSRF-Token") != "token":
        return web.json_response({"error": "csrf"}, status=403)
    made.beats += 1
    until = (datetime.now(UTC) + timedelta(seconds=made.idle_s)).isoformat()
    return _refused(made) or web.json_response({"idle_until": until})


async def _strict(_: web.Request, response: web.StreamResponse) -> None:
    response.headers.update(ALWAYS)


async def _brand(_: web.Request) -> web.Response:
    return web.Response(text="", content_type="text/css")


def application(made: Made) -> web.Application:
    """Return the server on ``made``."""
    app = web.Application()
    app[MADE], app[PAGE] = made, page(words())
    app.on_response_prepare.append(_strict)
    app.add_routes([
        web.get("/viewer", _page), web.get("/viewer-api/studies", _studies), web.get("/brand.css", _brand),
        web.get("/viewer-api/frames/{study}/{series}/{sop}/{frame}", _frame),
        web.get("/viewer-api/rendered/{study}/{series}/{sop}/{frame}", _rendered),
        web.get("/viewer-api/overlays/{study}/{series}", _overlays),
        web.get("/viewer-api/thumbnails/{study}/{series}", _thumbnail),
        web.get("/viewer-api/reports/{study}/{document}", _report),
        web.get("/viewer-api/notes/{study}", _notes), web.post("/viewer-api/notes/{study}", _notes),
        web.put("/viewer-api/notes/{study}/{note}", _notes), web.delete("/viewer-api/notes/{study}/{note}", _notes),
        web.put("/viewer-api/{work}/{study}", _work),
        web.post("/viewer-api/beat", _beat), web.static("/static", WEBUI / "static"),
    ])  # fmt: skip
    return app


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=18190)
    web.run_app(application(make()), host="127.0.0.1", port=parser.parse_args().port)

"""A physician's measures and key images of an exam, as documents to be taken away or sent. Blocking: run in the pool.

Numbers are made here from the points that are kept and from our own frames: nothing of a browser is believed.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from appliance.bootstrap import House
from appliance.config.version import running_version
from appliance.dicom.key_selections import key_selection
from appliance.dicom.made_documents import PRODUCT, Author, Device, Image, Made, Origin
from appliance.dicom.measurement_reports import Group, measurement_report
from appliance.domain.coercion import derived
from appliance.domain.errors import Refused
from appliance.domain.measures import Measure, Point, Region, Remark, Scale, Values, measured
from appliance.domain.sign_in import Requester
from appliance.imaging.encode import decoded
from appliance.imaging.statistics import statistics_in, value_at
from appliance.usecases.measures import Marked, frame_of
from appliance.usecases.ports import InstanceRow, StudyRow
from webui.dicomweb import objects as stored
from webui.i18n import Texts
from webui.keys import BRAND, CATALOGUES, HOUSE, SETTINGS

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Documents:
    """The documents, how many marks and key images are in them, and how many are ``left_out`` with their image."""

    made: Sequence[Made]
    marks: int
    keys: int
    left_out: int


def documents(request: web.Request, requester: Requester, study: StudyRow) -> Documents:
    """Return a report of the marks and a selection of the key images, as far as there are any.

    Raises
    ------
    Malformed
        What `Measures.marked` says; ``dicom_unreadable``.
    Refused
        ``measures_none``.
    Unavailable
        ``object_missing``, ``storage``.
    """
    house, settings = request.app[HOUSE], request.app[SETTINGS]
    marked = house.measures.marked(requester, study.uid)
    t = request.app[CATALOGUES].texts(settings.languages.default)
    note = t("measures.note")
    reading = _Reading(house, marked, study, t, measures=settings.viewer.measures, suv=settings.viewer.suv)
    groups, keys = list(reading.groups()), list(reading.keys())
    if not (groups or keys):
        raise Refused("measures_none")
    made = []
    with house.objects.local(marked.rows[marked.images[0]].key) as path:
        origin = Origin(
            path, study.traits, _author(marked), _device(request), marked.work.marked_at or house.clock.now(),
            t.language,
        )  # fmt: skip
        if groups:
            made.append(measurement_report(origin, t("measures.series"), groups, note))
        if keys:
            title = t("measures.keys")
            made.append(key_selection(origin, title, keys, f"{title} – {note}"))
    whole = sum(reading.leaves(mark) for marks in marked.work.marks.values() for mark in marks)
    return Documents(made, len(groups), len(keys), whole + len(marked.work.keys) - len(groups) - len(keys))


def _author(marked: Marked) -> Author:
    one = marked.author
    return Author(one.family_name, one.given_name, one.national_id, one.organisation)


def _device(request: web.Request) -> Device:
    hospital = request.app[BRAND].name
    uid = derived("device", hospital, request.app[SETTINGS].dicom.aet)
    return Device(PRODUCT, uid, running_version(), hospital)


class _Reading:
    """Marks with what is known of their images; a series is read once, and a frame once."""

    def __init__(
        self, house: House, marked: Marked, study: StudyRow, t: Texts, *, measures: bool, suv: bool
    ) -> None:
        self._house, self._marked, self._study, self._t = house, marked, study, t
        self._measures, self._suv = measures, suv
        self._series: dict[str, Json | None] = {}

    def leaves(self, mark: Json) -> bool:
        """Whether a mark may leave: measures only where the hospital lets them be made."""
        return mark["kind"] == "arrow" or self._measures

    def groups(self) -> Iterator[Group]:
        """Yield the marks that leave."""
        for image in self._marked.images:
            marks = self._marked.work.marks.get(image, ())
            found = self._described(image) if marks else None
            if found is None:
                continue
            row = self._marked.rows[image]
            pixels = _Pixels(self._house, row, frame_of(image), *found)
            for mark in marks:
                if self.leaves(mark):
                    yield self._group(_image(row, image), mark, pixels)

    def keys(self) -> Iterator[Image]:
        """Yield the images that are starred."""
        keys = set(self._marked.work.keys)
        return (_image(self._marked.rows[image], image) for image in self._marked.images if image in keys)

    def _group(self, image: Image, mark: Json, pixels: "_Pixels") -> Group:
        t, kind = self._t, str(mark["kind"])
        points = [(float(one["x"]), float(one["y"])) for one in mark["points"]]
        found: Measure = measured(kind, points, pixels.scale, pixels.values(kind, points))
        said = [mark["text"]] if mark.get("text") else [*pixels.colours(kind, points)]
        said += [t(f"measures.remark.{one}") for one in found.remarks]
        name = t(f"measures.kind.{kind}")
        return Group(kind, image, points, found, name, said if said or found.numbers else [name])

    def _described(self, image: str) -> tuple[Json, float | None] | None:
        """Return what was prepared of an image, and the factor to uptake values where it holds (R-L 8)."""
        row, frame = self._marked.rows[image], frame_of(image)
        if row.series_uid not in self._series:
            self._series[row.series_uid] = stored.series(self._house.objects, self._study.uid, row.series_uid)
        series = self._series[row.series_uid]
        for index, one in enumerate(series["images"] if series is not None else ()):
            if (one["sop_uid"], one["frame"]) == (row.sop_uid, frame):
                return one, self._factor(series or {}, index)
        return None

    def _factor(self, series: Json, index: int) -> float | None:
        stacks = series.get("stacks") or []
        holding: Sequence[Mapping[str, Any]] = (
            [one for one in stacks if one["first"] <= index < one["first"] + one["count"]]
            if len(stacks) > 1 else [series]
        )  # fmt: skip
        uptake = (holding[0].get("suv") if holding else None) or {}
        return uptake.get("factor") if self._suv else None


class _Pixels:
    """The frame under marks: decoded when a mark first reads it."""

    def __init__(self, house: House, row: InstanceRow, frame: int, image: Json, suv: float | None) -> None:
        self._house, self._row, self._frame, self._image, self._suv = house, row, frame, image, suv
        self._decoded: Any = None
        self.scale = _scale(image)

    def values(self, kind: str, points: Sequence[Point]) -> Values | None:
        """Return what the pixels say, nothing of a mark that does not read them; R-L 6: nothing of lossy ones."""
        if kind not in ("roi", "probe"):
            return None
        if self._image["quality"]["lossy"]:
            return Values(remark=Remark.LOSSY)
        if self._pixels.ndim != 2:
            return Values(remark=Remark.COLOUR if kind == "roi" else None)
        rescale, padding = (self._image["slope"], self._image["intercept"]), self._image.get("padding")
        unit = self._image["unit"] or ""
        if kind == "roi":
            found = statistics_in(self._pixels, points, rescale, padding)
            return Values(unit, region=found, suv=self._suv, remark=None if found else Remark.OUTSIDE)
        one = value_at(self._pixels, points[0], rescale, padding)
        return Values(unit, one=one, suv=self._suv, remark=None if one is not None else Remark.OUTSIDE)

    def colours(self, kind: str, points: Sequence[Point]) -> Iterator[str]:
        """Yield the three colours under a probe of a colour image."""
        if kind == "probe" and not self._image["quality"]["lossy"] and self._pixels.ndim == 3:
            with suppress(IndexError):
                (x, y), pixels = points[0], self._pixels
                if min(x, y) >= 0:
                    yield "RGB " + " / ".join(str(int(one)) for one in pixels[int(y), int(x), :3])

    @property
    def _pixels(self) -> Any:
        if self._decoded is None:
            self._decoded = decoded(stored.codestream(self._house.objects, self._row, self._frame))
        return self._decoded


def _scale(image: Json) -> Scale:
    mm = image.get("spacing_mm")
    regions = [
        Region(tuple(one["box"]), tuple(one["mm"]) if one["mm"] else None) for one in image.get("regions") or ()
    ]
    return Scale(tuple(mm) if mm else None, image.get("spacing_origin", "none"), regions, image.get("aspect") or 1.0)


def _image(row: InstanceRow, image: str) -> Image:
    return Image(row.sop_class, row.sop_uid, row.series_uid, frame_of(image) if row.frames > 1 else None)

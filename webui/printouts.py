"""An exam on paper: letterhead, patient, reports, key images, images that the reader chose. A4.

Imported when something is printed: the maker of PDF weighs 32 MiB. Blocking: run in the pool.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from aiohttp import web

from appliance.dicom.key_objects import key_images
from appliance.domain.errors import Malformed
from appliance.domain.sharing import PARIS
from appliance.domain.sign_in import Requester
from appliance.imaging.captures import rewritten
from appliance.paper.documents import Block, Document, Heading, Paragraph, Picture, Table, pdf
from appliance.paper.fragments import blocks, cited
from appliance.usecases.ports import DocumentRow, InstanceRow, Objects, StudyRow
from appliance.usecases.reports import ReportLine
from webui.brand import Brand
from webui.dicomweb import objects as stored
from webui.i18n import Texts
from webui.keys import BRAND, HOUSE
from webui.patients import born, modality_word, name_of, sex_word
from webui.viewer_api.prints import Wanted

MOST_KEYS = 12
_PICTURE_MM = 120.0
_PX = 1400
_WORDS = ("measure", "value", "unit", "image", "see", "not_shown", "images", "empty")


@dataclass(frozen=True, slots=True)
class Printing:
    """One exam being printed for somebody, and how its texts are reached."""

    study: StudyRow
    requester: Requester
    digest: bytes
    now: datetime
    t: Texts


def printed(request: web.Request, one: Printing, wanted: Wanted) -> bytes:
    """Return the PDF. Each report that it holds is journaled as read.

    Raises
    ------
    Malformed
        ``pictures``: a capture that is no picture.
    Refused
        ``not_found`` when the exam closed meanwhile.
    """
    t, when = one.t, f"{one.now.astimezone(PARIS):%d/%m/%Y %H:%M}"
    patient, birth = name_of(one.study.traits), born(one.study.traits)
    found = [*_head(request.app[BRAND], one, when)]
    texts = dict(_texts(request, one, noted=wanted.report)) if wanted.report or wanted.keys else {}
    if wanted.report:
        found += _reports(request, one, texts)
    if wanted.keys:
        found += _keys(request, one, texts)
    pictures = [rewritten(data) for data in wanted.captures]
    if wanted.measures:
        found.append(Table([t("print.measures")], [[line] for line in wanted.measures]))
    if pictures:
        found += [Heading(2, t("print.captures")), *(Picture(data, t("print.warning")) for data in pictures)]
    foot = t("print.foot", patient=patient, born=birth, when=when, who=one.requester.label)
    return pdf(Document(foot, t.language, found))


def _head(brand: Brand, one: Printing, when: str) -> Iterator[Block]:
    t, study = one.t, one.study
    if (logo := _logo(brand)) is not None:
        yield Picture(logo, width_mm=22)
    yield Heading(1, brand.name)
    if brand.phones:
        yield Paragraph("   ".join(f"{phone.service} {phone.number}" for phone in brand.phones))
    day = f"{study.date:%d/%m/%Y}" if study.date else ""
    told = [
        ("patient", name_of(study.traits)), ("born", born(study.traits)), ("sex", sex_word(study.traits.sex, t)),
        ("ipp", study.traits.identifier.value),
        ("exam", " ".join(filter(None, (day, modality_word(study.modalities, t), study.description)))),
        ("facility", study.facility),
    ]  # fmt: skip
    yield Table([t("print.title"), ""], [[t(f"print.{name}"), value] for name, value in told if value], (1, 4))
    yield Paragraph(f"{t('print.by', when=when, who=one.requester.label)} – {t('print.warning')}")


def _logo(brand: Brand) -> bytes | None:
    """Return the hospital's logo where it is a picture; a drawing (SVG) is left to the screen."""
    if brand.logo is None:
        return None
    try:
        return rewritten(brand.logo.read_bytes())
    except (Malformed, OSError):
        return None


def _texts(request: web.Request, one: Printing, *, noted: bool) -> Iterator[tuple[int, str]]:
    """Yield the text of every current report and addendum that has one, each `noted` as read when it is printed."""
    house = request.app[HOUSE]
    for line in house.reports.of_study(one.requester, one.digest, one.study.uid):
        for row in _current(line):
            if row.html_key and not row.html_key.endswith(".pdf"):
                if noted:
                    house.reports.read(one.requester, one.digest, one.study.uid, row.id)
                yield row.id, house.objects.read(row.html_key).decode("utf-8", "replace")


def _current(line: ReportLine) -> Iterator[DocumentRow]:
    yield line.row
    for addendum in line.addenda:
        yield from _current(addendum)


def _reports(request: web.Request, one: Printing, texts: dict[int, str]) -> Iterator[Block]:
    t, house = one.t, request.app[HOUSE]
    lines = house.reports.of_study(one.requester, one.digest, one.study.uid)
    if not lines:
        yield Heading(2, t("print.report"))
        yield Paragraph(t("print.awaited" if one.study.uid in house.reports.awaited([one.study.uid]) else "print.none"))
    words = {name: t(f"print.w.{name}") for name in _WORDS}
    for line in lines:
        for row in _current(line):
            yield Heading(2, (row.title or t("print.report")) if row is line.row else t("print.addendum"))
            at = (row.stated_at or row.sequence_at).astimezone(PARIS)
            state = t(f"print.state.{row.state}", at=f"{at:%d/%m/%Y %H:%M}", v=row.version)
            yield Paragraph(" – ".join(filter(None, (state, row.author, row.author_facility))))
            if row.id in texts:
                yield from blocks(texts[row.id], words, decimal_comma=t.language == "fr")
            else:
                yield Paragraph(t("print.apart" if row.html_key.endswith(".pdf") else "print.unreadable"))


def _keys(request: web.Request, one: Printing, texts: dict[int, str]) -> Iterator[Block]:
    """Yield the key images: those the hospital selected, those the reader starred, those the reports lead to."""
    t, house = one.t, request.app[HOUSE]
    rows = {row.sop_uid: row for row in house.exams.instances(one.study.uid)}
    named: list[tuple[str, int]] = []
    for row in rows.values():
        if row.reason == "key_objects":
            with house.objects.local(row.key) as path:
                named += key_images(path)
    named += _starred(request, one)
    named += [place for text in texts.values() for place in cited(text)]
    shown = [(rows[uid], frame) for uid, frame in dict.fromkeys(named)  # type: ignore[index]
             if uid in rows and rows[uid].state == "prepared"]  # type: ignore[index]
    yield Heading(2, t("print.keys"))
    if not shown:
        yield Paragraph(t("print.keys.none"))
    numbers = {series.uid: series.number for series in house.exams.series(one.study.uid)}
    lossy = 0
    for row, frame in shown[:MOST_KEYS]:
        image = stored.described_image(house.objects, row, frame)
        if image["quality"]["lossy"]:  # R-L 6
            lossy += 1
            continue
        yield Picture(_drawn(house.objects, row, frame), _caption(one, row, image, numbers.get(row.series_uid)),
                      _PICTURE_MM)  # fmt: skip
    if lossy:
        yield Paragraph(t("print.keys.lossy", n=lossy))
    if (more := len(shown) - MOST_KEYS) > 0:
        yield Paragraph(t("print.keys.more", n=more))


def _starred(request: web.Request, one: Printing) -> list[tuple[str, int]]:
    done = request.app[HOUSE].kept_work.of_studies(one.requester, [one.study.uid])[one.study.uid]
    return [(sop, int(frame)) for _, sop, frame in (image.split("/") for image in done.keys)]


def _drawn(objects: Objects, row: InstanceRow, frame: int) -> bytes:
    return stored.rendered_frame(objects, row, frame, stored.Asked(size_px=_PX, form="PNG"))


def _caption(one: Printing, row: InstanceRow, image: dict[str, Any], series: int | None) -> str:
    """Return what must be known of a picture that leaves the screen (R-L 11)."""
    t, window = one.t, next(iter(image["windows"]), None)
    day = f"{one.study.date:%d/%m/%Y}" if one.study.date else "?"
    spacing, origin = image.get("spacing_mm"), image.get("spacing_origin", "none")
    scale = t("print.scaleless")
    if spacing and origin in ("patient", "detector", "calibrated"):
        scale = t("print.scale", mm=round(spacing[1] * row.columns), origin=t(f"print.origin.{origin}"))
    told = [
        t("print.place", series=str(series if series is not None else "–"), image=str(row.number or "–"), date=day),
        t("print.window", width=f"{window['width']:g}", center=f"{window['center']:g}") if window
        else t("print.window.auto"),
        t("print.lossless"), scale, t("print.warning"),
    ]  # fmt: skip
    return " · ".join(told)


"""QIDO-RS on one node: the strategies, limits and suspicions of a C-FIND, in JSON (PS3.18 10.6, F.2)."""

import json
import time
from collections.abc import Callable, Iterator
from datetime import date
from itertools import count
from typing import Any

from pydicom.dataset import Dataset

from appliance.dicom.elements import integer, text
from appliance.domain.errors import Unavailable
from appliance.domain.identifiers import StudyUID
from appliance.domain.nodes import Node
from appliance.domain.searching import Query
from pacs_bridge.dicomweb.link import Link, Params, Unseal, linked
from pacs_bridge.query import asking
from pacs_bridge.query.answers import fits, study_row
from pacs_bridge.query.finding import WHOLE_S, Found, Images, Patience

JSON = "application/dicom+json"
ANSWER_BYTES = 16 << 20
PAGE = 500
_STUDY_KEYS = (*asking.OPTIONAL, *asking.REQUIRED)


def echo(node: Node, secure: Any, unseal: Unseal) -> dict[str, Any]:
    """Return ``{ok, ms, cause}`` of one small search; never raises for a node's fault."""
    started, cause = time.monotonic(), ""
    try:
        with linked(node, secure, unseal, 10) as link:
            list(_found(link, "studies", [("limit", "1")]))
    except Unavailable as away:
        cause = away.cause
    return {"ok": not cause, "ms": round((time.monotonic() - started) * 1000), "cause": cause}


def find_studies(node: Node, wanted: Query, today: date, patience: Patience, unseal: Unseal) -> Found:
    """Return the studies that fit; raise `Unavailable` with the cause when the node fails."""
    with linked(node, patience.secure, unseal, min(patience.whole_s, 10)) as link:
        for keys in asking.strategies(wanted, node, today):
            params = [*keys.items(), *(("includefield", key) for key in _STUDY_KEYS)]
            found = Found()
            for answer in _found(link, "studies", [*params, ("limit", str(patience.limit + 1))]):
                row = study_row(answer, node)
                if row is not None and fits(row, wanted):
                    found.studies.append(row)
            found.more = len(found.studies) > patience.limit
            del found.studies[patience.limit :]
            if found.studies:
                return found
    return Found()


def find_images(node: Node, study_uid: StudyUID, secure: Any, unseal: Unseal, heard: Callable[[], None]) -> Images:
    """Return every instance of a study; raise `Unavailable` when the node fails."""
    end = time.monotonic() + WHOLE_S * 2
    counts: dict[str, int] = {}
    found: dict[str, set[str]] = {}
    classes: dict[str, str] = {}
    with linked(node, secure, unseal, 10) as link:
        wanted = [("includefield", key) for key in asking.SERIES_KEYS]
        for answer in _found(link, f"studies/{study_uid}/series", wanted):
            heard()
            told = integer(answer, "NumberOfSeriesRelatedInstances")
            counts[text(answer, "SeriesInstanceUID", 64)] = 1 if told is None else told
        for answer in _instances(link, study_uid, end):
            heard()
            sop_uid = text(answer, "SOPInstanceUID", 64)
            classes[sop_uid] = text(answer, "SOPClassUID", 64)
            found.setdefault(text(answer, "SeriesInstanceUID", 64), set()).add(sop_uid)
    series = {uid: frozenset(uids) for uid, uids in found.items()}
    whole = bool(counts) and all(len(series.get(uid, ())) >= count for uid, count in counts.items())
    return Images(series, classes, whole and "" not in classes and set(series) <= set(counts))


def _instances(link: Link, study_uid: StudyUID, end: float) -> Iterator[Dataset]:
    """Yield instances page by page; a node that knows no pages sends the first again, which ends it."""
    seen: set[str] = set()
    for page in count():
        if time.monotonic() > end:
            raise Unavailable("timeout")
        params = [("limit", str(PAGE)), ("offset", str(page * PAGE)), ("includefield", "SOPClassUID")]
        answers = [
            one for one in _found(link, f"studies/{study_uid}/instances", params)
            if text(one, "SOPInstanceUID", 64) not in seen
        ]  # fmt: skip
        seen.update(text(one, "SOPInstanceUID", 64) for one in answers)
        yield from answers
        if len(answers) < PAGE:
            return


def _found(link: Link, path: str, params: Params) -> Iterator[Dataset]:
    with link.get(path, JSON, params) as reply:
        raw = reply.whole(ANSWER_BYTES)
    try:
        listed = json.loads(raw) if raw else []
    except (ValueError, RecursionError) as exc:
        raise Unavailable("failed_status") from exc
    if not isinstance(listed, list):
        raise Unavailable("failed_status")
    for one in listed:
        try:
            yield Dataset.from_json(one)
        except Exception:  # noqa: S112 -- pydicom's reader of JSON raises whatever the text provokes
            continue

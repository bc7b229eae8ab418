"""From navigation to the first image on a canvas, in a Chromium started for each run and thrown away after it."""

import json
from pathlib import Path
from typing import Any

from tests.journeys import running

READ_S = 60.0
_MARK = "() => performance.getEntriesByName('first-image')[0]?.startTime"
_BARE = Path(__file__).with_name("bare_canvas.html")


def ours(web: str, study: str, cookies: str) -> float:
    """Return the seconds that our viewer takes, its page, script and decoder included."""
    with running.browser() as page:
        page.context.add_cookies([_cookie(web, pair) for pair in cookies.split("; ")])
        return _first_image(page, f"{web}/viewer?study={study}")


def theirs(http: int, study: str, series: str) -> float:
    """Return the seconds until a bare canvas shows a frame out of Orthanc's DICOMweb; its page costs nothing."""
    base = f"http://127.0.0.1:{http}"
    asked = json.dumps(f"/dicom-web/studies/{study}/series/{series}")
    html = _BARE.read_text().replace("SERIES", asked)
    with running.browser() as page:
        # Of Orthanc's own origin, so that the browser lets it fetch.
        page.route(f"{base}/bare", lambda route: route.fulfill(body=html, content_type="text/html"))
        return _first_image(page, f"{base}/bare")


def _first_image(page: Any, address: str) -> float:
    page.goto(address, wait_until="commit")
    return float(running.until(page, _MARK, READ_S)) / 1000


def _cookie(web: str, pair: str) -> dict[str, str]:
    name, _, value = pair.partition("=")
    return {"name": name, "value": value, "url": web}

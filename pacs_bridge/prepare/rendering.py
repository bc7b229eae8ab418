"""The job that makes one version of a report readable: its source to a worker, the result into the store."""

import secrets
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Protocol

from appliance.domain.errors import Unavailable
from appliance.domain.jobs import Job
from appliance.usecases.ports import Objects
from appliance.usecases.reports import Reports
from pacs_bridge.prepare.making import ReportTask
from pacs_bridge.prepare.pool import Pool

_ENDINGS = {"application/pdf": "pdf", "text/html": "html"}


class HouseOfReports(Protocol):
    """The part of the house that rendering needs."""

    @property
    def reports(self) -> Reports:
        """The use case that keeps reports."""
        ...

    @property
    def objects(self) -> Objects:
        """The object store."""
        ...


def renderer(house: HouseOfReports, pool: Pool) -> Callable[[Job, object], Mapping[str, Any]]:
    """Return the handler of the jobs."""

    def render(job: Job, _beat: object) -> Mapping[str, Any]:
        return {"reason": render_report(house, int(job.payload.get("document") or 0), pool)}

    return render


def render_report(house: HouseOfReports, document_id: int, pool: Pool) -> str:
    """Make a version readable; return the reason why it is not, or an empty word.

    Raises
    ------
    Unavailable
        ``storage``.
    """
    row = house.reports.source(document_id)
    if row is None or not row.key:
        return "report_unknown"
    with tempfile.TemporaryDirectory(prefix="report-") as folder:
        output = Path(folder, "shown")
        with house.objects.local(row.key) as source:
            made = pool.rendered(ReportTask(source, row.mime, output))
        key = ""
        if not made.reason:
            key = f"reports/{row.id}.{secrets.token_hex(4)}.{_ENDINGS[made.media]}"
            house.objects.put(key, _read(output))
    house.reports.rendered(row.id, key, made.reason)
    if row.html_key:
        house.objects.delete(row.html_key)
    return made.reason


def _read(output: Path) -> bytes:
    try:
        return output.read_bytes()
    except OSError as exc:
        raise Unavailable("storage") from exc

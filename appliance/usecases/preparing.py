"""What *prepare* made of a series: rows that make its frames visible."""

from collections.abc import Sequence

from appliance.domain.identifiers import SeriesUID, SopUID
from appliance.usecases.ports import InstanceRow, PreparedInstance, UnitOfWork


class Preparing:
    """Rows of prepared instances. Idempotent: what was made of an older version is thrown away."""

    def __init__(self, database: UnitOfWork) -> None:
        self._db = database

    def instances(self, series_uid: SeriesUID) -> Sequence[InstanceRow]:
        """Return every current instance of the series."""
        with self._db.reading() as work:
            return work.instances.of_series(series_uid)

    def waiting(self, series_uid: SeriesUID) -> Sequence[InstanceRow]:
        """Return those not prepared yet."""
        return [row for row in self.instances(series_uid) if row.state == "received"]

    def done(self, made: Sequence[PreparedInstance]) -> Sequence[PreparedInstance]:
        """Say what was made; return those made of a version that is no longer current, whose objects may go."""
        with self._db.appending() as work:
            return [one for one in made if not work.instances.prepared(one)]

    def documented(self, sop_uid: SopUID, version: int) -> None:
        """Say that it is a report: it is read, not drawn."""
        with self._db.appending() as work:
            work.instances.documented(sop_uid, version)

    def undisplayable(self, sop_uid: SopUID, version: int, reason: str) -> None:
        """Name why there is nothing to show."""
        with self._db.appending() as work:
            work.instances.undisplayable(sop_uid, version, reason)

    def expected(self, series_uid: SeriesUID) -> int | None:
        """Return how many instances the series should have; None until the PACS said so (by image-level answers)."""
        return None

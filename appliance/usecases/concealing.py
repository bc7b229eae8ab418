"""Objects of an exam that no physician may have in any form: reports that are not validated, in doubt, rejected."""

from appliance.domain import reports as rules
from appliance.domain.identifiers import SopUID, StudyUID
from appliance.domain.reports import Place, ReportPolicy
from appliance.usecases.ports import InstanceRow, Work


def is_report(row: InstanceRow) -> bool:
    """Whether the object is a report, prepared or not yet."""
    return row.state == "document" or (row.state == "received" and row.sop_class in rules.CLASSES)


def concealed(work: Work, uid: StudyUID, policy: ReportPolicy) -> frozenset[SopUID]:
    """Return the reports among the objects of an exam that may not be seen as files either."""
    rows = work.reports.of_objects(uid)
    shown = {row.sop_uid for row in rows if row.place is Place.ATTACHED}
    shown &= {row.sop_uid for row in rows if rules.visible(row.as_version, policy)}
    return frozenset(SopUID(row.sop_uid) for row in rows if row.sop_uid not in shown)

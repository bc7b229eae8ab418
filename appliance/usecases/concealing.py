"""What no physician may have yet, though he holds the exam.

Reports that are not validated, in doubt or rejected, in any form; under embargo, the whole exam.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

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


def embargoed(work: Work, uids: Sequence[StudyUID], policy: ReportPolicy, now: datetime) -> frozenset[StudyUID]:
    """Return those of the exams kept back (R-E): until a validated report, a release, or the end of their days."""
    if not policy.embargo:
        return frozenset()
    rows = work.reports.of_studies(uids)
    states = {uid: [row.state for row in rows if uid in row.studies] for uid in uids}
    return frozenset(
        study.uid
        for study in work.studies.by_uids(uids)
        if rules.embargoed(
            policy, rules.Awaiting(states[study.uid], study.date, study.arrived_at, study.released_at), now
        )
    )


def unreadable(work: Work, uid: StudyUID, policy: ReportPolicy) -> Sequence[InstanceRow]:
    """Return the reports among the objects of an exam of which there is nothing to read, each with its reason."""
    unseen, found = concealed(work, uid, policy), []
    newest = {row.sop_uid: row for row in reversed(work.reports.of_objects(uid))}
    for row in work.instances.of_study(uid):
        report = newest.get(row.sop_uid)
        if row.state != "document" or report is None:
            continue
        reason = report.reason
        if row.sop_uid in unseen:
            reason = "report_not_validated" if report.place is Place.ATTACHED else "report_in_doubt"
        if reason:
            found.append(replace(row, state="undisplayable", reason=reason))
    return found

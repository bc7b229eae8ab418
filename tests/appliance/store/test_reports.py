"""Keeping, attaching, reading and telling, on both databases."""

from dataclasses import replace
from datetime import timedelta

import pytest

from appliance.domain.errors import Fault, Malformed, Refused
from appliance.domain.identifiers import AccountId, PersonId, ShareId, StudyUID
from appliance.domain.jobs import JobKind
from appliance.domain.journal import Actor
from appliance.domain.people import Identifier, PatientTraits
from appliance.domain.reports import RENDERER, Place, QueueCause, Relation, ReportPolicy, ReportState, Source
from appliance.domain.sign_in import Means, Requester
from appliance.notify.report_words import ReportMails
from appliance.store.gate import open_gate
from appliance.usecases.concealing import concealed, unreadable
from appliance.usecases.exams import Exams
from appliance.usecases.ports import ArrivedReport, Page, PromiseRow
from appliance.usecases.reports import Reports
from tests.appliance.store.test_store import NOW, SOP, STUDY, fill, study_row

FEED, DESK = Actor("node", "ris"), Actor("staff", "1", "accueil")
STRICT = ReportPolicy()
MINE = (Identifier("F-1", "HOSP"),)


class Clock:
    def __init__(self) -> None:
        self.time = NOW

    def now(self):
        return self.time


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def account(database) -> AccountId:
    return fill(database)


@pytest.fixture
def physician(account) -> Requester:
    return Requester("account", account, "Alix MARTIN", Means.PASSWORD_EMAIL, 1, "192.0.2.7", "10", "810000000001")


@pytest.fixture
def opened(database, account, clock):
    """Open the use case under a policy."""
    gate = open_gate(database)

    def reports(policy: ReportPolicy = STRICT) -> Reports:
        exams = Exams(database, clock, gate, timedelta(minutes=15), None, policy)
        return Reports(database, clock, exams, ReportMails("CH", "fr"), policy)

    yield reports
    gate.close()


@pytest.fixture
def reports(opened) -> Reports:
    return opened()


def arrived(text: bytes = b"1", hours: float = 0, state: ReportState = ReportState.VALIDATED, **other) -> ArrivedReport:
    values = {
        "unique_id": "ris^1", "state": state, "source": Source.HL7, "at": NOW + timedelta(hours=hours),
        "sha256": text * 32, "key": f"reports/{text.hex()}", "mime": "text/plain", "accession": "A1",
        "patients": MINE, "patient_name": "LEFÈVRE^Anne",
    }  # fmt: skip
    return ArrivedReport(**(values | other))


def test_the_same_report_twice_is_kept_once(reports, physician):
    first = reports.keep(arrived(), FEED)
    again = reports.keep(arrived(), FEED)
    assert (first.new, again.new, again.row.id) == (True, False, first.row.id)
    assert [line.row.id for line in reports.of_study(physician, b"token", STUDY)] == [first.row.id]


def test_a_text_that_comes_back_after_another_is_a_version_again(reports, physician):
    for hours, text in enumerate((b"1", b"2", b"1")):
        assert reports.keep(arrived(text, hours), FEED).new
    (line,) = reports.of_study(physician, b"token", STUDY)
    assert (line.row.version, line.row.sha256, [one.row.version for one in line.older]) == (3, b"1" * 32, [2, 1])


def test_a_report_is_attached_by_its_accession_number_or_its_study(reports):
    by_number = reports.keep(arrived(), FEED).row
    by_study = reports.keep(arrived(unique_id="ris^2", accession="", study_uid=STUDY), FEED).row
    assert [(row.place, row.studies) for row in (by_number, by_study)] == [(Place.ATTACHED, (STUDY,))] * 2


@pytest.mark.parametrize(
    ("change", "cause"),
    [
        ({"patients": (Identifier("F-2", "HOSP"),)}, QueueCause.OTHER_PATIENT),
        ({"patients": (Identifier("F-1", "OTHER"),)}, QueueCause.OTHER_PATIENT),
        ({"accession": ""}, QueueCause.NOTHING_NAMED),
        ({"patients": ()}, QueueCause.NOTHING_NAMED),
    ],
)
def test_what_cannot_be_attached_goes_to_the_queue_and_is_shown_to_nobody(reports, physician, change, cause):
    row = reports.keep(arrived(**change), FEED).row
    assert (row.place, row.cause, row.studies) == (Place.QUEUE, cause, ())
    assert reports.of_study(physician, b"token", STUDY) == []
    with pytest.raises(Refused, match="not_found"):
        reports.read(physician, b"token", STUDY, row.id)
    queue, total = reports.waiting(Page())
    assert ([one.id for one in queue], total) == ([row.id], 1)
    assert reports.waiting(Page(), "lefèvre")[1] == 1
    assert reports.waiting(Page(), "nobody")[1] == 0


def test_an_identifier_without_authority_is_that_of_the_house(reports):
    assert reports.keep(arrived(patients=(Identifier("F-1"),)), FEED).row.place is Place.ATTACHED


def test_a_report_waits_for_its_exam(reports, database):
    row = reports.keep(arrived(accession="A2", study_uid="1.2.9"), FEED).row
    assert (row.place, row.wait_until) == (Place.WAITING, NOW + timedelta(days=30))
    assert reports.settle(StudyUID("1.2.9")) == 0
    with database.writing() as work:
        person = work.people.ensure(study_row(PersonId(0)).traits)
        work.studies.ensure(replace(study_row(person), uid=StudyUID("1.2.9"), accession="A2"))
    assert reports.settle(StudyUID("1.2.9")) == 1
    with database.reading() as work:
        settled = work.reports.by_id(row.id)
    assert (settled.place, settled.studies, settled.wait_until) == (Place.ATTACHED, ("1.2.9",), None)


def test_the_exam_of_another_patient_does_not_settle_it(reports, database):
    row = reports.keep(arrived(accession="A2"), FEED).row
    with database.writing() as work:
        other = PatientTraits(Identifier("F-9", "HOSP"), "AUTRE^Anne", "19700101", "F")
        study = replace(study_row(work.people.ensure(other)), uid=StudyUID("1.2.9"), accession="A2", traits=other)
        work.studies.ensure(study)
    reports.settle(StudyUID("1.2.9"))
    assert reports.waiting(Page())[0][0].id == row.id


def test_who_waited_too_long_is_queued(reports, clock):
    row = reports.keep(arrived(accession="A2"), FEED).row
    assert reports.sweep() == 0
    clock.time += timedelta(days=30)
    assert reports.sweep() == 1
    (queued,) = reports.waiting(Page())[0]
    assert (queued.id, queued.cause) == (row.id, QueueCause.WAITED)


def test_a_cancellation_that_names_no_exam_follows_its_report(reports, physician):
    reports.keep(arrived(), FEED)
    gone = arrived(b"", 1, ReportState.CANCELLED, accession="", key="", mime="")
    assert reports.keep(gone, FEED).row.studies == (STUDY,)
    (line,) = reports.of_study(physician, b"token", STUDY)
    assert line.row.state is ReportState.CANCELLED


def test_a_replacement_that_comes_first_opens_the_set_of_what_it_replaces(reports, physician):
    third = reports.keep(arrived(b"3", 3, unique_id="c", relation=Relation.REPLACES, parent_id="b"), FEED)
    second = reports.keep(arrived(b"2", 2, unique_id="b", relation=Relation.REPLACES, parent_id="a"), FEED)
    first = reports.keep(arrived(b"1", 1, unique_id="a"), FEED)
    (line,) = reports.of_study(physician, b"token", STUDY)
    assert line.row.id == third.row.id
    assert [one.row.id for one in line.older] == [second.row.id, first.row.id]


def mails(database) -> list[str]:
    with database.reading() as work:
        return [row.message.to for row in work.outbox.listed(Page())[0]]


def test_a_correction_tells_who_read_the_earlier_version_and_marks_the_exam_until_it_is_opened(
    reports, physician, database
):
    first = reports.keep(arrived(), FEED).row
    assert not reports.marks(physician, b"token", [STUDY])[STUDY].unread
    reports.read(physician, b"token", STUDY, first.id)
    second = reports.keep(arrived(b"2", 1), FEED).row
    assert second.state is ReportState.CORRECTED
    assert mails(database) == ["doc@example.org"]
    with database.reading() as work:
        text = work.outbox.listed(Page())[0][0].message.text
    assert not [word for word in ("LEFÈVRE", "Anne", "F-1", "A1", "1961", str(STUDY)) if word in text]
    assert reports.marks(physician, b"token", [STUDY])[STUDY].unread
    reports.read(physician, b"token", STUDY, second.id)
    assert not reports.marks(physician, b"token", [STUDY])[STUDY].unread


def test_nobody_is_told_who_read_nothing_nor_of_an_older_message(reports, physician, database):
    row = reports.keep(arrived(), FEED).row
    reports.keep(arrived(b"2", 1), FEED)
    reports.read(physician, b"token", STUDY, row.id)
    reports.keep(arrived(b"0", -1), FEED)
    assert mails(database) == []


def test_an_addendum_tells_who_read_the_report(reports, physician, database):
    row = reports.keep(arrived(), FEED).row
    reports.read(physician, b"token", STUDY, row.id)
    reports.keep(arrived(b"2", 1, unique_id="add", relation=Relation.ADDS, parent_id="ris^1"), FEED)
    (line,) = reports.of_study(physician, b"token", STUDY)
    assert [one.row.unique_id for one in line.addenda] == ["add"]
    assert mails(database) == ["doc@example.org"]


def test_what_is_not_validated_is_hidden_until_it_is(opened, physician, database):
    with database.writing() as work:
        work.instances.documented(SOP, 1)
    strict, loose = opened(), opened(ReportPolicy(provisional=True))
    row = strict.keep(arrived(state=ReportState.PROVISIONAL, sop_uid=SOP), FEED).row
    assert strict.of_study(physician, b"token", STUDY) == []
    assert STUDY not in strict.marks(physician, b"token", [STUDY])
    with pytest.raises(Refused, match="not_found"):
        strict.read(physician, b"token", STUDY, row.id)
    assert loose.read(physician, b"token", STUDY, row.id).id == row.id
    with database.reading() as work:
        assert concealed(work, STUDY, STRICT) == {SOP}
        assert [row.reason for row in unreadable(work, STUDY, STRICT)] == ["report_not_validated"]
        assert not unreadable(work, STUDY, ReportPolicy(provisional=True))
    assert (strict.awaited([STUDY]), loose.awaited([STUDY])) == ({STUDY}, frozenset())
    with database.reading() as work:
        assert not concealed(work, STUDY, ReportPolicy(provisional=True))
    assert strict.keep(arrived(hours=1), FEED).row.state is ReportState.VALIDATED
    assert [line.row.version for line in strict.of_study(physician, b"token", STUDY)] == [2]


def test_an_important_result_is_marked_until_it_is_opened(reports, physician, database, account):
    row = reports.keep(arrived(important=True), FEED).row
    mark = reports.marks(physician, b"token", [STUDY])[STUDY]
    assert (mark.important, mark.unread) == (True, True)
    reports.read(physician, b"token", STUDY, row.id)
    assert not reports.marks(physician, b"token", [STUDY])[STUDY].unread
    with database.reading() as work:
        assert work.reports.readers([row.id]) == [account]


def test_each_reading_is_in_the_journal_with_its_version(reports, physician, database):
    row = reports.keep(arrived(), FEED).row
    reports.read(physician, b"token", STUDY, row.id)
    reports.read(physician, b"token", STUDY, row.id)
    with database.reading() as work:
        found = [r.event for r in work.journal.listed(Page())[0] if r.event.verb == "report.read"]
    assert [(e.subject, e.facts["document"], e.facts["version"], e.facts["first"]) for e in found] == [
        (STUDY, row.id, 1, False), (STUDY, row.id, 1, True),
    ]  # fmt: skip


def test_a_closed_gate_closes_the_reports(reports, physician, database):
    row = reports.keep(arrived(), FEED).row
    with pytest.raises(Refused, match="not_found"):
        reports.of_study(physician, b"stranger", STUDY)
    with database.writing() as work:
        work.shares.revoke(ShareId("s1"), NOW, "desk", "lost")
    assert reports.marks(physician, b"token", [STUDY]) == {}
    with pytest.raises(Refused, match="not_found"):
        reports.read(physician, b"token", STUDY, row.id)


def test_the_desk_attaches_what_waits_and_says_so_when_the_patient_differs(reports, physician):
    row = reports.keep(arrived(patients=(Identifier("F-2", "HOSP"),)), FEED).row
    with pytest.raises(Refused, match="other_patient"):
        reports.attach(row.id, [STUDY], DESK)
    with pytest.raises(Refused, match="not_found"):
        reports.attach(row.id, [StudyUID("9.9")], DESK)
    reports.attach(row.id, [STUDY], DESK, sure=True)
    assert [line.row.id for line in reports.of_study(physician, b"token", STUDY)] == [row.id]
    assert reports.waiting(Page())[1] == 0
    with pytest.raises(Refused, match="report_placed"):
        reports.reject(row.id, "twice", DESK)


def test_the_desk_rejects_what_is_nobodys(reports, physician):
    row = reports.keep(arrived(accession=""), FEED).row
    with pytest.raises(Malformed, match="reason"):
        reports.reject(row.id, " ", DESK)
    reports.reject(row.id, "sent in error", DESK)
    assert reports.waiting(Page())[1] == 0
    assert reports.of_study(physician, b"token", STUDY) == []


def test_what_an_older_renderer_made_is_made_again(reports, database):
    row = reports.keep(arrived(), FEED).row
    with database.reading() as work:
        assert [job.kind for job in work.jobs.listed(Page())[0]] == [JobKind.RENDER]
    assert reports.to_render() == [row.id]
    reports.rendered(row.id, "reports/1.html")
    assert reports.to_render() == []
    with database.writing() as work:
        work.reports.rendered(row.id, "reports/1.html", RENDERER - 1, "")
    assert reports.to_render() == [row.id]
    reports.rendered(row.id, "", "too_deep")
    assert reports.source(row.id).reason == "too_deep"


def test_under_embargo_an_exam_opens_with_its_validated_report_or_after_its_days(database, account, clock):
    policy, gate = ReportPolicy(embargo=True, embargo_days=7), open_gate(database)
    try:
        exams = Exams(database, clock, gate, timedelta(days=365), None, policy)
        reports = Reports(database, clock, exams, ReportMails("CH", "fr"), policy)
        assert not exams.may_see(b"token", STUDY)
        assert exams.embargoed([STUDY]) == {STUDY}
        with pytest.raises(Refused, match="not_found"):
            exams.instance(b"token", STUDY, gate.frame(b"token", STUDY, SOP))
        reports.keep(arrived(state=ReportState.PROVISIONAL), FEED)
        assert not exams.may_see(b"token", STUDY)
        first = reports.keep(arrived(hours=1), FEED).row
        assert exams.may_see(b"token", STUDY)
        assert exams.instance(b"token", STUDY, gate.frame(b"token", STUDY, SOP)).sop_uid == SOP
        reports.keep(arrived(b"", 2, ReportState.CANCELLED, key="", mime=""), FEED)
        assert exams.may_see(b"token", STUDY)
        assert reports.source(first.id) is not None
    finally:
        gate.close()


def test_the_days_of_an_embargo_end_it(database, account, clock):
    gate = open_gate(database)
    try:
        exams = Exams(database, clock, gate, timedelta(days=365), None, ReportPolicy(embargo=True, embargo_days=3))
        assert exams.embargoed([STUDY]) == {STUDY}
        clock.time = NOW + timedelta(days=1)
        assert not exams.embargoed([STUDY])
    finally:
        gate.close()


def test_an_emergency_does_not_wait_for_a_report(database, account, clock):
    gate = open_gate(database)
    try:
        exams = Exams(database, clock, gate, timedelta(days=365), None, ReportPolicy(embargo=True))
        assert not exams.may_see(b"token", STUDY)
        with database.writing() as work:
            person = work.studies.by_uid(STUDY).person_id
            end = NOW + timedelta(hours=4)
            gift = PromiseRow(0, "810000000001", STUDY, person, "urgence", "", "desk", NOW, end)
            work.shares.grant(gift, account, NOW)
        assert exams.may_see(b"token", STUDY)
    finally:
        gate.close()


def test_a_report_that_nothing_can_be_made_of_is_named_with_its_reason(reports, database):
    with database.writing() as work:
        work.instances.documented(SOP, 1)
    row = reports.keep(arrived(sop_uid=SOP), FEED).row
    with database.reading() as work:
        assert not unreadable(work, STUDY, STRICT)
    reports.rendered(row.id, "", "report_dtd")
    with database.reading() as work:
        assert [one.reason for one in unreadable(work, STUDY, STRICT)] == ["report_dtd"]


def test_a_radiologist_s_release_ends_an_embargo_and_leaves_its_reason(database, account, clock):
    policy, gate = ReportPolicy(embargo=True, embargo_days=7), open_gate(database)
    try:
        exams = Exams(database, clock, gate, timedelta(days=365), None, policy)
        reports = Reports(database, clock, exams, ReportMails("CH", "fr"), policy)
        for study, why, cause in ((STUDY, "  ", "reason"), (StudyUID("1.2.999"), "urgence", "study_unknown")):
            with pytest.raises(Fault, match=cause):
                reports.release(study, why, FEED)
        assert not exams.may_see(b"token", STUDY)
        assert [row.uid for row in exams.kept_back()] == [STUDY]
        reports.release(STUDY, "avis du  Dr Durand, urgence", FEED)
        assert exams.may_see(b"token", STUDY)
        assert exams.embargoed([STUDY]) == frozenset()
        assert exams.kept_back() == []
        with pytest.raises(Refused, match="embargo_over"):
            reports.release(STUDY, "encore", FEED)
        with database.reading() as work:
            events = [row.event for row in work.journal.listed(Page())[0] if row.event.verb == "embargo.release"]
        assert [(one.subject, one.facts["reason"]) for one in events] == [(STUDY, "avis du Dr Durand, urgence")]
    finally:
        gate.close()

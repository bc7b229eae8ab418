"""What the limits of R-I count, and what a failed pull says of its study, on both databases."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from appliance.domain.identifiers import PersonId, StudyUID
from appliance.domain.jobs import JobKind
from appliance.domain.people import Identifier, PatientTraits
from appliance.domain.sign_in import Channel
from appliance.store.database import Database
from appliance.usecases.ports import OtpRow, StudyRow

TRAITS = PatientTraits(Identifier("F-1", "HOSP"), "LEFÈVRE^Anne", "19610314", "F")
NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def test_failures_are_counted_over_all_keys_of_a_kind(database: Database):
    with database.writing() as work:
        for minutes in (0, 59, 60, 61):
            work.failures.add("code", f"account-{minutes}", NOW - timedelta(minutes=minutes))
        work.failures.add("password", "account-0", NOW)
        assert work.failures.count("code", NOW - HOUR) == 3
        assert work.failures.count("password", NOW - HOUR) == 1
        assert work.failures.count("digits", NOW - HOUR) == 0


def test_codes_sent_are_counted_by_channel(database: Database):
    with database.writing() as work:
        for number, (channel, at) in enumerate(
            [(Channel.SMS, NOW), (Channel.SMS, NOW - HOUR), (Channel.EMAIL, NOW), (Channel.SMS, NOW - 2 * HOUR)]
        ):
            work.otps.add(OtpRow(0, b"%032d" % number, None, None, channel, b"x" * 32, at, 0, None, None))
        assert work.otps.sent(Channel.SMS, NOW - HOUR) == 2
        assert work.otps.sent(Channel.EMAIL, NOW - HOUR) == 1


def test_why_a_study_did_not_come_is_told_until_a_later_pull(database: Database):
    uid = StudyUID("1.2.3")
    with database.writing() as work:
        row = StudyRow(uid, PersonId(0), TRAITS, None, "", "", ("CT",), "", "", "pacs")
        work.studies.ensure(replace(row, person_id=work.people.ensure(TRAITS)))
        work.jobs.enqueue(JobKind.PULL, uid, {}, now=NOW, max_attempts=1)
    with database.appending() as work:
        job = work.jobs.claim([JobKind.PULL], "test", NOW, 30)
        assert job is not None
        assert work.jobs.fail(job, "study_unknown", NOW, 0.5)
        found = work.studies.by_uid(uid)
        assert found is not None
        assert found.pull_error == "study_unknown"
        work.jobs.enqueue(JobKind.PULL, uid, {}, now=NOW, max_attempts=1)
        again = work.studies.by_uid(uid)
        assert again is not None
        assert again.pull_error == ""

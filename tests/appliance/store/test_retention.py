"""What may go, on both databases."""

from dataclasses import replace
from datetime import timedelta

import pytest

from appliance.domain.identifiers import ShareId, SopUID
from appliance.usecases.ports import Lives, Page
from tests.appliance.store.test_store import NOW, SERIES, SOP, STUDY, file, fill

AFTER = NOW + timedelta(days=11)


def test_an_exam_is_needed_while_its_share_lives(database):
    fill(database)
    with database.writing() as work:
        assert work.retention.unneeded(NOW, 10) == []
        [held] = work.retention.unneeded(AFTER, 10)
        assert (held.uid, held.arrived_at, held.ended_at) == (STUDY, NOW, NOW + timedelta(days=10))
        work.shares.revoke(ShareId("s1"), NOW, "desk", "")
        assert [one.ended_at for one in work.retention.unneeded(NOW, 10)] == [NOW]
        assert work.retention.still_unneeded(STUDY, NOW)


def test_a_purged_exam_keeps_its_list_and_comes_again(database):
    fill(database)
    with database.writing() as work:
        work.retention.purge(STUDY)
        study = work.studies.by_uid(STUDY)
        assert (study.received, study.complete, study.arrived_at) == (0, None, None)
        assert work.instances.of_study(STUDY) == []
        assert work.instances.held(STUDY) == set()
        [left] = work.retention.leftovers(10)
        assert left.keys == (file().key, "", "")
        work.retention.forgotten([SOP])
        assert work.retention.leftovers(10) == []
        assert work.retention.unneeded(AFTER, 10) == []
        old = work.instances.by_uid(SOP)
        assert old.state == "purged"
        work.instances.restore(old, file(key="received/1.2.3/1.2.3.4.5.b.dcm"), AFTER)
        [row] = work.instances.of_study(STUDY)
        assert (row.state, row.version, row.key[-5]) == ("received", 2, "b")
        assert work.studies.by_uid(STUDY).arrived_at == AFTER


def test_what_is_taken_back_is_hidden_now_and_when_it_comes_late(database):
    fill(database)
    with database.writing() as work:
        late = SopUID("1.2.3.4.6")
        assert work.instances.reject(STUDY, [SOP, late], "113038", NOW) == [SERIES]
        assert work.instances.reject(STUDY, [SOP, late], "113038", NOW) == []
        assert work.instances.of_series(SERIES) == []
        assert work.instances.held(STUDY) == {SOP}
        assert work.instances.rejected(late) == "113038"
        coming = replace(file(key="received/1.2.3/x.dcm"), facts=replace(file().facts, sop_uid=late))
        assert work.instances.add_next(coming, NOW) is False
        assert [one.sop_uid for one in work.retention.leftovers(10)] == [SOP]


@pytest.mark.parametrize(("days", "left"), [(0, 1), (31, 0)])
def test_rows_go_when_their_time_is_over(database, days, left):
    fill(database)
    later = NOW + timedelta(days=days)
    with database.writing() as work:
        work.failures.add("code", "1", NOW)
        work.retention.sweep(Lives(*(later - timedelta(days=30) for _ in range(5))))
        assert (work.sessions.by_token(b"token") is not None) == bool(left)
        assert work.failures.count("code", NOW - timedelta(days=1)) == left
        assert work.shares.listed(Page(0, 5))[1] == 1

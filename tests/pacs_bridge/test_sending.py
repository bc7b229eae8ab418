"""Deposits sent to a PACS and proven to be there, by peers that commit, deny, refuse, are silent or go away."""

import signal
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from pydicom import Dataset
from pydicom.uid import JPEG2000Lossless
from pynetdicom import AE, build_role
from pynetdicom.sop_class import StorageCommitmentPushModel as COMMITMENT
from pynetdicom.sop_class import StorageCommitmentPushModelInstance as INSTANCE

from appliance.bootstrap import open_house
from appliance.dicom.key_selections import key_selection
from appliance.dicom.made_documents import PRODUCT, Author, Device, Image, Origin
from appliance.dicom.measurement_reports import Group, measurement_report
from appliance.domain.errors import Refused
from appliance.domain.identifiers import AccountId, SopUID, StudyUID
from appliance.domain.jobs import JobKind
from appliance.domain.journal import Event, Family
from appliance.domain.measures import Scale, measured
from appliance.domain.nodes import Method, Node
from appliance.domain.people import Identifier, PatientTraits
from appliance.domain.retention import RetentionPolicy
from appliance.usecases import sending as usecase
from appliance.usecases.ports import SendableRow
from pacs_bridge.receive.part10 import meta_of
from pacs_bridge.send import committing
from tests.pacs_bridge.sendings import ADMIN, STUDY, Scene, hand_in, objects, scene, sop
from tests.pacs_bridge.test_killed import lease_of_the_dead_runs_out
from tests.pacs_bridge.test_service import bridge, config, settings_of  # noqa: F401
from tests.peers import committing_pacs, orthanc
from tests.peers.committing_pacs import EXPLICIT, CommittingPacs
from tests.peers.dcmtk import free_port

WAITS = committing.Waits()
# pynetdicom leaves the socket of a refused connection to the garbage collector.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Scene]:
    with scene(tmp_path / "house") as found:
        yield found


def meeting(stage: Scene, pacs: CommittingPacs) -> None:
    stage.add("archive", pacs.aet, pacs.port)


def proven(stage: Scene) -> int:
    with stage.house.database.reading() as work:
        found = work.sendings.deposit(STUDY)
    return found.proven if found else 0


def report(transaction: str, *uids: str) -> Dataset:
    said = Dataset()
    said.TransactionUID = transaction
    said.ReferencedSOPSequence = [Dataset() for _ in uids]
    for item, uid in zip(said.ReferencedSOPSequence, uids, strict=True):
        item.ReferencedSOPClassUID, item.ReferencedSOPInstanceUID = committing_pacs.CT, uid
    return said


# --- a peer that reports at once ------------------------------------------------------------------


def test_what_was_deposited_is_sent_as_stored_and_proven_on_the_same_association(stage: Scene, tmp_path: Path):
    files = objects(tmp_path, 3)
    hand_in(stage.house, files)
    with committing_pacs.running(CommittingPacs()) as pacs:
        meeting(stage, pacs)
        made = stage.send()
        assert stage.work() == []
    assert stage.counts(made.id) == {"proven": 3}
    assert pacs.statuses == [0x0000]
    assert pacs.stored == {sop(n): data[meta_of(data)[1] :] for n, data in enumerate(files)}
    [asked] = pacs.asked
    assert {str(one.ReferencedSOPInstanceUID) for one in asked.ReferencedSOPSequence} == set(pacs.stored)
    assert proven(stage) == 3
    [said] = stage.events("deposit.proof")
    assert (said.actor.kind, said.actor.id, said.facts["proof"], said.facts["proven"]) == (
        "node", "archive", "commitment", 3,
    )  # fmt: skip
    assert [one.facts["objects"] for one in stage.events("deposit.send")] == [3]
    assert [one.facts["sent"] for one in stage.events("deposit.sent")] == [3]
    with pytest.raises(Refused, match="deposit_proven"):
        stage.send()


def test_what_was_made_of_a_physician_s_work_goes_the_same_way(stage: Scene, tmp_path: Path):
    hand_in(stage.house, objects(tmp_path, 1))
    account, [data] = AccountId(7), objects(tmp_path, 1)
    key = f"sent/{STUDY}/2.25.5.dcm"
    stage.house.objects.put(key, data)
    made = [SendableRow(SopUID("2.25.5"), committing_pacs.CT, "", key, 0)]
    asked = Event(Family.ACCESS, "measures.send", ADMIN, STUDY)
    with committing_pacs.running(CommittingPacs()) as pacs:
        meeting(stage, pacs)
        row = stage.house.sending.send_made(STUDY, "archive", account, made, asked)
        assert stage.work() == []
        assert stage.house.sending.send_made(STUDY, "archive", account, made, asked).id == row.id
        # Its file is gone before it could be sent: told, and not tried for ever.
        gone = [replace(made[0], sop_uid=SopUID("2.25.6"), key=f"sent/{STUDY}/2.25.6.dcm")]
        lost = stage.house.sending.send_made(STUDY, "archive", account, gone, asked)
        stage.work()
    assert stage.counts(row.id) == {"proven": 1}
    assert pacs.stored == {"2.25.5": data[meta_of(data)[1] :]}
    assert proven(stage) == 0, "the deposit of the study is another matter"
    assert stage.failures(lost.id) == {("object_gone", "")}
    assert stage.house.sending.last_of(account, STUDY)[1] == "failed"


def test_what_the_peer_denies_is_not_proven_and_can_be_sent_again(stage: Scene, tmp_path: Path):
    hand_in(stage.house, objects(tmp_path, 2))
    with committing_pacs.running(CommittingPacs(denies=frozenset({sop(1)}))) as pacs:
        meeting(stage, pacs)
        made = stage.send()
        stage.work()
        assert stage.counts(made.id) == {"proven": 1, "failed": 1}
        assert stage.failures(made.id) == {("not_committed", "0112")}
        pacs.denies = frozenset()
        again = stage.send()
        stage.work()
    assert stage.counts(again.id) == {"proven": 1}
    assert proven(stage) == 2


def test_a_huge_deposit_is_asked_about_in_pieces(stage: Scene, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(committing, "MOST_OBJECTS", 2)
    hand_in(stage.house, objects(tmp_path, 5))
    with committing_pacs.running(CommittingPacs(reports="never")) as pacs:
        meeting(stage, pacs)
        made = stage.send()
        stage.deliveries = type(stage.deliveries)(stage.house, hear_s=0.1)
        stage.work()
        assert [len(one.ReferencedSOPSequence) for one in pacs.asked] == [2, 2, 1]
        assert len({one.TransactionUID for one in pacs.asked}) == 3
        assert [pacs.calls(stage.port, *pacs.report_of(one)) for one in pacs.asked[:2]] == [0, 0]
    assert stage.counts(made.id) == {"proven": 4, "sent": 1}


# --- a peer that calls back -----------------------------------------------------------------------


def awaiting(stage: Scene, tmp_path: Path, pacs: CommittingPacs, count: int = 1) -> int:
    """A sending whose report has not come."""
    hand_in(stage.house, objects(tmp_path, count))
    meeting(stage, pacs)
    stage.deliveries = type(stage.deliveries)(stage.house, hear_s=0.1)
    made = stage.send()
    assert stage.work() == []
    assert stage.counts(made.id) == {"sent": count}
    return made.id


def test_reports_that_do_not_count_have_no_effect_and_are_journaled(stage: Scene, tmp_path: Path):
    with committing_pacs.running(CommittingPacs(reports="never")) as pacs:
        number = awaiting(stage, tmp_path, pacs, 2)
        stage.add("other", "OTHER", pacs.port)
        [asked] = pacs.asked
        good, event_type = pacs.report_of(asked)
        empty, broken = Dataset(), Dataset()
        empty.ReferencedSOPSequence = []
        broken.TransactionUID = asked.TransactionUID
        broken.ReferencedSOPSequence = [Dataset()]
        assert pacs.calls(stage.port, report("2.25.77", sop(0))) == 0x0115
        assert pacs.calls(stage.port, good, aet="OTHER") == 0x0115
        assert pacs.calls(stage.port, empty) == 0x0115
        assert pacs.calls(stage.port, broken) == 0x0115
        assert pacs.calls(stage.port, good, 3) == 0x0113
        assert pacs.calls(stage.port, good, instance="1.2.3") == 0x0112
        assert stage.counts(number) == {"sent": 2}
        assert pacs.calls(stage.port, good, event_type) == 0x0000
        assert pacs.calls(stage.port, good, event_type) == 0x0000  # it did not hear our answer
    assert stage.counts(number) == {"proven": 2}
    ignored = stage.events("deposit.report_ignored")
    assert [one.cause for one in ignored] == ["unknown", "unknown", *["malformed"] * 4, "duplicate"]
    assert [one.actor.id for one in ignored][:2] == ["archive", "other"]
    assert ignored[0].subject == "2.25.77"
    assert len(stage.events("deposit.proof")) == 1


def test_a_report_proves_only_what_it_names_under_its_class(stage: Scene, tmp_path: Path):
    with committing_pacs.running(CommittingPacs(reports="never")) as pacs:
        number = awaiting(stage, tmp_path, pacs, 4)
        transaction = str(pacs.asked[0].TransactionUID)
        said = report(transaction, sop(0), sop(1), sop(2), "1.2.3.4")
        said.ReferencedSOPSequence[1].ReferencedSOPClassUID = "1.2.840.10008.5.1.4.1.1.4"
        said.FailedSOPSequence = [said.ReferencedSOPSequence[2]]
        assert pacs.calls(stage.port, said, 2) == 0
    assert stage.counts(number) == {"proven": 1, "failed": 3}
    assert proven(stage) == 1


def test_after_two_days_the_archive_is_searched_and_a_report_is_late(stage: Scene, tmp_path: Path):
    with committing_pacs.running(CommittingPacs(reports="never", hides=frozenset({sop(1)}))) as pacs:
        number = awaiting(stage, tmp_path, pacs, 2)
        stage.clock.ahead = timedelta(hours=49)
        assert set(stage.work()) == {"not_arrived"}
        assert stage.counts(number) == {"proven": 1, "failed": 1}
        assert pacs.calls(stage.port, *pacs.report_of(pacs.asked[0])) == 0x0115
    assert stage.counts(number) == {"proven": 1, "failed": 1}
    assert stage.failures(number) == {("not_arrived", "")}
    assert [one.facts["proof"] for one in stage.events("deposit.proof")] == ["find"]
    assert [one.cause for one in stage.events("deposit.report_ignored")] == ["late"]


@pytest.mark.parametrize("roles", [{"scu_role": True}, {}])
def test_whoever_does_not_say_that_it_reports_is_not_heard(stage: Scene, tmp_path: Path, roles: dict[str, bool]):
    with committing_pacs.running(CommittingPacs(reports="never")) as pacs:
        number = awaiting(stage, tmp_path, pacs)
        assert pacs.calls(stage.port, *pacs.report_of(pacs.asked[0]), roles=roles) is None
    assert stage.counts(number) == {"sent": 1}


def test_nobody_but_a_node_reports(stage: Scene, tmp_path: Path):
    with committing_pacs.running(CommittingPacs(reports="never")) as pacs:
        number = awaiting(stage, tmp_path, pacs)
        # Any calling title may associate from this machine here, as in the demo; this one is no node.
        assert pacs.calls(stage.port, *pacs.report_of(pacs.asked[0]), aet="STRANGER") is None
    assert stage.counts(number) == {"sent": 1}


def test_we_never_commit_to_anything(stage: Scene, tmp_path: Path):
    with committing_pacs.running(CommittingPacs(reports="never")) as pacs:
        awaiting(stage, tmp_path, pacs)
        entity = AE(pacs.aet)
        entity.add_requested_context(COMMITMENT, EXPLICIT)
        both = build_role(COMMITMENT, scu_role=True, scp_role=True)
        opened = entity.associate("127.0.0.1", stage.port, ae_title="NEGATOSCOPE", ext_neg=[both])
        [context] = opened.accepted_contexts
        assert (context.as_scu, context.as_scp) == (False, True)
        context._as_scu = True  # as one that asks all the same
        status, _ = opened.send_n_action(pacs.asked[0], 1, COMMITMENT, INSTANCE)
        assert status.Status == 0x0211
        opened.release()
    assert stage.events("deposit.report_ignored") == []


# --- peers that fail ------------------------------------------------------------------------------


@pytest.mark.parametrize("script", [{"commits": False}, {"action_status": 0x0112}])
def test_without_a_commitment_the_archive_is_searched(stage: Scene, tmp_path: Path, script: dict[str, object]):
    hand_in(stage.house, objects(tmp_path, 3))
    with committing_pacs.running(CommittingPacs(**script)) as pacs:  # type: ignore[arg-type]
        meeting(stage, pacs)
        made = stage.send()
        assert stage.work() == []
    assert stage.counts(made.id) == {"proven": 3}
    assert [one.facts["proof"] for one in stage.events("deposit.proof")] == ["find"]


def test_what_the_archive_never_names_is_not_proven(stage: Scene, tmp_path: Path):
    hand_in(stage.house, objects(tmp_path, 2))
    with committing_pacs.running(CommittingPacs(commits=False, hides=frozenset({sop(0)}))) as pacs:
        meeting(stage, pacs)
        made = stage.send()
        assert stage.work() == ["not_arrived"] * (usecase.PROVE_ATTEMPTS - 1)
    assert stage.counts(made.id) == {"proven": 1, "failed": 1}
    assert stage.failures(made.id) == {("not_arrived", "")}


def test_an_archive_without_image_level_proves_nothing(stage: Scene, tmp_path: Path):
    hand_in(stage.house, objects(tmp_path, 1))
    with committing_pacs.running(CommittingPacs(commits=False, finds=False)) as pacs:
        meeting(stage, pacs)
        made = stage.send()
        stage.work()
    assert stage.failures(made.id) == {("no_image_level", "")}


def test_a_syntax_that_is_not_taken_is_named_and_nothing_transcoded(stage: Scene, tmp_path: Path):
    [compressed] = objects(tmp_path, 1, JPEG2000Lossless)
    hand_in(stage.house, [compressed, *objects(tmp_path, 2)[1:]])
    with committing_pacs.running(CommittingPacs()) as pacs:
        meeting(stage, pacs)
        made = stage.send()
        stage.work()
        assert stage.counts(made.id) == {"proven": 1, "failed": 1}
        assert stage.failures(made.id) == {("transfer_syntax", str(JPEG2000Lossless))}
        assert list(pacs.stored) == [sop(1)]
    with committing_pacs.running(CommittingPacs(syntaxes=(EXPLICIT, str(JPEG2000Lossless)))) as pacs:
        stage.add("second", pacs.aet, pacs.port)
        stage.send("second")
        stage.work()
        assert pacs.stored == {sop(0): compressed[meta_of(compressed)[1] :]}
    assert proven(stage) == 2


def test_a_class_that_is_not_taken_is_named(stage: Scene, tmp_path: Path):
    hand_in(stage.house, objects(tmp_path, 1))
    with committing_pacs.running(CommittingPacs(classes=("1.2.840.10008.5.1.4.1.1.4",))) as pacs:
        meeting(stage, pacs)
        made = stage.send()
        stage.work()
    assert stage.failures(made.id) == {("sop_class", committing_pacs.CT)}
    assert pacs.asked == []


@pytest.mark.parametrize(
    ("status", "tries", "cause"),
    [(0xC000, 0, ("failed_status", "C000")), (0xA700, usecase.SEND_ATTEMPTS - 1, ("failed_status", "A700"))],
)
def test_a_refused_object_is_tried_again_only_when_there_is_no_room(
    stage: Scene, tmp_path: Path, status: int, tries: int, cause: tuple[str, str]
):
    hand_in(stage.house, objects(tmp_path, 1))
    with committing_pacs.running(CommittingPacs(store_status=status)) as pacs:
        meeting(stage, pacs)
        made = stage.send()
        assert stage.work() == ["failed_status"] * tries
    assert stage.failures(made.id) == {cause}


def test_a_peer_that_breaks_off_is_asked_again_under_another_transaction(stage: Scene, tmp_path: Path):
    hand_in(stage.house, objects(tmp_path, 1))
    with committing_pacs.running(CommittingPacs(breaks=True)) as pacs:
        meeting(stage, pacs)
        made = stage.send()
        assert stage.work(attempts=4) == ["aborted", "aborted"]
        assert len({str(one.TransactionUID) for one in pacs.asked}) == 2
        # It had heard the first: what it says of that counts.
        pacs.breaks = False
        assert pacs.calls(stage.port, *pacs.report_of(pacs.asked[0])) == 0
        assert stage.counts(made.id) == {"proven": 1}
        assert stage.work() == []
        assert len(pacs.asked) == 2


def test_a_silent_peer_is_a_cause_and_the_request_stays_open(
    stage: Scene, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    hand_in(stage.house, objects(tmp_path, 1))
    monkeypatch.setattr(committing, "Waits", lambda: replace(WAITS, response_s=0.3))
    with committing_pacs.running(CommittingPacs(silent_s=1.0, reports="never")) as pacs:
        meeting(stage, pacs)
        made = stage.send()
        assert stage.work(attempts=4) == ["timeout", "timeout"]
        assert pacs.calls(stage.port, *pacs.report_of(pacs.asked[0])) == 0
    assert stage.counts(made.id) == {"proven": 1}


def test_a_peer_that_is_not_there_is_a_cause_and_nothing_is_lost(stage: Scene, tmp_path: Path):
    hand_in(stage.house, objects(tmp_path, 1))
    stage.add("archive", "ARCHIVE", free_port())
    made = stage.send()
    assert set(stage.work()) == {"refused"}
    assert stage.counts(made.id) == {"waiting": 1}
    assert stage.house.queue.counts()["dead"] == 1


def test_what_cannot_be_sent_is_refused(stage: Scene, tmp_path: Path):
    hand_in(stage.house, objects(tmp_path, 1))
    stage.add("archive", "ARCHIVE", 104)
    web = replace(stage.house.nodes.get("archive"), name="web", method=Method.WADO, url="https://pacs.example/dicom")
    stage.house.nodes.add(web, ADMIN)
    for study, node, cause in (
        (STUDY, "nobody", "node_unknown"), (STUDY, "web", "send_dicomweb"),
        (StudyUID("1.2.3"), "archive", "study_unknown"),
    ):  # fmt: skip
        with pytest.raises(Refused, match=cause):
            stage.house.sending.send(study, node, ADMIN)
    assert stage.house.queue.claim([JobKind.SEND], "test") is None


def test_another_version_is_not_proven_by_the_report_of_the_first(stage: Scene, tmp_path: Path):
    [first] = objects(tmp_path, 1)
    corrected = first.replace(b"DEPOT^Anne", b"DEPOT^Anna")
    with committing_pacs.running(CommittingPacs(reports="never")) as pacs:
        number = awaiting(stage, tmp_path, pacs)
        hand_in(stage.house, [corrected], "b" * 32)
        assert pacs.calls(stage.port, *pacs.report_of(pacs.asked[0])) == 0
        assert stage.counts(number) == {"proven": 1}
        assert proven(stage) == 0
        again = stage.send()
        pacs.reports = "same"
        stage.deliveries = type(stage.deliveries)(stage.house, hear_s=3)
        stage.work()
    assert stage.counts(again.id) == {"proven": 1}
    assert proven(stage) == 1


# --- how long it stays ----------------------------------------------------------------------------


def kept(stage: Scene) -> bool:
    stage.house.retention.turn()
    with stage.house.database.reading() as work:
        return bool(work.instances.of_study(STUDY))


def test_an_unproven_deposit_stays_on_a_full_disk_and_goes_after_ninety_days(stage: Scene, tmp_path: Path):
    hand_in(stage.house, objects(tmp_path, 1))
    stage.house.retention.policy = RetentionPolicy(keep_free_bytes=1 << 60)
    for days, stays in ((0, True), (89, True), (91, False)):
        stage.clock.ahead = timedelta(days=days)
        assert kept(stage) is stays, days
    assert [one.cause for one in stage.events("study.purged")] == ["unproven"]


def test_a_proven_deposit_goes_thirty_days_after_its_proof(stage: Scene, tmp_path: Path):
    hand_in(stage.house, objects(tmp_path, 1))
    stage.clock.ahead = timedelta(days=80)
    with committing_pacs.running(CommittingPacs()) as pacs:
        meeting(stage, pacs)
        stage.send()
        stage.work()
    for days, stays in ((109, True), (111, False)):
        stage.clock.ahead = timedelta(days=days)
        assert kept(stage) is stays, days


# --- the bridge killed ----------------------------------------------------------------------------


def test_a_report_counts_though_the_bridge_was_killed_meanwhile(config: Path, tmp_path: Path):  # noqa: F811
    settings = settings_of(config)
    with committing_pacs.running(CommittingPacs(reports="never")) as pacs:
        with bridge(config) as process, open_house(settings) as house:
            hand_in(house, objects(tmp_path, 2))
            house.nodes.add(Node("archive", pacs.aet, "127.0.0.1", pacs.port), ADMIN)
            made = house.sending.send(STUDY, "archive", ADMIN)
            wait_for(lambda: pacs.asked)
            process.send_signal(signal.SIGKILL)
            process.wait(5)
        lease_of_the_dead_runs_out(settings)
        with bridge(config), open_house(settings) as house:
            assert pacs.calls(settings.dicom.port, *pacs.report_of(pacs.asked[0])) == 0
            assert house.sending.get(made.id).counts == {"proven": 2}


# --- Orthanc --------------------------------------------------------------------------------------


def test_orthanc_commits_on_an_association_of_its_own(require, tmp_path: Path):
    ours = free_port()
    calling = {"NEGATOSCOPE": ("127.0.0.1", ours)}
    with (
        orthanc.running(require("Orthanc"), tmp_path / "orthanc", calling) as pacs,
        scene(tmp_path / "house", hear_s=0.5, port=ours) as stage,
    ):
        hand_in(stage.house, objects(tmp_path, 3))
        stage.add("archive", pacs.aet, pacs.port)
        made = stage.send()
        assert stage.work() == []
        wait_for(lambda: stage.counts(made.id) == {"proven": 3})
        assert proven(stage) == 3
        [said] = stage.events("deposit.proof")
        assert (said.actor.id, said.facts["proof"]) == ("archive", "commitment")
        # A physician's measures and key images, as they are really made, into the same study.
        made_here = documents(stage, tmp_path / "0.dcm")
        asked = Event(Family.ACCESS, "measures.send", ADMIN, STUDY)
        mine = stage.house.sending.send_made(STUDY, "archive", AccountId(7), made_here, asked)
        assert stage.work() == []
        wait_for(lambda: stage.counts(mine.id) == {"proven": 2})


def documents(stage: Scene, source: Path) -> list[SendableRow]:
    """A report and a selection of key images of the object, in the store."""
    traits = PatientTraits(Identifier("D-1"), "DEPOT^Anne", "19610314")
    device = Device(PRODUCT, "2.25.1", "1", "CH")
    origin = Origin(source, traits, Author("MARTIN", "Alix", "810000000001"), device, stage.clock.now(), "fr")
    image = Image(committing_pacs.CT, sop(0), f"{STUDY}.100")
    points = [(1.0, 2.0), (4.0, 6.0)]
    length = Group("length", image, points, measured("length", points, Scale((1, 1), "patient")), "Longueur")
    found = []
    for made in (measurement_report(origin, "Mesures", [length], "–"), key_selection(origin, "Clés", [image], "–")):
        key = f"sent/{STUDY}/{made.sop_uid}.dcm"
        stage.house.objects.put(key, made.data)
        found.append(SendableRow(SopUID(made.sop_uid), made.sop_class, "", key, 0))
    return found


def test_orthanc_denies_what_it_lost(require, tmp_path: Path):
    ours = free_port()
    calling = {"NEGATOSCOPE": ("127.0.0.1", ours)}
    with (
        orthanc.running(require("Orthanc"), tmp_path / "orthanc", calling) as pacs,
        scene(tmp_path / "house", hear_s=0.5, port=ours) as stage,
    ):
        hand_in(stage.house, objects(tmp_path, 2))
        stage.add("archive", pacs.aet, pacs.port)
        made = stage.send()
        job = stage.house.queue.claim([JobKind.SEND], "test")
        assert job is not None
        stage.house.queue.finish(job, stage.deliveries.send(job, lambda *_: True))
        assert stage.counts(made.id) == {"sent": 2}
        pacs.forget(STUDY)
        pacs.upload([tmp_path / "1.dcm"])
        assert stage.work() == []
        wait_for(lambda: stage.counts(made.id) == {"proven": 1, "failed": 1})
        assert stage.failures(made.id) == {("not_committed", "0112")}
        assert proven(stage) == 1


def wait_for(condition, seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "too late"
        time.sleep(0.1)

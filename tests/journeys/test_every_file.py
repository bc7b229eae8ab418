"""Every file at hand, hostile ones included, sent to a running product and looked at as a physician does."""

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from appliance.bootstrap import open_house
from appliance.config.settings import load
from appliance.usecases.ports import Page
from tests.journeys import running
from tests.journeys.browsing import Visitor
from tests.journeys.everything import COERCED, SUCCESS, Everything, services
from tests.journeys.jpegs import decoded_elsewhere, is_lossy
from tests.journeys.parcels import parcels
from tests.peers import endless
from tests.peers.sender import EXPLICIT, Sender

MISMATCH, UNREADABLE, NO_CONTEXT = 0xA900, 0xC000, None
REFUSED = {
    **dict.fromkeys((f"dicomdir/DICOMDIR{kind}" for kind in (
        "", "-bigEnd", "-empty.dcm", "-implicit", "-nooffset", "-nopatient", "-reordered")), NO_CONTEXT),
    "fuzz/cat07_file_meta/TC0401_invalid_ts.dcm": NO_CONTEXT,
    "fuzz/cat07_file_meta/TC0395_meta_glen_max.dcm": MISMATCH,
    **dict.fromkeys((f"worklist/wklist{n}.wl" for n in range(1, 11)), UNREADABLE),
    **dict.fromkeys((
        "attack/empty.dcm", "attack/nested-sq-2000.dcm",
        "charsets/chrSQEncoding.dcm", "charsets/chrSQEncoding1.dcm",
        "fuzz/cat07_file_meta/TC0383_no_dicm.dcm", "fuzz/cat07_file_meta/TC0389_dicm_offset256.dcm",
        "fuzz/cat10_cve_2026_3650/TC0475_meta_0001_vr_5a5a.dcm",
        "fuzz/cat16_cve_dcmtk_null_pathtraversal/TC0883_missing_all_required.dcm",
        "fuzz/cat17_cve_libdicom_uaf/TC0901_truncated_meta_group.dcm",
        "fuzz/cat20_cve_dcmtk_dimse_segfault/TC0969_midvalue_truncation.dcm",
        "fuzz/cat23_cve_merge_toolkit/TC1153_odd_len_len7.dcm",
        "pydicom/UN_sequence.dcm", "pydicom/empty_charset_LEI.dcm", "pydicom/meta_missing_tsyntax.dcm",
        "pydicom/nested_priv_SQ.dcm", "pydicom/no_meta_group_length.dcm", "pydicom/priv_SQ.dcm"), UNREADABLE),
}  # fmt: skip
"""Directories of media and a syntax that is none: no presentation context. The others do not say what they are
(neither SOP class nor instance), are cut or nested until they cannot be read, or contradict their own command."""
UNUSABLE_UIDS = """
attack/studyuid-slash.dcm
fuzz/cat01_tag_overflow/TC0163_seriesinstanceuid_over_64KB.dcm
fuzz/cat09_logic_bombs/TC0461_uid_uid_leading_dot.dcm
fuzz/cat09_logic_bombs/TC0467_uid_uid_empty.dcm
fuzz/cat16_cve_dcmtk_null_pathtraversal/TC0859_missing_sop_class.dcm
fuzz/cat16_cve_dcmtk_null_pathtraversal/TC0865_missing_series_uid.dcm
fuzz/cat23_cve_merge_toolkit/TC1141_oob_len_len_2GB.dcm
fuzz/cat23_cve_merge_toolkit/TC1147_oob_len_len_64KB.dcm
fuzz/cat24_cve_orthanc_osirix/TC1177_uid_traversal_config.dcm
pydicom/JPEGLSNearLossless_08.dcm
pydicom/JPEGLSNearLossless_16.dcm
pydicom/SC_rgb_jls_lossy_line.dcm
pydicom/SC_rgb_jls_lossy_sample.dcm
sr/sr-arrow.dcm
sr/sr-circle.dcm
sr/sr-ellipse.dcm
sr/sr-protractor.dcm
sr/sr-rectangle.dcm
sr/sr-roi.dcm
sr/sr-ruler.dcm
syntax/HTJ2K_08_RGB.dcm
syntax/JLSL_08_07_0_1F.dcm
syntax/JLSL_RGB_ILV0.dcm
syntax/JLSN_RGB_ILV0.dcm
syntax/bad_sequence.dcm
"""


@contextmanager
def many_at_once() -> Iterator[None]:
    """Let one account open more exams than any does in an hour."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("NEGATOSCOPE_LIMITS__EXAMS_PAUSE_PER_HOUR", "100000")
        yield


@pytest.fixture(scope="module")
def everything(shared_dicom: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Everything]:
    folder = tmp_path_factory.mktemp("every-file")
    (folder / "none").mkdir()
    with (
        many_at_once(),
        running.demo(folder, "--dicom", str(folder / "none")) as demo,
        open_house(load(folder / "state" / "demo.toml")) as house,
    ):
        files, sender = list(parcels(shared_dicom)), Sender(demo.ready["dicom"]["port"])
        found = Everything(demo, house, sender, Visitor(demo), files, folder / "demo.log")
        found.fill()
        yield found


def test_no_service_died_and_all_answer(everything: Everything) -> None:
    demo = everything.demo
    assert services(demo) == everything.before
    assert len(everything.before) == 7
    assert everything.visitor.get("/healthz", "*/*")[0] == 200
    everything.sender.associated("1.2.840.10008.1.1", EXPLICIT).close()
    assert demo.cli("jobs", "list")
    assert "Traceback" not in everything.log.read_text(errors="replace")


@pytest.mark.parametrize("who", ["echo", "page"])
def test_nobody_waited_longer_than_a_second_meanwhile(everything: Everything, who: str) -> None:
    passer = everything.passers[who]
    print(who, passer.said())
    assert passer.failures == []
    assert len(passer.waits_s) > 50
    assert max(passer.waits_s) < 1.0, passer.said()


def test_a_decoder_held_too_long_was_killed_and_its_file_is_named(everything: Everything) -> None:
    assert everything.named[endless.SOP_UID] == "Série sans numéro, OT – décodage trop long"


def test_what_is_not_an_object_is_refused_and_nothing_else(everything: Everything) -> None:
    refused = {name: code for name, code in everything.statuses.items() if code not in (SUCCESS, COERCED)}
    assert refused == REFUSED
    assert not [p.name for p in everything.parcels if p.wanted and p.name in refused]


def test_unusable_uids_are_coerced_and_no_others(everything: Everything) -> None:
    assert {name for name, code in everything.statuses.items() if code == COERCED} == set(UNUSABLE_UIDS.split())
    assert len({row.sop_uid for row in everything.rows.values()}) == len(everything.rows)


def test_frame_1_is_what_the_file_holds(everything: Everything) -> None:
    wrong, seen = [], 0
    for parcel in everything.parcels:
        if not parcel.wanted or is_lossy(parcel):
            continue
        status, digest, _ = everything.looks[parcel.name]
        if status != 200 or digest[:16] != parcel.wanted:
            wrong.append((parcel.name, status))
        seen += 1
    assert wrong == []
    assert seen > 450


def test_a_lossy_jpeg_is_within_two_levels_of_another_decoder(
    everything: Everything, require, tmp_path: Path
) -> None:
    dcmdjpeg, wrong, seen = require("dcmdjpeg"), [], 0
    for parcel in everything.parcels:
        if not is_lossy(parcel) or parcel.name in everything.unshown:
            continue
        other = decoded_elsewhere(dcmdjpeg, parcel, tmp_path)
        ours = np.frombuffer(everything.looks[parcel.name][2], other.dtype)
        if ours.shape != other.shape or np.abs(ours.astype(np.int32) - other).max() > 2:
            wrong.append(parcel.name)
        seen += 1
    assert wrong == []
    assert seen == 29
    assert not [p.name for p in everything.parcels if is_lossy(p) and p.wanted and p.name in everything.unshown]


def test_a_lossy_jpeg_that_says_it_is_lossless_is_called_lossy(everything: Everything) -> None:
    row = everything.rows["dcmjs/sample-op.dcm"]
    _, body = everything.visitor.get(f"/viewer-api/studies?study={row.study_uid}", "application/json")
    [study] = json.loads(body)["studies"]
    images = [i for one in study["series"] for i in one["images"] if i["sop_uid"] == row.sop_uid]
    assert images[0]["quality"]["lossy"] is True


def test_every_other_file_is_named_in_the_exams_page(everything: Everything) -> None:
    shown, silent, read = 0, [], everything.readable()
    for name, (status, _, _) in everything.looks.items():
        if (status == 200 or name in read) == (name in everything.unshown):
            silent.append((name, status))
        shown += status == 200
    assert silent == []
    images = {name for name, row in everything.rows.items() if row.state == "prepared"}
    assert set(everything.unshown) == set(everything.rows) - images - read
    assert {"pdf/report-fr.dcm", "pydicom/test-SR.dcm"} <= read
    assert shown > 500
    assert not any("que ce logiciel" in words for words in everything.unshown.values())


def test_every_series_that_is_shown_has_a_picture(everything: Everything) -> None:
    series = {(row.study_uid, row.series_uid) for row in everything.rows.values() if row.state == "prepared"}
    pictures = [everything.visitor.get(f"/viewer-api/thumbnails/{s}/{t}", "image/*") for s, t in series]
    assert [body[:3] for status, body in pictures if status == 200] == [b"\xff\xd8\xff"] * len(series)


@pytest.mark.parametrize(("name", "words"), [
    ("attack/bomb-rows65535-tiny.dcm", "Série 1, OT – trop grand"),
    ("attack/bomb-j2k-siz-2e31.dcm", "Série 1, OT – données illisibles"),
    ("attack/truncated-in-pixeldata.dcm", "Série 1, OT – données illisibles"),
    ("attack/pdf-mime-svg.dcm", "Série 1, DOC – document d’un type qui n’est pas affiché"),
    ("gsps/bone-window-annotated.dcm", "état de présentation"),
    ("ko/key-images.dcm", "sélection d’images clés"),
    ("dcmjs/sample-sr.dcm", "compte rendu non validé"),
    ("sr/sr-arrow.dcm", "compte rendu non validé"),
    ("pydicom/rtplan.dcm", "objet de radiothérapie"),
])  # fmt: skip
def test_hostile_and_imageless_files_have_the_right_words(everything: Everything, name: str, words: str) -> None:
    assert words in everything.unshown[name]


def test_two_people_without_an_identifier_are_not_one(everything: Everything) -> None:
    with everything.house.database.reading() as work:
        studies, _ = work.studies.listed(Page(0, 5000))
    unidentified = [study for study in studies if not study.traits.identifier.value]
    people = {study.person_id for study in unidentified}
    assert len(people) == len({(s.traits.name, s.traits.birth_date, s.traits.sex) for s in unidentified}) > 5


def test_more_is_shown_than_pydicom_can(everything: Everything) -> None:
    for name in ("syntax/liver_rle.dcm", "wg04/MR3_JPLY", "wg04/RG2_JPLY.dcm", "syntax/parametric_map_float.dcm"):
        assert everything.rows[name].state == "prepared", name


def test_of_one_uid_with_two_contents_the_first_stays(everything: Everything) -> None:
    first, second = (everything.parcel(f"identity/duplicate-sop-uid-{n}.dcm") for n in (0, 1))
    assert second.original is not None
    assert everything.sender.store(second.original) == SUCCESS
    everything.settled()
    status, frame = everything.first_frame(first)
    assert (status, hashlib.sha256(frame).hexdigest()[:16]) == (200, first.wanted)
    conflicts = [r for r in everything.demo.cli("journal", "list") if r["verb"] == "receive.conflict"]
    assert conflicts


def test_a_study_that_shows_a_second_patient_closes(everything: Everything) -> None:
    first = everything.parcel("fuzz/baseline/BASELINE_valid_ct.dcm")
    second = everything.parcel("fuzz/cat06_private_tags/TC0367_inject_shell_dollar.dcm")
    assert second.original is not None
    assert everything.first_frame(first)[0] == 200
    assert everything.sender.store(second.original) == SUCCESS
    assert everything.first_frame(first)[0] == 404
    assert everything.first_frame(second)[0] == 200, "its twin is an exam of its own"

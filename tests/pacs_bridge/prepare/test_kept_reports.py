"""A report that comes as a DICOM object: kept as a version, made readable, no longer an image that is not there."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from appliance.bootstrap import House
from appliance.config.settings import Settings
from appliance.dicom.made_documents import PRODUCT, Author, Device, Image, Origin
from appliance.dicom.measurement_reports import Group, measurement_report
from appliance.dicom.reports import instant_of, report_of, state_of
from appliance.domain.errors import Unavailable
from appliance.domain.exams import ExamState
from appliance.domain.identifiers import series_uid, study_uid
from appliance.domain.jobs import JobKind
from appliance.domain.measures import Measure
from appliance.domain.people import Identifier, PatientTraits
from appliance.domain.reports import CDA_CLASS, PDF_CLASS, RENDERER, Place, Relation, Rendering, ReportState
from appliance.usecases.exams import state_of as exam_state
from appliance.usecases.ports import DocumentRow, Page
from appliance.usecases.preparing import Preparing
from pacs_bridge.demo_pacs.phantoms import documents as doc
from pacs_bridge.prepare.pool import Pool
from pacs_bridge.prepare.rendering import render_report
from pacs_bridge.prepare.series import prepare_series
from tests.houses import new_house
from tests.pacs_bridge.prepare.reports import FINDING, STUDY, clinical, encapsulated, report, series, written
from tests.pacs_bridge.prepare.test_series import accept

UID, SERIES = study_uid(STUDY.uid), series_uid(series().uid)


@pytest.fixture(scope="module")
def pool() -> Iterator[Pool]:
    with Pool(workers=1) as opened:
        yield opened


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with new_house(Settings(state_dir=tmp_path / "state")) as opened:
        yield opened


def receive(house: House, pool: Pool, folder: Path, dataset: Dataset) -> DocumentRow:
    """Take an object in and prepare it, as the bridge does; return the newest version of its exam."""
    accept(house, folder / "in.dcm", written(dataset, folder / "in.dcm") and dataset)
    prepare_series(house, UID, SERIES, pool)
    with house.database.reading() as work:
        row = max(work.reports.of_objects(UID), key=lambda one: one.id)
    render_report(house, row.id, pool)
    found = house.reports.source(row.id)
    assert found is not None
    return found


def test_a_structured_report_is_attached_and_readable(house, pool, tmp_path):
    row = receive(house, pool, tmp_path, report(doc.text("CONTAINS", FINDING, "Une lésion.")))
    assert (row.place, row.studies, row.state, row.version) == (Place.ATTACHED, (UID,), ReportState.VALIDATED, 1)
    assert (row.title, row.author) == ("Compte rendu d'imagerie", "Dr Solène KERVELLA")
    assert (row.rendering, row.renderer) == (Rendering.DONE, RENDERER)
    assert house.objects.read(row.html_key) == "<p>Une lésion.</p>".encode()
    (study,) = house.exams.studies([UID])
    assert (study.ready, study.undisplayable, exam_state(study)) == (1, 0, ExamState.UNKNOWN)
    with house.database.reading() as work:
        assert [job.kind for job in work.jobs.listed(Page())[0]].count(JobKind.RENDER) == 1


def test_the_measures_of_a_correspondent_that_come_back_are_no_report_that_waits(house, pool, tmp_path):
    source = tmp_path / "source.dcm"
    written(report(), source)
    author, device = Author("MARTIN", "Alix", "810000000001"), Device(PRODUCT, "2.25.1", "1", "CH")
    traits = PatientTraits(Identifier("F-1"), "LEFÈVRE^Anne")
    origin = Origin(source, traits, author, device, house.clock.now(), "fr")
    image = Image("1.2.840.10008.5.1.4.1.1.2", "1.2.3", "1.2")
    arrow = Group("arrow", image, [(1, 1), (2, 2)], Measure(), "Flèche", ["ici"])
    made = measurement_report(origin, "Mesures", [arrow], "Non destiné au diagnostic")
    accept(house, tmp_path / "in.dcm", written(made.dataset, tmp_path / "in.dcm") and made.dataset)
    prepare_series(house, UID, series_uid(made.series_uid), pool)
    with house.database.reading() as work:
        assert work.reports.of_objects(UID) == []
        [row] = work.instances.of_study(UID)
    assert (row.state, row.reason) == ("undisplayable", "structured_report")
    assert house.reports.awaited([UID]) == frozenset()


class Killed(Preparing):
    """A use case that dies before it says that the instance is done."""

    def documented(self, sop_uid, version):
        raise Unavailable("killed")


def test_a_run_killed_after_the_version_was_kept_leaves_one_version_and_one_source(house, pool, tmp_path):
    dying = replace(house, preparing=Killed(house.database))
    with pytest.raises(Unavailable, match="killed"):
        receive(dying, pool, tmp_path, report())
    prepare_series(house, UID, SERIES, pool)
    with house.database.reading() as work:
        (row,) = work.reports.of_objects(UID)
    assert [key for key in house.objects.keys("reports") if key.endswith(".dcm")] == [row.key]


def test_a_report_that_follows_another_is_its_correction(house, pool, tmp_path):
    first = receive(house, pool, tmp_path, report())
    second = report(doc.text("CONTAINS", FINDING, "Corrigé."))
    second.SOPInstanceUID = first.sop_uid + ".1"
    second.VerifyingObserverSequence[0].VerificationDateTime = "20261123090000"
    before, one, ref = Dataset(), Dataset(), Dataset()
    ref.ReferencedSOPClassUID, ref.ReferencedSOPInstanceUID = second.SOPClassUID, first.sop_uid
    one.SeriesInstanceUID, one.ReferencedSOPSequence = SERIES, Sequence([ref])
    before.StudyInstanceUID, before.ReferencedSeriesSequence = UID, Sequence([one])
    second.PredecessorDocumentsSequence = Sequence([before])
    row = receive(house, pool, tmp_path, second)
    assert (row.state, row.version, row.set_id) == (ReportState.CORRECTED, 2, first.set_id)


def test_a_pdf_is_readable_as_it_is(house, pool, tmp_path):
    dataset = encapsulated(b"%PDF-1.4 abc", PDF_CLASS, "application/pdf")
    dataset.SeriesInstanceUID = SERIES
    row = receive(house, pool, tmp_path, dataset)
    assert row.html_key.endswith(".pdf")
    assert house.objects.read(row.html_key) == b"%PDF-1.4 abc"


def test_the_header_of_a_clinical_document_speaks_for_it(house, pool, tmp_path):
    head = (
        '<setId root="1.2.3" extension="S"/><effectiveTime value="20261122093000+0100"/><legalAuthenticator>'
        "<assignedEntity><assignedPerson><name><prefix>Dr</prefix><given>Solène</given><family>KERVELLA</family></name>"
        "</assignedPerson></assignedEntity></legalAuthenticator><relatedDocument typeCode='RPLC'><parentDocument>"
        "<id root='1.2.3' extension='0'/></parentDocument></relatedDocument>"
    )
    dataset = encapsulated(clinical("<structuredBody/>", head), CDA_CLASS, "text/XML")
    dataset.SeriesInstanceUID = SERIES
    row = receive(house, pool, tmp_path, dataset)
    assert (row.unique_id, row.set_id, row.relation, row.parent_id) == (
        "1.2.3^A", "1.2.3^S", Relation.REPLACES, "1.2.3^0",
    )  # fmt: skip
    assert (row.title, row.author, row.state) == ("CR d’imagerie", "Dr Solène KERVELLA", ReportState.VALIDATED)
    assert row.sequence_at == instant_of("20261122083000+0000")


def test_a_refused_report_is_kept_with_its_reason(house, pool, tmp_path):
    dataset = encapsulated(b"<svg/>", PDF_CLASS, "application/pdf")
    dataset.SeriesInstanceUID = SERIES
    row = receive(house, pool, tmp_path, dataset)
    assert (row.rendering, row.reason, row.html_key) == (Rendering.REFUSED, "report_kind", "")


@pytest.mark.parametrize(
    ("flags", "expected"),
    [
        ({"CompletionFlag": "COMPLETE", "VerificationFlag": "VERIFIED"}, ReportState.VALIDATED),
        ({"CompletionFlag": "PARTIAL", "VerificationFlag": "VERIFIED"}, ReportState.PROVISIONAL),
        ({"CompletionFlag": "COMPLETE", "VerificationFlag": "UNVERIFIED"}, ReportState.PROVISIONAL),
        ({"VerificationFlag": "VERIFIED", "PreliminaryFlag": "PRELIMINARY"}, ReportState.PROVISIONAL),
        ({"EncapsulatedDocument": b"%PDF"}, ReportState.VALIDATED),
        ({"EncapsulatedDocument": b"%PDF", "VerificationFlag": "UNVERIFIED"}, ReportState.PROVISIONAL),
        ({}, ReportState.PROVISIONAL),
    ],
)
def test_the_flags_are_the_state(flags, expected):
    dataset = Dataset()
    for name, value in flags.items():
        setattr(dataset, name, value)
    assert state_of(dataset) is expected


@pytest.mark.parametrize("flag", ["VERIFIED", "UNVERIFIED"])
def test_a_report_without_any_date_has_that_of_its_arrival(flag):
    dataset = report()
    for keyword in ("ContentDate", "InstanceCreationDate", "SeriesDate", "StudyDate", "VerifyingObserverSequence"):
        delattr(dataset, keyword)
    dataset.VerificationFlag = flag
    received = instant_of("20261124")
    assert report_of(dataset, received).at == received


@pytest.mark.parametrize(
    ("digits", "expected"),
    [("20261122", "20261122000000+0100"), ("202611220912", "20261122081200+0000"), ("2026", None), ("20269922", None)],
)
def test_instants_are_local_to_paris_unless_they_say_otherwise(digits, expected):
    assert instant_of(digits) == (instant_of(expected) if expected else None)

"""An exam on paper, read back: whose it is, what the report says, which images, who printed it."""

import io

import numpy as np
import pytest
from aiohttp import FormData
from PIL import Image
from pypdf import PdfReader

from appliance.domain.identifiers import StudyUID
from appliance.domain.reports import ReportState
from appliance.usecases.ports import Page
from tests.webui.images.conftest import FOREIGN, STUDY, sop
from tests.webui.images.test_reports import keep
from webui.viewer_api import prints

ADDRESS = f"/viewer-api/prints/{STUDY}"
TEXT = """<h3>Résultats</h3><p>Nodule de <span data-number="3.5">3,5</span> mm
(<a data-sop-uid="{sop}">Image</a>), stable.</p><table><tr><th data-word="measure">Mesure</th><th>x</th></tr>
<tr><td>Diamètre</td><td>12</td></tr></table><ul><li>un</li><li>deux</li></ul><script>evil()</script>"""


def picture(form: str = "PNG", size: tuple[int, int] = (90, 60), **options) -> bytes:
    made = io.BytesIO()
    grey = np.linspace(0, 255, size[0] * size[1]).reshape(size[1], size[0]).astype(np.uint8)
    Image.fromarray(grey).save(made, form, **options)
    return made.getvalue()


def form(*captures: bytes, **fields) -> FormData:
    made = FormData()
    for name, value in fields.items():
        for one in value if isinstance(value, list) else [value]:
            made.add_field(name, one)
    for capture in captures:
        made.add_field("capture", io.BytesIO(capture), filename="1.png", content_type="image/png")
    if not made._fields:
        made.add_field("nothing", "1", content_type="text/plain")
    made._is_multipart = True
    return made


async def read(client, data):
    answer = await client.post(ADDRESS, data=data)
    assert answer.status == 200, await answer.text()
    assert answer.content_type == "application/pdf"
    assert answer.headers["Content-Disposition"] == 'inline; filename="examen-2026-11-22.pdf"'
    reader = PdfReader(io.BytesIO(await answer.read()))
    text = " ".join(" ".join(one.extract_text() for one in reader.pages).split())
    return reader, text


def verbs(scene):
    return [(r.event.verb, r.event.facts) for r in scene.house.journal.listed(Page(0, 500))[0]]


async def test_the_paper_names_the_patient_the_report_and_who_printed_it(client, scene):
    number = keep(scene, "printed", TEXT.format(sop=sop(2)).encode(), author="Dr Sam EXEMPLE")
    hidden = keep(scene, "hidden", b"<p>Secret</p>", state=ReportState.PROVISIONAL)
    reader, text = await read(client, form(report="1", keys="1"))
    for said in ("LEFÈVRE Anne-Charlotte", "14/03/1961", "F-1", "22/11/2026", "Scanner", "Alix MARTIN",
                 "Dr Sam EXEMPLE", "Mesure",
                 "Validé le", "Nodule de 3,5 mm", "Diamètre 12", "- deux", "Non destiné au diagnostic",
                 "Images clés", "Série 2, image"):  # fmt: skip
        assert said in text, said
    assert "evil" not in text
    assert "Secret" not in text
    assert sum(len(page.images) for page in reader.pages) == 1
    assert (reader.pages[0].mediabox.width, reader.pages[0].mediabox.height) == pytest.approx((595.3, 841.9), abs=0.1)
    done = verbs(scene)
    assert ("exam.print", True) in [(verb, facts.get("report")) for verb, facts in done]
    read_now = [facts["document"] for verb, facts in done if verb == "report.read"]
    assert number in read_now
    assert hidden not in read_now


async def test_the_key_image_is_drawn_with_its_scale_and_window(client, scene):
    keep(scene, "keyed", TEXT.format(sop=sop(2)).encode())
    reader, text = await read(client, form(keys="1"))
    assert "fenêtre 400 / -1000" in text
    assert "largeur de l'image : 12 mm (plan patient)" in text
    assert "sans perte" in text
    (image,) = [one for page in reader.pages for one in page.images]
    assert image.image.size == (24, 32)


async def test_captures_and_measures_are_printed_as_they_were_sent(client):
    reader, text = await read(client, form(picture(), picture("JPEG"), measure=["Longueur : 34,2 mm", "Angle : 12°"]))
    assert "Longueur : 34,2 mm" in text
    assert "Angle : 12°" in text
    images = [one.image for page in reader.pages for one in page.images]
    assert [one.size for one in images] == [(90, 60), (90, 60)]
    assert np.abs(np.asarray(images[0].convert("L")).astype(int)
                  - np.asarray(Image.open(io.BytesIO(picture()))).astype(int)).max() == 0  # fmt: skip


def bomb() -> bytes:
    return picture(size=(5000, 5000))


@pytest.mark.parametrize(
    ("captures", "status", "cause"),
    [
        ([b"GIF89a"], 400, "pictures"), ([picture("BMP")], 400, "pictures"), ([picture()[:80]], 400, "pictures"),
        ([bomb()], 400, "pictures"), ([picture()] * 13, 400, "pictures_large"), ([], 403, "printed_nothing"),
        ([b"x" * (prints.CAPTURE_BYTES + 1)], 400, "pictures_large"),
    ],
)  # fmt: skip
async def test_what_is_no_picture_or_too_much_is_refused(client, captures, status, cause):
    answer = await client.post(ADDRESS, data=form(*captures))
    assert (answer.status, (await answer.json())["error"]) == (status, cause)


async def test_a_closed_exam_is_not_printed(client):
    answer = await client.post(f"/viewer-api/prints/{FOREIGN}", data=form(picture()))
    assert (answer.status, (await answer.json())["error"]) == (404, "not_found")
    assert (await client.post(ADDRESS, data={"report": "1"})).status == 415


async def test_marked_key_images_come_first(client, scene, monkeypatch, tmp_path):
    """A Key Object Selection among the objects: the images that it names are printed, by frame."""
    import pydicom
    from pydicom.dataset import Dataset, FileDataset, FileMetaDataset

    from tests.webui.images.conftest import receive

    meta = FileMetaDataset()
    meta.TransferSyntaxUID = pydicom.uid.ExplicitVRLittleEndian
    meta.MediaStorageSOPClassUID = pydicom.uid.KeyObjectSelectionDocumentStorage
    meta.MediaStorageSOPInstanceUID = sop(900)
    ds = FileDataset("", {}, file_meta=meta, preamble=b"\0" * 128)
    ds.SOPClassUID, ds.SOPInstanceUID = meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID
    ds.StudyInstanceUID, ds.SeriesInstanceUID, ds.Modality = STUDY, f"{STUDY}.900", "KO"
    ds.PatientID, ds.PatientName, ds.PatientBirthDate = "F-1", "LEFEVRE^Anne-Charlotte", "19610314"
    items = []
    for number in (3, 1):
        item, reference = Dataset(), Dataset()
        reference.ReferencedSOPClassUID = pydicom.uid.CTImageStorage
        reference.ReferencedSOPInstanceUID = sop(number)
        item.RelationshipType, item.ValueType, item.ReferencedSOPSequence = "CONTAINS", "IMAGE", [reference]
        items.append(item)
    ds.ValueType, ds.ContentSequence = "CONTAINER", items
    path = tmp_path / "ko.dcm"
    pydicom.dcmwrite(path, ds, enforce_file_format=True)
    receive(scene.house, path)
    row = next(r for r in scene.house.exams.instances(StudyUID(STUDY)) if r.sop_uid == sop(900))
    with scene.house.database.writing() as work:
        work.instances.undisplayable(row.sop_uid, row.version, "key_objects")
    reader, text = await read(client, form(keys="1"))
    assert sum(len(page.images) for page in reader.pages) >= 2
    assert text.index("image 3,") < text.index("image 5,")


async def test_images_that_the_reader_starred_are_printed_for_him(client, scene):
    image = f"{STUDY}.200/{sop(4)}/1"
    change = {"seen": 0, "arrangement": None, "marks": {}, "keys": {image: True}}
    assert (await client.put(f"/viewer-api/work/{STUDY}", json=change)).status == 200
    _, text = await read(client, form(keys="1"))
    assert "image 2," in text
    await client.put(f"/viewer-api/work/{STUDY}", json=change | {"keys": {image: False}})

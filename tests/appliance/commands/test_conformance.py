"""``negatoscope conformance``: of the service that runs, of a file, as Markdown and PDF; and the pages of docs/."""

import io
import json
import re
from pathlib import Path

import pytest
from pypdf import PdfReader
from typer.testing import CliRunner

from appliance.adminapi.setup import view
from appliance.bootstrap import House
from appliance.cli import application
from appliance.commands.conformance.statement import statement, web_resources
from appliance.config.settings import Settings
from appliance.contract.words import Words
from appliance.domain.journal import Actor
from appliance.domain.nodes import Node
from appliance.paper.documents import Document, Heading, Paragraph, Table, markdown, pdf
from pacs_bridge import conformance
from tests.appliance.adminapi.conftest import house, served, settings  # noqa: F401 - fixtures
from tests.appliance.commands.test_admin_verbs import Run, run  # noqa: F401 - fixtures
from webui.dicomweb.routes import routes

DOCS = Path(__file__).parents[3] / "docs"


@pytest.mark.parametrize(("page", "language"), [("conformance.md", "en"), ("conformance.fr.md", "fr")])
def test_the_page_of_the_documentation_is_what_the_verb_writes(page: str, language: str) -> None:
    written = markdown(statement(view(Settings()), Words(language)))
    # When it differs: NEGATOSCOPE_LANG=en|fr negatoscope conformance -o docs/PAGE
    assert (DOCS / page).read_text(encoding="utf-8") == written


@pytest.mark.parametrize("language", ["fr", "en"])
def test_it_names_everything_in_both_languages(language: str) -> None:
    text = markdown(statement(view(Settings()), Words(language)))
    for one in (*conformance.accepted_classes(), *conformance.accepted_syntaxes(), *conformance.retrieved_classes()):
        assert f"| {one.name} | {one.uid} |" in text
    assert re.findall(r"conf\.\w+|\{\w*\}|…", re.sub(r"/dicom-web/\S*", "", text)) == []
    assert {path for _, path in web_resources()} <= set(re.findall(r"/dicom-web/\S*", text))
    under = [route for route in routes() if route.path.startswith("/dicom-web/")]
    assert len(web_resources()) == len([route for route in under if route.method in ("GET", "POST")])
    assert {service for service, _ in web_resources()} == {"QIDO-RS", "WADO-RS", "WADO-URI", "STOW-RS"}


async def test_of_the_service_that_runs(run: Run, house: House, tmp_path: Path) -> None:  # noqa: F811
    node = Node("radio", "PACS", "10.0.0.9", 104, our_aet="NEGA_RADIO", charset="ISO_IR 192")
    house.nodes.add(node, Actor("unix", "0"))
    text = (await run("conformance")).stdout
    assert "NEGATOSCOPE, NEGA_RADIO" in text
    assert "ISO_IR 192." in text
    assert "10.0.0.9" not in text
    found = json.loads((await run("conformance", "--json")).stdout)
    assert {block["kind"] for block in found["blocks"]} == {"heading", "paragraph", "table"}
    target = tmp_path / "statement.pdf"
    assert (await run("conformance", "--format", "pdf", "-o", str(target))).exit_code == 0
    read = PdfReader(io.BytesIO(target.read_bytes()))
    whole = "\n".join(page.extract_text() for page in read.pages)
    assert len(read.pages) > 4
    assert "NEGA_RADIO" in whole
    assert "CT Image Storage" in whole
    assert (await run("conformance", "--format", "odt")).exit_code == 2
    assert (await run("conformance", "-o", str(tmp_path / "none" / "x.md"))).exit_code == 2


def test_of_a_file_where_nothing_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEGATOSCOPE_LANG", "fr")
    path = tmp_path / "n.toml"
    path.write_text(
        f'state_dir = "{tmp_path}"\n[dicom]\naet = "NEGA"\ntls_port = 2762\ntls_client_ca = "ca.pem"\n'
        'max_associations = 7\naliases = ["NEGA_SENO"]\nnode_policy = "strict"\n'
        '[sharing]\ndownloads = true\n[brand]\nname = "CH de l’Étoile"\n'
    )
    words = ["conformance", "--config", str(path)]
    answer = CliRunner().invoke(application(words), words)
    assert answer.exit_code == 0, answer.output
    said = answer.stdout.replace("\u00a0", " ")
    assert "Déclaration de conformité DICOM – CH de l’Étoile" in said
    assert "Port d’écoute TLS 2762 ; certificat exigé du client : oui" in said
    assert "| NEGA, NEGA_SENO |" in said
    assert "doivent convenir à un même nœud" in said
    assert "7 / 8" in said
    assert "permettent de prendre les objets entiers" in said


def test_a_document_holds_its_text_and_no_markup() -> None:
    hostile = "a|b <script>\nc"
    document = Document("T", "en", [Heading(1, "T"), Paragraph(hostile), Table(("x", "y"), [(hostile, "é – …")])])
    assert markdown(document) == (
        "# T\n\na|b &lt;script> c\n\n| x | y |\n| --- | --- |\n| a\\|b &lt;script> c | é – … |\n"
    )
    assert pdf(document).startswith(b"%PDF")

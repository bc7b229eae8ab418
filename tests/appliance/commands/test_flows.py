"""``negatoscope doctor flows``: of the service that runs, and of a file before anything is installed."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from appliance.bootstrap import House
from appliance.cli import application
from appliance.config.settings import Settings, load
from appliance.config.setup import setup_of
from appliance.domain.flows import Endpoint
from appliance.domain.journal import Actor
from appliance.domain.nodes import Node
from tests.appliance.adminapi.conftest import house, served, settings  # noqa: F401 - fixtures
from tests.appliance.commands.test_admin_verbs import Run, run  # noqa: F401 - fixtures

KEYS = {"source", "destination", "protocol", "transport", "port", "direction", "service", "purpose", "text"}


async def test_the_nodes_that_are_declared_are_in_it(run: Run, house: House) -> None:  # noqa: F811
    house.nodes.add(Node("radio", "PACS", "10.0.0.9", 104), Actor("unix", "0"))
    answer = await run("doctor", "flows", "--json")
    assert answer.exit_code == 0, answer.output
    found = json.loads(answer.stdout)
    assert found["topology"] == "one-box"
    assert all(flow.keys() == KEYS for flow in found["flows"])
    assert ("10.0.0.9", 104) in [(flow["destination"], flow["port"]) for flow in found["flows"]]
    table = (await run("doctor", "flows", "--topology", "dmz-lan")).stdout.replace("\u00a0", " ")
    assert "passerelle au LAN" in table
    assert "Ne rien ouvrir dans ce sens" in table
    assert (await run("doctor", "flows", "--topology", "cloud")).exit_code == 2
    assert (await run("doctor", "--json")).exit_code == 1


def test_of_a_file_where_nothing_runs_and_without_its_secrets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEGATOSCOPE_LANG", "en")
    path = tmp_path / "n.toml"
    path.write_text(
        f'state_dir = "{tmp_path}"\noutbound_proxy = "http://me:hidden@proxy.example:3128"\n'
        '[database]\nurl = "postgresql+psycopg://nego:hidden@db.example/nego"\n'
        '[mail]\nhost = "smtp.example"\nport = 587\npassword = "hidden"\n'
        '[sms]\nurl = "https://sms.example/send?key=hidden"\n'
        '[card]\nlist_urls = ["http://crl.example/a.crl", "http://crl.example/b.crl"]\n'
    )
    words = ["doctor", "flows", "--config", str(path), "--json"]
    answer = CliRunner().invoke(application(words), words)
    assert answer.exit_code == 0, answer.output
    assert "does not answer" in answer.stderr
    assert "hidden" not in answer.stdout
    flows = json.loads(answer.stdout)["flows"]
    ends = {(flow["destination"], flow["port"]) for flow in flows}
    assert {("db.example", 5432), ("smtp.example", 587), ("sms.example", 443), ("proxy.example", 3128),
            ("crl.example", 80)} <= ends  # fmt: skip
    assert sum(flow["destination"] == "crl.example" for flow in flows) == 1


def test_the_settings_as_they_come() -> None:
    found = setup_of(Settings(), "https://psc.example/auth")
    assert (found.dicom_port, found.database, found.mail) == (11112, None, None)
    assert (found.psc, found.ocsp) == (Endpoint("psc.example", 443), None)
    asked = [setup_of(Settings(card={"ocsp": "preferred", "ocsp_url": url})).ocsp for url in ("", "https://o.example/x")]
    assert asked == [Endpoint("ocsp.esante.gouv.fr", 80), Endpoint("o.example", 443)]
    shipped = setup_of(load(Path(__file__).parents[3] / "systemd" / "negatoscope.toml", {}))
    assert shipped.behind_nginx
    assert shipped.public_port == 443

"""The bridge against the demo's own PACS, both ways of retrieving."""

import socket
from dataclasses import replace
from pathlib import Path

import pytest

from appliance.domain.jobs import JobKind
from appliance.domain.nodes import Method, Node
from pacs_bridge.demo_pacs.archive import Archive
from pacs_bridge.demo_pacs.index import entries_of
from pacs_bridge.demo_pacs.service import start
from pacs_bridge.handlers import Handlers
from tests.pacs_bridge.conftest import accepting
from tests.pacs_bridge.houses import FakeHouse
from tests.pacs_bridge.test_peers import beat, job


@pytest.mark.parametrize("method", [Method.MOVE, Method.GET])
def test_compressed_objects_come_from_the_demo(tmp_path: Path, shared_dicom: Path, method: Method):
    folder = shared_dicom / "series" / "ct-head-1mm"
    entries = entries_of(folder)[:20]
    uid = entries[0]["StudyInstanceUID"]
    house = FakeHouse(tmp_path)
    with accepting(house) as acceptor:
        sock = socket.create_server(("127.0.0.1", 0))
        node = Node("demo", "DEMOPACS", "127.0.0.1", sock.getsockname()[1])
        house.work.nodes.nodes["demo"] = replace(node, method=method)
        destinations = {"NEGATOSCOPE": ("127.0.0.1", acceptor.port)}
        server = start(Archive(folder, entries, "DEMOPACS"), "DEMOPACS", sock, destinations)
        result = Handlers(house, acceptor.arrivals).pull(job(JobKind.PULL, {"study_uid": uid}), beat)
        server.shutdown()
    assert result == {"received": 20, "expected": 20, "complete": True, "cause": ""}
    assert {f.facts.transfer_syntax for f in house.receiving.files} == {entries[0].syntax}

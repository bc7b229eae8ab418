"""The flow matrix: what a firewall team would otherwise find out by what fails."""

import pytest

from appliance.contract.words import Words
from appliance.domain import flows
from appliance.domain.flows import Endpoint, Flow, Place, Setup, Topology, matrix
from appliance.domain.nodes import Method, Node

NODES = [
    Node("radio", "PACS", "10.0.0.9", 104),
    Node("cardio", "CARDIO", "10.0.0.10", 2762, method=Method.GET, tls=True),
]
EVERYTHING = Setup(
    behind_nginx=True, dicom_tls_port=2762, hl7_port=2575, hl7_tls=True, hl7_networks=("10.1.0.0/16",),
    mail=Endpoint("smtp", 465), mail_security="tls", sms=Endpoint("sms.example", 443), psc=Endpoint("psc.example", 443),
    lists=(Endpoint("crl.example", 80),), ocsp=Endpoint("ocsp.example", 80), proxy=Endpoint("proxy", 3128),
    database=Endpoint("db", 5433), objects=Endpoint("s3.example", 9000),
)  # fmt: skip


def lines(found: flows.Matrix, purpose: str) -> list[tuple[str, str, str, int | None]]:
    return [(f.source, f.destination, f.protocol, f.port) for f in found.flows if f.purpose == purpose]


def test_a_node_of_c_move_is_called_and_calls_back() -> None:
    found = matrix(Setup(), NODES, Topology.ONE_BOX)
    assert lines(found, "query_move") == [(Place.SERVER, "10.0.0.9", "DICOM", 104)]
    assert lines(found, "store") == [("10.0.0.9", Place.SERVER, "DICOM", 11112)]
    assert lines(found, "query_get") == [(Place.SERVER, "10.0.0.10", "DICOM TLS", 2762)]
    assert "senders" in found.remarks


def test_a_sender_with_an_address_of_its_own_is_a_source_too() -> None:
    node = Node("radio", "PACS", "10.0.0.9", 104, allowed_senders=("STORE@10.0.0.11", "ANYWHERE"))
    found = matrix(Setup(), [node], Topology.ONE_BOX)
    assert [source for source, *_ in lines(found, "store")] == ["10.0.0.9", "10.0.0.11"]


def test_what_is_not_set_up_opens_nothing() -> None:
    found = matrix(Setup(), [], Topology.ONE_BOX)
    assert {f.port for f in found.flows if f.direction == "in"} == {8080, 22}
    assert {f.purpose for f in found.flows if f.direction == "out"} == {"names", "time"}
    assert {"no_nodes", "no_nginx"} <= set(found.remarks)


def test_what_goes_to_the_internet_goes_through_the_proxy() -> None:
    found = matrix(EVERYTHING, NODES, Topology.ONE_BOX)
    assert lines(found, "psc") == [(Place.SERVER, "proxy", "HTTP proxy", 3128), ("proxy", "psc.example", "HTTPS", 443)]
    assert lines(found, "ocsp") == [(Place.SERVER, "proxy", "HTTP proxy", 3128), ("proxy", "ocsp.example", "HTTP", 80)]
    assert lines(found, "lists")[1] == ("proxy", "crl.example", "HTTP", 80)
    assert lines(found, "mail") == [(Place.SERVER, "smtp", "SMTPS", 465)]
    assert lines(found, "hl7") == [("10.1.0.0/16", Place.SERVER, "MLLP TLS", 2575)]
    assert lines(found, "database") == [(Place.SERVER, "db", "PostgreSQL", 5433)]
    assert len(lines(found, "store")) == 2


@pytest.mark.parametrize("setup", [Setup(), EVERYTHING])
def test_nothing_goes_from_the_dmz_into_the_hospital(setup: Setup) -> None:
    found = matrix(setup, NODES, Topology.DMZ_LAN)
    hospital = {Place.LAN, *(node.host for node in NODES)}
    assert [f for f in found.flows if f.source == Place.DMZ and f.destination in hospital] == []
    assert all(f.destination == Place.LAN for f in found.flows if f.purpose in ("store", "push", "hl7"))
    assert ("needs_postgresql" in found.remarks) is (setup.database is None)
    assert ("needs_bucket" in found.remarks) is (setup.objects is None)
    to_server = [(place, "s3.example", "HTTPS", 9000) for place in (Place.DMZ, Place.LAN)]
    assert lines(found, "objects") == (to_server if setup.objects else [(Place.LAN, Place.DMZ, "HTTPS", 443)])


def test_without_the_nodes_one_line_stands_for_each() -> None:
    found = matrix(Setup(), None, Topology.ONE_BOX)
    assert lines(found, "query_retrieve") == [(Place.SERVER, Place.EVERY_PACS, "DICOM", None)]
    assert "nodes_unknown" in found.remarks


@pytest.mark.parametrize("say", [Words("fr"), Words("en")], ids=["fr", "en"])
def test_every_end_purpose_and_remark_has_words(say: Words) -> None:
    every = [matrix(s, n, t) for s in (Setup(card_port=8443), EVERYTHING) for n in (None, [], NODES) for t in Topology]
    seen: list[Flow] = [flow for one in every for flow in one.flows]
    assert all(say.has(f"flow.for.{flow.purpose}") and say.has(f"flow.{flow.direction}") for flow in seen)
    assert all(say.has(f"flow.remark.{remark}") for one in every for remark in one.remarks)
    assert all(say.has(f"flow.at.{place}") for place in Place)


def test_a_dicomweb_node_is_called_and_never_calls() -> None:
    node = Node("web", "DICOMWEB", "pacs.example", 443, method=Method.WADO, tls=True, url="https://pacs.example/dicom-web")
    found = matrix(Setup(), [node], Topology.ONE_BOX)
    assert lines(found, "query_web") == [(Place.SERVER, "pacs.example", "HTTPS", 443)]
    assert not [flow for flow in found.flows if flow.source == "pacs.example"]

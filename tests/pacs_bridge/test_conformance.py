"""What the statement says is what happens on the wire, and the reverse."""

from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path

import pytest
from pydicom._uid_dict import UID_dictionary
from pydicom.uid import UID
from pynetdicom import AE, ALL_TRANSFER_SYNTAXES, build_context, evt
from pynetdicom.presentation import PresentationContext
from pynetdicom.sop_class import _STORAGE_CLASSES

from appliance.domain.identifiers import study_uid
from appliance.domain.nodes import Method, Node
from appliance.domain.searching import Query
from pacs_bridge import conformance
from pacs_bridge.query import echo
from pacs_bridge.query.asking import strategies
from pacs_bridge.query.associations import by_default
from pacs_bridge.query.finding import find_images, find_studies
from pacs_bridge.receive.arrivals import Arrivals
from pacs_bridge.retrieve.contexts import SYNTAXES, classes_for
from pacs_bridge.retrieve.pulling import Request, pull
from pacs_bridge.retrieve.targets import Target
from pacs_bridge.retrieve.vigil import Vigil
from pacs_bridge.send.committing import Committing
from pacs_bridge.sop_classes import STUDY_ROOT_FIND, STUDY_ROOT_GET, STUDY_ROOT_MOVE, VERIFICATION
from tests.pacs_bridge.conftest import Acceptor
from tests.pacs_bridge.houses import FakeHouse

CT = "1.2.840.10008.5.1.4.1.1.2"
EXPLICIT = "1.2.840.10008.1.2.1"
REGISTERED = {uid for uid, (_, kind, *_rest) in UID_dictionary.items() if kind == "SOP Class"}
EVERY = sorted(REGISTERED | {str(uid) for uid in _STORAGE_CLASSES.values()})
NAMED = {one.uid for one in conformance.accepted_classes()}


def proposed(acceptor: Acceptor, contexts: Sequence[PresentationContext]) -> Iterator[tuple[str, str, bool]]:
    """Each context with its syntax, and whether the acceptor really takes it."""
    for at in range(0, len(contexts), 128):
        opened = AE("TEST").associate(
            "127.0.0.1", acceptor.port, contexts=list(contexts[at : at + 128]), ae_title="NEGATOSCOPE"
        )
        for taken, group in ((True, opened.accepted_contexts), (False, opened.rejected_contexts)):
            for context in group:
                yield str(context.abstract_syntax), str(context.transfer_syntax[0]), taken
        if opened.is_established:
            opened.release()


def test_the_acceptor_takes_every_class_that_is_named_and_no_other_registered_one(acceptor: Acceptor):
    answers = {uid: taken for uid, _, taken in proposed(acceptor, [build_context(uid, EXPLICIT) for uid in EVERY])}
    assert answers.keys() == set(EVERY)
    assert {uid for uid, taken in answers.items() if taken} == NAMED
    assert len(NAMED) > 150


def test_the_acceptor_takes_every_transfer_syntax_that_is_named(acceptor: Acceptor):
    named = [one.uid for one in conformance.accepted_syntaxes()]
    classes = [uid for uid in sorted(NAMED) if "CT Image" in UID(uid).name][:1]
    answers = list(proposed(acceptor, [build_context(classes[0], uid) for uid in named]))
    assert sorted(syntax for _, syntax, taken in answers if taken) == sorted(named)
    assert set(named) == {str(uid) for uid in ALL_TRANSFER_SYNTAXES}
    # The rule: the first that the table knows, before one that nobody knows.
    mixed = list(proposed(acceptor, [build_context(classes[0], ["1.2.3.4", named[0]])]))
    assert mixed == [(classes[0], named[0], True)]
    unknown = list(proposed(acceptor, [build_context("1.2.3.4.5", "1.2.3.4")]))
    assert unknown == [("1.2.3.4.5", "1.2.3.4", True)]


def test_what_we_propose_on_the_wire_is_what_is_named(tmp_path):
    """A peer writes down each A-ASSOCIATE-RQ of an echo, a search, a C-MOVE and a C-GET."""
    seen: set[tuple[str, str]] = set()
    roles: set[str] = set()

    def requested(event: evt.Event) -> None:
        asked = event.assoc.requestor.primitive
        for context in asked.presentation_context_definition_list:
            seen.update((str(context.abstract_syntax), str(syntax)) for syntax in context.transfer_syntax)
        roles.update(str(uid) for uid, role in event.assoc.requestor.role_selection.items() if role.scp_role)

    entity = AE("PACS")
    for service in (VERIFICATION, STUDY_ROOT_FIND, STUDY_ROOT_MOVE, STUDY_ROOT_GET):
        entity.add_supported_context(service)
    handlers = [(evt.EVT_REQUESTED, requested), (evt.EVT_C_FIND, lambda _e: iter(())),
                (evt.EVT_C_GET, lambda _e: iter((0,))), (evt.EVT_C_MOVE, lambda _e: iter(((None, None),)))]  # fmt: skip
    server = entity.start_server(("127.0.0.1", 0), block=False, evt_handlers=handlers)
    try:
        port = server.socket.getsockname()[1]
        node = Node("n", "PACS", "127.0.0.1", port)
        assert echo.echo(node)["ok"]
        find_studies(node, Query(patient_id="7"), date(2026, 11, 24))
        find_images(node, "1.2.3")
        house = FakeHouse(tmp_path, [node])
        # With every class there is room for the first syntaxes alone, with one class for all of them.
        for method, classes in ((Method.MOVE, []), (Method.GET, []), (Method.GET, [CT])):
            one = Node("n", "PACS", "127.0.0.1", port, method=method)
            vigil = Vigil(lambda: True, lambda _silent: None)
            asked = Request(one, study_uid("1.2.3"), classes_for(classes, []), vigil, lambda: None)
            pull(house, Arrivals(), asked, [Target(study_uid("1.2.3"))])
    finally:
        server.shutdown()
    services = {one.uid for one in conformance.requested_services()}
    basic = {one.uid for one in conformance.request_syntaxes()}
    assert {pair for pair in seen if pair[0] in services} == {(service, one) for service in services for one in basic}
    stored = {pair for pair in seen if pair[0] not in services}
    assert {uid for uid, _ in stored} == {one.uid for one in conformance.retrieved_classes()} == roles
    assert {syntax for _, syntax in stored} == {one.uid for one in conformance.retrieved_syntaxes()} == set(SYNTAXES)


@pytest.mark.parametrize("named", [one.uid for one in conformance.retrieved_classes()])
def test_what_we_retrieve_we_could_also_be_sent(named: str):
    assert named in NAMED


def test_the_matching_keys_are_those_of_the_strategies():
    node = Node("n", "A", "h", 1, supports_issuer=True)
    wanted = [
        Query(study_uid="1.2"), Query(accession="A"), Query(patient_id="07", issuer="I"),
        Query(family_name="É", given_name="G", birth_date="19610314"), Query(birth_date="19610314"),
    ]  # fmt: skip
    used = {key for query in wanted for keys in strategies(query, node, date(2026, 11, 24)) for key in keys}
    assert used == set(conformance.MATCHED)


def test_statuses_and_character_sets_are_in_order():
    codes = [one.code for one in conformance.store_statuses()]
    assert codes == sorted(codes)
    assert {0x0000, 0xB000, 0xA700, 0xA900, 0xC000, 0x0211} <= set(codes)
    assert {"ISO_IR 100", "ISO_IR 192", "ISO 2022 IR 87", "GB18030"} <= set(conformance.character_sets())


def test_what_is_said_of_storage_commitment_is_what_is_proposed():
    seen: list[tuple[str, list[str]]] = []

    def requested(event: evt.Event) -> None:
        asked = event.assoc.requestor.primitive
        for context in asked.presentation_context_definition_list:
            seen.append((str(context.abstract_syntax), [str(syntax) for syntax in context.transfer_syntax]))

    entity = AE("PACS")
    entity.add_supported_context(VERIFICATION)
    server = entity.start_server(("127.0.0.1", 0), block=False, evt_handlers=[(evt.EVT_REQUESTED, requested)])
    try:
        node = Node("n", "PACS", "127.0.0.1", server.socket.getsockname()[1])
        assert Committing(FakeHouse(Path("unused")), node, by_default).ask(1, []) is False
    finally:
        server.shutdown()
    named = conformance.commitment_service()
    assert (named.uid, [one.uid for one in conformance.commitment_syntaxes()]) in seen
    assert {uid for uid, _ in seen} == {named.uid, str(VERIFICATION)}
    assert named.uid not in {one.uid for one in conformance.accepted_classes()}

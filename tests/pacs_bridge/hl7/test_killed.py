"""The bridge with HL7 as a process: killed between the commit and the answer, it loses and repeats nothing."""

import time
from pathlib import Path

import pytest

from appliance.bootstrap import open_house
from appliance.domain.jobs import JobKind
from appliance.domain.people import Identifier
from appliance.usecases.ports import Page
from tests.pacs_bridge.hl7.messages import Adt, code
from tests.pacs_bridge.test_service import bridge, config, settings_of, wait_until  # noqa: F401
from tests.peers.dcmtk import free_port
from tests.peers.hl7_sender import Hl7Sender


@pytest.fixture
def port(config: Path) -> int:  # noqa: F811
    number = free_port()
    config.write_text(config.read_text() + f"[hl7]\nenabled = true\nport = {number}\n")
    return number


def committed(settings, control: str) -> bool:
    with open_house(settings) as house, house.database.reading() as work:
        return work.messages.by_control("HIS", control) is not None


def sent_again(port: int, body: bytes) -> bytes:
    """A sender tries until it is answered."""
    end = time.monotonic() + 20
    while time.monotonic() < end:
        try:
            with Hl7Sender(port) as peer:
                if answer := peer.send(body):
                    return answer
        except OSError:
            continue
    raise AssertionError("never answered")


def test_a_message_committed_and_not_answered_has_no_second_effect(config: Path, port: int):  # noqa: F811
    settings = settings_of(config)
    first = Adt(control="M1", name="LEFÈVRE^Anne^^^^^L").bytes()
    with bridge(config) as process, Hl7Sender(port) as peer:
        peer.write(first)
        wait_until(lambda: committed(settings, "M1"), 10)
        process.kill()
        process.wait(10)
    with bridge(config):
        assert code(sent_again(port, Adt(control="M2", name="LEFÈVRE^Anne-Charlotte^^^^^L").bytes())) == "AA"
        assert code(sent_again(port, first)) == "AA"
        with open_house(settings) as house:
            with house.database.reading() as work:
                person = work.people.by_identifier(Identifier("F-1", "HOSP"))
            assert person.traits.name == "LEFÈVRE^Anne-Charlotte"
            assert house.feed.listed(Page())[1] == 2


def test_killed_again_and_again_every_message_ends_applied_once(config: Path, port: int):  # noqa: F811
    settings = settings_of(config)
    bodies = [Adt("A28", control=f"K{n}", pid3=f"P-{n}^^^HOSP^PI").bytes() for n in range(60)]
    waiting = list(bodies)
    for turn in range(3):
        with bridge(config) as process, Hl7Sender(port) as peer:
            for body in waiting[: 10 + turn]:
                peer.write(body)
            answered = sum(bool(peer.answer()) for _ in range(4))
            assert answered == 4
            process.kill()
            process.wait(10)
        waiting = waiting[4:]
    with bridge(config), Hl7Sender(port) as peer:
        assert {code(peer.send(body)) for body in [*waiting, *bodies]} == {"AA"}
        with open_house(settings) as house:
            assert house.feed.listed(Page())[1] == 60
            with house.database.reading() as work:
                assert all(work.people.by_identifier(Identifier(f"P-{n}", "HOSP")) for n in range(60))
            assert house.segments.verify().broken_at is None


def test_a_replay_goes_by_the_bridge(config: Path, port: int):  # noqa: F811
    with bridge(config):
        assert code(sent_again(port, Adt(charset="8859/7").bytes())) == "AE"
    config.write_text(config.read_text() + 'test = true\n')
    with bridge(config), open_house(settings_of(config)) as house:
        [row], _ = house.feed.listed(Page())
        said = house.queue.ask(JobKind.REPLAY, "admin", {"message": row.id}, wait_s=10)
        assert said == {"state": "rejected", "cause": "charset"}

"""Objects that we asked for are finished in order, beside the next one's arrival."""

import threading

import pytest

from appliance.domain.errors import Unavailable
from pacs_bridge.receive.later import WAITING, Later


class Slow:
    """A reception whose end waits for a gate."""

    def __init__(self, number: int, ended: list[int], gate: threading.Event, *, fails: bool = False) -> None:
        self.number, self.ended, self.gate, self.fails, self.discarded = number, ended, gate, fails, False

    def write(self, data: memoryview) -> None:
        raise AssertionError

    def close(self) -> bool:
        assert self.gate.wait(10)
        if self.fails:
            raise Unavailable("storage")
        self.ended.append(self.number)
        return False

    def discard(self) -> None:
        self.discarded = True


def test_the_peer_does_not_wait_until_too_many_do():
    ended: list[int] = []
    gate = threading.Event()
    with Later() as later:
        for number in range(WAITING):
            later.of(Slow(number, ended, gate)).close()
        assert ended == []
        gate.set()
    assert ended == list(range(WAITING))
    assert later.cause == ""


def test_one_that_fails_is_told_and_the_others_are_kept():
    ended: list[int] = []
    gate = threading.Event()
    gate.set()
    broken = Slow(1, ended, gate, fails=True)
    with Later() as later:
        for reception in (Slow(0, ended, gate), broken, Slow(2, ended, gate)):
            later.of(reception).close()
    assert (ended, later.cause, broken.discarded) == ([0, 2], "storage", True)


def test_what_was_cut_off_goes_at_once():
    cut = Slow(0, [], threading.Event())
    with Later() as later:
        later.of(cut).discard()
        assert cut.discarded
    with pytest.raises(AssertionError):
        later.of(cut).write(memoryview(b"x"))

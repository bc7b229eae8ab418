"""Objects handed in by STOW-RS: where they wait, what became of each, and the answer that follows (PS3.18 10.5.3)."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

FOLDER = "quarantine/deposits"
DUPLICATE, OUT_OF_RESOURCES = 0x0111, 0xA700
COERCED = 0xB000


class Answer(StrEnum):
    """How a deposit ended."""

    ALL = "all"
    SOME = "some"
    """Some failed, or were changed."""
    NONE = "none"
    LATER = "later"
    """None, and only for want of room."""


@dataclass(frozen=True, slots=True)
class Stored:
    """What became of one object. ``failure`` is 0 for one that is kept; ``warning`` 0 for one kept as it came."""

    sop_class: str = ""
    sop_uid: str = ""
    study_uid: str = ""
    series_uid: str = ""
    failure: int = 0
    warning: int = 0


def part_key(deposit: str, number: int) -> str:
    """Return where part `number` (from 0) of a deposit waits."""
    return f"{FOLDER}/{deposit}.{number:05d}.dcm"


def result_key(deposit: str) -> str:
    """Return where it is written what became of a deposit."""
    return f"{FOLDER}/{deposit}.json"


def to_json(results: Sequence[Stored]) -> list[Mapping[str, Any]]:
    """Return results to be written down."""
    return [asdict(one) for one in results]


def from_json(found: Sequence[Mapping[str, Any]]) -> list[Stored]:
    """Return results as they were written down by `to_json`."""
    return [Stored(**one) for one in found]


def answer_of(results: Sequence[Stored]) -> Answer:
    """Return how the deposit ended."""
    failures = [one.failure for one in results if one.failure]
    if results and len(failures) == len(results):
        return Answer.LATER if set(failures) == {OUT_OF_RESOURCES} else Answer.NONE
    return Answer.SOME if failures or any(one.warning for one in results) else Answer.ALL

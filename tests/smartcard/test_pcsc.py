"""What is told of readers, with and without pyscard."""

import sys

import pytest
from cps_card import pcsc
from cps_card.errors import CardUnavailable


def test_without_pyscard_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "smartcard.System", None)
    with pytest.raises(CardUnavailable) as info:
        pcsc.readers()
    assert info.value.cause == "pyscard_missing"


@pytest.mark.parametrize(
    ("number", "cause"),
    [
        (0x8010001D, "no_service"),
        (0x8010001E, "no_service"),
        (-2146435043, "no_service"),
        (0x8010000C, "empty"),
        (0x8010000B, "busy"),
        (0x80100069, "removed"),
        (0, "pcsc"),
    ],
)
def test_each_number_of_pcsc_has_a_cause(number: int, cause: str) -> None:
    assert pcsc.cause_of(number) == cause


@pytest.mark.parametrize(
    ("atr", "kind"),
    [(pcsc.CPS3_CONTACT, "cps3"), (pcsc.CPS4.lower(), "cps4"), ("3B6500002063CB6800", "foreign"), ("", "foreign")],
)
def test_the_answer_to_reset_names_the_card(atr: str, kind: str) -> None:
    assert pcsc.kind_of(atr) == kind

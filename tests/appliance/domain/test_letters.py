"""Links by mail: what they hold, how many go, and that no word beside them names the patient."""

from datetime import UTC, datetime, timedelta

import pytest

from appliance.domain import letters, share_codes
from appliance.domain.errors import Malformed, Refused, TryLater
from appliance.domain.identifiers import StudyUID
from appliance.domain.people import Identifier, PatientTraits

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
TRAITS = PatientTraits(Identifier("F-100201", "HOSP"), "LEFÈVRE^Anne-Charlotte", "19610314", "F")
CODE = share_codes.from_random(range(3, 200, 7))


@pytest.mark.parametrize(
    "text",
    [
        "Que pensez-vous de Mme Lefevre ?", "avis pour anne, merci", "ddn 14/03/1961", "née le 14 03 61", "1961-03-14",
        "IPP F-100201", "f100201", f"le code {CODE}", f"{CODE[:4]} {CODE[4:]}", f"code {CODE.lower()}.",
    ],
)  # fmt: skip
def test_words_that_name_the_patient_are_refused(text):
    with pytest.raises(Refused, match="letter_trait"):
        letters.message(text, TRAITS)


@pytest.mark.parametrize(
    "text",
    ["", "Avis sur le nodule du lobe supérieur droit (série 2, image 37) ?", "Rappelez-moi au 04 65 71 10 01\nmerci",
     "Réunion mardi 24/11/2026 à 18 h", "Bonjour cher ami, comparez avec la série 3."],
)  # fmt: skip
def test_other_words_go_as_they_are(text):
    assert letters.message(text, TRAITS) == text


def test_words_are_cleaned_and_limited():
    assert letters.message("  a\x00  b \r\n\x1b[31m c ", TRAITS) == "a b\n[31m c"
    with pytest.raises(Malformed, match="letter_long"):
        letters.message("x" * 501, TRAITS)


def test_a_patient_without_traits_is_named_by_nothing():
    assert letters.message("Bonjour", PatientTraits(Identifier(""), "")) == "Bonjour"


def test_links_are_counted():
    sent = [NOW - timedelta(minutes=50 - n) for n in range(letters.PER_HOUR)]
    letters.check_pace(sent[1:], NOW)
    with pytest.raises(TryLater, match="letters_hour") as refused:
        letters.check_pace(sent, NOW)
    assert refused.value.facts["retry_after_s"] == 600
    with pytest.raises(TryLater, match="letters_day"):
        letters.check_pace([NOW - timedelta(hours=20)] * letters.PER_DAY, NOW)
    letters.check_pace([NOW - timedelta(hours=25)] * letters.PER_DAY, NOW)


def test_a_link_is_read_back_and_nothing_else_is():
    link = letters.Link(StudyUID("1.2.3"), NOW)
    assert letters.link_of(link.text()) == link
    for text in ("A2B3C4D6", "letter 1.2.3", "letter x 5", "letter 1.2.3 -5", "other 1.2.3 5"):
        with pytest.raises(Malformed):
            letters.link_of(text)

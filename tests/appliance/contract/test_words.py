"""The words shared by console and command line."""

import re
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

import appliance
from appliance.contract.words import LOCALE, Words
from appliance.domain.exams import ExamState
from appliance.domain.jobs import JobKind, JobState
from appliance.domain.sharing import ShareState

FR, EN = Words("fr"), Words("en")
ROOT = Path(appliance.__file__).parent


def texts(language: str) -> dict[str, str]:
    with (LOCALE / language / "LC_MESSAGES" / "messages.po").open("rb") as file:
        return {str(m.id): str(m.string) for m in read_po(file) if m.id}


def test_both_languages_hold_the_same_texts_with_the_same_facts() -> None:
    french, english = texts("fr"), texts("en")
    assert french.keys() == english.keys()
    facts = re.compile(r"\{(\w+)")
    assert [k for k in french if set(facts.findall(french[k])) != set(facts.findall(english[k]))] == []


@pytest.mark.parametrize(
    "msgid",
    [
        *(f"share.{one}" for one in ShareState),
        *(f"exam.{one}" for one in ExamState),
        *(f"job.{one}" for one in (*JobKind, *JobState)),
    ],
)
def test_every_state_of_the_domain_has_a_word(msgid: str) -> None:
    assert FR.has(msgid)
    assert EN.has(msgid)


def test_every_verb_of_the_journal_has_a_word() -> None:
    files = [*(ROOT / "adminapi").glob("*.py"), *(ROOT / "usecases").glob("*.py")]
    code = "\n".join(path.read_text() for path in files)
    verbs = set(re.findall(r"Event\(\s*Family\.\w+,\s*\"([\w.]+)\"", code))
    assert len(verbs) > 15
    assert sorted(verb for verb in verbs if not FR.has(f"verb.{verb}")) == []


def test_plurals_hard_spaces_and_missing_facts() -> None:
    assert FR("alarm.jobs", n=0) == "0 tâche en échec"
    assert FR("alarm.jobs", n=2) == "2 tâches en échec"
    assert EN("alarm.jobs", n=0) == "0 failed jobs"
    assert "\u00a0:" in FR("share.blocked.attempts")
    assert "…" in FR("fault.days", other=1)
    assert FR.fault("never_heard_of", {}) == "Refusé\u00a0: never_heard_of."
    assert Words("de").language == "fr"


def test_dates_follow_the_language() -> None:
    assert (FR.date("2026-11-22"), EN.date("2026-11-22"), FR.date(None)) == ("22/11/2026", "2026-11-22", "–")

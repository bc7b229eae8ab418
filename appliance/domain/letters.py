"""The link by which a physician points an exam out to a colleague: how long it holds, how many, what may be written.

A link opens nothing: who follows it logs in, and must hold the exam. Still it goes by plain e-mail.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from appliance.domain import birth_dates, names, share_codes
from appliance.domain.errors import Malformed, Refused, TryLater
from appliance.domain.identifiers import StudyUID, study_uid
from appliance.domain.lockout import DAY, HOUR
from appliance.domain.people import PatientTraits

LIFE = timedelta(days=7)
PER_HOUR, PER_DAY = 10, 40
"""Links of one account."""
MOST_CHARACTERS = 500
_MARK = "letter"
"""Stands in front of what is sealed: nothing else that this key seals can be taken for a link."""
_SHORTEST_NAME, _SHORTEST_NUMBER = 3, 4


@dataclass(frozen=True, slots=True)
class Link:
    """What a link holds."""

    study: StudyUID
    until: datetime

    def text(self) -> str:
        """Return what is sealed into the address."""
        return f"{_MARK} {self.study} {int(self.until.timestamp())}"


def link_of(text: str) -> Link:
    """Return the link that `Link.text` made; raise `Malformed` ``letter_over`` for anything else."""
    parts = text.split(" ")
    if len(parts) != 3 or parts[0] != _MARK or not parts[2].isdecimal():
        raise Malformed("letter_over")
    return Link(study_uid(parts[1]), datetime.fromtimestamp(int(parts[2]), UTC))


def check_pace(sent: Sequence[datetime], now: datetime) -> None:
    """Raise `TryLater` ``letters_hour`` or ``letters_day``; `sent` are the links of an account, oldest first."""
    for cause, window, most in (("letters_day", DAY, PER_DAY), ("letters_hour", HOUR, PER_HOUR)):
        recent = [at for at in sent if now - at < window]
        if len(recent) >= most:
            raise TryLater(cause, retry_after_s=max(1, round((recent[-most] + window - now).total_seconds())))


def message(text: str, traits: PatientTraits) -> str:
    """Return the sender's words as they go, lines kept.

    Raises
    ------
    Malformed
        ``letter_long``.
    Refused
        ``letter_trait``: they hold a name, the birth date or a number of the patient, or what could be a share code.
    """
    if len(text) > MOST_CHARACTERS:
        raise Malformed("letter_long")
    lines = [" ".join(line.split()) for line in text.splitlines()]
    kept = "\n".join("".join(c for c in line if c.isprintable()) for line in lines).strip()
    if _names_the_patient(kept, traits) or _holds_a_code(kept):
        raise Refused("letter_trait")
    return kept


def _names_the_patient(text: str, traits: PatientTraits) -> bool:
    said = set(names.fold(text)) if text else set()
    named = {token for token in names.fold(re.sub(r"[\^=]", " ", traits.name)) if len(token) >= _SHORTEST_NAME}
    numbers = {re.sub(r"\W", "", one).upper() for one in re.findall(r"[\w.\-/]+", text)}
    identifier = re.sub(r"\W", "", traits.identifier.value).upper()
    return bool(said & named or (len(identifier) >= _SHORTEST_NUMBER and identifier in numbers) or _dated(text, traits))


def _dated(text: str, traits: PatientTraits) -> bool:
    born = birth_dates.recorded(traits.birth_date)
    if born is None:
        return False
    day, month, year = born.french().split("/")
    digits = re.sub(r"(?<=\d)[ ./\-]+(?=\d)", "", text)
    return any(one in digits for one in (day + month + year, year + month + day, day + month + year[2:]))


def _holds_a_code(text: str) -> bool:
    for found in re.finditer(r"(?=\b([0-9A-Za-z]{8}|[0-9A-Za-z]{4}[\s\-][0-9A-Za-z]{4})\b)", text):
        # A code has digits among its letters, hardly ever none: words of eight letters are words.
        if any(c.isdecimal() for c in found[1]) and _is_code(found[1]):
            return True
    return False


def _is_code(text: str) -> bool:
    try:
        share_codes.parse(text)
    except Malformed:
        return False
    return True

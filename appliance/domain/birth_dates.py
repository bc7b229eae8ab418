"""Birth dates (R-B): what was typed against a recorded DA, unknown days and months included."""

import re
from dataclasses import dataclass
from datetime import date

from appliance.domain.errors import Malformed

# Without separators only JJMMAAAA: 1121980 could be two days, and a guess would cost an attempt.
_TYPED = re.compile(r"\s*(?:(\d\d?)[/ .-](\d\d?)[/ .-](\d{4})|(\d\d)(\d\d)(\d{4}))\s*")
FIRST_YEAR = 1890
# The civil registry writes an unknown birthday as the first or the last day of the year.
_UNKNOWN_DAYS = frozenset({(0, 0), (12, 31), (1, 1)})


@dataclass(frozen=True, slots=True)
class BirthDate:
    """A date whose month or day may be 0, unknown."""

    year: int
    month: int
    day: int

    def digits(self) -> str:
        """Return eight DA digits."""
        return f"{self.year:04d}{self.month:02d}{self.day:02d}"

    def iso(self) -> str:
        """Return ``AAAA-MM-JJ``."""
        return f"{self.year:04d}-{self.month:02d}-{self.day:02d}"

    def french(self) -> str:
        """Return ``JJ/MM/AAAA``."""
        return f"{self.day:02d}/{self.month:02d}/{self.year:04d}"


def parse(text: str, today: date) -> BirthDate:
    """Return the date typed as J/M/AAAA or JJMMAAAA; raise `Malformed` ``birth_date`` when there is no such day."""
    found = _TYPED.fullmatch(text[:32])
    if not found:
        raise Malformed("birth_date")
    day, month, year = (int(group) for group in found.groups() if group)
    born = BirthDate(year, month, day)
    if not FIRST_YEAR <= year <= today.year or not _exists(born, today):
        raise Malformed("birth_date")
    return born


def recorded(digits: str) -> BirthDate | None:
    """Return the date of (0010,0030) *Patient's Birth Date* or PID-7: first eight digits, right-filled with 0."""
    kept = re.sub(r"\D", "", digits or "")[:8].ljust(8, "0")
    year, month, day = int(kept[:4]), int(kept[4:6]), int(kept[6:8])
    return BirthDate(year, month if month <= 12 else 0, day if day <= 31 else 0) if year else None


def usable(digits: str, today: date) -> bool:
    """Whether a recorded date can be asked for; otherwise the desk must type the one of the identity paper."""
    born = recorded(digits)
    return born is not None and born.year >= FIRST_YEAR and _exists(born, today)


def same(typed: BirthDate, digits: str) -> bool:
    """Whether the typed date is accepted for a recorded one."""
    record = recorded(digits)
    if record is None or record.year != typed.year:
        return False
    if record.month == 0 or (record.month, record.day) in _UNKNOWN_DAYS:
        return (typed.month, typed.day) in _UNKNOWN_DAYS
    if record.day == 0:
        return typed.month == record.month and typed.day in (0, 1)
    return typed == record


def _exists(born: BirthDate, today: date) -> bool:
    if born.month == 0 or born.day == 0:
        return born.month <= 12 and born.day <= 31 and _not_after(born, today)
    try:
        return date(born.year, born.month, born.day) <= today
    except ValueError:
        return False


def _not_after(born: BirthDate, today: date) -> bool:
    return (born.year, born.month, born.day) <= (today.year, today.month, today.day)

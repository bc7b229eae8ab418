"""Is this still the same person: what differs between two sets of traits, and why access waits for a decision (R-D).

::

    nothing differs, or the family name alone --> none          given, birth or sex differs --> material
    birth and any other, or given and family and sex --> contradiction: two people
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from appliance.domain import birth_dates, names
from appliance.domain.birth_dates import BirthDate
from appliance.domain.errors import Malformed
from appliance.domain.people import PatientTraits

LEAST_REASON, MOST_REASON = 5, 512
_NOBODY = frozenset({"ANONYMOUS", "ANONYMIZED", "ANONYME", "ANON", "INCONNU", "INCONNUE", "UNKNOWN", "X", "XXX"})
_DEFAULT_DAYS = frozenset({(12, 31), (1, 1)})


class Difference(StrEnum):
    """How far two sets of traits are apart."""

    NONE = "none"
    MATERIAL = "material"
    """A correction, or another person: before a code was issued, a correction."""
    CONTRADICTION = "contradiction"


class AlarmCause(StrEnum):
    """Why an identity is in doubt."""

    TRAITS = "traits"
    """They changed materially after a code was issued."""
    SHARED = "shared_id"
    """Two people under one identifier."""
    MERGE = "merge"
    """Two records are said to be one person, and their traits say otherwise."""
    UNLINKED = "unlinked"
    """Identifiers that are one person here are said to be two."""
    TWO_PATIENTS = "two_patients"
    """One study shows two patients."""
    GONE = "gone"
    """The PACS has it no more; this and what follows is heard when it is asked again (`domain.reasking`)."""
    PATIENT_ID = "patient_id"
    ISSUER = "issuer"
    BIRTH_DATE = "birth_date"


class Decision(StrEnum):
    """How somebody ends an alarm."""

    CONFIRMED = "confirmed"
    """What was said is right: one person, with these traits."""
    REFUSED = "refused"
    """What was said is wrong: the index stays as it is."""


OF_ONE_STUDY = frozenset({
    AlarmCause.TWO_PATIENTS, AlarmCause.GONE, AlarmCause.PATIENT_ID, AlarmCause.ISSUER,
    AlarmCause.BIRTH_DATE,
})  # fmt: skip
"""They close the study that is named, and nothing else of the person."""
WITHDRAWN = frozenset({AlarmCause.GONE, AlarmCause.PATIENT_ID})
"""Once confirmed, the study is withdrawn: it is somebody else's, or nobody's."""
CONFIRMED_ONLY = frozenset({AlarmCause.TWO_PATIENTS})
"""There is nothing to go back to: until it is confirmed, the study stays closed."""


@dataclass(frozen=True, slots=True)
class Profile:
    """What tells a person apart: folded family names, lists of given names, dates of birth, sex."""

    families: tuple[tuple[str, ...], ...] = ()
    given: tuple[tuple[str, ...], ...] = ()
    births: tuple[str, ...] = ()
    sex: str = ""


def profile(traits: PatientTraits) -> Profile:
    """Return the profile of traits as DICOM has them."""
    family = names.fold(traits.name.split("=")[0].split("^")[0])
    given = names.given_lists(traits.name)
    births = (traits.birth_date,) if traits.birth_date else ()
    unnamed = not given and set(family) <= _NOBODY  # an anonymised header: its sex is made up as its name is
    return Profile((family,) if family else (), given, births, "" if unnamed else traits.sex)


def compared(known: Profile, said: Profile) -> Difference:
    """Return how far apart they are; what one side does not know never differs."""
    given, birth = _given_differ(known.given, said.given), _births_differ(known.births, said.births)
    sex, family = {known.sex, said.sex} == {"M", "F"}, _families_differ(known.families, said.families)
    if (birth and (given or family or sex)) or (given and family and sex):
        return Difference.CONTRADICTION
    return Difference.MATERIAL if given or birth or sex else Difference.NONE


def reason(text: str) -> str:
    """Return why somebody decided so, without outer blanks; raise `Malformed` ``reason``."""
    said = " ".join(text.split())
    if not LEAST_REASON <= len(said) <= MOST_REASON:
        raise Malformed("reason", most=MOST_REASON)
    return said


def _given_differ(known: Sequence[tuple[str, ...]], said: Sequence[tuple[str, ...]]) -> bool:
    one = [given for given in known if not names.is_placeholder(given)]
    other = [given for given in said if not names.is_placeholder(given)]
    return bool(one and other) and not any(
        names.matches(a, b) or names.matches(b, a) for a in one for b in other
    )


def _families_differ(known: Iterable[tuple[str, ...]], said: Iterable[tuple[str, ...]]) -> bool:
    one, other = ({t for family in side for t in family} - _NOBODY for side in (known, said))
    joined = {"".join(family) for family in known} & {"".join(family) for family in said}
    return bool(one and other) and not one & other and not joined


def _births_differ(known: Sequence[str], said: Sequence[str]) -> bool:
    one = [born for text in known if (born := birth_dates.recorded(text)) is not None]
    other = [born for text in said if (born := birth_dates.recorded(text)) is not None]
    return bool(one and other) and not any(_may_be_one(a, b) for a in one for b in other)


def _may_be_one(a: BirthDate, b: BirthDate) -> bool:
    """Whether both may be of one person: an unknown month or day becomes known one day."""
    if a.year != b.year:
        return False
    if a == b or 0 in (a.month, b.month) or {(a.month, a.day), (b.month, b.day)} & _DEFAULT_DAYS:
        return True
    return a.month == b.month and 0 in (a.day, b.day)

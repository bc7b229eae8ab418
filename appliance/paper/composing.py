"""What a share becomes on paper: the same slip for the desk, the command line and the console."""

from dataclasses import dataclass
from datetime import datetime

from appliance.domain import birth_dates
from appliance.domain.people import PatientTraits
from appliance.domain.sharing import PARIS, Trait, printed_day
from appliance.paper.slip import Slip, SlipExam, render
from appliance.paper.words import MODALITIES, Language
from appliance.usecases.sharing import ShareView


@dataclass(frozen=True, slots=True)
class Letterhead:
    """What the hospital puts on its paper."""

    hospital: str
    public_url: str
    phones: tuple[tuple[str, str], ...] = ()


def slip_pdf(view: ShareView, code: str, head: Letterhead, now: datetime, language: Language = "fr") -> bytes:
    """Return the slip of a share as PDF."""
    return render(compose(view, code, head, now, language))


def compose(view: ShareView, code: str, head: Letterhead, now: datetime, language: Language = "fr") -> Slip:
    """Return what stands on the slip."""
    kinds = MODALITIES[language]
    exams = [
        SlipExam(study.date, " + ".join(kinds.get(m, m) for m in study.modalities), study.description)
        for study in view.studies
    ]
    return Slip(
        code=code,
        patient=displayed(view.person.traits),
        birth_date=_born(view.person.traits, view.share.traits),
        given_on=now.astimezone(PARIS).date(),
        until=printed_day(view.share.expires_at),
        hospital=head.hospital,
        public_url=head.public_url,
        exams=exams,
        phones=head.phones,
        downloads=view.share.downloads,
        language=language,
    )


def displayed(traits: PatientTraits) -> str:
    """Return FAMILY Given of the first component group."""
    family, _, rest = traits.name.split("=")[0].partition("^")
    return f"{family} {rest.split('^')[0]}".strip()


def _born(traits: PatientTraits, snapshot: tuple[Trait, ...]) -> str:
    """Return the date that the physician must type: the one of the identity paper when the desk typed it."""
    typed = [t.value for t in snapshot if t.kind == "birth"]
    born = birth_dates.recorded(typed[-1] if typed else traits.birth_date)
    return born.french() if born else "?"

"""Finding who is meant by identifiers, and making two records one person; never by name alone."""

from collections.abc import Sequence
from datetime import datetime

from appliance.domain import identity, names
from appliance.domain.feed import Patient
from appliance.domain.identifiers import PersonId
from appliance.domain.identity import AlarmCause, Decision, Difference, Profile
from appliance.domain.journal import Actor, Event, Family
from appliance.domain.people import Identifier, IdentifierType, PatientTraits
from appliance.usecases.doubting import concerned, doubt, reopen
from appliance.usecases.ports import AlarmRow, Work


def person_for(work: Work, traits: PatientTraits, now: datetime) -> PersonId:
    """Return the person of a DICOM object, made if new.

    A PACS that names no issuer means that of its hospital: whoever the feed knows under the same value is the same
    person when nothing differs and nobody else has it.
    """
    mine = traits.identifier
    if mine.value and not mine.authority and work.people.by_identifier(mine) is None:
        told = [one for one in work.people.by_value(mine.value) if work.identities.heard(PersonId(one.id)) is not None]
        if len(told) == 1:
            found = PersonId(told[0].id)
            if compared(work, found, identity.profile(traits)) is Difference.NONE:
                work.identities.attach(found, [mine], now)
                return found
    return work.people.ensure(traits)


def people_of(work: Work, identifiers: Sequence[Identifier]) -> list[PersonId]:
    """Return whoever has one of the identifiers, or its value from a PACS that names no issuer."""
    found: list[PersonId] = []
    for one in identifiers:
        person = work.people.by_identifier(one)
        if person is None and one.authority and one.type is IdentifierType.PI:
            person = work.people.by_identifier(Identifier(one.value))
        if person is not None:
            found.append(PersonId(person.id))
    return list(dict.fromkeys(found))


def compared(work: Work, person_id: PersonId, said: Profile) -> Difference:
    """Return how far what is said is from what is believed of a person."""
    return identity.compared(work.identities.profile(person_id), said)


def profile_of(patient: Patient) -> Profile:
    """Return the profile of somebody the feed speaks of."""
    families = tuple(tokens for family in patient.families if (tokens := names.fold(family)))
    return Profile(families, patient.given, (patient.birth_date,) if patient.birth_date else (), patient.sex)


def patient_of(traits: PatientTraits) -> Patient:
    """Return what a PACS says of a patient as the feed would."""
    family = traits.name.split("=")[0].split("^")[0]
    return Patient(
        (traits.identifier,), traits.name, (family,) if family else (), names.given_lists(traits.name),
        traits.birth_date, traits.sex,
    )  # fmt: skip


def joined(work: Work, keep: PersonId, gone: PersonId, actor: Actor, now: datetime) -> None:
    """Make two records one person; shares open by what is known of both."""
    told = [*work.identities.told(keep), *work.identities.told(gone)]
    heard = [moment for one in (keep, gone) if (moment := work.identities.heard(one)) is not None]
    work.identities.join(keep, gone)
    if heard:
        work.identities.hear(keep, max(heard))
    for alarm in work.identities.open_alarms(keep):
        if alarm.cause is AlarmCause.MERGE and alarm.person_id == alarm.other_id:
            work.identities.decide(alarm.id, Decision.CONFIRMED, actor.label or actor.id, "", now)
    for share in concerned(work, keep, now):
        work.shares.add_traits(share.id, told)
    reopen(work, [keep], now)
    work.journal.append(Event(Family.SYSTEM, "identity.merge", actor, str(keep), facts={"gone": gone}), now)


def join_or_doubt(
    work: Work, keep: PersonId, gone: PersonId, said: Patient, source: str, actor: Actor, now: datetime
) -> bool:
    """Make two records one person unless their traits speak against it; False: somebody must decide."""
    difference = compared(work, keep, work.identities.profile(gone))
    held = any(concerned(work, one, now) for one in (keep, gone))
    if difference is Difference.CONTRADICTION or (difference is Difference.MATERIAL and held):
        doubt(work, AlarmRow(0, AlarmCause.MERGE, keep, now, source, other_id=gone, said=said), actor, now)
        return False
    joined(work, keep, gone, actor, now)
    return True

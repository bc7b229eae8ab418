"""From values of the domain to what crosses the socket. Nothing is decided here."""

from collections.abc import Mapping
from datetime import datetime

from appliance.adminapi.door import plain
from appliance.contract.codes import CodeStudy, CodeView
from appliance.contract.jobs import JobView
from appliance.contract.journal import EntryView, SegmentView, VerifyAnswer
from appliance.contract.nodes import Auth, NodeView
from appliance.contract.people import AccountView, PatientView, StaffView
from appliance.contract.studies import SeriesView, StudyView
from appliance.domain import names, sharing
from appliance.domain.jobs import Job
from appliance.domain.journal import Record
from appliance.domain.nodes import Node
from appliance.domain.people import PatientTraits
from appliance.domain.segments import Verdict
from appliance.domain.staff import StaffMember
from appliance.usecases.exams import state_of
from appliance.usecases.ports import AccountRow, SeriesRow, StudyRow
from appliance.usecases.sharing import ShareView


def shown_name(person_name: str) -> str:
    """Return the first written group of a PN as people read it: family name, then given names."""
    groups = [group for group in person_name.split("=") if group.strip("^ ")]
    parts = [part.strip() for part in (groups[0] if groups else "").split("^")]
    return " ".join(part for part in parts[:3] if part)


def iso_birth(digits: str) -> str | None:
    """Return AAAA-MM-JJ of eight DA digits, null when there are none."""
    return f"{digits[:4]}-{digits[4:6]}-{digits[6:8]}" if len(digits) >= 8 else None


def patient(traits: PatientTraits) -> PatientView:
    """Return a patient as one source gave the traits."""
    return PatientView(
        id=traits.identifier.value,
        issuer=traits.identifier.authority,
        name=shown_name(traits.name),
        given_names=tuple(" ".join(given) for given in names.given_lists(traits.name)),
        birth_date=iso_birth(traits.birth_date),
        sex=traits.sex,
    )


def modality(study: StudyRow) -> str:
    """Return the modalities as one word."""
    return "/".join(study.modalities)


def code_study(study: StudyRow) -> CodeStudy:
    """Return an exam as a code lists it."""
    return CodeStudy(
        uid=study.uid,
        date=study.date.isoformat() if study.date else None,
        modality=modality(study),
        description=study.description,
        state=state_of(study),
    )


def code(view: ShareView, now: datetime, code: str | None = None) -> CodeView:
    """Return a share; the patient's traits are those of its snapshot."""
    share = view.share
    births = [t.value for t in share.traits if t.kind == "birth"]
    given = tuple(t.value for t in share.traits if t.kind == "given")
    seen = patient(view.person.traits)
    return CodeView(
        share_id=share.id,
        state=sharing.state(share, now),
        expires_at=share.expires_at,
        patient=seen.model_copy(
            update={"given_names": given, "birth_date": iso_birth(births[0]) if births else seen.birth_date}
        ),
        studies=tuple(code_study(study) for study in view.studies),
        code=code,
        issued_at=share.issued_at,
        issued_by=share.issued_by,
        not_before=share.not_before,
        comment=share.comment,
        blocked_cause=share.blocked_cause or "",
        redeemers=share.redeemers,
        max_redeemers=share.max_redeemers,
        downloads=share.downloads,
    )


def study(row: StudyRow, series: tuple[SeriesView, ...] = (), *, embargoed: bool = False) -> StudyView:
    """Return a study of the index."""
    return StudyView(
        uid=row.uid,
        state=state_of(row, embargoed=embargoed),
        date=row.date.isoformat() if row.date else None,
        modality=modality(row),
        description=row.description,
        patient=patient(row.traits),
        modalities=row.modalities,
        time=row.time,
        accession=row.accession,
        facility=row.facility,
        node=row.node,
        received=row.received,
        ready=row.ready,
        undisplayable=row.undisplayable,
        expected=row.expected,
        unreachable_since=row.unreachable_since,
        series=series,
    )


def series(row: SeriesRow) -> SeriesView:
    """Return a series."""
    return SeriesView(
        uid=row.uid,
        number=row.number,
        modality=row.modality,
        description=row.description,
        received=row.received,
        ready=row.ready,
        undisplayable=row.undisplayable,
    )


_AUTH: Mapping[str, Auth] = {"basic": "basic", "bearer": "bearer"}


def node(one: Node) -> NodeView:
    """Return a node; silence is newer than an answer only while it lasts."""
    state = "silent" if one.unreachable_since else "answers" if one.last_answer else "untested"
    return NodeView(
        name=one.name,
        aet=one.aet,
        host=one.host,
        port=one.port,
        method=one.method.value,
        tls=one.tls,
        our_aet=one.our_aet,
        charset=one.charset,
        issuer=one.issuer,
        facility=one.facility,
        allowed_senders=one.allowed_senders,
        url=one.url,
        auth=_AUTH.get(one.credentials.partition(":")[0], "none"),
        state=state,
        last_answer=one.last_answer,
        unreachable_since=one.unreachable_since,
    )


def job(one: Job) -> JobView:
    """Return a job; the random end of a waited-for subject is not shown."""
    return JobView(
        id=one.id,
        kind=one.kind,
        subject=one.subject.partition("#")[0],
        state=one.state,
        attempts=one.attempts,
        max_attempts=one.max_attempts,
        created=one.created,
        due=one.due,
        done=one.done,
        total=one.total,
        error=one.error,
    )


def entry(record: Record) -> EntryView:
    """Return a record of the journal."""
    event = record.event
    return EntryView(
        number=record.number,
        at=record.at,
        family=event.family,
        verb=event.verb,
        who=event.actor.label or event.actor.id,
        subject=event.subject,
        cause=event.cause,
        address=event.actor.address,
        digest=record.digest.hex(),
        facts={name: plain(value) for name, value in event.facts.items()},
    )


def account(row: AccountRow) -> AccountView:
    """Return an account, never its secrets."""
    state = "disabled" if row.disabled_at else "active" if row.proof else "no_proof"
    return AccountView(
        id=row.id,
        email=row.email,
        given_name=row.given_name,
        family_name=row.family_name,
        state=state,
        organisation=row.organisation,
        national_id=row.national_id,
        profession=row.profession,
        otp_enabled=row.otp_enabled,
        proof=row.proof,
        proof_until=row.proof_until,
        proof_status=row.proof_status,
        created_at=row.created_at,
        disabled_at=row.disabled_at,
        last_login_at=row.last_login_at,
    )


def staff(member: StaffMember) -> StaffView:
    """Return somebody of the staff."""
    return StaffView(
        login=member.login,
        name=member.name,
        role=member.role,
        disabled_at=member.disabled_at,
        must_set_up=member.must_set_up,
        national_id=member.national_id,
    )


def verdict(found: Verdict, head: str, key: str) -> VerifyAnswer:
    """Return the verdict on the journal."""
    seen = [
        SegmentView(first=one.first, last=one.last, first_at=one.first_at, last_at=one.last_at, state=state)
        for one, state in found.segments
    ]
    return VerifyAnswer(
        records=found.records, broken_at=found.broken_at, flaw=found.flaw or "", head=head, key=key,
        segments=tuple(seen),
    )  # fmt: skip

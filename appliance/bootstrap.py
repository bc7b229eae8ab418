"""Where use cases meet adapters, and nowhere else. It never imports an edge; edges pass their own adapters in."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Self

from appliance.blobs.folder import FolderObjects
from appliance.config.settings import Settings
from appliance.crypto.keyed import KeyedSecrets, NodeKey, load_key
from appliance.crypto.passkeys import WebauthnCeremonies
from appliance.crypto.passwords import Argon2Passwords
from appliance.crypto.signing import Ed25519Sealing
from appliance.crypto.totp import PyotpTotp
from appliance.domain.accounts import ProofPolicy
from appliance.domain.lockout import Limits
from appliance.domain.otp import OtpLimits
from appliance.domain.passwords import PasswordPolicy
from appliance.domain.sessions import SessionLimits
from appliance.notify.card_words import CardMails
from appliance.notify.letter_words import LetterMails
from appliance.notify.report_words import ReportMails
from appliance.notify.words import OtpWords
from appliance.oidc.client import OpenIdClient
from appliance.oidc.setup import provider_of
from appliance.store.database import Database
from appliance.store.doorbells import Bell, doorbell
from appliance.store.gate import SqlGate, SqliteGate, open_gate
from appliance.trust.cards import CardTrust
from appliance.trust.responders import Responders
from appliance.usecases.attaching import Attaching
from appliance.usecases.bearers import Bearers
from appliance.usecases.card_sign_in import CardPolicy, CardSignIn
from appliance.usecases.ceremonies import Ceremonies
from appliance.usecases.confirming import Confirming
from appliance.usecases.depositing import Depositing
from appliance.usecases.emergency import Emergency
from appliance.usecases.exams import Exams
from appliance.usecases.exporting import Exporting
from appliance.usecases.feed import Feed
from appliance.usecases.forgetting import Forgetting
from appliance.usecases.guessing import Guessing
from appliance.usecases.identity import Identity
from appliance.usecases.journal import Journal
from appliance.usecases.kept_work import KeptWork
from appliance.usecases.letters import Letters
from appliance.usecases.measures import Measures
from appliance.usecases.my_account import AccountPolicy, MyAccount
from appliance.usecases.nodes import Nodes
from appliance.usecases.notes import Notes
from appliance.usecases.one_time import SignInPolicy
from appliance.usecases.outbox import Outbox
from appliance.usecases.people import People
from appliance.usecases.ports import Clock, Objects, Passwords, Secrets
from appliance.usecases.preparing import Preparing
from appliance.usecases.proofs import Proofs
from appliance.usecases.psc_sign_in import PscPolicy, PscSignIn
from appliance.usecases.queue import Queue
from appliance.usecases.reasking import Reasking
from appliance.usecases.receiving import Receiving
from appliance.usecases.reports import Reports
from appliance.usecases.results import Results
from appliance.usecases.retention import Retention
from appliance.usecases.searching import Searching
from appliance.usecases.second_factors import SecondFactors
from appliance.usecases.segments import Segments
from appliance.usecases.sending import Sending
from appliance.usecases.sharing import Sharing
from appliance.usecases.sign_in import SignIn
from appliance.usecases.staff_access import StaffAccess
from appliance.usecases.staff_passkeys import StaffPasskeys
from appliance.usecases.withdrawing import Withdrawing


class SystemClock:
    """The time of this machine."""

    def now(self) -> datetime:
        """Return the instant, aware UTC."""
        return datetime.now(UTC)  # noqa: TID251


@dataclass(frozen=True)
class House:
    """Every use case, wired, and what they stand on. One a process; close it at the end."""

    settings: Settings
    clock: Clock
    database: Database
    bell: Bell
    gate: SqliteGate | SqlGate
    objects: Objects
    secrets: Secrets
    queue: Queue
    receiving: Receiving
    feed: Feed
    identity: Identity
    preparing: Preparing
    sharing: Sharing
    sign_in: SignIn
    my_account: MyAccount
    second_factors: SecondFactors
    psc_sign_in: PscSignIn
    psc_client: OpenIdClient | None
    emergency: Emergency
    exams: Exams
    exporting: Exporting
    letters: Letters
    notes: Notes
    kept_work: KeptWork
    measures: Measures
    bearers: Bearers
    depositing: Depositing
    sending: Sending
    reports: Reports
    results: Results
    attaching: Attaching
    searching: Searching
    reasking: Reasking
    withdrawing: Withdrawing
    retention: Retention
    forgetting: Forgetting
    nodes: Nodes
    people: People
    staff_access: StaffAccess
    staff_passkeys: StaffPasskeys
    journal: Journal
    segments: Segments
    outbox: Outbox
    card_trust: CardTrust
    card_sign_in: CardSignIn
    proofs: Proofs

    def close(self) -> None:
        """Close every connection."""
        self.bell.close()
        self.gate.close()
        self.objects.close()
        self.database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def open_objects(settings: Settings, threads: int = 8) -> Objects:
    """Return the object store of these settings; close it at the end. A server is not asked anything yet."""
    one = settings.objects
    if one.kind == "folder":
        return FolderObjects(settings.objects_dir)
    # Imported here: a client of S3 is 30 MiB that a folder does not need.
    from appliance.blobs.bucket import Bucket
    from appliance.blobs.s3 import S3Objects

    bucket = Bucket(
        name=one.bucket,
        access_key=one.access_key,
        secret_key=one.secret_key.get_secret_value(),
        endpoint=one.endpoint,
        region=one.region,
        prefix=one.prefix,
        ca=one.ca,
        path_style=one.path_style,
        conditional=one.conditional,
    )
    return S3Objects(bucket, settings.copies_dir, threads=threads)


def node_key(settings: Settings) -> NodeKey:
    """Return what seals and opens the credentials of PACS nodes, and nothing else: the bridge has it too."""
    return NodeKey(settings.keys_dir / "nodes.key")


def open_house(
    settings: Settings,
    *,
    clock: Clock | None = None,
    passwords: Passwords | None = None,
    secrets: Secrets | None = None,
    threads: int = 8,
    service: str = "",
) -> House:
    """Return the house of these settings; the schema must be migrated already.

    Without ``secrets`` the appliance's key is read, and made where there is none. The database knows a ``service`` by
    its name.

    Raises
    ------
    Unavailable
        ``database``, ``key`` or ``storage``.
    """
    clock = clock or SystemClock()
    database = Database(settings.database_url, threads=threads, service=service)
    bell, gate, objects = doorbell(database), open_gate(database), open_objects(settings, threads)
    secrets = secrets or KeyedSecrets(load_key(settings.keys_dir / "appliance.key"))
    passwords, totp = passwords or Argon2Passwords(), PyotpTotp()
    queue = Queue(database, clock, secrets, bell)
    reasking = Reasking(database, clock, queue)
    policy = _sign_in_policy(settings)
    words = OtpWords(settings.brand.name, settings.languages.default)
    trust = CardTrust(settings.authorities_dir, settings.lists_dir, settings.card.issuers)
    door = CardSignIn(database, clock, secrets, _at_the_door(settings), _card_policy(settings, policy.sessions))
    proofs = Proofs(database, clock, trust, _card_mails(settings), policy.proof)
    guessing = Guessing(database, clock, words, policy.lockout)
    ceremonies = Ceremonies(clock, secrets, WebauthnCeremonies())
    confirming = Confirming(database, clock, secrets, words, policy.otp)
    own = AccountPolicy(PasswordPolicy(settings.sign_in.password_length), policy.methods, policy.sessions.idle)
    provider = provider_of(settings)
    psc_policy = PscPolicy(
        issuer=provider.issuer if provider else "",
        professions=settings.sharing.professions,
        sessions=policy.sessions,
        lockout=policy.lockout,
    )
    exams = Exams(
        database, clock, gate, policy.sessions.idle, reasking, settings.reports.policy(), settings.limits.bulk()
    )
    feed, sending = Feed(database, clock), Sending(database, clock, secrets)
    reports = Reports(database, clock, exams, _report_mails(settings), settings.reports.policy())
    return House(
        settings=settings,
        clock=clock,
        database=database,
        bell=bell,
        gate=gate,
        objects=objects,
        secrets=secrets,
        queue=queue,
        receiving=Receiving(database, clock),
        feed=feed,
        identity=Identity(database, clock),
        preparing=Preparing(database),
        sharing=Sharing(database, clock, secrets, settings.sharing.policy(), policy.lockout),
        sign_in=SignIn(database, clock, secrets, (passwords, totp), guessing, words, proofs=proofs, policy=policy),
        my_account=MyAccount(database, clock, passwords, words, guessing, confirming, own),
        second_factors=SecondFactors(
            database, clock, secrets, (totp, ceremonies), guessing, words, policy, proofs=proofs
        ),
        psc_sign_in=PscSignIn(database, clock, secrets, psc_policy),
        psc_client=OpenIdClient(provider, clock) if provider else None,
        emergency=Emergency(database, clock),
        exams=exams,
        exporting=Exporting(database, clock, exams),
        letters=Letters(database, clock, secrets, exams, _letter_mails(settings)),
        notes=Notes(database, clock, exams),
        kept_work=KeptWork(database, clock, exams),
        measures=Measures(database, exams, objects, sending, settings.viewer.measures_node),
        bearers=Bearers(database, clock, secrets),
        depositing=Depositing(database, clock, secrets, objects, queue),
        sending=sending,
        reports=reports,
        results=Results(database, feed, reports, objects),
        attaching=Attaching(database),
        searching=Searching(database, clock, queue),
        reasking=reasking,
        withdrawing=Withdrawing(database, clock),
        retention=Retention(database, clock, objects, settings.retention.policy()),
        forgetting=Forgetting(database, clock, objects, words),
        nodes=Nodes(database, clock, queue, node_key(settings)),
        people=People(database, clock, secrets, passwords, totp),
        staff_access=StaffAccess(
            database, clock, secrets, (passwords, totp), PasswordPolicy(settings.sign_in.password_length),
            settings.brand.name,
        ),
        staff_passkeys=StaffPasskeys(database, clock, secrets, ceremonies, guessing, policy),
        journal=Journal(database, clock),
        segments=Segments(
            database, clock, Ed25519Sealing(settings.keys_dir / "journal.key"), settings.retention.journal_months
        ),
        outbox=Outbox(database, clock, secrets, bell),
        card_trust=trust,
        card_sign_in=door,
        proofs=proofs,
    )


def _at_the_door(settings: Settings) -> CardTrust:
    """Return who judges a card that is shown: alone in asking a responder (docs/decisions/ocsp.md)."""
    card = settings.card
    asked = None
    if card.ocsp != "off":
        asked = Responders(card.ocsp_url, settings.outbound_proxy, card.ocsp_timeout_s)
    needed = card.ocsp == "required"
    return CardTrust(settings.authorities_dir, settings.lists_dir, card.issuers, answers=asked, answers_needed=needed)


def _card_policy(settings: Settings, sessions: SessionLimits) -> CardPolicy:
    card = settings.card
    return CardPolicy(
        professions=settings.sharing.professions, handshakes_per_minute=card.handshakes_per_minute, sessions=sessions
    )


def _card_mails(settings: Settings) -> CardMails:
    return CardMails(settings.brand.name, settings.languages.default, _phones(settings))


def _report_mails(settings: Settings) -> ReportMails:
    return ReportMails(settings.brand.name, settings.languages.default, _phones(settings))


def _letter_mails(settings: Settings) -> LetterMails:
    return LetterMails(settings.brand.name, settings.languages.default, _phones(settings))


def _phones(settings: Settings) -> list[tuple[str, str]]:
    return [(one.service, one.number) for one in settings.brand.phones]


def _sign_in_policy(settings: Settings) -> SignInPolicy:
    limits, sessions = settings.limits, settings.sessions
    return SignInPolicy(
        methods=settings.sign_in.policy(),
        otp=OtpLimits(
            life=timedelta(minutes=limits.otp_minutes),
            tries=limits.otp_tries,
            pause=timedelta(seconds=limits.otp_pause_s),
            per_hour=limits.otp_per_hour,
            per_day=limits.otp_per_day,
            sms_per_day=limits.sms_per_day,
        ),
        sessions=SessionLimits(
            idle=sessions.idle, absolute=timedelta(hours=sessions.hours), otp=timedelta(hours=sessions.otp_hours)
        ),
        proof=ProofPolicy(grace=timedelta(hours=settings.card.grace_hours)),
        lockout=Limits(
            code_per_hour=limits.code_per_hour,
            code_pause=timedelta(minutes=limits.code_pause_minutes),
            code_per_day=limits.code_per_day,
            code_address_per_hour=limits.code_address_per_hour,
            code_alarm_per_hour=limits.code_alarm_per_hour,
            password_free=limits.password_free,
            password_most_pause=timedelta(minutes=limits.password_most_pause_minutes),
            password_per_hour=limits.password_per_hour,
            password_address=limits.password_address,
            password_network=limits.password_network,
        ),
    )

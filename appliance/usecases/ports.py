"""What the use cases need of the world. Adapters implement these; `appliance.bootstrap` joins them.

A `Work` is one transaction and its repositories. `UnitOfWork.writing` is the only road to a decision that
writes: one writer at a time, the journal appended last. `appending` is for idempotent single rows.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, Protocol

from appliance.domain.access import Grant, SessionFacts
from appliance.domain.cards import Card
from appliance.domain.identifiers import (
    AccountId,
    PersonId,
    SeriesUID,
    ShareId,
    SopUID,
    StudyUID,
)
from appliance.domain.jobs import Job, JobKind
from appliance.domain.journal import Event, Record
from appliance.domain.nodes import Node
from appliance.domain.notices import Notice
from appliance.domain.people import Identifier, PatientTraits, Person
from appliance.domain.sharing import Share
from appliance.domain.sign_in import Channel
from appliance.domain.staff import StaffMember

Json = Mapping[str, Any]


# --- values that cross the ports ------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class StudyRow:
    """A study as the index holds it; counts are of its current instances."""

    uid: StudyUID
    person_id: PersonId
    traits: PatientTraits
    date: date | None
    time: str
    description: str
    modalities: tuple[str, ...]
    accession: str
    facility: str
    node: str
    expected: int | None = None
    received: int = 0
    ready: int = 0
    undisplayable: int = 0
    complete: bool | None = None
    requested_at: datetime | None = None
    unreachable_since: datetime | None = None
    withdrawn_at: datetime | None = None
    identity_alarm: str = ""
    arrived_at: datetime | None = None
    pull_error: str = ""
    """Why the last try to bring it failed; told only while nothing of it is here."""


@dataclass(frozen=True, slots=True)
class InstanceFacts:
    """Header of a received object, read once at the edge (`appliance.dicom.header`)."""

    sop_uid: SopUID
    sop_class: str
    transfer_syntax: str
    series_uid: SeriesUID
    study_uid: StudyUID
    traits: PatientTraits
    modality: str = ""
    number: int | None = None
    series_number: int | None = None
    series_description: str = ""
    study_date: date | None = None
    study_time: str = ""
    study_description: str = ""
    accession: str = ""
    body_part: str = ""
    frames: int = 1
    rows: int = 0
    columns: int = 0
    has_pixels: bool = True


@dataclass(frozen=True, slots=True)
class ReceivedFile:
    """A file durable under ``key``. ``sha256`` tells data sets apart as received, ``pixels_sha256`` their pixel data.

    ``coerced`` names the attributes that got another value than the one received.
    """

    key: str
    size_bytes: int
    sha256: bytes
    pixels_sha256: bytes
    facts: InstanceFacts
    calling_aet: str
    node: str = ""
    coerced: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class InstanceRow:
    """A current instance. ``state`` is ``received``, ``prepared`` or ``undisplayable`` (then ``reason``)."""

    sop_uid: SopUID
    sop_class: str
    transfer_syntax: str
    series_uid: SeriesUID
    study_uid: StudyUID
    number: int | None
    key: str
    size_bytes: int
    sha256: bytes
    pixels_sha256: bytes
    version: int
    state: str
    reason: str = ""
    frames: int = 1
    rows: int = 0
    columns: int = 0
    frames_key: str = ""
    frame_offsets: bytes = b""
    native_key: str = ""
    native_frame_bytes: int = 0


@dataclass(frozen=True, slots=True)
class PreparedInstance:
    """What *prepare* made of one instance. ``native_key`` is empty when the display frames are the stored pixels."""

    sop_uid: SopUID
    version: int
    frames: int
    rows: int
    columns: int
    frames_key: str
    frame_offsets: bytes
    native_key: str = ""
    native_frame_bytes: int = 0


@dataclass(frozen=True, slots=True)
class SeriesRow:
    """A series and its current counts."""

    uid: SeriesUID
    study_uid: StudyUID
    number: int | None
    modality: str
    description: str
    received: int
    ready: int
    undisplayable: int


@dataclass(frozen=True, slots=True)
class AccountRow:
    """A correspondent physician. The proof columns say what the log-in without a card rests on."""

    id: AccountId
    email: str
    given_name: str
    family_name: str
    organisation: str
    phone: str
    national_id: str
    profession: str
    password_hash: str
    otp_enabled: bool
    disabled_at: datetime | None
    created_at: datetime
    proof: str
    """``card`` or ``psc`` or empty: none yet."""
    proof_until: datetime | None
    proof_checked_at: datetime | None
    proof_status: str
    """``good``, ``revoked`` or ``unknown``."""
    last_psc_at: datetime | None = None
    last_login_at: datetime | None = None
    certificate: bytes | None = None
    """DER of the authentication certificate of the last card."""
    email_verified_at: datetime | None = None
    email_bounced_at: datetime | None = None
    phone_verified_at: datetime | None = None
    totp_secret: str = ""
    totp_step: int = 0
    warned_days: int = 0
    """The last warning sent before the card ends: 60, 15 or 3 days; 0 for none."""


@dataclass(frozen=True, slots=True)
class SessionRow:
    """A server-side session; the token is stored hashed only."""

    id: int
    token_hash: bytes
    account_id: int | None
    staff_id: int | None
    csrf: str
    means: str
    address: str
    created_at: datetime
    gesture_at: datetime
    until: datetime
    ended_at: datetime | None
    end_cause: str
    notes: str
    user_agent: str = ""


@dataclass(frozen=True, slots=True)
class PasskeyRow:
    """A WebAuthn credential of a physician or of a member of the staff."""

    id: int
    account_id: int | None
    staff_id: int | None
    credential_id: bytes
    public_key: bytes
    """COSE key."""
    sign_count: int
    name: str
    created_at: datetime
    used_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class TicketRow:
    """Something to hand in once: ``card``, ``psc``, ``email``, ``phone``, ``passkey``. The token is stored hashed."""

    token_hash: bytes
    kind: str
    facts: Json
    until: datetime


@dataclass(frozen=True, slots=True)
class PromiseRow:
    """A grant that waits for the log-in of a national identifier."""

    id: int
    national_id: str
    study_uid: StudyUID
    person_id: int
    origin: str
    reason: str
    made_by: str
    made_at: datetime
    valid_to: datetime
    taken_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class OtpRow:
    """A code on its way, bound to the browser that asked (``pending_hash``)."""

    id: int
    pending_hash: bytes
    account_id: int | None
    staff_id: int | None
    channel: Channel | None
    code_hash: bytes
    sent_at: datetime
    tries: int
    used_at: datetime | None
    replaced_at: datetime | None


@dataclass(frozen=True, slots=True)
class Holding:
    """A share in a physician's list."""

    share: Share
    person: Person
    redeemed_at: datetime


@dataclass(frozen=True, slots=True)
class Message:
    """A mail or a text message to send."""

    channel: Channel
    to: str
    subject: str
    text: str
    reference: str = ""
    """Given by the outbox: the same each time this message goes, and no other's."""


@dataclass(frozen=True, slots=True)
class OutboxRow:
    """A message in the outbox."""

    id: int
    message: Message
    attempts: int
    created: datetime
    state: str
    due: datetime
    error: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """A slice of a list: skip ``offset``, at most ``limit``."""

    offset: int = 0
    limit: int = 200


# --- repositories of one transaction --------------------------------------------------------------


class Shares(Protocol):
    """Shares, their traits, exams, redeemers and the grants they give."""

    def add(self, share: Share, lookup: bytes, cipher: bytes) -> None: ...
    def lookup_taken(self, lookup: bytes) -> bool: ...
    def by_id(self, share_id: ShareId) -> Share | None: ...
    def by_lookup(self, lookup: bytes) -> Share | None: ...
    def cipher(self, share_id: ShareId) -> bytes: ...
    def listed(self, page: Page, query: str = "") -> tuple[Sequence[Share], int]: ...
    def extend(self, share_id: ShareId, until: datetime) -> None: ...
    def revoke(self, share_id: ShareId, at: datetime, by: str, cause: str) -> None: ...
    def block(self, share_id: ShareId, at: datetime, cause: str) -> None: ...
    def unblock(self, share_id: ShareId) -> None: ...
    def is_holder(self, share_id: ShareId, account_id: AccountId) -> bool: ...
    def redeem(self, share: Share, account_id: AccountId, at: datetime) -> None: ...
    def grant(self, promise: "PromiseRow", account_id: AccountId, at: datetime) -> None:
        """Give the account the exam that was promised, from ``at`` until the promise's end."""
        ...

    def holdings(self, account_id: AccountId) -> Sequence[Holding]: ...
    def holders(self, share_id: ShareId) -> Sequence[tuple[AccountId, datetime]]: ...


class People(Protocol):
    """Patients by identifier; facilities."""

    def ensure(self, traits: PatientTraits) -> PersonId: ...
    def by_id(self, person_id: PersonId) -> Person | None: ...
    def by_identifier(self, identifier: Identifier) -> Person | None: ...
    def by_value(self, value: str) -> Sequence[Person]: ...
    def by_name(self, folded_family: str, limit: int) -> Sequence[Person]: ...
    def by_birth(self, birth_date: str, limit: int) -> Sequence[Person]: ...


class Studies(Protocol):
    """Studies, series and instances of the index."""

    def by_uid(self, uid: StudyUID) -> StudyRow | None: ...
    def patient(self, uid: StudyUID) -> tuple[str, str] | None:
        """Return the identifier and the identity alarm of a study, quickly, or None when it is unknown."""
        ...

    def by_uids(self, uids: Sequence[StudyUID]) -> Sequence[StudyRow]: ...
    def of_person(self, person_id: PersonId) -> Sequence[StudyRow]: ...
    def listed(self, page: Page, query: str = "") -> tuple[Sequence[StudyRow], int]: ...
    def series(self, uid: StudyUID) -> Sequence[SeriesRow]: ...
    def ensure(self, study: StudyRow) -> None: ...
    def requested(self, uid: StudyUID, at: datetime) -> None: ...
    def counted(self, uid: StudyUID, expected: int | None, *, complete: bool | None) -> None: ...
    def unreachable(self, uid: StudyUID, since: datetime | None) -> None: ...
    def alarm(self, uid: StudyUID, cause: str) -> None: ...


class Instances(Protocol):
    """Received files and what was prepared of them."""

    def by_uid(self, uid: SopUID) -> InstanceRow | None: ...
    def of_series(self, uid: SeriesUID) -> Sequence[InstanceRow]: ...
    def of_study(self, uid: StudyUID) -> Sequence[InstanceRow]: ...
    def add(self, file: ReceivedFile, at: datetime) -> bool: ...
    def add_next(self, file: ReceivedFile, at: datetime) -> bool:
        """Insert one more instance of a series known for this patient; False: take the whole road."""
        ...

    def supersede(self, old: InstanceRow, file: ReceivedFile, at: datetime) -> None: ...
    def conflict(self, old: InstanceRow, file: ReceivedFile, at: datetime) -> None: ...
    def prepared(self, made: PreparedInstance) -> bool: ...
    def undisplayable(self, uid: SopUID, version: int, reason: str) -> None: ...
    def unprepared_series(self) -> Sequence[tuple[StudyUID, SeriesUID]]: ...
    def known_keys(self, keys: Sequence[str]) -> set[str]: ...


class Accounts(Protocol):
    """Correspondent physicians."""

    def add(self, account: AccountRow) -> AccountId: ...
    def by_id(self, account_id: AccountId) -> AccountRow | None: ...
    def by_email(self, email: str) -> AccountRow | None: ...
    def by_national_id(self, national_id: str) -> AccountRow | None: ...
    def change(self, account: AccountRow) -> None:
        """Write every column of an account read in the same transaction."""
        ...

    def proven_by_card(self, after: AccountId, limit: int) -> Sequence[AccountRow]:
        """Return accounts that rest on a card, by id, for the nightly look."""
        ...

    def listed(self, page: Page, query: str = "") -> tuple[Sequence[AccountRow], int]: ...
    def disable(self, account_id: AccountId, at: datetime | None) -> None: ...
    def logged_in(self, account_id: AccountId, at: datetime) -> None: ...


class Staff(Protocol):
    """People of the hospital."""

    def add(self, member: StaffMember) -> int: ...
    def by_id(self, staff_id: int) -> StaffMember | None: ...
    def by_login(self, login: str) -> StaffMember | None: ...
    def listed(self) -> Sequence[StaffMember]: ...
    def remove(self, login: str, at: datetime) -> bool: ...
    def reset(self, login: str, password_hash: str, totp_secret: str) -> bool: ...
    def by_national_id(self, national_id: str) -> StaffMember | None: ...
    def set_up(self, staff_id: int, password_hash: str, totp_secret: str) -> None: ...
    def used_step(self, staff_id: int, step: int) -> None: ...


class Sessions(Protocol):
    """Server-side sessions."""

    def add(self, session: SessionRow) -> int: ...
    def by_token(self, token_hash: bytes) -> SessionRow | None: ...
    def gesture(self, session_id: int, at: datetime) -> None: ...
    def end(self, session_id: int, at: datetime, cause: str) -> None: ...
    def end_all(
        self, *, account_id: AccountId | None, at: datetime, cause: str, but: int | None = None
    ) -> int: ...
    def live(self, account_id: AccountId, since: datetime) -> Sequence[SessionRow]:
        """Return the sessions not ended whose last gesture is not older than ``since``, newest first."""
        ...

    def note(self, session_id: int, notes: str) -> None: ...
    def first_view(self, session_id: int, study_uid: StudyUID, at: datetime) -> bool: ...


class Passkeys(Protocol):
    """WebAuthn credentials."""

    def add(self, passkey: PasskeyRow) -> int: ...
    def by_credential(self, credential_id: bytes) -> PasskeyRow | None: ...
    def of(self, *, account_id: int | None = None, staff_id: int | None = None) -> Sequence[PasskeyRow]: ...
    def used(self, passkey_id: int, sign_count: int, at: datetime) -> None: ...
    def rename(self, passkey_id: int, name: str) -> None: ...
    def remove(self, passkey_id: int) -> None: ...


class Tickets(Protocol):
    """What is handed in once."""

    def add(self, ticket: TicketRow) -> None: ...
    def by_token(self, token_hash: bytes, kind: str, now: datetime) -> TicketRow | None:
        """Return the ticket of that kind that is neither used nor over, without using it."""
        ...

    def take(self, token_hash: bytes, kind: str, now: datetime) -> TicketRow | None:
        """Use the ticket up; the second of two gets None."""
        ...

    def sweep(self, before: datetime) -> int:
        """Delete those that ended before; return how many."""
        ...


class Promises(Protocol):
    """Grants that wait for a person."""

    def add(self, promise: PromiseRow) -> int: ...
    def open(self, national_id: str, now: datetime) -> Sequence[PromiseRow]: ...
    def taken(self, promise_id: int, at: datetime) -> None: ...
    def listed(self, page: Page) -> tuple[Sequence[PromiseRow], int]: ...


class Otps(Protocol):
    """One-time codes on their way."""

    def add(self, otp: OtpRow) -> int: ...
    def by_pending(self, pending_hash: bytes) -> OtpRow | None: ...
    def tried(self, otp_id: int) -> None: ...
    def used(self, otp_id: int, at: datetime) -> bool: ...
    def replace(self, account_id: AccountId, at: datetime) -> None: ...
    def sends(self, account_id: AccountId, since: datetime) -> Sequence[datetime]:
        """Return when codes left by mail or SMS, oldest first."""
        ...

    def sent(self, channel: Channel, since: datetime) -> int: ...


class Failures(Protocol):
    """Counted failures (R-I); they survive restarts. ``key`` is an account, an address, a share."""

    def add(self, kind: str, key: str, at: datetime) -> None: ...
    def since(self, kind: str, key: str, since: datetime) -> Sequence[datetime]: ...
    def count(self, kind: str, since: datetime) -> int: ...
    def clear(self, kind: str, key: str) -> None: ...


class Jobs(Protocol):
    """The job table (design.md, Processes)."""

    def enqueue(
        self,
        kind: JobKind,
        subject: str,
        payload: Json,
        *,
        now: datetime,
        priority: int = 0,
        deadline: datetime | None = None,
        delay_s: float = 0,
        max_attempts: int = 5,
    ) -> int:
        """Return the id; a waiting job of that kind and subject is reused (its priority raised)."""
        ...

    def ready(self, now: datetime) -> frozenset[JobKind]: ...
    def claim(self, kinds: Sequence[JobKind], holder: str, now: datetime, lease_s: float) -> Job | None: ...
    def beat(self, job: Job, now: datetime, lease_s: float, done: int = 0, total: int = 0) -> bool: ...
    def finish(self, job: Job, result: Json, now: datetime) -> bool: ...
    def fail(self, job: Job, error: str, now: datetime, chance: float) -> bool: ...
    def by_id(self, job_id: int) -> Job | None: ...
    def current(self, kind: JobKind, subject: str) -> Job | None: ...
    def listed(self, page: Page, query: str = "") -> tuple[Sequence[Job], int]: ...
    def retry(self, job_id: int, now: datetime) -> bool: ...
    def cancel(self, job_id: int) -> bool: ...
    def counts(self) -> Mapping[str, int]: ...


class Journal(Protocol):
    """The chained access journal."""

    def append(self, event: Event, at: datetime) -> int: ...
    def listed(self, page: Page, query: str = "", family: str = "") -> tuple[Sequence[Record], int]: ...
    def of_actor(self, kind: str, actor_id: str, family: str, limit: int) -> Sequence[Record]:
        """Return what somebody did, newest first."""
        ...

    def chain(self, after: int, limit: int) -> Sequence[tuple[int, str, bytes]]: ...
    def head(self) -> tuple[int, bytes]: ...


class Outbox(Protocol):
    """Messages for the courier."""

    def add(self, message: Message, at: datetime) -> int: ...
    def waiting(self, now: datetime) -> bool: ...
    def claim(self, now: datetime, lease_s: float) -> OutboxRow | None: ...
    def sent(self, row_id: int, at: datetime) -> None:
        """Mark as sent and wipe the body: a one-time code never outlives its sending."""
        ...

    def failed(self, row_id: int, error: str, due: datetime | None) -> None:
        """Try again at ``due``, or give up and wipe the body when None."""
        ...

    def listed(self, page: Page) -> tuple[Sequence[OutboxRow], int]: ...


class Nodes(Protocol):
    """PACS nodes."""

    def listed(self) -> Sequence[Node]: ...
    def by_name(self, name: str) -> Node | None: ...
    def add(self, node: Node) -> bool: ...
    def edit(self, name: str, node: Node) -> bool: ...
    def remove(self, name: str) -> bool: ...
    def answered(self, name: str, at: datetime) -> None: ...
    def silent(self, name: str, since: datetime) -> None: ...
    def learned(self, name: str, *, required_keys_only: bool) -> None: ...


class Work(Protocol):
    """One transaction: every repository on one connection."""

    shares: Shares
    people: People
    studies: Studies
    instances: Instances
    accounts: Accounts
    staff: Staff
    sessions: Sessions
    passkeys: Passkeys
    tickets: Tickets
    promises: Promises
    otps: Otps
    failures: Failures
    jobs: Jobs
    journal: Journal
    outbox: Outbox
    nodes: Nodes


class UnitOfWork(Protocol):
    """Opens transactions. All three commit at the end of the block, or roll back on any exception."""

    def writing(self) -> AbstractContextManager[Work]:
        """One writer at a time, durable before it returns."""
        ...

    def appending(self) -> AbstractContextManager[Work]:
        """Idempotent single-row work: ingest, job claims."""
        ...

    def reading(self) -> AbstractContextManager[Work]:
        """A consistent view; nothing can be written."""
        ...


class Clock(Protocol):
    """The time, aware UTC."""

    def now(self) -> datetime: ...


class Doorbell(Protocol):
    """Rings when the database changed, from any process."""

    def wait(self, timeout_s: float) -> bool: ...


class Secrets(Protocol):
    """Randomness and keyed digests (`appliance.crypto`)."""

    def token(self) -> str:
        """Return 256 random bits, URL-safe text."""
        ...

    def hashed(self, token: str) -> bytes:
        """Return the SHA-256 digest under which a token is stored."""
        ...

    def random_bytes(self, count: int) -> bytes: ...
    def chance(self) -> float:
        """Return a number in [0, 1)."""
        ...

    def digits(self) -> str:
        """Return six random digits."""
        ...

    def digits_hash(self, digits: str, pending_hash: bytes) -> bytes:
        """Return the keyed digest of a one-time code, bound to the browser that asked."""
        ...

    def code_lookup(self, code: str) -> bytes:
        """Return HMAC-SHA256 of a share code, for look-up."""
        ...

    def seal(self, code: str) -> bytes:
        """Return the share code encrypted, for the reprint."""
        ...

    def unseal(self, cipher: bytes) -> str: ...
    def same(self, one: bytes, other: bytes) -> bool:
        """Compare in constant time."""
        ...


class Passwords(Protocol):
    """Argon2id. `verify` costs the same for an unknown account: pass None."""

    def hash(self, password: str) -> str: ...
    def verify(self, stored: str | None, password: str) -> bool: ...


class Cards(Protocol):
    """Judges the certificate of a card against the authorities and the lists of revocations of the hospital."""

    def judge(self, certificate: bytes, now: datetime, grace: timedelta) -> Card:
        """Return whom the DER certificate proves at ``now``; lists count for ``grace`` beyond their end.

        Raises
        ------
        Refused
            Of `domain.cards.refusal`, with the fact ``reason``.
        """
        ...


class CardWords(Protocol):
    """Texts of mails about cards."""

    def card_ends(self, to: str, until: datetime, days: int, warning: int) -> Message:
        """Return the mail that says that the card ends in ``days``; ``warning`` is 60, 15 or 3."""
        ...


class Totp(Protocol):
    """RFC 6238 codes of an authenticator."""

    def step(self, secret: str, digits: str, now: datetime) -> int | None:
        """Return the time step that the digits belong to (± 1), or None."""
        ...

    def new_secret(self) -> str: ...
    def uri(self, secret: str, name: str, issuer: str) -> str:
        """Return what an authenticator reads from the QR code."""
        ...


@dataclass(frozen=True, slots=True)
class Site:
    """Where a passkey belongs: the name it is bound to, and the origins its pages may have."""

    rp_id: str
    name: str
    origins: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class MadeKey:
    """A passkey just made by an authenticator."""

    credential_id: bytes
    public_key: bytes
    sign_count: int


class PasskeyCeremonies(Protocol):
    """WebAuthn, user verification required. What does not hold is `Refused` ``passkey``."""

    def creation(self, site: Site, user: bytes, name: str, challenge: bytes, known: Sequence[bytes]) -> str:
        """Return the JSON that `navigator.credentials.create` takes."""
        ...

    def created(self, site: Site, challenge: bytes, answer: str) -> MadeKey: ...
    def request(self, site: Site, challenge: bytes) -> str:
        """Return the JSON that `navigator.credentials.get` takes; it names no account."""
        ...

    def credential_of(self, answer: str) -> bytes: ...
    def signed(self, site: Site, challenge: bytes, answer: str, key: PasskeyRow) -> int:
        """Return the authenticator's counter."""
        ...


class Writing(Protocol):
    """A new object being written under its final name."""

    def write(self, data: bytes | bytearray | memoryview) -> None: ...
    def commit(self) -> int:
        """Make it durable; return its size in bytes."""
        ...

    def discard(self) -> None: ...


class Objects(Protocol):
    """The object store. Missing → `Unavailable` ``object_missing``; trouble of the disk → ``storage``."""

    def create(self, key: str) -> Writing: ...
    def put(self, key: str, data: bytes) -> None: ...
    def read(self, key: str) -> bytes: ...
    def pread(self, key: str, offset: int, length: int) -> bytes: ...
    def local_path(self, key: str) -> Path: ...
    def delete(self, key: str) -> None: ...
    def keys(self, prefix: str) -> Iterator[str]: ...
    def size(self, key: str) -> int: ...
    def free_bytes(self) -> int: ...


class Sender(Protocol):
    """Sends one message; `Unavailable` to try again, `Refused` when it never will."""

    def send(self, message: Message) -> None: ...


@dataclass(frozen=True, slots=True)
class StudyFacts:
    """What the gate knows of a session and a study, for `domain.access`: nothing when either is foreign or unknown."""

    session: SessionFacts | None
    grants: Sequence[Grant] = field(default=())


@dataclass(frozen=True, slots=True)
class FrameFacts:
    """What the gate knows of a frame about to be served, and where the bytes lie."""

    instance: InstanceRow | None
    facts: StudyFacts = field(default=StudyFacts(None))


class Gate(Protocol):
    """The hot road: facts for `domain.access.may_see` in one indexed read."""

    def study(self, token_hash: bytes, study_uid: StudyUID) -> StudyFacts: ...
    def frame(self, token_hash: bytes, study_uid: StudyUID, sop_uid: SopUID) -> FrameFacts: ...


class Words(Protocol):
    """Texts of mails and messages, in the reader's language."""

    def otp_message(self, channel: Channel, to: str, digits: str, minutes: int) -> Message: ...
    def confirmation(self, channel: Channel, to: str, digits: str, minutes: int) -> Message: ...
    def address_taken(self, to: str) -> Message: ...
    def notice(self, to: str, what: Notice, at: datetime) -> Message: ...

"""Who logs in, and what proves it: accounts, staff, sessions, one-time codes, cards, passkeys."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from appliance.domain.cards import Card
from appliance.domain.identifiers import (
    AccountId,
    StudyUID,
)
from appliance.domain.sign_in import Channel
from appliance.domain.staff import StaffMember
from appliance.usecases.ports.common import Json, Page


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
    farewell: int | None = None
    """The message of the outbox that said that the account will go."""
    purged_at: datetime | None = None


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


class Accounts(Protocol):
    """Correspondent physicians."""

    def add(self, account: AccountRow) -> AccountId: ...
    def by_id(self, account_id: AccountId) -> AccountRow | None: ...
    def address(self, account_id: AccountId) -> str:
        """Return where to write to an account, and nothing else of it; nothing when it is closed or has none."""
        ...

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
    def reset(self, login: str, password_hash: str, totp_secret: str, *, must_set_up: bool = True) -> bool: ...
    def by_national_id(self, national_id: str) -> StaffMember | None: ...
    def set_up(self, staff_id: int, password_hash: str, totp_secret: str) -> None: ...
    def used_step(self, staff_id: int, step: int) -> None: ...


class Sessions(Protocol):
    """Server-side sessions."""

    def add(self, session: SessionRow) -> int: ...
    def by_id(self, session_id: int) -> SessionRow | None: ...
    def by_token(self, token_hash: bytes) -> SessionRow | None: ...
    def gesture(self, session_id: int, at: datetime) -> None: ...
    def end(self, session_id: int, at: datetime, cause: str) -> None: ...
    def end_all(self, *, account_id: AccountId | None, at: datetime, cause: str, but: int | None = None) -> int: ...
    def end_staff(self, staff_id: int, at: datetime, cause: str, *, but: int | None = None) -> int:
        """End every live session of a member of the staff, but one; return how many."""
        ...

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
    def of_origin(self, origin: str, page: Page) -> tuple[Sequence[PromiseRow], int]: ...
    def together(self, promise_id: int) -> Sequence[PromiseRow]:
        """Return the promises made in one act with this one, itself included; nothing when it is unknown."""
        ...

    def end(self, promise_id: int, at: datetime) -> None: ...


class Grants(Protocol):
    """Grants that no share carries."""

    def direct(self, account_id: AccountId, now: datetime) -> Sequence[tuple[StudyUID, datetime]]:
        """Return the studies that the account holds at ``now`` without a share, with their ends."""
        ...

    def end(self, promise: PromiseRow, account_id: AccountId, at: datetime) -> None: ...


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
    def keys(self, kind: str, since: datetime) -> Sequence[str]:
        """Return the keys that have some, each once."""
        ...

    def clear(self, kind: str, key: str) -> None: ...


class Passwords(Protocol):
    """Argon2id. `verify` costs the same for an unknown account: pass None."""

    def hash(self, password: str) -> str: ...
    def verify(self, stored: str | None, password: str) -> bool: ...


class Totp(Protocol):
    """RFC 6238 codes of an authenticator."""

    def step(self, secret: str, digits: str, now: datetime) -> int | None:
        """Return the time step that the digits belong to (± 1), or None."""
        ...

    def new_secret(self) -> str: ...
    def uri(self, secret: str, name: str, issuer: str) -> str:
        """Return what an authenticator reads from the QR code."""
        ...


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
    def request(self, site: Site, challenge: bytes, known: Sequence[bytes] = ()) -> str:
        """Return the JSON that `navigator.credentials.get` takes; any key may sign when none is named."""
        ...

    def credential_of(self, answer: str) -> bytes: ...
    def signed(self, site: Site, challenge: bytes, answer: str, key: PasskeyRow) -> int:
        """Return the authenticator's counter."""
        ...

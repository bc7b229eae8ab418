"""People on the wire: patients, correspondent physicians, staff of the hospital."""

from datetime import datetime

from appliance.contract.wire import Asked, Told


class PatientView(Told):
    """A patient. ``birth_date`` is AAAA-MM-JJ (zeros for unknown parts) or null."""

    id: str
    issuer: str = ""
    name: str = ""
    given_names: tuple[str, ...] = ()
    birth_date: str | None = None
    sex: str = ""


class AccountView(Told):
    """A correspondent physician. ``state`` is ``active``, ``disabled`` or ``no_proof``."""

    id: int
    email: str
    given_name: str
    family_name: str
    state: str
    organisation: str = ""
    national_id: str = ""
    profession: str = ""
    otp_enabled: bool = False
    proof: str = ""
    proof_until: datetime | None = None
    proof_status: str = ""
    created_at: datetime | None = None
    disabled_at: datetime | None = None
    last_login_at: datetime | None = None


class StaffView(Told):
    """Somebody of the staff."""

    login: str
    name: str
    role: str
    disabled_at: datetime | None = None
    must_set_up: bool = False
    national_id: str = ""


class StaffAsked(Asked):
    """A new member of the staff."""

    login: str
    name: str
    role: str = "desk"
    national_id: str = ""
    seeded: bool = False
    """Of the demo alone: usable at once, without the set-up of a first log-in."""


class StaffSecrets(Told):
    """What a new or reset member needs, said once: the service keeps hashes."""

    login: str
    password: str
    totp_secret: str


class KeyView(Told):
    """The key of a machine, without the key itself. ``state`` is ``valid``, ``expired`` or ``revoked``."""

    name: str
    rights: tuple[str, ...]
    shares: tuple[str, ...] = ()
    state: str
    created_at: datetime
    created_by: str = ""
    until: datetime
    revoked_at: datetime | None = None
    used_at: datetime | None = None


class KeyAsked(Asked):
    """A key for a machine: ``read`` the shares named (by code or id), ``deposit`` objects."""

    name: str
    rights: tuple[str, ...]
    shares: tuple[str, ...] = ()
    days: int | None = None


class KeySecret(Told):
    """A new key, said once."""

    name: str
    key: str
    until: datetime

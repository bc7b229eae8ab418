"""The sections of the settings, each a frozen model that refuses a key it does not know."""

from datetime import date, timedelta
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, IPvAnyNetwork, SecretStr, model_validator

from appliance.domain import bulk, methods, segments
from appliance.domain.methods import Methods
from appliance.domain.reports import ReportPolicy
from appliance.domain.retention import RetentionPolicy
from appliance.domain.sharing import Downloads, SharePolicy
from appliance.domain.sign_in import Means

_THIS_MACHINE = ("127.0.0.1", "::1", "localhost")


class Section(BaseModel):
    """Common to every section: frozen, closed, and a wrong value is never echoed."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class Database(Section):
    """Where the data are: a SQLite file in the state folder unless a PostgreSQL is named."""

    url: SecretStr | None = None


class Objects(Section):
    """Where received files and prepared frames are: a folder of ``state_dir``, or a bucket of an S3 server.

    ``endpoint`` is empty for AWS itself; over a network it is https. ``ca``: the authorities believed about it, else
    the system's. ``conditional = false`` for a server that refuses ``If-None-Match`` on writing.
    """

    kind: Literal["folder", "s3"] = "folder"
    endpoint: str = Field(default="", pattern=r"^(https?://[^/\s?#@]+)?$")
    region: str = "us-east-1"
    bucket: str = Field(default="", pattern=r"^([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])?$")
    prefix: str = Field(default="", pattern=r"^([A-Za-z0-9._-]{1,100}/)*$")
    access_key: str = ""
    secret_key: SecretStr = SecretStr("")
    ca: Path | None = None
    path_style: bool = True
    conditional: bool = True

    @model_validator(mode="after")
    def _whole(self) -> Self:
        """Refuse half a configuration, and images in clear on a network."""
        if self.kind == "folder":
            return self
        needed = {
            "bucket": self.bucket, "access_key": self.access_key, "secret_key": self.secret_key.get_secret_value()
        }  # fmt: skip
        if missing := [name for name, value in needed.items() if not value]:
            raise ValueError(f"objects: {', '.join(missing)}")
        if self.endpoint.startswith("http://") and urlsplit(self.endpoint).hostname not in _THIS_MACHINE:
            raise ValueError("objects: endpoint (https)")
        return self


_ORIGIN = r"^(https://[a-z0-9.-]+|http://(127\.0\.0\.1|localhost))(:[0-9]{1,5})?$"
"""As a browser writes it; a token never goes over a network in clear."""


class Web(Section):
    """The portal. ``socket`` is the Unix socket behind nginx; without one it listens on ``host:port``.

    ``viewer_origins``: pages of these origins (``https://ohif.hospital.example``) may ask DICOMweb in a browser, with
    a token of their own; those of any other may not.
    """

    host: str = "127.0.0.1"
    port: int = Field(default=8080, ge=0, le=65535)
    socket: Path | None = None
    public_url: str = ""
    public_names: tuple[str, ...] = ()
    workers: int = Field(default=1, ge=1, le=64)
    trusted_proxies: tuple[IPvAnyNetwork, ...] = ()
    viewer_origins: tuple[Annotated[str, Field(pattern=_ORIGIN)], ...] = ()


class Viewer(Section):
    """What the viewer offers, and whether it says that it is not meant for diagnosis.

    ``measures``: lengths, angles, zones and values of pixels; ``suv``: uptake values of PET; ``mpr``: planes cut
    through a volume; ``volume``: 3D. Turned off, a tool stays in its place and says who turned it off.
    ``measures_node``: the node to which physicians may send their measures and key images; empty, nowhere.
    """

    not_for_diagnosis: bool = True
    measures: bool = True
    suv: bool = True
    mpr: bool = True
    volume: bool = True
    measures_node: str = Field(default="", max_length=64)

    @property
    def features(self) -> dict[str, bool]:
        """Return what the page may know of it."""
        return self.model_dump(exclude={"measures_node"})


class Card(Section):
    """The host of the card log-in; without ``public_url`` there is none.

    ``public_url`` is what browsers reach, ``https://cps.hospital.example``. ``subhosts``: each log-in goes to a name of
    its own below it, so that a browser asks for the card again: any (``random``: wildcard DNS and certificate), one of
    ``p00`` … ``p63`` (``pool``), one only once this browser was refused (``after_failure``: the demo's, whose browser
    would warn about each name), or ``none``. The certificate comes in ``header``, escaped PEM, on ``socket`` (behind
    nginx), or in the TLS of our own listener at ``host:port`` with ``tls_certificate`` and ``tls_key``.

    ``authorities`` and ``lists`` are folders of certificates and of lists of revocations, below ``trust`` of the state
    folder unless named; ``list_urls`` are fetched every ``list_hours``.

    ``ocsp``: whether a responder is asked at each log-in by card, besides the lists: ``off``, ``required`` (no good
    answer, no log-in) or ``preferred`` (*revoked* refuses; without an answer that counts the lists decide). It is the
    one at ``ocsp_url``, else the one that the certificate names, and has ``ocsp_timeout_s``.
    """

    public_url: str = Field(default="", pattern=r"^(https://[a-zA-Z0-9.-]+(:[0-9]{1,5})?)?$")
    subhosts: Literal["random", "pool", "after_failure", "none"] = "random"
    socket: Path | None = None
    header: str = Field(default="X-Client-Certificate", pattern=r"^[A-Za-z0-9-]{1,64}$")
    trusted_proxies: tuple[IPvAnyNetwork, ...] = ()
    host: str = "127.0.0.1"
    port: int | None = Field(default=None, ge=0, le=65535)
    tls_certificate: Path | None = None
    tls_key: Path | None = None
    authorities: Path | None = None
    lists: Path | None = None
    list_urls: tuple[str, ...] = ()
    list_hours: float = Field(default=2, gt=0, le=168)
    issuers: tuple[str, ...] = ("AC IGC-SANTE FORT PERSONNES",)
    grace_hours: int = Field(default=24, ge=0, le=168)
    handshakes_per_minute: int = Field(default=30, ge=1)
    ocsp: Literal["off", "required", "preferred"] = "off"
    ocsp_url: str = Field(default="", pattern=r"^(https?://[!-~]+)?$")
    ocsp_timeout_s: float = Field(default=2, gt=0, le=10)


_AE_TITLE = r"^[\x21-\x5b\x5d-\x7e]+$"
"""PS3.8 9.3.2, without spaces."""


class Dicom(Section):
    """Our side of DICOM; the nodes themselves are in the database.

    ``known_callers``: ``any_loopback`` (the demo) takes any AE title from this machine, ``configured`` only nodes.
    ``aliases``: other titles that we answer to. ``node_policy``: ``strict`` takes a node only by the title of ours that
    it is set to call, from its address; ``lenient`` by any of ours, and its further senders from anywhere.
    With ``tls_port`` a second listener speaks TLS (2762 by custom, PS3.15 B.9); ``tls_client_ca``: only to clients with
    a certificate of these authorities. ``tls_node_ca``: who is believed about the nodes we call, else the system's.
    Files are PEM; `appliance.config.tls` judges them. ``bridge = "elsewhere"``: it runs on another host, and these
    settings are in its own file.
    """

    bridge: Literal["here", "elsewhere"] = "here"
    aet: str = Field(default="NEGATOSCOPE", min_length=1, max_length=16, pattern=_AE_TITLE)
    host: str = "127.0.0.1"
    port: int = Field(default=11112, ge=0, le=65535)
    tls_port: int | None = Field(default=None, ge=0, le=65535)
    tls_certificate: Path | None = None
    tls_key: Path | None = None
    tls_client_ca: Path | None = None
    tls_node_ca: Path | None = None
    aliases: tuple[Annotated[str, Field(min_length=1, max_length=16, pattern=_AE_TITLE)], ...] = ()
    known_callers: Literal["any_loopback", "configured"] = "configured"
    node_policy: Literal["lenient", "strict"] = "lenient"
    max_associations: int = Field(default=64, ge=1, le=1024)
    max_per_peer: int = Field(default=8, ge=1, le=1024)
    prepare_workers: int = Field(default=2, ge=1, le=64)


class Hl7(Section):
    """HL7 v2 from the hospital information system, over MLLP; off until ``enabled``.

    ``tls``: with the certificate, the key and the client authorities of ``[dicom]``. ``networks`` may connect and
    ``senders`` (MSH-3) may speak, everybody when empty. ``charset`` is meant where MSH-18 is silent. ``issuers``: from
    CX.4.1 or its OID to the issuer that the PACS puts into (0010,0021), maybe none. ``accession``: where the
    accession number of a report is looked for, first found first. ``test``: take messages and national identities of
    the test environment.
    """

    enabled: bool = False
    host: str = "127.0.0.1"
    port: int = Field(default=2575, ge=0, le=65535)
    tls: bool = False
    networks: tuple[IPvAnyNetwork, ...] = ()
    senders: tuple[str, ...] = ()
    charset: Literal["ASCII", "8859/1", "8859/2", "8859/15", "UNICODE UTF-8"] = "8859/1"
    issuers: dict[str, str] = Field(default_factory=dict)
    accession: tuple[Literal["IPC-1", "OBR-18", "OBR-3", "ORC-3", "OBR-2", "ORC-2"], ...] = (
        "IPC-1", "OBR-18", "OBR-3", "ORC-3",
    )  # fmt: skip
    test: bool = False
    message_kib: int = Field(default=20480, ge=16, le=131072)
    idle_minutes: int = Field(default=60, ge=1, le=1440)
    max_connections: int = Field(default=16, ge=1, le=256)
    max_per_peer: int = Field(default=4, ge=1, le=256)

    @model_validator(mode="after")
    def _somebody(self) -> Self:
        """Refuse a port open to a network for whoever comes."""
        if self.enabled and not self.networks and self.host not in _THIS_MACHINE:
            raise ValueError("hl7: networks")
        return self


class Mail(Section):
    """The hospital's mail relay."""

    host: str = ""
    port: int = Field(default=25, ge=1, le=65535)
    security: Literal["none", "starttls", "tls"] = "starttls"
    user: str = ""
    password: SecretStr = SecretStr("")
    sender: str = "negatoscope@localhost"


class Sms(Section):
    """An SMS provider over HTTP. ``{to}`` and ``{text}`` are put into ``body``, escaped for its type."""

    url: str = ""
    method: Literal["POST", "GET"] = "POST"
    content_type: str = "application/json"
    body: str = '{"to": "{to}", "text": "{text}"}'
    headers: dict[str, SecretStr] = Field(default_factory=dict)


class Phone(Section):
    """A service of the hospital and its number."""

    service: str
    number: str


class Brand(Section):
    """What the hospital looks like."""

    name: str = "Négatoscope"
    logo: Path | None = None
    accent: str = Field(default="", pattern=r"^(#[0-9a-fA-F]{6})?$")
    on_accent: str = Field(default="#ffffff", pattern=r"^#[0-9a-fA-F]{6}$")
    phones: tuple[Phone, ...] = ()


_YES, _NO = ("true", "1", "yes", "on"), ("false", "0", "no", "off")


def _downloads(value: object) -> object:
    """Return what a yes or a no, as the setting was before there was a choice, means now."""
    word = str(value).lower()
    if word in _YES:
        return Downloads.ALWAYS
    return Downloads.NEVER if word in _NO else value


class Sharing(Section):
    """Policy of the share codes (R-D).

    ``downloads``: whether a new code lets the images be downloaded: ``never``, by ``choice`` of who issues it, or
    ``always``; ``false`` and ``true`` still mean the first and the last.
    """

    days: int = Field(default=183, ge=1, le=3650)
    max_days: int = Field(default=365, ge=1, le=3650)
    max_redeemers: int = Field(default=10, ge=1, le=1000)
    failures_to_block: int = Field(default=10, ge=1, le=1000)
    downloads: Annotated[Downloads, BeforeValidator(_downloads)] = Downloads.NEVER
    professions: tuple[str, ...] = ("10", "40", "50")

    def policy(self) -> SharePolicy:
        """Return the policy as the domain takes it."""
        return SharePolicy(
            days=self.days,
            max_days=self.max_days,
            max_redeemers=self.max_redeemers,
            failures_to_block=self.failures_to_block,
            professions=self.professions,
            downloads=self.downloads,
        )


class Retention(Section):
    """How long images stay after nobody may open them any more: they come again from the PACS when somebody needs them.

    ``never_granted_days`` after arrival, ``after_end_days`` after the last code or grant ended. With less than
    ``keep_free_gb`` free, those needed least recently go earlier; never what a valid code opens.
    A deposit stays ``after_proof_days`` once a PACS is proven to have it, else ``without_proof_days``.
    ``journal_months``: how long the access journal is kept, by whole months that are sealed.
    """

    never_granted_days: int = Field(default=30, ge=1, le=3650)
    after_end_days: int = Field(default=30, ge=0, le=3650)
    keep_free_gb: float = Field(default=10.0, ge=0, le=100_000)
    after_proof_days: int = Field(default=30, ge=0, le=3650)
    without_proof_days: int = Field(default=90, ge=1, le=3650)
    journal_months: int = Field(default=36, ge=segments.LEAST_MONTHS, le=segments.MOST_MONTHS)

    def policy(self) -> RetentionPolicy:
        """Return the rules of the domain."""
        return RetentionPolicy(
            timedelta(days=self.never_granted_days), timedelta(days=self.after_end_days),
            round(self.keep_free_gb * 1024**3), timedelta(days=self.after_proof_days),
            timedelta(days=self.without_proof_days),
        )  # fmt: skip


class Reports(Section):
    """Which reports a physician sees (R-E): ``provisional`` shows those that are not validated, too.

    ``embargo`` keeps an exam back until a report of it is validated, or ``embargo_days`` after it was made.
    """

    provisional: bool = False
    embargo: bool = False
    embargo_days: int = Field(default=7, ge=1, le=365)

    def policy(self) -> ReportPolicy:
        """Return the policy as the domain takes it."""
        return ReportPolicy(self.provisional, self.embargo, self.embargo_days)


class Method(Section):
    """One way of entering; what is not given here is that of `SignIn`."""

    enabled: bool = True
    homologation_reference: str = ""
    homologation_date: date | None = None


class SignInMethods(Section):
    """The ways that a hospital must homologate (`appliance.domain.methods`)."""

    password_email: Method = Method()
    password_sms: Method = Method()
    password_totp: Method = Method()
    passkey: Method = Method()
    staff_totp: Method = Method()
    staff_passkey: Method = Method()


class SignIn(Section):
    """Which ways in are open, and the homologation that covers those without one of their own.

    ``otp_enabled``: codes by e-mail and SMS, both at once.
    """

    otp_enabled: bool = True
    homologation_reference: str = ""
    homologation_date: date | None = None
    methods: SignInMethods = SignInMethods()
    password_length: int = Field(default=12, ge=6, le=64)
    """The guide says 6; 50 bits are asked for whatever the length (docs/decisions/passwords.md)."""

    def policy(self) -> Methods:
        """Return the methods as the domain takes them."""
        named: dict[Means, methods.Method] = {}
        for means in methods.HOMOLOGATED:
            one: Method = getattr(self.methods, means.value)
            sent = means in (Means.PASSWORD_EMAIL, Means.PASSWORD_SMS)
            named[means] = methods.Method(
                one.enabled and (self.otp_enabled or not sent),
                one.homologation_reference or self.homologation_reference,
                one.homologation_date or self.homologation_date,
            )
        return Methods(named)


class Psc(Section):
    """Pro Santé Connect: off until an environment is named.

    ``custom`` takes ``issuer`` and ``authorize``. ``authentication`` is what the ANS has for this client: ``basic`` or
    ``post`` with the secret, ``tls`` with a certificate. ``provider_ca``: authorities believed about the provider, else
    the system's. ``button``: the official picture of the log-in button.
    """

    environment: Literal["", "production", "sandbox", "custom"] = ""
    issuer: str = ""
    authorize: str = ""
    client_id: str = ""
    client_secret: SecretStr = SecretStr("")
    authentication: Literal["basic", "post", "tls"] = "basic"
    certificate: Path | None = None
    key: Path | None = None
    provider_ca: Path | None = None
    redirect_url: str = ""
    acr_asked: str = "eidas1"
    acr_accepted: tuple[str, ...] = ("eidas1", "eidas2", "eidas3")
    button: Path | None = None

    @model_validator(mode="after")
    def _whole(self) -> Self:
        """Refuse half a configuration: a physician would meet it, not the one who wrote it."""
        if not self.environment:
            return self
        needed = {"client_id": self.client_id, "redirect_url": self.redirect_url}
        if self.environment == "custom":
            needed |= {"issuer": self.issuer, "authorize": self.authorize}
        if self.authentication == "tls":
            needed |= {"certificate": str(self.certificate or ""), "key": str(self.key or "")}
        else:
            needed |= {"client_secret": self.client_secret.get_secret_value()}
        missing = [name for name, value in needed.items() if not value]
        if missing:
            raise ValueError(f"psc: {', '.join(missing)}")
        return self


class Sessions(Section):
    """How long a session lives (R-I)."""

    idle_minutes: int = Field(default=15, ge=1, le=120)
    hours: int = Field(default=10, ge=1, le=24)
    otp_hours: int = Field(default=4, ge=1, le=24)

    @property
    def idle(self) -> timedelta:
        """Time without a gesture after which a session ends."""
        return timedelta(minutes=self.idle_minutes)


class Limits(Section):
    """Limits on guessing and on bulk access (R-I).

    Beyond ``exams_alarm_per_hour`` and ``downloads_alarm_per_day`` of one account the administrator is told; beyond
    the two of ``pause`` no further exam is opened, or downloaded, until the window has passed.
    """

    code_per_hour: int = Field(default=10, ge=1)
    code_pause_minutes: int = Field(default=15, ge=1)
    code_per_day: int = Field(default=20, ge=1)
    code_address_per_hour: int = Field(default=60, ge=1)
    code_alarm_per_hour: int = Field(default=200, ge=1)
    password_free: int = Field(default=5, ge=1)
    password_most_pause_minutes: int = Field(default=15, ge=1)
    password_per_hour: int = Field(default=50, ge=1)
    password_address: int = Field(default=20, ge=1)
    password_network: int = Field(default=100, ge=1)
    otp_minutes: int = Field(default=5, ge=1, le=15)
    otp_tries: int = Field(default=5, ge=1, le=10)
    otp_pause_s: int = Field(default=60, ge=0)
    otp_per_hour: int = Field(default=5, ge=1)
    otp_per_day: int = Field(default=10, ge=1)
    sms_per_day: int = Field(default=300, ge=0)
    exams_alarm_per_hour: int = Field(default=60, ge=1)
    exams_pause_per_hour: int = Field(default=180, ge=1)
    downloads_alarm_per_day: int = Field(default=20, ge=1)
    downloads_pause_per_day: int = Field(default=60, ge=1)

    def bulk(self) -> bulk.Limits:
        """Return the limits on bulk access as the domain takes them."""
        return bulk.Limits(
            self.exams_alarm_per_hour, self.exams_pause_per_hour, self.downloads_alarm_per_day,
            self.downloads_pause_per_day,
        )  # fmt: skip


class Languages(Section):
    """Words: the language when a browser asks for none we speak, and the letters of orientation."""

    default: Literal["fr", "en"] = "fr"
    orientation: Literal["international", "french"] = "international"

    @property
    def orientation_letters(self) -> str:
        """Return the letters for right, left, anterior, posterior, head, foot (R-L 3)."""
        return "RLAPHF" if self.orientation == "international" else "DGAPHB"


class Admin(Section):
    """The admin socket. ``root_needs_reason``: bare root says why (not in the demo)."""

    socket: Path | None = None
    group: str = ""
    root_needs_reason: bool = True


class Logs(Section):
    """Technical logs, on the standard error."""

    level: Literal["debug", "info", "warning", "error"] = "info"

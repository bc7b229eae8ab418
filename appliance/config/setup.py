"""What of the settings opens or takes connections, without a secret: for the flow matrix."""

from urllib.parse import urlsplit

from appliance.config.sections import Objects
from appliance.config.settings import Settings
from appliance.domain.flows import Endpoint, Setup

DATABASE_PORT = 5432
CARDS_RESPONDER = "http://ocsp.esante.gouv.fr"
"""The one that cards of the IGC-Santé name; what a card names is known only when it is shown."""


def setup_of(settings: Settings, issuer: str = "") -> Setup:
    """Return the set-up; ``issuer`` is the address of Pro Santé Connect where it is used."""
    card, dicom, hl7, mail = settings.card, settings.dicom, settings.hl7, settings.mail
    behind = settings.web.socket is not None
    found = (_endpoint(url) for url in card.list_urls)
    return Setup(
        web_port=settings.web.port,
        behind_nginx=behind,
        public_port=_port(settings.web.public_url) if behind else None,
        card_port=card.port if card.tls_certificate is not None else None,
        dicom_port=dicom.port,
        dicom_tls_port=dicom.tls_port,
        hl7_port=hl7.port if hl7.enabled else None,
        hl7_tls=hl7.tls,
        hl7_networks=tuple(str(one) for one in hl7.networks),
        mail=Endpoint(mail.host, mail.port) if mail.host else None,
        mail_security=mail.security,
        sms=_endpoint(settings.sms.url),
        psc=_endpoint(issuer),
        ocsp=_endpoint(card.ocsp_url or CARDS_RESPONDER) if card.ocsp != "off" else None,
        lists=tuple(dict.fromkeys(one for one in found if one is not None)),
        proxy=_endpoint(settings.outbound_proxy),
        database=_database(settings.database_url),
        objects=_objects(settings.objects),
    )


def _objects(objects: Objects) -> Endpoint | None:
    """Return where the bucket is; None for a folder."""
    if objects.kind == "folder":
        return None
    return _endpoint(objects.endpoint or f"https://s3.{objects.region}.amazonaws.com")


def _endpoint(url: str) -> Endpoint | None:
    host, port = urlsplit(url).hostname, _port(url)
    return Endpoint(host, port) if host and port else None


def _port(url: str) -> int | None:
    parts = urlsplit(url)
    return parts.port or {"https": 443, "http": 80}.get(parts.scheme)


def _database(url: str) -> Endpoint | None:
    """Return where PostgreSQL listens; None for a file, or a socket of this machine."""
    parts = urlsplit(url)
    if not parts.scheme.startswith("postgresql") or not parts.hostname:
        return None
    return Endpoint(parts.hostname, parts.port or DATABASE_PORT)

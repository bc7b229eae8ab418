"""Fetching the lists of revoked cards.

A list takes the place of another only when its authority signed it and it is not older; until then the old one stays
and grows stale, which the console says.
"""

import contextlib
import hashlib
import http.client
import os
import re
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

import structlog
from cps_card.crls import Believed, believed
from cps_card.errors import CertificateRejected
from cryptography import x509

from appliance.bootstrap import House
from appliance.domain.errors import Fault, Unavailable
from appliance.domain.journal import Actor, Event, Family

TIMEOUT_S = 30.0
MOST_BYTES = 64 * 1024 * 1024
RETRY_S = 300.0
"""After a failure: a list must not grow stale for one lost packet."""
_ACTOR = Actor("system", "courier")
_log = structlog.get_logger(__name__)

Fetch = Callable[[str], bytes]


def run(house: House, stop: threading.Event) -> None:
    """Fetch every list at once, then every ``card.list_hours``, until ``stop`` is set."""
    settings = house.settings
    if not settings.card.list_urls:
        return
    fetch, wait_s = fetcher(settings.outbound_proxy), settings.card.list_hours * 3600
    while not stop.is_set():
        brought = [refreshed(house, url, fetch) for url in settings.card.list_urls]
        stop.wait(wait_s if all(brought) else RETRY_S)


def refreshed(house: House, url: str, fetch: Fetch) -> bool:
    """Bring one list; return whether what lies in the folder now is what its authority gives out."""
    try:
        data = fetch(url)
        found = checked(data, house.card_trust.issuers_known(), house)
        changed = kept(house.settings.lists_dir, url, data, found)
    except (CertificateRejected, Fault, OSError, ValueError) as exc:
        cause = getattr(exc, "cause", "unreadable" if isinstance(exc, ValueError) else "storage")
        _log.warning("list of revocations", host=urlsplit(url).hostname, cause=cause)
        if isinstance(exc, CertificateRejected):  # somebody answered with something else: worth a record
            _journal(house, "list.refused", url, str(cause))
        return False
    if changed:
        _journal(house, "list.replaced", url, "")
    return True


def checked(data: bytes, authorities: Sequence[x509.Certificate], house: House) -> Believed:
    """Return the list in ``data``; raise `CertificateRejected` unless a known authority signed it and it counts."""
    found, now = _read(data), house.clock.now()
    issuers = [one for one in authorities if one.subject == found.issuer]
    if not issuers:
        raise CertificateRejected("wrong_issuer")
    fault = CertificateRejected("crl_forged")
    for issuer in issuers:  # an authority may have two certificates, of one name
        try:
            listed = believed(_One(found), issuer, None, now)
        except CertificateRejected as no:
            fault = no
            continue
        if listed.until is None or listed.until < now:
            raise CertificateRejected("crl_stale")
        return listed
    raise fault


def kept(folder: Path, url: str, data: bytes, found: Believed) -> bool:
    """Put the list in place of the one of the same address; return False when it is the same one.

    Raises
    ------
    CertificateRejected
        ``crl_stale`` when the one there is younger: an old list given again would hide who was revoked since.
    """
    place = folder / _name(url)
    known = _known(place)
    if known is not None and known.since > found.since:
        raise CertificateRejected("crl_stale")
    if known is not None and known.data == data:
        return False
    folder.mkdir(parents=True, exist_ok=True)
    beside = folder / f".{place.name}.new"
    with beside.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(place)
    return True


def fetcher(proxy: str) -> Fetch:
    """Return what fetches an address, through ``proxy`` when there is one; `Unavailable` ``list_away``."""
    handler = urllib.request.ProxyHandler({"http": proxy, "https": proxy} if proxy else {})
    opener = urllib.request.build_opener(handler)

    def fetch(url: str) -> bytes:
        if not url.startswith(("http://", "https://")):
            raise Unavailable("list_away")
        try:
            with opener.open(url, timeout=TIMEOUT_S) as answer:
                data = answer.read(MOST_BYTES + 1)
        except (urllib.error.URLError, http.client.HTTPException, OSError, ValueError) as exc:
            raise Unavailable("list_away") from exc
        if len(data) > MOST_BYTES:
            raise Unavailable("list_away")
        return bytes(data)

    return fetch


@dataclass(frozen=True, slots=True)
class _Known:
    data: bytes
    since: datetime


def _known(place: Path) -> _Known | None:
    """Return the list that is there, None when there is none that can be read."""
    try:
        data = place.read_bytes()
        return _Known(data, _read(data).last_update_utc)
    except (OSError, CertificateRejected):
        return None


class _One:
    def __init__(self, crl: x509.CertificateRevocationList) -> None:
        self._crl = crl

    def crls(self, issuer: x509.Name) -> Sequence[x509.CertificateRevocationList]:
        return [self._crl] if self._crl.issuer == issuer else []


def _read(data: bytes) -> x509.CertificateRevocationList:
    try:
        if data.lstrip().startswith(b"-----"):
            return x509.load_pem_x509_crl(data)
        return x509.load_der_x509_crl(data)
    except (ValueError, x509.InvalidVersion) as exc:
        raise CertificateRejected("unreadable") from exc


def _name(url: str) -> str:
    """Return the file of an address: readable, and no other's."""
    last = re.sub(r"[^A-Za-z0-9-]", "-", Path(urlsplit(url).path).stem)[:40]
    return f"{last}-{hashlib.sha256(url.encode()).hexdigest()[:8]}.crl"


def _journal(house: House, verb: str, url: str, cause: str) -> None:
    with contextlib.suppress(Fault):
        house.journal.record(Event(Family.SYSTEM, verb, _ACTOR, _name(url), cause))

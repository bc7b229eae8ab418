"""Lists of revoked certificates: where they come from, and whether one may be believed. No network in here."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes

from cps_card.errors import CertificateRejected

STRONG = (hashes.SHA256, hashes.SHA384, hashes.SHA512)


class CrlSource(Protocol):
    """Where lists are found."""

    def crls(self, issuer: x509.Name) -> Sequence[x509.CertificateRevocationList]:
        """Return the lists that bear the issuer's name; nothing is verified yet."""


class CrlFolder:
    """A folder of DER or PEM lists, one a file, whatever their names. A file is read again when it changes."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._read: dict[Path, tuple[tuple[int, int, int], x509.CertificateRevocationList | None]] = {}

    def crls(self, issuer: x509.Name) -> Sequence[x509.CertificateRevocationList]:
        """Return the lists that bear the issuer's name."""
        return [found for _, found in self._files() if found is not None and found.issuer == issuer]

    def unreadable(self) -> tuple[str, ...]:
        """Return the names of the files that hold no list."""
        return tuple(path.name for path, found in self._files() if found is None)

    def _files(self) -> Iterator[tuple[Path, x509.CertificateRevocationList | None]]:
        kept = {}
        for path in sorted(self._folder.glob("*")) if self._folder.is_dir() else ():
            try:
                about = path.stat()
                stamp = (about.st_ino, about.st_size, about.st_mtime_ns)
                known = self._read.get(path)
                kept[path] = known if known and known[0] == stamp else (stamp, _loaded(path))
            except OSError:  # taken away between the two looks
                continue
        self._read = kept
        return iter([(path, found) for path, (_, found) in kept.items()])


def _loaded(path: Path) -> x509.CertificateRevocationList | None:
    if not path.is_file():
        return None
    data = path.read_bytes()
    try:
        if data.lstrip().startswith(b"-----"):
            return x509.load_pem_x509_crl(data)
        return x509.load_der_x509_crl(data)
    except (ValueError, x509.InvalidVersion):
        return None


@dataclass(frozen=True, slots=True)
class Believed:
    """A list that its issuer signed, not of the future. ``until`` is its *nextUpdate*, None when it names none."""

    crl: x509.CertificateRevocationList
    since: datetime
    until: datetime | None

    def fresh_until(self, now: datetime, grace: timedelta) -> datetime:
        """Return until when the list counts; raise `CertificateRejected` ``crl_stale`` when that is over."""
        if self.until is None or self.until + grace < now:
            raise CertificateRejected("crl_stale")
        return self.until + grace

    def names(self, certificate: x509.Certificate) -> bool:
        """Whether the certificate is revoked, or held."""
        return self.crl.get_revoked_certificate_by_serial_number(certificate.serial_number) is not None


class Lists:
    """The lists of a source that may be believed. A signature is verified once a list: 0.1 s for the longest."""

    def __init__(self, source: CrlSource) -> None:
        self._source = source
        self._verdicts: dict[bytes, list[tuple[x509.CertificateRevocationList, bool]]] = {}

    def believed(self, issuer: x509.Certificate, certificate: x509.Certificate | None, now: datetime) -> Believed:
        """Return the newest list of ``issuer`` that speaks of ``certificate``, or of any (None).

        A list that says it speaks of others only (issuing distribution point), a delta, or one with a critical
        extension nobody here knows is no list for it (RFC 5280, 5.2).

        Raises
        ------
        CertificateRejected
            ``crl_missing``; ``crl_forged`` when lists bear the name and none the signature; ``crl_stale`` when those
            signed are all of the future.
        """
        found = self._judged(issuer)
        named = [(one, signed) for one, signed in found if _speaks_of(one, certificate)]
        if not named:
            raise CertificateRejected("crl_missing")
        by_issuer = [one for one, signed in named if signed]
        if not by_issuer:
            raise CertificateRejected("crl_forged")
        begun = [one for one in by_issuer if one.last_update_utc <= now]
        if not begun:
            raise CertificateRejected("crl_stale")
        newest = max(begun, key=lambda one: one.last_update_utc)
        return Believed(newest, newest.last_update_utc, newest.next_update_utc)

    def _judged(self, issuer: x509.Certificate) -> list[tuple[x509.CertificateRevocationList, bool]]:
        """Return the lists that bear the issuer's name, and whether its key signed each."""
        name = issuer.fingerprint(hashes.SHA256())
        known = self._verdicts.get(name, [])
        judged = []
        for one in self._source.crls(issuer.subject):
            before = next((signed for crl, signed in known if crl is one), None)
            judged.append((one, _signed(one, issuer) if before is None else before))
        self._verdicts[name] = judged
        return judged


def believed(
    source: CrlSource, issuer: x509.Certificate, certificate: x509.Certificate | None, now: datetime
) -> Believed:
    """Return `Lists.believed` of a source that is asked once."""
    return Lists(source).believed(issuer, certificate, now)


def _signed(crl: x509.CertificateRevocationList, issuer: x509.Certificate) -> bool:
    try:
        usage = issuer.extensions.get_extension_for_class(x509.KeyUsage).value
        if not usage.crl_sign or not isinstance(crl.signature_hash_algorithm, STRONG):
            return False
        return crl.is_signature_valid(issuer.public_key())  # type: ignore[arg-type]
    except (x509.ExtensionNotFound, UnsupportedAlgorithm, TypeError, ValueError):
        return False


def _speaks_of(crl: x509.CertificateRevocationList, certificate: x509.Certificate | None) -> bool:
    try:
        extensions = list(crl.extensions)
    except ValueError:
        return False
    for one in extensions:
        if isinstance(one.value, x509.IssuingDistributionPoint):
            if not _within(one.value, certificate):
                return False
        elif one.critical:
            return False
    return True


def _within(point: x509.IssuingDistributionPoint, certificate: x509.Certificate | None) -> bool:
    if point.indirect_crl or point.only_contains_attribute_certs or point.only_some_reasons:
        return False
    if certificate is None:
        return True
    if point.only_contains_ca_certs if not is_authority(certificate) else point.only_contains_user_certs:
        return False
    if point.full_name is None:
        return True
    told = _points(certificate)
    return not told or any(name in told for name in point.full_name)


def is_authority(certificate: x509.Certificate) -> bool:
    """Whether the certificate says it is an authority's."""
    try:
        return certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except (x509.ExtensionNotFound, ValueError):
        return False


def _points(certificate: x509.Certificate) -> list[x509.GeneralName]:
    try:
        points = certificate.extensions.get_extension_for_class(x509.CRLDistributionPoints).value
    except (x509.ExtensionNotFound, ValueError):
        return []
    return [name for point in points for name in point.full_name or ()]

"""Asking OCSP responders about certificates (RFC 6960, A.1). What an answer is worth is judged in `cps_card.ocsp`."""

import threading
import urllib.request
from concurrent.futures import Future
from dataclasses import dataclass
from http import HTTPStatus
from http.client import HTTPException

import structlog
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.ocsp import OCSPRequestBuilder, OCSPResponse, load_der_ocsp_response
from cryptography.x509.oid import AuthorityInformationAccessOID

MOST_BYTES = 64 * 1024
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Responders:
    """`cps_card.ocsp.OcspSource` over HTTP.

    ``url`` is asked about every certificate; without it, the address that the certificate names. ``proxy`` is the
    hospital's, empty for none. ``timeout_s`` is for the whole, names resolved included.
    """

    url: str = ""
    proxy: str = ""
    timeout_s: float = 2.0

    def answer(self, certificate: x509.Certificate, issuer: x509.Certificate) -> OCSPResponse | None:
        """Return what the responder says of the certificate, None when nothing came in time; the log says why.

        The address is believed because the certificate is: ask only about one whose chain was verified.
        """
        url = self.url or named(certificate)
        try:
            return load_der_ocsp_response(self._within(url, _question(certificate, issuer)))
        except (OSError, HTTPException, ValueError) as exc:
            _log.warning("ocsp responder", host=url.partition("://")[2].partition("/")[0], cause=type(exc).__name__)
            return None

    def _within(self, url: str, question: bytes) -> bytes:
        """Return the answer; raise `TimeoutError` after ``timeout_s``, whatever the name server and the line do.

        The thread that is given up ends by itself: each of its own waits is as short.
        """
        done: Future[bytes] = Future()

        def ask() -> None:
            try:
                done.set_result(self._posted(url, question))
            except Exception as exc:  # the outermost loop of this thread; whoever waits raises it again
                done.set_exception(exc)

        threading.Thread(target=ask, name="ocsp", daemon=True).start()
        return done.result(self.timeout_s)

    def _posted(self, url: str, question: bytes) -> bytes:
        if not url.startswith(("http://", "https://")):
            raise ValueError("no address")
        headers = {"Content-Type": "application/ocsp-request", "Accept": "application/ocsp-response"}
        request = urllib.request.Request(url, question, headers)  # noqa: S310 - its scheme was looked at
        with self._opener().open(request, timeout=self.timeout_s) as answer:
            data = bytes(answer.read(MOST_BYTES + 1))
            if answer.status != HTTPStatus.OK or len(data) > MOST_BYTES:
                raise ValueError("no answer")
        return data

    def _opener(self) -> urllib.request.OpenerDirector:
        """Return what opens http and https alone, and follows no redirect."""
        made = urllib.request.OpenerDirector()
        made.add_handler(urllib.request.ProxyHandler({"http": self.proxy, "https": self.proxy} if self.proxy else {}))
        made.add_handler(urllib.request.HTTPHandler())
        made.add_handler(urllib.request.HTTPSHandler())
        return made


def named(certificate: x509.Certificate) -> str:
    """Return the address of the responder that a certificate names, empty when it names none."""
    try:
        told = certificate.extensions.get_extension_for_class(x509.AuthorityInformationAccess).value
    except (x509.ExtensionNotFound, ValueError):
        return ""
    places = (one.access_location for one in told if one.access_method == AuthorityInformationAccessOID.OCSP)
    return next((str(one.value) for one in places if isinstance(one, x509.UniformResourceIdentifier)), "")


def _question(certificate: x509.Certificate, issuer: x509.Certificate) -> bytes:
    # SHA-1 only names the issuer, and is the one that every responder takes (RFC 5019, 2.1.1).
    made = OCSPRequestBuilder().add_certificate(certificate, issuer, hashes.SHA1())  # noqa: S303
    return made.build().public_bytes(Encoding.DER)

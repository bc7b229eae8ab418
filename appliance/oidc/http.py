"""Bounded HTTP towards the provider: no redirect followed, a deadline, a ceiling of bytes, JSON objects only."""

import json
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any

import aiohttp
from yarl import URL

from appliance.domain.errors import Unavailable
from appliance.oidc.provider import Provider

MOST_BYTES = 256 * 1024
CERTIFICATE_REFUSED = "certificate_refused"


@dataclass(frozen=True, slots=True)
class Limits:
    """How long one answer may take, in seconds."""

    whole_s: float = 10.0
    connect_s: float = 5.0


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: the status, the JSON object, empty when it is none, and the provider's time if it told it."""

    status: int
    body: Mapping[str, Any]
    at: datetime | None = None


class Line:
    """A line to the provider, by the hospital's proxy when there is one."""

    def __init__(self, provider: Provider, limits: Limits | None = None) -> None:
        self._provider = provider
        self._proxy = provider.proxy or None
        self._tls: ssl.SSLContext | None = None
        self._limits = limits or Limits()

    async def get(self, url: str, headers: Mapping[str, str] | None = None) -> Answer:
        """Return the answer to a GET.

        Raises
        ------
        Unavailable
            ``psc_down``, or ``psc_setup`` when TLS fails for what one side thinks of a certificate; with a ``reason``.
        """
        return await self._ask("GET", url, dict(headers or {}), None)

    async def post(self, url: str, fields: Mapping[str, str], headers: Mapping[str, str] | None = None) -> Answer:
        """Return the answer to a form; raise `Unavailable` as `get`."""
        return await self._ask("POST", url, dict(headers or {}), dict(fields))

    async def _ask(self, method: str, url: str, headers: dict[str, str], data: dict[str, str] | None) -> Answer:
        if not is_safe(url):
            raise Unavailable("psc_down", reason="not_https")
        timeout = aiohttp.ClientTimeout(total=self._limits.whole_s, connect=self._limits.connect_s)
        tls = self._context()
        try:
            async with (
                aiohttp.ClientSession(timeout=timeout, cookie_jar=aiohttp.DummyCookieJar()) as session,
                session.request(
                    method, url, data=data, headers={"Accept": "application/json", **headers}, ssl=tls,
                    allow_redirects=False, proxy=self._proxy,
                ) as answer,
            ):  # fmt: skip
                return Answer(answer.status, _object(await _read(answer)), _date(answer.headers.get("Date", "")))
        except TimeoutError as exc:
            raise Unavailable("psc_down", reason="timeout") from exc
        except (aiohttp.ClientError, OSError, ValueError) as exc:
            raise _fault(exc) from exc

    def _context(self) -> ssl.SSLContext:
        """Return the TLS side; its files are read at the first log-in: what is wrong with them stops no service."""
        if self._tls is None:
            self._tls = tls_context(self._provider)
        return self._tls


def tls_context(provider: Provider) -> ssl.SSLContext:
    """Return whom we believe and, for ``tls_client_auth`` (RFC 8705), the certificate that we show.

    Raises
    ------
    Unavailable
        ``psc_setup`` with the ``reason`` ``authorities`` or ``certificate``: a file that cannot be used.
    """
    try:
        made = ssl.create_default_context(cafile=provider.authorities or None)
    except OSError as exc:
        raise Unavailable("psc_setup", reason="authorities") from exc
    if provider.certificate is not None:
        try:
            # Without a password given here, OpenSSL would ask the terminal.
            made.load_cert_chain(*provider.certificate, password="")
        except OSError as exc:
            raise Unavailable("psc_setup", reason="certificate") from exc
    return made


def _fault(exc: Exception) -> Unavailable:
    """Tell a handshake that failed for a certificate from a provider that is away.

    With TLS 1.3 the provider refuses ours after the handshake, by an alert that comes in the place of its answer.
    """
    if isinstance(exc, aiohttp.ClientConnectorCertificateError):
        return Unavailable("psc_setup", reason="provider_certificate")
    under: BaseException | None = exc
    while under is not None:
        if isinstance(under, ssl.SSLError) and "_ALERT_" in str(getattr(under, "reason", "")):
            return Unavailable("psc_setup", reason=CERTIFICATE_REFUSED)
        under = under.__cause__ or under.__context__
    return Unavailable("psc_down", reason=_away(exc))


def _away(exc: Exception) -> str:
    if isinstance(exc, aiohttp.ClientConnectorDNSError):
        return "dns"
    if isinstance(exc, aiohttp.ClientProxyConnectionError | aiohttp.ClientHttpProxyError):
        return "proxy"
    if isinstance(exc, aiohttp.ClientConnectorError):
        return "refused" if isinstance(exc.os_error, ConnectionRefusedError) else "unreachable"
    return type(exc).__name__


def is_safe(url: str) -> bool:
    """Whether the address is https, or plain on this machine's loopback."""
    try:
        parsed = URL(url)
    except ValueError:
        return False
    return parsed.scheme == "https" or (parsed.scheme == "http" and parsed.host in ("127.0.0.1", "::1", "localhost"))


def _date(text: str) -> datetime | None:
    try:
        found = parsedate_to_datetime(text)
    except ValueError:
        return None
    return found if found.tzinfo is not None else None


async def _read(answer: aiohttp.ClientResponse) -> bytes:
    read = bytearray()
    async for chunk in answer.content.iter_chunked(16 * 1024):
        read += chunk
        if len(read) > MOST_BYTES:
            raise Unavailable("psc_down", reason="too_large")
    return bytes(read)


def _object(body: bytes) -> Mapping[str, Any]:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}

"""Bounded HTTP towards the provider: no redirect followed, a deadline, a ceiling of bytes, JSON objects only."""

import json
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import aiohttp
from yarl import URL

from appliance.domain.errors import Unavailable

MOST_BYTES = 256 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """How long one answer may take, in seconds."""

    whole_s: float = 10.0
    connect_s: float = 5.0


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: the status, and the JSON object, empty when it is none."""

    status: int
    body: Mapping[str, Any]


class Line:
    """A line to the provider, by the hospital's proxy when there is one."""

    def __init__(self, proxy: str, certificate: tuple[str, str] | None, limits: Limits | None) -> None:
        self._proxy = proxy or None
        self._certificate = certificate
        self._tls: ssl.SSLContext | None = None
        self._limits = limits or Limits()

    async def get(self, url: str, headers: Mapping[str, str] | None = None) -> Answer:
        """Return the answer to a GET; raise `Unavailable` ``psc_down`` with its ``reason``."""
        return await self._ask("GET", url, dict(headers or {}), None)

    async def post(self, url: str, fields: Mapping[str, str], headers: Mapping[str, str] | None = None) -> Answer:
        """Return the answer to a form; raise `Unavailable` ``psc_down``."""
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
                return Answer(answer.status, _object(await _read(answer)))
        except TimeoutError as exc:
            raise Unavailable("psc_down", reason="timeout") from exc
        except (aiohttp.ClientError, OSError, ValueError) as exc:
            raise Unavailable("psc_down", reason=type(exc).__name__) from exc

    def _context(self) -> ssl.SSLContext:
        """Return the TLS side: the system's authorities and, for ``tls_client_auth`` (RFC 8705), our certificate.

        The files are read at the first log-in: what is wrong with them closes this way in and stops no service.
        """
        if self._tls is None:
            made = ssl.create_default_context()
            if self._certificate is not None:
                try:
                    made.load_cert_chain(*self._certificate)
                except (OSError, ssl.SSLError) as exc:
                    raise Unavailable("psc_down", reason="certificate") from exc
            self._tls = made
        return self._tls


def is_safe(url: str) -> bool:
    """Whether the address is https, or plain on this machine's loopback."""
    try:
        parsed = URL(url)
    except ValueError:
        return False
    return parsed.scheme == "https" or (parsed.scheme == "http" and parsed.host in ("127.0.0.1", "::1", "localhost"))


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

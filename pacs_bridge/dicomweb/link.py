"""HTTP with one DICOMweb node, for a thread that may block; another thread may `Reply.stop`.

No redirect, no cookie, no compression, no proxy: what answers is the node that was set, or nobody.
"""

import asyncio
import ssl
from base64 import b64encode
from collections.abc import Callable, Coroutine, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any, TypeVar

import aiohttp
from yarl import URL

from appliance.config.refusals import SettingsRefused
from appliance.domain.errors import Unavailable
from appliance.domain.nodes import Node
from pacs_bridge.query import handshakes
from pacs_bridge.query.associations import Secure

CONNECT_S = 5.0
Params = list[tuple[str, str]]
Unseal = Callable[[str], str]
T = TypeVar("T")


class Reply:
    """An answer being read. Status 200 or 204; anything else was raised."""

    def __init__(self, link: "Link", answer: aiohttp.ClientResponse) -> None:
        self._link, self._answer = link, answer
        self.status = answer.status
        self.content_type = answer.headers.get("Content-Type", "")
        self.server = answer.headers.get("Server", "")

    def chunks(self) -> Iterator[bytes]:
        """Yield the body as it comes."""
        while chunk := self._link.run(self._answer.content.readany()):
            yield chunk

    def whole(self, most: int) -> bytes:
        """Return the body; raise `Unavailable` ``failed_status`` beyond ``most`` bytes."""
        body = bytearray()
        for chunk in self.chunks():
            body += chunk
            if len(body) > most:
                raise Unavailable("failed_status")
        return bytes(body)

    def stop(self) -> None:
        """Break it off, from any thread."""
        with suppress(RuntimeError):
            self._link.loop.call_soon_threadsafe(self._answer.close)


class Link:
    """The way to one node. ``whole_s`` bounds an answer from the question to its last byte, a drip included."""

    def __init__(
        self, node: Node, secure: Secure, unseal: Unseal, quiet_s: float, whole_s: float | None = None
    ) -> None:
        self._node, self._url = node, URL(node.url.rstrip("/"))
        self._tls = _context(secure) if self._url.scheme == "https" else None
        self._headers = {"Accept-Encoding": "identity", **authorization(node, unseal)}
        self.loop = asyncio.new_event_loop()
        self._session = self.loop.run_until_complete(self._opened(quiet_s, whole_s))

    async def _opened(self, quiet_s: float, whole_s: float | None) -> aiohttp.ClientSession:
        timeout = aiohttp.ClientTimeout(total=whole_s, connect=CONNECT_S, sock_read=quiet_s)
        return aiohttp.ClientSession(
            timeout=timeout, headers=self._headers, cookie_jar=aiohttp.DummyCookieJar(), auto_decompress=False
        )

    @contextmanager
    def get(self, path: str, accept: str, params: Params | None = None) -> Iterator[Reply]:
        """Ask for a resource below the node's address.

        Raises
        ------
        Unavailable
            With the cause: those of an association, ``http_not_spoken``, and by ``status`` ``credentials`` (with the
            scheme that the node ``wants``), ``not_found``, ``failed_status`` (with ``where`` it sends us instead).
        """
        asked = self._session.get(
            self._url / path, params=params or [], headers={"Accept": accept}, allow_redirects=False,
            ssl=self._tls if self._tls is not None else True,
        )  # fmt: skip
        answer = self.run(_awaited(asked))
        try:
            _judge(answer)
            yield Reply(self, answer)
        finally:
            answer.close()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Return what the work brings; a node that fails is `Unavailable`."""
        try:
            return self.loop.run_until_complete(work)
        except TimeoutError as exc:
            raise Unavailable("timeout") from exc
        except aiohttp.ClientSSLError as exc:
            raise Unavailable(self._why_not_secured() or "tls") from exc
        except aiohttp.ClientConnectorError as exc:
            raise Unavailable("refused" if isinstance(exc.os_error, ConnectionRefusedError) else "unreachable") from exc
        except aiohttp.ClientResponseError as exc:
            raise Unavailable("http_not_spoken") from exc
        except (aiohttp.ClientError, OSError) as exc:
            # Under TLS 1.3 a refusal of our certificate comes after the handshake.
            raise Unavailable(self._why_not_secured() or "aborted") from exc

    def close(self) -> None:
        """Let every connection go."""
        self.loop.run_until_complete(self._session.close())
        self.loop.close()

    def _why_not_secured(self) -> str:
        host, port = self._url.host or "", self._url.port or 443
        return handshakes.failure(host, port, self._tls) if self._tls is not None else ""


@contextmanager
def linked(
    node: Node, secure: Secure, unseal: Unseal, quiet_s: float, whole_s: float | None = None
) -> Iterator[Link]:
    """Open the way to a node while the block runs."""
    link = Link(node, secure, unseal, quiet_s, whole_s)
    try:
        yield link
    finally:
        link.close()


def authorization(node: Node, unseal: Unseal) -> Mapping[str, str]:
    """Return the header that the node's credentials make, none without any."""
    scheme, _, sealed = node.credentials.partition(":")
    if scheme == "basic":
        return {"Authorization": "Basic " + b64encode(unseal(sealed).encode()).decode()}
    return {"Authorization": "Bearer " + unseal(sealed)} if scheme == "bearer" else {}


async def _awaited(asked: Any) -> aiohttp.ClientResponse:
    answer: aiohttp.ClientResponse = await asked
    return answer


def _judge(answer: aiohttp.ClientResponse) -> None:
    status = answer.status
    if status in (200, 204, 206):
        return
    if status in (401, 403):
        wants = answer.headers.get("WWW-Authenticate", "").partition(" ")[0]
        raise Unavailable("credentials", status=status, wants=wants[:32])
    if status == 404:
        raise Unavailable("not_found", status=status)
    # Without its query, which may hold anything.
    where = answer.headers.get("Location", "").partition("?")[0]
    raise Unavailable("failed_status", status=status, where=where[:200])


def _context(secure: Secure) -> ssl.SSLContext:
    try:
        return secure()
    except SettingsRefused as exc:
        raise Unavailable("tls_settings") from exc

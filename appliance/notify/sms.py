"""Text messages through a provider's HTTP interface, described by a template."""

import http.client
import json
import re
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from appliance.domain.errors import Refused, Unavailable
from appliance.usecases.ports import Message

TIMEOUT_S = 20
_NUMBER = re.compile(r"\+?[0-9]{6,15}")


@dataclass(frozen=True, slots=True)
class Provider:
    """An HTTP interface; ``{to}`` and ``{text}`` stand in ``body`` (POST) or ``url`` (GET)."""

    url: str
    method: str = "POST"
    content_type: str = "application/json"
    body: str = '{"to": "{to}", "text": "{text}"}'
    headers: Mapping[str, str] = field(default_factory=dict)


class _Straight(urllib.request.HTTPRedirectHandler):
    """Follows nobody: a redirected request would lose its text and show its key to another host."""

    def redirect_request(self, *_: Any) -> None:
        """Refuse every redirection; it comes out as an HTTP error."""


class HttpSmsSender:
    """`appliance.usecases.ports.Sender` for text messages."""

    def __init__(self, provider: Provider) -> None:
        self._provider = provider
        self._opener = urllib.request.build_opener(_Straight)

    def send(self, message: Message) -> None:
        """Send; raise `Unavailable` ``sms`` to try again, `Refused` ``sms_number`` or ``sms`` when it never will."""
        number = re.sub(r"[ .-]", "", message.to)
        if not _NUMBER.fullmatch(number):
            raise Refused("sms_number")
        request = self._request(number, message.text)
        try:
            with self._opener.open(request, timeout=TIMEOUT_S) as answer:
                answer.read(1 << 16)
        except urllib.error.HTTPError as exc:
            exc.close()
            if exc.code in (400, 404, 413, 422):
                raise Refused("sms") from exc
            raise Unavailable("sms") from exc
        except (urllib.error.URLError, http.client.HTTPException, OSError) as exc:
            raise Unavailable("sms") from exc

    def _request(self, number: str, text: str) -> urllib.request.Request:
        provider = self._provider
        if not provider.url.startswith(("https://", "http://")):
            raise Refused("sms")
        url, data = provider.url, None
        if provider.method == "GET":
            url = _filled(provider.url, number, text, urllib.parse.quote)
        else:
            escape = _json if "json" in provider.content_type else urllib.parse.quote
            data = _filled(provider.body, number, text, escape).encode()
        headers = {**provider.headers, "Content-Type": provider.content_type}
        return urllib.request.Request(url, data, headers, method=provider.method)  # noqa: S310


def _json(text: str) -> str:
    return json.dumps(text)[1:-1]


def _filled(template: str, number: str, text: str, escape: Callable[[str], str]) -> str:
    return template.replace("{to}", escape(number)).replace("{text}", escape(text))

"""The demo's mailbox, a child of its own: a mail server and an SMS provider that keep what they are given.

Sockets inherited: SMTP, then HTTP. ``GET /messages`` is JSON, oldest first; ``GET /`` the same for people;
``POST /sms`` takes ``{"to": …, "text": …}``. Kept in memory, the last 500.
For the demo only: it speaks plain SMTP to loopback.
"""

import asyncio
import contextlib
import email
import email.policy
import html
import signal
import socket
from collections import deque
from typing import Any

from aiohttp import web

from appliance.config.runtime import inherited_sockets, say_ready

MOST = 500
LINE_BYTES = 4096
MAIL_BYTES = 4 * 1024 * 1024
IDLE_S = 60.0

Messages = deque[dict[str, str]]
MESSAGES = web.AppKey("messages", Messages)

_PAGE = """<!doctype html><html lang="fr"><head><meta charset="utf-8"><meta http-equiv="refresh" content="3">
<meta name="viewport" content="width=device-width"><title>Boîte de démonstration</title>
<style>body{{font:16px/1.5 system-ui,sans-serif;max-width:46rem;margin:2rem auto;padding:0 1rem}}
article{{border:1px solid #888;border-radius:6px;padding:.75rem 1rem;margin:1rem 0}}
pre{{white-space:pre-wrap;font:inherit;margin:.5rem 0 0}}</style></head><body>
<h1>Boîte de démonstration</h1><p>Ce que Négatoscope envoie ; le plus récent en premier.
<span lang="en">What Négatoscope sends; newest first.</span></p>{articles}</body></html>"""
_EMPTY = "<p>Aucun message pour l'instant. <span lang='en'>No message yet.</span></p>"


def _kept(request: web.Request) -> Messages:
    kept: Messages = request.app[MESSAGES]
    return kept


async def _listed(request: web.Request) -> web.Response:
    return web.json_response([*_kept(request)])


async def _page(request: web.Request) -> web.Response:
    articles = "".join(
        f"<article><strong>{_safe(m['channel'])} → {_safe(m['to'])}</strong><br>{_safe(m['subject'])}"
        f"<pre>{_safe(m['text'])}</pre></article>"
        for m in [*_kept(request)][::-1]
    )
    return web.Response(text=_PAGE.format(articles=articles or _EMPTY), content_type="text/html")


async def _sms(request: web.Request) -> web.Response:
    try:
        sent: Any = await request.json()
        message = {"channel": "sms", "to": str(sent["to"]), "subject": "", "text": str(sent["text"])}
    except (ValueError, KeyError, TypeError) as exc:
        raise web.HTTPBadRequest(text="to, text") from exc
    request.app[MESSAGES].append(message)
    return web.json_response({"accepted": True}, status=202)


def _safe(text: str) -> str:
    return html.escape(text)


def application(messages: Messages) -> web.Application:
    """Return the HTTP side."""
    app = web.Application()
    app[MESSAGES] = messages
    app.add_routes([web.get("/", _page), web.get("/messages", _listed), web.post("/sms", _sms)])
    return app


class Conversation:
    """One SMTP client (RFC 5321, what a relay needs and no more)."""

    def __init__(self, messages: Messages, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._messages, self._reader, self._writer = messages, reader, writer
        self._to: list[str] = []

    async def run(self) -> None:
        """Answer until QUIT, silence or nonsense."""
        try:
            await self._say("220 demo ESMTP")
            while await self._answer(await self._line()):
                pass
        except (TimeoutError, OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, ValueError):
            pass  # a client that breaks off has nothing more to hear
        finally:
            self._writer.close()
            with contextlib.suppress(OSError):
                await self._writer.wait_closed()

    async def _answer(self, line: str) -> bool:
        verb, _, rest = line.partition(" ")
        match verb.upper():
            case "EHLO":
                await self._say(f"250-demo\r\n250-SIZE {MAIL_BYTES}\r\n250-8BITMIME\r\n250 SMTPUTF8")
            case "HELO" | "NOOP":
                await self._say("250 ok")
            case "MAIL" | "RSET":
                self._to = []
                await self._say("250 ok")
            case "RCPT":
                self._to.append(rest.partition("<")[2].partition(">")[0])
                await self._say("250 ok")
            case "DATA":
                await self._say("354 go on")
                self._messages.extend(_read(await self._body(), self._to))
                await self._say("250 kept")
            case "QUIT":
                await self._say("221 bye")
                return False
            case _:
                await self._say("500 unknown")
        return True

    async def _body(self) -> bytes:
        """Return the lines up to the lone dot, leading dots unstuffed."""
        lines: list[bytes] = []
        size = 0
        while (line := await self._raw()) != b".\r\n":
            size += len(line)
            if size > MAIL_BYTES:
                raise ValueError("too long")
            lines.append(line.removeprefix(b".") if line.startswith(b".") else line)
        return b"".join(lines)

    async def _line(self) -> str:
        return (await self._raw()).decode("utf-8", "replace").rstrip("\r\n")

    async def _raw(self) -> bytes:
        return await asyncio.wait_for(self._reader.readuntil(b"\n"), IDLE_S)

    async def _say(self, text: str) -> None:
        self._writer.write(f"{text}\r\n".encode())
        await self._writer.drain()


def _read(raw: bytes, recipients: list[str]) -> list[dict[str, str]]:
    message = email.message_from_bytes(raw, policy=email.policy.default)
    body = message.get_body(("plain", "html"))
    text = str(body.get_content()) if body is not None else ""
    subject = str(message["subject"] or "")
    return [{"channel": "email", "to": to, "subject": subject, "text": text} for to in recipients]


async def serve(smtp: socket.socket, http: socket.socket, stop: asyncio.Event) -> None:
    """Serve until ``stop``."""
    messages: Messages = deque(maxlen=MOST)
    mail = await asyncio.start_server(
        lambda reader, writer: Conversation(messages, reader, writer).run(), sock=smtp, limit=LINE_BYTES
    )
    runner = web.AppRunner(application(messages), access_log=None)
    await runner.setup()
    await web.SockSite(runner, http).start()
    say_ready()
    await stop.wait()
    mail.close()
    await runner.cleanup()


async def _main() -> None:
    smtp, http = inherited_sockets()
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    await serve(smtp, http, stop)


if __name__ == "__main__":
    asyncio.run(_main())

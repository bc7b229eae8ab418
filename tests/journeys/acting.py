"""People at work while the appliance is killed: one process, each act said before and once it is acknowledged.

A line of the pipe is JSON: ``[who, act, "asked" | "done" | "broke", facts, monotonic seconds]``. A connection
that breaks ends the one who held it, in silence; an answer other than the one expected is said as ``broke``.
"""

import asyncio
import json
import os
import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp

from appliance.contract.client import AdminClient
from appliance.contract.codes import IssueAsked
from appliance.contract.faults import Refused, Unavailable

BORN, GIVEN = "14/03/1961", "anne"
PASSWORD = "Correct-Horse-9-Battery"
_CSRF = re.compile(r'name="csrf" value="([^"]+)"')


@dataclass(frozen=True)
class Login:
    """A session that survives the appliance: its account, its cookie, the token of its forms."""

    account: int
    cookie: str
    csrf: str

    @property
    def headers(self) -> dict[str, str]:
        return {"Cookie": self.cookie}


@dataclass(frozen=True)
class Work:
    """What one process of people does until it is cut off."""

    web: str
    admin_socket: Path
    logins: Sequence[Login]
    patients: Sequence[Sequence[str]]
    """A row of patients a login."""
    asking: str = ""
    """Address of a physician who asks for a one-time code."""
    asked_first: bool = False
    """Whether the others wait until he has it."""


def do(work: Work, pipe: int) -> None:
    """Issue and redeem, each login its own patients, and ask for a one-time code."""
    asyncio.run(_do(work, pipe))


async def _do(work: Work, pipe: int) -> None:
    def say(who: int, act: str, what: str, facts: Mapping[str, Any]) -> None:
        os.write(pipe, json.dumps([who, act, what, facts, time.monotonic()]).encode() + b"\n")

    if work.asked_first:
        await _ask_for_a_code(work, say)
    everybody = [
        _issue_and_redeem(work, who, login, patients, say)
        for who, (login, patients) in enumerate(zip(work.logins, work.patients, strict=True))
    ]
    if work.asking and not work.asked_first:
        everybody.append(_ask_for_a_code(work, say))
    await asyncio.gather(*everybody)


async def _issue_and_redeem(work: Work, who: int, login: Login, patients: Sequence[str], say: Any) -> None:
    web = aiohttp.ClientSession(work.web, cookie_jar=aiohttp.DummyCookieJar(), headers=login.headers)
    async with AdminClient(work.admin_socket) as admin, web:
        for patient in patients:
            try:
                say(who, "issue", "asked", {"patient": patient})
                made = await admin.issue(IssueAsked(patient_id=patient))
                facts = {"share": made.share_id, "code": made.code, "study": made.studies[0].uid}
                say(who, "issue", "done", {**facts, "patient": patient})
                say(who, "redeem", "asked", facts)
                form = {"csrf": login.csrf, "code": made.code, "birth_date": BORN, "given_name": GIVEN}
                async with web.post("/codes", data=form, allow_redirects=False) as answer:
                    right = answer.status == 303 and answer.headers["Location"] == f"/codes/{made.share_id}?added=new"
                    said = {**facts, "account": login.account, "status": answer.status}
                    say(who, "redeem", "done" if right else "broke", said)
            except (aiohttp.ClientError, OSError):
                return
            except (Unavailable, Refused) as fault:
                if str(fault) != "no_answer":
                    say(who, "issue", "broke", {"error": repr(fault)})
                return


async def _ask_for_a_code(work: Work, say: Any) -> None:
    try:
        async with aiohttp.ClientSession(work.web, cookie_jar=aiohttp.CookieJar(unsafe=True)) as web:
            say(-1, "otp", "asked", {"email": work.asking})
            asked = await _asked(web, work.asking)
            say(-1, "otp", "done" if asked else "broke", {"email": work.asking})
    except (aiohttp.ClientError, OSError):
        return


async def _asked(web: aiohttp.ClientSession, email: str) -> bool:
    async with web.get("/login/otp") as page:
        csrf = _token(await page.text())
    form = {"csrf": csrf, "email": email, "password": PASSWORD, "channel": "email"}
    async with web.post("/login/otp", data=form, allow_redirects=False) as answer:
        return answer.status == 303


async def log_in(web_address: str, account: int, email: str, mailbox: str) -> Login:
    """Return a session, opened as a physician opens it: password, six digits from the mailbox."""
    async with aiohttp.ClientSession(web_address, cookie_jar=aiohttp.CookieJar(unsafe=True)) as web:
        assert await _asked(web, email)
        async with web.get("/login/otp/code") as page:
            csrf = _token(await page.text())
        digits = await _digits(mailbox, email)
        async with web.post("/login/otp/code", data={"csrf": csrf, "code": digits}, allow_redirects=False) as answer:
            assert answer.status == 303, await answer.text()
            cookie = answer.cookies["negatoscope"].OutputString(attrs=[])
        async with web.get("/codes") as page:
            return Login(account, cookie, _token(await page.text()))


async def _digits(mailbox: str, email: str) -> str:
    async with aiohttp.ClientSession() as web:
        for _ in range(400):
            async with web.get(mailbox) as answer:
                for mail in await answer.json():
                    if mail["to"] == email:
                        return re.findall(r"\b\d{6}\b", mail["text"])[0]
            await asyncio.sleep(0.05)
    raise AssertionError("no mail")


def _token(page: str) -> str:
    found = _CSRF.search(page)
    assert found is not None, page[:500]
    return found.group(1)

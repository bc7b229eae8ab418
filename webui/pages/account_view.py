"""What the account's page shows, made from what the use cases return. Words and forms of display only."""

import json
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import segno
from aiohttp import web

from appliance.domain import accounts, contacts, passwords
from appliance.domain.common_passwords import ROOTS
from appliance.domain.errors import Refused
from appliance.domain.journal import Record
from appliance.domain.methods import PASSWORDS
from appliance.domain.sharing import PARIS
from appliance.domain.sign_in import Means, OpenSession, is_strong
from appliance.usecases.my_account import Shown, own_words
from appliance.usecases.ports import AccountRow, SessionRow
from appliance.usecases.sessions import proof_of
from webui.answers import texts
from webui.browsers import browser_name, is_mobile
from webui.faults import Problem
from webui.i18n import Texts
from webui.keys import HOUSE
from webui.pages.login import idle_min
from webui.pages.passkey_section import PasskeySection, hindrance_of, passkey_lines
from webui.rendering import clock_time

HISTORY = {
    "login": ("account.history.login", "ok"), "login.refused": ("account.history.refused", "warn"),
    "otp.refused": ("account.history.code", "warn"), "otp.suspended": ("account.history.suspended", "bad"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Wrong:
    """What went wrong in which section, beside which field (empty: above the section)."""

    section: str
    cause: str
    problem: Problem
    rules: tuple[str, ...] = ()
    """Rules that a password just sent breaks."""


@dataclass(frozen=True, slots=True)
class Typed:
    """What was typed in the section « Paramètres OTP » and refused; shown again."""

    enable: bool
    email: str
    phone: str


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a list: title, details, sign."""

    id: int
    title: str
    detail: str
    kind: str = ""
    current: bool = False
    mobile: bool = False


def view(request: web.Request, session: OpenSession, shown: Shown, totp: tuple[str, str] | None) -> dict[str, Any]:
    """Return what the template needs, but for what was just typed."""
    t, account, requester = texts(request), shown.account, session.requester
    house = request.app[HOUSE]
    methods, now = house.sign_in.policy.methods, house.clock.now()
    strong = is_strong(requester.means)
    return {
        "tab": "account", "t": t, "account": account, "strong": strong,
        "ask_current": not strong and bool(account.password_hash),
        "first": strong and not (account.password_hash and account.email),
        "with_password": methods.any_on(PASSWORDS), "with_sms": methods.is_on(Means.PASSWORD_SMS),
        "with_otp": methods.any_on((Means.PASSWORD_EMAIL, Means.PASSWORD_SMS)),
        "with_totp": methods.is_on(Means.PASSWORD_TOTP), "with_passkeys": methods.is_on(Means.PASSKEY),
        "policy": house.my_account.policy.password, "banned": _banned(account),
        "life": _life(account, now, house.sign_in.policy.proof),
        "email_waits": shown.email.value if shown.email else "",
        "phone_waits": contacts.shown_phone(shown.phone.value) if shown.phone else "",
        "qr": segno.make(totp[1], error="m").svg_data_uri(scale=4, border=3, light="#fff") if totp else "",
        "secret": _in_fours(totp[0]) if totp else "",
        "pk": PasskeySection(
            "/account", t("passkey.why"), t("passkey.name.default"),
            hindrance_of(request, t) if strong else t("account.strong"), passkey_lines(shown.passkeys, t),
        ),
        "sessions": [_session(one, requester.session_id, t) for one in shown.sessions],
        "until": clock_time(session.until), "idle_min": idle_min(request),
        "log_ins": [_log_in(one, t) for one in shown.log_ins],
    }  # fmt: skip


def _banned(account: AccountRow) -> str:
    return json.dumps(sorted(ROOTS | passwords.own_words(own_words(account))), ensure_ascii=False)


def _life(account: AccountRow, now: datetime, policy: accounts.ProofPolicy) -> dict[str, Any]:
    """Return what stands behind the account, and whether it holds today."""
    try:
        accounts.check_otp_allowed(replace(proof_of(account), otp_enabled=True), now, policy)
        holds = True
    except Refused:
        holds = False
    checked = account.proof_checked_at
    return {
        "kind": account.proof, "holds": holds, "until": account.proof_until,
        "checked": min(checked, now) if checked else None, "psc": account.last_psc_at,
    }  # fmt: skip


def _session(row: SessionRow, current: int, t: Texts) -> Line:
    mine = row.id == current
    name = browser_name(row.user_agent) or t("browser.unknown")
    opened, means = clock_time(row.created_at), t(f"means.{row.means}")
    detail = t("sess.this" if mine else "sess.other", date=row.created_at, time=opened, means=means)
    return Line(row.id, name, detail, current=mine, mobile=is_mobile(row.user_agent))


def _log_in(record: Record, t: Texts) -> Line:
    word, kind = HISTORY[record.event.verb]
    means = str(record.event.facts.get("means", ""))
    how = t(f"means.{means}") if t.has(f"means.{means}") else ""
    local = record.at.astimezone(PARIS)
    where = t("account.history.from", address=record.event.actor.address) if record.event.actor.address else ""
    parts = [f"{local:%d/%m/%Y %H:%M}", how, where]
    return Line(record.number, t(word), ", ".join(part for part in parts if part), kind)


def _in_fours(secret: str) -> str:
    return " ".join(secret[i : i + 4] for i in range(0, len(secret), 4))

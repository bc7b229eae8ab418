"""The section of passkeys on the own page of a physician and of a member of the staff."""

from collections.abc import Sequence
from dataclasses import dataclass

from aiohttp import web

from appliance.usecases.ports import PasskeyRow
from webui.i18n import Texts
from webui.sites import site_of


@dataclass(frozen=True, slots=True)
class PasskeyLine:
    """A passkey as one line."""

    id: int
    title: str
    detail: str


@dataclass(frozen=True, slots=True)
class PasskeySection:
    """The page that holds it, words of whose page it is, and why none can be added here (empty: one can)."""

    page: str
    why: str
    name: str
    hindrance: str
    lines: Sequence[PasskeyLine]


def hindrance_of(request: web.Request, t: Texts) -> str:
    """Return why no passkey can be made on this address, empty when one can."""
    return "" if site_of(request) is not None else t("passkey.here")


def passkey_lines(passkeys: Sequence[PasskeyRow], t: Texts) -> Sequence[PasskeyLine]:
    """Return the lines of a list."""
    return [_line(one, t) for one in passkeys]


def _line(row: PasskeyRow, t: Texts) -> PasskeyLine:
    last = t("passkey.used", date=row.used_at) if row.used_at else t("passkey.unused")
    return PasskeyLine(row.id, row.name or t("passkey.unnamed"), f"{t('passkey.added', date=row.created_at)}, {last}")

"""What Pro Santé Connect must have said for somebody to enter (OpenID Connect Core 3.1.3.7), its signature being good.

Each check has a reason of its own, for the journal; the person who logs in reads one sentence and a reference.
"""

import hmac
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from appliance.domain import national_ids
from appliance.domain.errors import Malformed, Refused

LEEWAY = timedelta(seconds=30)
OLDEST = timedelta(minutes=10)
"""A token made longer ago was not made for this log-in."""


@dataclass(frozen=True, slots=True)
class Expected:
    """What the token of this log-in must say. ``acr`` are the levels accepted: the answer may exceed the question."""

    issuer: str
    client_id: str
    nonce: str
    acr: frozenset[str]


@dataclass(frozen=True, slots=True)
class PscIdentity:
    """Whom Pro Santé Connect names: ``national_id`` as on the cards, ``professions`` codes of TRE_G15."""

    national_id: str
    given_name: str
    family_name: str
    professions: tuple[str, ...]
    acr: str
    organisation: str = ""
    id_token: str = ""


def refusal(reason: str, cause: str = "psc_token") -> Refused:
    """Return the refusal whose ``reason`` goes to the journal."""
    return Refused(cause, reason=reason)


def check_claims(claims: Mapping[str, Any], expected: Expected, now: datetime) -> None:
    """Return when the claims of an ID token are those of this log-in.

    Raises
    ------
    Refused
        ``psc_token`` with the fact ``reason``: ``iss``, ``aud``, ``azp``, ``exp``, ``iat``, ``nonce``, ``acr`` or
        ``sub``.
    """
    if claims.get("iss") != expected.issuer:
        raise refusal("iss")
    _check_audience(claims, expected.client_id)
    _check_times(claims, now)
    if not hmac.compare_digest(_text(claims, "nonce").encode(), expected.nonce.encode()):
        raise refusal("nonce")
    if _text(claims, "acr") not in expected.acr:
        raise refusal("acr")
    if not _text(claims, "sub"):
        raise refusal("sub")


def identity(claims: Mapping[str, Any], person: Mapping[str, Any], id_token: str = "") -> PscIdentity:
    """Return who logged in, from the ID token and from what the provider tells of the person.

    Raises
    ------
    Refused
        ``psc_token`` when both speak of different subjects; ``psc_role`` when the person has no RPPS number.
    """
    if person.get("sub") != claims.get("sub"):
        raise refusal("sub_mismatch")
    try:
        number = national_ids.rpps(_text(person, "SubjectNameID"))
    except Malformed:
        raise refusal("no_rpps", "psc_role") from None
    practices = _practices(person)
    places = (_text(one, "raisonSocialeSite") for practice in practices for one in _mappings(practice, "activities"))
    return PscIdentity(
        national_id=number,
        given_name=_text(person, "given_name")[:128],
        family_name=_text(person, "family_name")[:128],
        professions=tuple(dict.fromkeys(filter(None, (_text(one, "codeProfession") for one in practices)))),
        acr=_text(claims, "acr"),
        organisation=next(filter(None, places), "")[:256],
        id_token=id_token,
    )


def profession(who: PscIdentity, admitted: Collection[str]) -> str:
    """Return the person's first profession that is admitted here; raise `Refused` ``psc_role``."""
    for code in who.professions:
        if code in admitted:
            return code
    raise refusal("profession", "psc_role")


def _check_audience(claims: Mapping[str, Any], client_id: str) -> None:
    audience = claims.get("aud")
    several = list(audience) if isinstance(audience, list) else [audience]
    if client_id not in several:
        raise refusal("aud")
    presenter = claims.get("azp")
    if presenter != client_id and (presenter is not None or len(several) > 1):
        raise refusal("azp")


def _check_times(claims: Mapping[str, Any], now: datetime) -> None:
    ends, made = _number(claims, "exp"), _number(claims, "iat")
    if ends is None or now.timestamp() >= ends + LEEWAY.total_seconds():
        raise refusal("exp")
    if made is None or not -OLDEST.total_seconds() <= made - now.timestamp() <= LEEWAY.total_seconds():
        raise refusal("iat")


def _practices(person: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    subject = person.get("SubjectRefPro")
    return _mappings(subject, "exercices") if isinstance(subject, Mapping) else []


def _mappings(whole: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    found = whole.get(name)
    return [one for one in found if isinstance(one, Mapping)] if isinstance(found, list) else []


def _text(whole: Mapping[str, Any], name: str) -> str:
    value = whole.get(name)
    return value if isinstance(value, str) else ""


def _number(whole: Mapping[str, Any], name: str) -> float | None:
    value = whole.get(name)
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None

"""The endpoints that a discovery document names (OpenID Connect Discovery 1.0, 3), and a look at them from outside."""

from collections.abc import Mapping, Sequence
from typing import Any

from appliance.domain.errors import Unavailable
from appliance.domain.psc_line import PscLine
from appliance.oidc.http import Answer, Limits, Line, is_safe
from appliance.oidc.provider import DISCOVERY, Provider
from appliance.usecases.ports import Clock

NEEDED = ("token_endpoint", "userinfo_endpoint", "jwks_uri")


def unsafe(places: Mapping[str, Any]) -> Sequence[str]:
    """Return the endpoints that are missing, or would be asked in the clear."""
    return [name for name in NEEDED if not is_safe(str(places.get(name, "")))]


def place(provider: Provider, places: Mapping[str, Any], name: str) -> str:
    """Return an endpoint: with a certificate, the one that takes certificates, when there is one (RFC 8705, 5)."""
    aliases = places.get("mtls_endpoint_aliases")
    if provider.certificate is not None and isinstance(aliases, Mapping):
        return str(aliases.get(name) or places[name])
    return str(places[name])


async def look(provider: Provider, clock: Clock, limits: Limits | None = None) -> PscLine:
    """Return how the line to the provider stands; nobody logs in for it."""
    line = Line(provider, limits)
    try:
        answer = await line.get(provider.issuer + DISCOVERY)
        seen = _seen(answer, clock)
        if provider.certificate is not None and not seen.fault(provider.issuer):
            # Whatever it answers to this: the handshake is what is tried, where the certificate will be wanted.
            await line.get(place(provider, answer.body, "token_endpoint"))
    except Unavailable as fault:
        return PscLine(reason=str(fault.facts.get("reason", fault.cause)))
    return seen


def _seen(answer: Answer, clock: Clock) -> PscLine:
    ahead = None if answer.at is None else round((answer.at - clock.now()).total_seconds())
    return PscLine("", answer.status, str(answer.body.get("issuer", ""))[:256], unsafe(answer.body), ahead)

"""Relying party of Pro Santé Connect: code flow with PKCE (RFC 7636, S256), OpenID Connect Core 3.1."""

import hashlib
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote_plus, urlencode

from joserfc import jws, jwt
from joserfc.errors import JoseError

from appliance.domain import psc
from appliance.domain.errors import Refused, Unavailable
from appliance.domain.psc import Expected, PscIdentity
from appliance.oidc.http import CERTIFICATE_REFUSED, Answer, Limits, Line, is_safe
from appliance.oidc.keys import Keys
from appliance.oidc.places import place, unsafe
from appliance.oidc.provider import DISCOVERY, SCOPE, Provider
from appliance.usecases.ports import Clock
from appliance.usecases.psc_sign_in import Asked, Returned

ALGORITHMS = ["RS256", "PS256", "ES256"]
"""Public keys only: with HS256 in the list the provider's public key would sign for anybody."""
DISCOVERY_LIFE = timedelta(hours=1)
_OURS = ("invalid_client", "unauthorized_client")
"""Errors that say what is wrong with this hospital's client, not with who logs in."""


class OpenIdClient:
    """Speaks with one provider; one event loop at a time."""

    def __init__(self, provider: Provider, clock: Clock, limits: Limits | None = None) -> None:
        self.provider = provider
        self._clock = clock
        self._line = Line(provider, limits)
        self._keys = Keys(self._fetch_keys, clock)
        self._places: Mapping[str, Any] = {}
        self._places_at: datetime | None = None

    def address(self, asked: Asked) -> str:
        """Return where the browser goes to log in."""
        challenge = urlsafe_b64encode(hashlib.sha256(asked.verifier.encode()).digest()).rstrip(b"=").decode()
        question = {
            "response_type": "code", "client_id": self.provider.client_id,
            "redirect_uri": self.provider.redirect, "scope": SCOPE,
            "acr_values": self.provider.acr_asked, "state": asked.state, "nonce": asked.nonce,
            "code_challenge": challenge, "code_challenge_method": "S256",
        }  # fmt: skip
        return f"{self.provider.authorize}?{urlencode(question)}"

    async def identity(self, returned: Returned) -> PscIdentity:
        """Return whom the provider names for the code that came back.

        Raises
        ------
        Refused
            ``psc_token`` with its ``reason``: the code is refused, the token's signature or a claim does not hold;
            ``psc_role``.
        Unavailable
            ``psc_down``: no answer, too slow, too large, or no sense in it; ``psc_setup``: what this hospital is to the
            provider, or shows it, is refused there. Each with its ``reason``.
        """
        places = await self._discovered()
        tokens = await self._tokens(place(self.provider, places, "token_endpoint"), returned)
        id_token, access = tokens.get("id_token"), tokens.get("access_token")
        if not isinstance(id_token, str) or not isinstance(access, str) or not access.isascii():
            raise psc.refusal("no_token")
        claims = await self._claims(id_token)
        provider = self.provider
        expected = Expected(provider.issuer, provider.client_id, returned.nonce, provider.acr_accepted)
        psc.check_claims(claims, expected, self._clock.now())
        bearer = {"Authorization": f"Bearer {access}"}
        told = await self._line.get(place(self.provider, places, "userinfo_endpoint"), bearer)
        if told.status != 200:
            raise self._refused_or_down(told, "userinfo")
        return psc.identity(claims, told.body, id_token)

    async def end_address(self, id_token: str, back: str) -> str:
        """Return where the browser goes to close the provider's session and come back, empty when nobody says."""
        try:
            places = await self._discovered()
        except (Unavailable, Refused):
            return ""
        end = places.get("end_session_endpoint")
        if not isinstance(end, str) or not is_safe(end):
            return ""
        return f"{end}?{urlencode({'id_token_hint': id_token, 'post_logout_redirect_uri': back})}"

    # --- within ---

    async def _discovered(self) -> Mapping[str, Any]:
        now = self._clock.now()
        if self._places_at is None or now - self._places_at >= DISCOVERY_LIFE:
            answer = await self._line.get(self.provider.issuer + DISCOVERY)
            if answer.status != 200 or answer.body.get("issuer") != self.provider.issuer:
                raise Unavailable("psc_down", reason="discovery")
            if unsafe(answer.body):
                raise Unavailable("psc_down", reason="discovery")
            self._places, self._places_at = answer.body, now
        return self._places

    async def _fetch_keys(self) -> Answer:
        return await self._line.get(str((await self._discovered())["jwks_uri"]))

    async def _tokens(self, url: str, returned: Returned) -> Mapping[str, Any]:
        provider = self.provider
        fields = {
            "grant_type": "authorization_code", "code": returned.code, "redirect_uri": provider.redirect,
            "code_verifier": returned.verifier,
        }  # fmt: skip
        headers = {}
        if provider.authentication == "basic":
            pair = f"{quote_plus(provider.client_id)}:{quote_plus(provider.secret)}"  # RFC 6749, 2.3.1
            headers["Authorization"] = f"Basic {b64encode(pair.encode()).decode()}"
        else:
            fields["client_id"] = provider.client_id
        if provider.authentication == "post":
            fields["client_secret"] = provider.secret
        answer = await self._line.post(url, fields, headers)
        if answer.status != 200:
            raise self._refused_or_down(answer, "token")
        return answer.body

    def _refused_or_down(self, answer: Answer, where: str) -> Refused | Unavailable:
        if answer.status >= 500 or answer.status == 429:
            return Unavailable("psc_down", reason=where)
        error = str(answer.body.get("error", ""))
        if error in _OURS:
            return Unavailable("psc_setup", reason=error)
        if self.provider.certificate is not None and not answer.body and answer.status in (400, 401, 403):
            # A web server in front (nginx: 400) that lacks or dislikes the certificate says so in a page, not in JSON.
            return Unavailable("psc_setup", reason=CERTIFICATE_REFUSED)
        return psc.refusal(error if error in ("invalid_grant", "invalid_request") else where)

    async def _claims(self, id_token: str) -> Mapping[str, Any]:
        try:
            header = jws.extract_compact(id_token.encode()).headers()
        except (JoseError, ValueError, TypeError) as exc:
            raise psc.refusal("not_a_token") from exc
        if header.get("alg") not in ALGORITHMS:
            raise psc.refusal("algorithm")
        keys = await self._keys.holding(str(header.get("kid", "")))
        try:
            return jwt.decode(id_token, keys, algorithms=ALGORITHMS).claims
        except (JoseError, ValueError, TypeError) as exc:
            raise psc.refusal("signature") from exc

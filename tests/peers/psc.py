"""A provider that speaks like Pro Santé Connect, on a real loopback port; tests turn its knobs to make it lie."""

import asyncio
import base64
import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote_plus, urlencode

from aiohttp import web
from aiohttp.test_utils import TestServer
from joserfc import jwk, jwt

from tests.peers.tls_front import SUBJECT_HEADER

REALM = "/auth/realms/esante-wallet"
SUBJECT = "f:550dc1c8-d97b-4b1e-ac8c-8eb4471cf9dd:899700366240"
CLIENT, SECRET = "negatoscope-test", "s3cret: with/signs"


def person(**other: Any) -> dict[str, Any]:
    practice = {"codeProfession": "10", "codeCategorieProfessionnelle": "C",
                "activities": [{"raisonSocialeSite": "Cabinet du port"}]}  # fmt: skip
    told = {
        "sub": SUBJECT, "SubjectNameID": "899700366240", "preferred_username": "899700366240",
        "given_name": "KIT", "family_name": "DOC0036624",
        "SubjectRefPro": {"codeCivilite": "M", "exercices": [practice]},
        "otherIds": [{"identifiant": "899700366240", "origine": "RPPS", "qualite": 1}],
    }  # fmt: skip
    return told | other


@dataclass
class MockPsc:
    """Codes are used once; `alter` changes the claims, `header` the token's header, `sign` the key and algorithm."""

    now: Callable[[], float]
    key: jwk.RSAKey = field(default_factory=lambda: new_key("one"))
    published: list[Any] = field(default_factory=list)
    alter: Callable[[dict[str, Any]], dict[str, Any]] = lambda claims: claims
    sign: Callable[[dict[str, Any]], str] | None = None
    told: dict[str, Any] = field(default_factory=person)
    answers: dict[str, Callable[[], Any]] = field(default_factory=dict)
    """Other answers by the last part of the path: ``token``, ``certs``, ``userinfo``, the discovery's name."""
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    authentications: list[str] = field(default_factory=list)
    base: str = ""
    mutual: str = ""
    """Base of the endpoints that take certificates, when they are not at ``base``."""
    known_subject: str = ""
    """Who must stand in the client's certificate; what stands there is told by a `tests.peers.tls_front`."""

    @property
    def issuer(self) -> str:
        return self.base + REALM

    def app(self) -> web.Application:
        app = web.Application(middlewares=[self._knobs])
        connect = f"{REALM}/protocol/openid-connect"
        app.add_routes([
            web.get("/auth", self.authorize), web.post(f"{connect}/token", self.token),
            web.get(f"{connect}/certs", self.certs), web.get(f"{connect}/userinfo", self.userinfo),
            web.get(f"{connect}/logout", self.logout),
            web.get(f"{REALM}/.well-known/wallet-openid-configuration", self.discovery),
        ])  # fmt: skip
        return app

    @web.middleware
    async def _knobs(self, request: web.Request, handler: Any) -> web.StreamResponse:
        name = request.path.rpartition("/")[2]
        self.asked.append(name)
        if name in self.answers:
            made = self.answers[name]()
            return await made if asyncio.iscoroutine(made) else made
        return await handler(request)

    async def discovery(self, request: web.Request) -> web.Response:
        connect = f"{self.issuer}/protocol/openid-connect"
        elsewhere = f"{self.mutual}{REALM}/protocol/openid-connect"
        aliases = {"token_endpoint": f"{elsewhere}/token", "userinfo_endpoint": f"{elsewhere}/userinfo"}
        return web.json_response({
            **({"mtls_endpoint_aliases": aliases} if self.mutual else {}),
            "issuer": self.issuer, "authorization_endpoint": f"{self.base}/auth", "token_endpoint": f"{connect}/token",
            "userinfo_endpoint": f"{connect}/userinfo", "jwks_uri": f"{connect}/certs",
            "end_session_endpoint": f"{connect}/logout",
        })  # fmt: skip

    async def authorize(self, request: web.Request) -> web.Response:
        query = dict(request.query)
        assert query["response_type"] == "code"
        assert query["scope"] == "openid scope_all"
        assert query["code_challenge_method"] == "S256"
        assert query["acr_values"] == "eidas1"
        code = secrets.token_urlsafe(16)
        self.codes[code] = query
        answer = urlencode({"code": code, "state": query["state"], "iss": self.issuer})
        raise web.HTTPFound(f"{query['redirect_uri']}?{answer}")

    async def token(self, request: web.Request) -> web.Response:
        form = await request.post()
        if not self._known(request, form):
            return web.json_response({"error": "invalid_client"}, status=401)
        asked = self.codes.pop(str(form.get("code", "")), None)
        if asked is None or not _same(asked, form):
            return web.json_response({"error": "invalid_grant"}, status=400)
        made = int(self.now())
        claims = self.alter({
            "iss": self.issuer, "aud": CLIENT, "azp": CLIENT, "sub": SUBJECT, "iat": made, "exp": made + 60,
            "auth_time": made - 5, "nonce": asked["nonce"], "acr": "eidas1", "sid": secrets.token_hex(8),
        })  # fmt: skip
        signed = self.sign(claims) if self.sign else sign(claims, self.key)
        return web.json_response({"access_token": "at", "token_type": "Bearer", "expires_in": 60, "id_token": signed})

    def _known(self, request: web.Request, form: Any) -> bool:
        header = request.headers.get("Authorization", "")
        if self.known_subject:
            self.authentications.append("tls")
            shown = (form.get("client_id"), request.headers.get(SUBJECT_HEADER))
            return not header and "client_secret" not in form and shown == (CLIENT, self.known_subject)
        if header.startswith("Basic "):
            self.authentications.append("basic")
            pair = base64.b64decode(header[6:]).decode().split(":", 1)
            return [unquote_plus(part) for part in pair] == [CLIENT, SECRET]
        self.authentications.append("post")
        return (form.get("client_id"), form.get("client_secret")) == (CLIENT, SECRET)

    async def certs(self, request: web.Request) -> web.Response:
        keys = self.published or [self.key.as_dict(private=False)]
        return web.json_response({"keys": keys})

    async def userinfo(self, request: web.Request) -> web.Response:
        assert request.headers["Authorization"] == "Bearer at"
        return web.json_response(self.told)

    async def logout(self, request: web.Request) -> web.Response:
        assert request.query["id_token_hint"]
        raise web.HTTPFound(request.query["post_logout_redirect_uri"])


def new_key(kid: str) -> jwk.RSAKey:
    return jwk.RSAKey.generate_key(2048, {"use": "sig", "alg": "RS256", "kid": kid})


def sign(claims: dict[str, Any], key: Any, alg: str = "RS256", **header: Any) -> str:
    return jwt.encode({"alg": alg, "kid": key.kid, **header}, claims, key, algorithms=[alg])


async def served(mock: MockPsc) -> TestServer:
    """Return the running provider; close it at the end."""
    server = TestServer(mock.app(), host="127.0.0.1")
    await server.start_server()
    mock.base = f"http://127.0.0.1:{server.port}"
    return server


def _same(asked: dict[str, str], form: Any) -> bool:
    digest = hashlib.sha256(str(form.get("code_verifier", "")).encode()).digest()
    challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
    return asked["redirect_uri"] == form.get("redirect_uri") and challenge == asked["code_challenge"]

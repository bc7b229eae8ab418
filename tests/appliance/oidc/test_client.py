"""The relying party against a provider on a real port: what it asks, what it believes, what it never believes."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import pytest_asyncio
import trustme
from aiohttp import web
from joserfc import jwk, jwt

from appliance.domain.errors import Refused, Unavailable
from appliance.oidc.client import OpenIdClient
from appliance.oidc.http import Limits
from appliance.oidc.provider import Provider
from appliance.usecases.psc_sign_in import Returned
from tests.peers.psc import CLIENT, SECRET, MockPsc, new_key, person, served, sign

NONCE, VERIFIER = "n" * 43, "v" * 86
BACK = "http://127.0.0.1/login/psc/return"


class MovedClock:
    def __init__(self) -> None:
        self.time = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)

    def now(self) -> datetime:
        return self.time


@pytest.fixture
def clock() -> MovedClock:
    return MovedClock()


@pytest_asyncio.fixture
async def mock(clock: MovedClock) -> AsyncIterator[MockPsc]:
    made = MockPsc(lambda: clock.now().timestamp())
    server = await served(made)
    yield made
    await server.close()


@pytest.fixture
def client(mock: MockPsc, clock: MovedClock) -> OpenIdClient:
    provider = Provider(mock.issuer, f"{mock.base}/auth", CLIENT, BACK, SECRET)
    return OpenIdClient(provider, clock, Limits(1.0, 1.0))


def returned(mock: MockPsc, nonce: str = NONCE, verifier: str = VERIFIER, asked: str = VERIFIER) -> Returned:
    """What comes back of a log-in whose challenge was made of ``asked``."""
    import hashlib

    challenge = base64.urlsafe_b64encode(hashlib.sha256(asked.encode()).digest()).rstrip(b"=").decode()
    mock.codes["code"] = {"nonce": NONCE, "redirect_uri": BACK, "code_challenge": challenge}
    return Returned("code", nonce, verifier, wants_account=False)


async def unready(client: OpenIdClient, answer: Returned) -> str:
    with pytest.raises(Unavailable) as info:
        await client.identity(answer)
    assert info.value.cause == "psc_setup"
    return str(info.value.facts["reason"])


async def refused(client: OpenIdClient, answer: Returned) -> str:
    with pytest.raises(Refused) as info:
        await client.identity(answer)
    assert info.value.cause == "psc_token"
    return str(info.value.facts["reason"])


async def test_who_logged_in_is_told(client, mock):
    who = await client.identity(returned(mock))
    assert (who.national_id, who.given_name, who.family_name) == ("899700366240", "KIT", "DOC0036624")
    assert (who.professions, who.acr, who.organisation) == (("10",), "eidas1", "Cabinet du port")
    assert who.id_token
    assert mock.authentications == ["basic"]
    assert mock.asked[0] == "wallet-openid-configuration"


async def test_the_secret_goes_into_the_form_when_the_provider_wants_it_there(client, mock, clock):
    posting = OpenIdClient(replace(client.provider, authentication="post"), clock)
    assert (await posting.identity(returned(mock))).national_id == "899700366240"
    assert mock.authentications == ["post"]
    wrong = OpenIdClient(replace(client.provider, authentication="post", secret="other"), clock)
    assert await unready(wrong, returned(mock)) == "invalid_client"


async def test_a_higher_level_is_accepted_and_an_unknown_one_is_not(client, mock):
    mock.alter = lambda claims: claims | {"acr": "eidas3"}
    assert (await client.identity(returned(mock))).acr == "eidas3"
    for level in ("eidas0", "", None, 1):
        mock.alter = lambda claims, level=level: claims | {"acr": level}
        assert await refused(client, returned(mock)) == "acr", level


LIES = [
    ("iss", {"iss": "https://evil.example/auth"}, "iss"),
    ("iss of the other environment", {"iss": "https://auth.esw.esante.gouv.fr/auth/realms/esante-wallet"}, "iss"),
    ("no iss", {"iss": None}, "iss"),
    ("aud", {"aud": "another"}, "aud"),
    ("empty aud", {"aud": []}, "aud"),
    ("no aud", {"aud": None}, "aud"),
    ("azp", {"azp": "another"}, "azp"),
    ("two audiences, nobody named", {"aud": [CLIENT, "another"], "azp": None}, "azp"),
    ("nonce", {"nonce": "another"}, "nonce"),
    ("no nonce", {"nonce": None}, "nonce"),
    ("no exp", {"exp": None}, "exp"),
    ("true for exp", {"exp": True}, "exp"),
    ("text for exp", {"exp": "9999999999"}, "exp"),
    ("no iat", {"iat": None}, "iat"),
    ("no sub", {"sub": ""}, "sub"),
]


@pytest.mark.parametrize(("other", "reason"), [lie[1:] for lie in LIES], ids=[lie[0] for lie in LIES])
async def test_a_token_that_lies_opens_nothing(client, mock, other, reason):
    mock.alter = lambda claims: claims | other
    assert await refused(client, returned(mock)) == reason


@pytest.mark.parametrize(
    ("exp", "iat", "reason"),
    [(-30, -60, "exp"), (-29, -60, ""), (60, 31, "iat"), (60, 30, ""), (60, -601, "iat"), (60, -600, "")],
)
async def test_times_hold_within_half_a_minute(client, mock, clock, exp, iat, reason):
    start = int(clock.now().timestamp())
    mock.alter = lambda claims: claims | {"exp": start + exp, "iat": start + iat}
    if reason:
        assert await refused(client, returned(mock)) == reason
    else:
        assert await client.identity(returned(mock))


async def test_a_forged_key_opens_nothing(client, mock):
    forger = new_key("one")
    mock.sign = lambda claims: sign(claims, forger)
    assert await refused(client, returned(mock)) == "signature"
    mock.sign = lambda claims: sign(claims, forger, jwk=forger.as_dict(private=False))
    assert await refused(client, returned(mock)) in ("signature", "not_a_token")
    mock.sign = lambda claims: sign(claims, forger, jku=f"{mock.base}/evil")
    assert await refused(client, returned(mock)) in ("signature", "not_a_token")
    assert "evil" not in mock.asked


async def test_the_public_key_is_no_secret_to_sign_with(client, mock):
    public = mock.key.as_pem(private=False)

    def confused(claims):
        import hashlib
        import hmac

        head = _part(json.dumps({"alg": "HS256", "kid": "one"}).encode())
        body = _part(json.dumps(claims).encode())
        mac = hmac.digest(public, f"{head}.{body}".encode(), hashlib.sha256)
        return f"{head}.{body}.{_part(mac)}"

    mock.sign = confused
    assert await refused(client, returned(mock)) == "algorithm"


async def test_a_published_secret_is_not_taken_for_a_key(client, mock):
    shared = jwk.OctKey.generate_key(256, {"kid": "shared"})
    mock.published = [shared.as_dict(private=True), mock.key.as_dict(private=False)]
    mock.sign = lambda claims: jwt.encode({"alg": "HS256", "kid": "shared"}, claims, shared)
    assert await refused(client, returned(mock)) == "algorithm"
    mock.sign = None
    assert await client.identity(returned(mock))


@pytest.mark.parametrize("algorithm", ["none", "None", "RS1", ""])
async def test_no_signature_is_no_token(client, mock, algorithm):
    head = _part(json.dumps({"alg": algorithm}).encode())
    mock.sign = lambda claims: f"{head}.{_part(json.dumps(claims).encode())}."
    assert await refused(client, returned(mock)) in ("algorithm", "not_a_token")


@pytest.mark.parametrize("token", ["", "a", "a.b.c", "..", "é.é.é", 7, None, {"a": 1}])
async def test_what_is_no_token_is_refused(client, mock, token):
    mock.sign = lambda claims: token
    assert await refused(client, returned(mock)) in ("not_a_token", "no_token", "algorithm")


async def test_the_verifier_must_be_the_one_of_the_challenge(client, mock):
    assert await refused(client, returned(mock, verifier="w" * 86)) == "invalid_grant"


async def test_a_code_serves_once(client, mock):
    answer = returned(mock)
    await client.identity(answer)
    assert await refused(client, answer) == "invalid_grant"


async def test_both_answers_must_speak_of_one_subject(client, mock):
    for sub in ("another", None, 1):
        mock.told = person(sub=sub)
        assert await refused(client, returned(mock)) == "sub_mismatch"


@pytest.mark.parametrize("number", ["", None, 899700366240, "0123456789", "3001/42", "8997003662400", "٨99700366240"])
async def test_without_an_rpps_number_nobody_enters(client, mock, number):
    mock.told = person(SubjectNameID=number)
    with pytest.raises(Refused) as info:
        await client.identity(returned(mock))
    assert (info.value.cause, info.value.facts["reason"]) == ("psc_role", "no_rpps")


async def test_a_bare_rpps_number_is_the_cards_number(client, mock):
    mock.told = person(SubjectNameID="99700366240")
    assert (await client.identity(returned(mock))).national_id == "899700366240"


@pytest.mark.parametrize("practices", [None, {}, [], "x", [1], {"exercices": "x"}, {"exercices": [None, {}]}])
async def test_a_person_without_practices_has_no_profession(client, mock, practices):
    mock.told = person(SubjectRefPro=practices)
    assert (await client.identity(returned(mock))).professions == ()


async def test_new_keys_are_fetched_at_once_and_forged_names_do_not_hammer(client, mock, clock):
    await client.identity(returned(mock))
    await client.identity(returned(mock))
    assert mock.asked.count("certs") == 1
    clock.time += timedelta(seconds=31)
    mock.key = new_key("two")
    await client.identity(returned(mock))
    assert mock.asked.count("certs") == 2
    forger = new_key("three")
    mock.sign = lambda claims: sign(claims, forger)
    for _ in range(5):
        assert await refused(client, returned(mock)) == "signature"
    assert mock.asked.count("certs") == 2
    clock.time += timedelta(seconds=30)
    assert await refused(client, returned(mock)) == "signature"
    assert mock.asked.count("certs") == 3


TROUBLE = [
    ("500", lambda: web.Response(status=500)),
    ("429", lambda: web.Response(status=429)),
    ("huge", lambda: web.Response(body=b"[" * 5_000_000, content_type="application/json")),
    ("slow", lambda: asyncio.sleep(5, web.Response())),
]


@pytest.mark.parametrize("place", ["wallet-openid-configuration", "token", "certs", "userinfo"])
@pytest.mark.parametrize("trouble", [t[1] for t in TROUBLE], ids=[t[0] for t in TROUBLE])
async def test_a_provider_in_trouble_is_said_to_be_down(client, mock, place, trouble):
    mock.answers[place] = trouble
    with pytest.raises(Unavailable) as info:
        await client.identity(returned(mock))
    assert info.value.cause == "psc_down"
    mock.answers.clear()
    assert await client.identity(returned(mock)), "it works again once the provider does"


@pytest.mark.parametrize("place", ["token", "userinfo", "certs"])
@pytest.mark.parametrize("body", [b"", b"[]", b"<html>", b"[" * 90_000, b"\xff"])
async def test_nonsense_opens_nothing(client, mock, place, body):
    mock.answers[place] = lambda: web.Response(body=body, content_type="application/json")
    with pytest.raises((Refused, Unavailable)):
        await client.identity(returned(mock))


async def test_a_redirect_is_not_followed(client, mock):
    mock.answers["token"] = lambda: web.Response(status=307, headers={"Location": f"{mock.base}/elsewhere"})
    assert await refused(client, returned(mock)) == "token"
    assert "elsewhere" not in mock.asked


async def test_a_provider_of_another_name_is_not_asked(client, mock):
    mock.answers["wallet-openid-configuration"] = lambda: web.json_response({"issuer": "https://evil.example"})
    with pytest.raises(Unavailable) as info:
        await client.identity(returned(mock))
    assert (info.value.facts["reason"], mock.asked) == ("discovery", ["wallet-openid-configuration"])


async def test_plain_http_is_for_loopback_only(clock):
    away = OpenIdClient(Provider("http://psc.example", "http://psc.example/auth", CLIENT, BACK, SECRET), clock)
    with pytest.raises(Unavailable) as info:
        await away.identity(Returned("code", NONCE, VERIFIER, wants_account=False))
    assert info.value.facts["reason"] == "not_https"


async def test_nobody_at_the_address_is_told(client, mock, clock):
    gone = replace(client.provider, issuer="http://127.0.0.1:9/realm")
    with pytest.raises(Unavailable) as info:
        await OpenIdClient(gone, clock, Limits(1.0, 1.0)).identity(returned(mock))
    assert info.value.cause == "psc_down"


async def test_the_outbound_proxy_carries_everything(client, mock, clock):
    seen: list[str] = []

    async def relay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.append((await reader.readline()).decode().split()[1])
        writer.write(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        await writer.drain()
        writer.close()
        await writer.wait_closed()

    proxy = await asyncio.start_server(relay, "127.0.0.1", 0)
    port = proxy.sockets[0].getsockname()[1]
    behind = OpenIdClient(replace(client.provider, proxy=f"http://127.0.0.1:{port}"), clock, Limits(2.0, 1.0))
    with pytest.raises(Unavailable):
        await behind.identity(returned(mock))
    proxy.close()
    await proxy.wait_closed()
    assert seen == [f"{mock.issuer}/.well-known/wallet-openid-configuration"]
    assert mock.asked == []


async def test_a_certificate_that_cannot_be_read_closes_this_way_in_alone(client, mock, clock, tmp_path):
    missing = (str(tmp_path / "psc.pem"), str(tmp_path / "psc.key"))
    bare = OpenIdClient(replace(client.provider, authentication="tls", certificate=missing), clock)
    with pytest.raises(Unavailable) as info:
        await bare.identity(returned(mock))
    assert (info.value.facts["reason"], mock.asked) == ("certificate", [])


async def test_with_a_certificate_no_secret_is_sent(client, mock, clock, tmp_path):
    made = trustme.CA().issue_cert("negatoscope.example")
    files = (tmp_path / "psc.pem", tmp_path / "psc.key")
    made.cert_chain_pems[0].write_to_path(files[0])
    made.private_key_pem.write_to_path(files[1])
    shown = (str(files[0]), str(files[1]))
    certified = OpenIdClient(replace(client.provider, authentication="tls", certificate=shown, secret=""), clock)
    assert await unready(certified, returned(mock)) == "invalid_client"  # over plain HTTP nothing shows it
    assert mock.authentications == ["post"]


async def test_leaving_names_the_providers_own_door(client, mock):
    found = await client.end_address("token", "https://imagerie.example/")
    assert found.startswith(f"{mock.issuer}/protocol/openid-connect/logout?id_token_hint=token&")
    mock.answers["wallet-openid-configuration"] = lambda: web.Response(status=500)
    assert await OpenIdClient(client.provider, client._clock).end_address("token", "/") == ""


def _part(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()

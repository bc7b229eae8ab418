"""Cards through nginx, as it is installed: every cause reaches the page, nothing is remembered, headers are blanked."""

import shutil
import ssl
import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from cryptography.x509.oid import ExtendedKeyUsageOID

from tests.journeys import card_browser
from tests.journeys.card_front import CARDS, HOST, House, Visitor, standing


@pytest.fixture(scope="module")
def house() -> Iterator[House]:
    folder = Path(tempfile.mkdtemp(prefix="neg-"))
    try:
        with standing(folder) as found:
            yield found
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def test_a_card_enters_and_its_address_is_the_visitors(house):
    visitor = Visitor(house, house.certificate("good"))
    status, place, _ = visitor.log_in(**{"X-Forwarded-For": "203.0.113.66"})
    assert (status, place) == (303, "/codes")
    assert visitor.get(f"{house.web}/codes")[0] == 200
    assert visitor.cookies["__Host-negatoscope"]
    assert visitor.card["version"] == "TLSv1.2"
    assert visitor.card["closed"]
    first = next(one for one in house.journal() if one["verb"] == "card.accepted")
    assert "203.0.113.66" not in str(first)


@pytest.mark.parametrize(
    ("name", "said", "words", "cause"),
    [
        ("expired", {"starts": -30, "ends": -1}, "est arrivée à échéance", "expired"),
        ("early", {"starts": 1, "ends": 30}, "n’est pas encore valide", "not_yet_valid"),
        ("server", {"usages": (ExtendedKeyUsageOID.SERVER_AUTH,)}, "sert à signer", "wrong_usage"),
        ("signature", {"signs": False}, "sert à signer", "wrong_usage"),
        ("stranger", {}, "n’est pas celui d’une carte CPS", "untrusted"),
    ],
)
def test_what_is_wrong_with_a_certificate_is_said_and_not_an_error_of_nginx(house, name, said, words, cause):
    igc = house.stranger if name == "stranger" else None
    status, _, page = Visitor(house, house.certificate(name, igc=igc, **said)).log_in()
    assert status == 403
    assert words in page
    assert next(one for one in house.journal() if one["verb"] == "card.refused")["cause"] == cause


def test_nobodys_header_is_a_certificate(house):
    pem = quote(house.certificate("good").read_text().partition("-----BEGIN PRIVATE")[0])
    status, _, page = Visitor(house).log_in(**{"X-Client-Certificate": pem})
    assert status == 403
    assert "Aucun certificat de carte" in page
    for path in ("/card?state=x", "/login/card/return", "/codes"):
        visitor = Visitor(house)
        visitor.get(f"{house.web}{path}", **{"X-Client-Certificate": pem})
        assert "__Host-negatoscope" not in visitor.cookies


def test_nothing_is_resumed_on_the_card_host(house):
    visitor = Visitor(house, house.certificate("good"))
    resumed = []
    for _ in range(4):
        away = visitor.get(f"{house.web}/login/card/go")[1]
        visitor.get(away, session=visitor.seen["session"] if resumed and resumed[0] is not None else None)
        session = visitor.seen["session"]
        again = visitor.get(away, session=session)
        resumed.append(visitor.seen["resumed"])
        assert again[0] == 403
    assert resumed == [False] * 4


def test_the_portal_speaks_tls_1_3_and_the_card_host_does_not(house):
    visitor = Visitor(house)
    visitor.context.minimum_version = ssl.TLSVersion.TLSv1_3
    assert visitor.get(f"{house.web}/")[0] == 200
    assert visitor.seen["version"] == "TLSv1.3"
    with pytest.raises(ssl.SSLError):
        visitor.get(f"https://x.{CARDS}:{house.front.port}/card?state=x")


def browser_rules(house: House) -> str:
    return f"--host-resolver-rules=MAP {HOST} 127.0.0.1, MAP *.{HOST} 127.0.0.1"


def test_chromium_with_a_certificate_of_its_own_store(house, tmp_path):
    store = card_browser.home(tmp_path / "home", house.certificate("good").with_suffix(".p12"))
    with card_browser.browser(store, browser_rules(house)) as page:
        page.goto(f"{house.web}/login/card")
        page.wait_for_url("**/codes", timeout=30_000)
        assert page.url == f"{house.web}/codes"
        page.get_by_role("button", name="Déconnexion").click()
        page.wait_for_url(f"{house.web}/")
        page.goto(f"{house.web}/login/card")
        page.wait_for_url("**/codes", timeout=30_000)


def test_nginx_itself_holds_back_a_flood(house):
    visitor = Visitor(house)
    answers = [visitor.get(f"https://x.{CARDS}:{house.front.port}/card?state=x")[0] for _ in range(45)]
    assert answers[-1] == 429
    assert set(answers) <= {403, 429}

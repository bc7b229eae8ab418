"""The demo's card: made once, believed by what lies beside it, kept at the next start; old states get one."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from cps_card.simulator.pki import PERSONS
from cryptography import x509
from cryptography.hazmat.primitives.serialization import pkcs12

from appliance.commands.demo import pki, seed_store
from appliance.trust.cards import CardTrust

NOW = datetime(2026, 11, 24, 9, 0, 0, 123456, tzinfo=UTC)


@pytest.fixture(scope="module")
def first(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pki")
    return folder, pki.made(folder, seed_store.RPPS, NOW)


def test_the_card_is_believed_by_the_folders_beside_it(first):
    folder, card = first
    trust = CardTrust(folder / "authorities", folder / "lists", [PERSONS])
    for later in (timedelta(0), timedelta(days=300)):
        found = trust.judge(card.certificate.public_bytes(pki.Encoding.DER), NOW + later, timedelta(0))
        assert (found.national_id, found.profession, found.family_name) == (seed_store.RPPS, "10", "ROUSSEAU")


def test_the_file_opens_without_a_password_and_nobody_else_reads_it(first):
    folder, card = first
    key, certificate, _ = pkcs12.load_key_and_certificates(card.file.read_bytes(), None)
    assert certificate == card.certificate
    assert key.public_key() == certificate.public_key()
    secrets = [card.file, *folder.glob("*.key")]
    assert {path.stat().st_mode & 0o777 for path in secrets} == {0o600}


def test_the_next_start_keeps_everything_but_the_lists(first):
    folder, card = first
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    again = pki.made(folder, seed_store.RPPS, NOW + timedelta(days=30))
    assert again == card
    changed = {path.parent.name for path, data in before.items() if path.read_bytes() != data}
    assert changed == {"lists"}


def test_the_certificate_of_the_card_host_is_made_anew_before_it_ends(first):
    folder, _ = first
    pki.made(folder, seed_store.RPPS, NOW + timedelta(days=pki.TLS_DAYS - 0.5))
    ends = x509.load_pem_x509_certificate((folder / "tls.pem").read_bytes()).not_valid_after_utc
    assert ends > NOW + timedelta(days=pki.TLS_DAYS + 100)


def test_an_account_of_an_older_demo_gets_the_card(first):
    _, card = first
    old = replace(
        seed_store.physician(NOW, card.certificate), national_id="10100000017", certificate=None, warned_days=3
    )
    new = seed_store.brought_up(old, card.certificate, NOW)
    assert (new.national_id, new.proof_until) == (seed_store.RPPS, card.certificate.not_valid_after_utc)
    assert seed_store.brought_up(new, card.certificate, NOW) is new

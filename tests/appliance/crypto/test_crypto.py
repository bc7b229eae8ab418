"""Keys, tokens, sealed codes, passwords and authenticators."""

import stat
from datetime import UTC, datetime, timedelta

import pyotp
import pytest

from appliance.crypto.keyed import KeyedSecrets, NodeKey, NoKey, load_key
from appliance.crypto.passwords import Argon2Passwords
from appliance.crypto.totp import PyotpTotp
from appliance.domain.errors import Unavailable

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


def test_the_key_is_made_once_and_for_its_owner_only(tmp_path):
    path = tmp_path / "keys" / "appliance.key"
    key = load_key(path)
    assert len(key) == 32
    assert load_key(path) == key
    assert path.stat().st_mode & 0o777 == 0o600
    assert [p.name for p in path.parent.iterdir()] == ["appliance.key"]


@pytest.mark.parametrize("content", [b"", b"short", b"x" * 33])
def test_a_damaged_key_is_never_replaced(tmp_path, content):
    path = tmp_path / "appliance.key"
    path.write_bytes(content)
    with pytest.raises(Unavailable, match="key"):
        load_key(path)
    assert path.read_bytes() == content


def test_a_key_that_cannot_be_made_is_told(tmp_path):
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(Unavailable, match="key"):
        load_key(tmp_path / "file" / "appliance.key")


def test_a_sealed_code_comes_back_with_its_key_only():
    one, other = KeyedSecrets(b"1" * 32), KeyedSecrets(b"2" * 32)
    sealed = one.seal("A2B3C4D6")
    assert b"A2B3" not in sealed
    assert sealed != one.seal("A2B3C4D6")
    assert one.unseal(sealed) == "A2B3C4D6"
    for cipher in (sealed[:-1] + bytes([sealed[-1] ^ 1]), sealed[:20], b""):
        with pytest.raises(Unavailable, match="key"):
            one.unseal(cipher)
    with pytest.raises(Unavailable, match="key"):
        other.unseal(sealed)


@pytest.mark.parametrize(
    "act",
    [
        lambda s: s.unseal(KeyedSecrets(bytes(32)).seal("ABCD2345")),
        lambda s: s.seal("ABCD2345"),
        lambda s: s.code_lookup("ABCD2345"),
        lambda s: s.digits_hash("123456", b"x"),
    ],
)
def test_a_service_without_the_key_opens_and_seals_nothing(act):
    with pytest.raises(Unavailable, match="key"):
        act(NoKey())


def test_the_key_of_nodes_is_a_file_of_its_own_made_by_whoever_seals(tmp_path):
    path = tmp_path / "keys" / "nodes.key"
    known = NodeKey(path)
    with pytest.raises(Unavailable, match="key"):
        known.unseal(KeyedSecrets(bytes(32)).seal("a:b"))
    assert not path.exists()
    sealed = known.seal("a:b")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert NodeKey(path).unseal(sealed) == "a:b"
    for act in (lambda: known.code_lookup("A2B3C4D6"), lambda: known.digits_hash("1", b"x")):
        with pytest.raises(Unavailable, match="key"):
            act()
    path.write_bytes(b"short")
    with pytest.raises(Unavailable, match="key"):
        known.unseal(sealed)


def test_digests_depend_on_the_key_and_on_the_browser():
    one, other = KeyedSecrets(b"1" * 32), KeyedSecrets(b"2" * 32)
    assert one.code_lookup("A2B3C4D6") == one.code_lookup("A2B3C4D6") != other.code_lookup("A2B3C4D6")
    assert one.digits_hash("123456", b"me") != one.digits_hash("123456", b"you")
    assert one.digits_hash("123456", b"me") != one.code_lookup("123456")


def test_randomness_has_the_promised_shape():
    secrets = KeyedSecrets(b"1" * 32)
    assert len({secrets.token() for _ in range(50)}) == 50
    assert len(secrets.token()) >= 43
    assert all(len(d) == 6 and d.isdigit() for d in (secrets.digits() for _ in range(50)))
    assert 0 <= secrets.chance() < 1


def test_a_password_opens_by_itself_only():
    passwords = Argon2Passwords()
    stored = passwords.hash("corrèct horse")
    assert stored.startswith("$argon2id$")
    assert passwords.verify(stored, "corrèct horse")
    assert passwords.verify(stored, "corre\u0300ct horse")  # another keyboard, the same letters
    for wrong in ("", "correct horse", "corrèct horse "):
        assert not passwords.verify(stored, wrong)


def test_a_very_long_password_works_and_costs_no_more():
    passwords = Argon2Passwords()
    assert passwords.verify(passwords.hash("x" * 5000), "x" * 5000)


@pytest.mark.parametrize("stored", [None, "", "plain", "$argon2id$broken"])
def test_without_a_hash_nothing_opens(stored):
    assert not Argon2Passwords().verify(stored, "the password of nobody")


def test_an_authenticator_is_read_one_step_either_way():
    totp = PyotpTotp()
    secret = totp.new_secret()
    step = int(NOW.timestamp()) // 30
    for drift in (-1, 0, 1):
        at = NOW + timedelta(seconds=30 * drift)
        assert totp.step(secret, pyotp.TOTP(secret).at(at), NOW) == step + drift
    for digits in (pyotp.TOTP(secret).at(NOW + timedelta(minutes=2)), "", "é"):
        assert totp.step(secret, digits, NOW) is None

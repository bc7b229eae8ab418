"""What the settings of DICOM TLS are refused for, and what their contexts insist on."""

import ssl
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)

from appliance.config import tls
from appliance.config.refusals import SettingsRefused
from appliance.config.sections import Dicom
from tests.peers.authority import Authority, Pair


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module")
def ours(authority: Authority) -> Pair:
    return authority.issue("bridge", "localhost")


def dicom(pair: Pair, **changes: object) -> Dicom:
    return Dicom.model_validate({"tls_port": 0, "tls_certificate": pair.certificate, "tls_key": pair.key, **changes})


def words(settings: Dicom) -> list[tuple[str, str]]:
    return [(fault.key, fault.word) for fault in tls.faults(settings)]


def test_no_tls_is_no_fault_and_no_listener():
    assert words(Dicom()) == []
    assert tls.server_context(Dicom()) is None


def test_nodes_are_always_verified(ours: Pair, authority: Authority):
    for settings in (Dicom(), dicom(ours), Dicom(tls_node_ca=authority.file)):
        context = tls.client_context(settings)
        assert (context.verify_mode, context.check_hostname) == (ssl.CERT_REQUIRED, True)
        assert context.minimum_version == ssl.TLSVersion.TLSv1_2


def test_only_forward_secrecy_and_authenticated_encryption(ours: Pair):
    context = tls.server_context(dicom(ours))
    assert context is not None
    assert context.verify_mode == ssl.CERT_NONE
    assert context.minimum_version == ssl.TLSVersion.TLSv1_2
    for cipher in context.get_ciphers():
        assert cipher["aead"], cipher
        assert cipher["kea"] in ("kx-ecdhe", "kx-dhe", "kx-any"), cipher


def test_with_an_authority_of_clients_a_certificate_is_required(ours: Pair, authority: Authority):
    context = tls.server_context(dicom(ours, tls_client_ca=authority.file))
    assert context is not None
    assert context.verify_mode == ssl.CERT_REQUIRED


def test_each_fault_has_its_word(ours: Pair, authority: Authority, tmp_path: Path):
    other, junk, locked = authority.issue("other"), tmp_path / "junk", tmp_path / "locked"
    junk.write_text("-----BEGIN NONSENSE-----")
    key = load_pem_private_key(ours.key.read_bytes(), None)
    locked.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"secret")))
    absent = tmp_path / "absent.pem"
    assert words(Dicom(tls_port=2762)) == [("tls_certificate", "missing"), ("tls_key", "missing")]
    assert words(Dicom(tls_certificate=ours.certificate)) == [("tls_key", "half")]
    assert words(dicom(ours, tls_certificate=absent)) == [("tls_certificate", "unreadable")]
    assert words(dicom(ours, tls_certificate=junk)) == [("tls_certificate", "no_certificate")]
    assert words(dicom(ours, tls_key=absent)) == [("tls_key", "unreadable")]
    assert words(dicom(ours, tls_key=junk)) == [("tls_key", "no_key")]
    assert words(dicom(ours, tls_key=locked)) == [("tls_key", "key_encrypted")]
    assert words(dicom(ours, tls_key=other.key)) == [("tls_key", "mismatch")]
    assert words(dicom(ours, tls_client_ca=absent)) == [("tls_client_ca", "unreadable")]
    assert words(Dicom(tls_node_ca=junk)) == [("tls_node_ca", "no_certificate")]


def test_a_fault_is_told_in_both_languages_and_names_key_and_file(ours: Pair, authority: Authority):
    other = authority.issue("another")
    with pytest.raises(SettingsRefused) as refused:
        tls.server_context(dicom(ours, tls_key=other.key))
    [line] = refused.value.faults
    assert line.startswith("dicom.tls_key : ")
    assert "n'est pas la clé" in line
    assert "is not the key" in line
    assert str(other.key) in line


def test_a_certificate_says_how_long(authority: Authority):
    assert tls.valid_until(authority.issue("old", days=-30).certificate) < tls.valid_until(authority.file)

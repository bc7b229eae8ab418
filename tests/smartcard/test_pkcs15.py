"""What a card writes is read, and what it cannot have written is refused in one word."""

import pytest
from cps_card import pkcs15, tlv
from cps_card.errors import CardUnreadable
from cps_card.iasecc import APPLICATION
from cps_card.simulator.files import File, Folder, Profile, tree
from hypothesis import given
from hypothesis import strategies as st


def reader(master: Folder) -> pkcs15.ReadFile:
    def file(path: bytes) -> bytes:
        at: File | Folder = master
        for i in range(2, len(path), 2):
            assert isinstance(at, Folder)
            at = at.inside[int.from_bytes(path[i : i + 2], "big")]
        assert isinstance(at, File)
        return at.data

    return file


def test_the_directory_of_a_card(profile: Profile) -> None:
    found = pkcs15.read(APPLICATION, reader(tree(profile)))
    key, certificate = found.authentication()
    assert (key.label, key.size_bits, key.usage) == ("Cle d'authentification", 2048, {pkcs15.SIGN})
    assert certificate.path == APPLICATION + b"\xc0\x01"
    pin = found.pin_of(key)
    assert pin is not None
    assert (pin.reference, pin.shortest, pin.longest, pin.padding) == (1, 4, 8, None)
    assert [one.is_authority for one in found.certificates] == [False, False, True]


def test_the_key_that_signs_documents_is_not_taken_for_authentication(profile: Profile) -> None:
    found = pkcs15.read(APPLICATION, reader(tree(profile)))
    alone = pkcs15.Contents(found.certificates, found.keys[:1], found.pins)
    with pytest.raises(CardUnreadable):
        alone.authentication()


def test_a_pin_is_padded_as_the_card_stores_it() -> None:
    plain = pkcs15.PinEntry("", b"\x01", 1, 4, 8, 8, None)
    assert plain.padded(b"1234") == b"1234"
    assert pkcs15.PinEntry("", b"\x01", 1, 4, 8, 8, 0xFF).padded(b"1234") == b"1234\xff\xff\xff\xff"


@given(st.integers(1, 0xFE).filter(lambda tag: tag & 0x1F != 0x1F), st.binary(max_size=70000))
def test_what_is_built_is_read_again(tag: int, value: bytes) -> None:
    assert tlv.parse(tlv.build(tag, value)) == (tlv.Tlv(tag, value),)


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    try:
        found = tlv.parse(data)
    except CardUnreadable:
        return
    assert sum(len(one.value) for one in found) <= len(data)


@given(st.sampled_from([0x5031, 0x4401, 0x4402, 0x4404]), st.integers(0, 300), st.binary(min_size=1, max_size=4))
def test_a_directory_with_any_fault_is_read_or_refused(fid: int, at: int, fault: bytes) -> None:
    master = tree(PROFILE[0])
    app = master.inside[0x0001]
    assert isinstance(app, Folder)
    file = app.inside[fid]
    assert isinstance(file, File)
    file.data = file.data[:at] + fault + file.data[at + len(fault) :]

    def read(path: bytes) -> bytes:
        try:
            return reader(master)(path)
        except (KeyError, AssertionError) as exc:
            raise CardUnreadable("no such file") from exc

    try:
        found = pkcs15.read(APPLICATION, read)
    except CardUnreadable:
        return
    assert all(0 <= key.reference <= 0xFF for key in found.keys)


PROFILE: list[Profile] = []


@pytest.fixture(autouse=True, scope="module")
def made(profile: Profile) -> None:
    PROFILE.append(profile)

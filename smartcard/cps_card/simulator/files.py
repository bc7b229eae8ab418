"""The files of a made-up CPS3: a master file, the application of the health card in it, and its PKCS#15 directory."""

from dataclasses import dataclass, field

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding

from cps_card.iasecc import CONTACT_AID
from cps_card.simulator.pki import Holder
from cps_card.tlv import BIT_STRING, BOOLEAN, ENUMERATED, INTEGER, OCTET_STRING, SEQUENCE, UTF8, build

AUTH_KEY, SIGN_KEY, PIN = 0x01, 0x02, 0x01
_AUTH_ID, _SIGN_ID, _CA_ID, _PIN_ID = b"\xe1", b"\xe2", b"\xca", b"\x01"
_RSA = bytes.fromhex("06092A864886F70D010101")
_RSA_SHA256 = bytes.fromhex("06092A864886F70D01010B")
_SHA256 = bytes.fromhex("0609608648016503040201")


@dataclass(slots=True)
class File:
    """An elementary file; ``sfi`` 0 is none, ``secret`` needs the PIN."""

    fid: int
    data: bytes
    sfi: int = 0
    secret: bool = False


@dataclass(slots=True)
class Folder:
    """A dedicated file."""

    fid: int
    above: "Folder | None" = None
    aid: bytes = b""
    inside: "dict[int, File | Folder]" = field(default_factory=dict)

    def add(self, fid: int, data: bytes, sfi: int = 0, *, secret: bool = False) -> None:
        """Put a file in."""
        self.inside[fid] = File(fid, data, sfi, secret)

    def folder(self, fid: int, aid: bytes) -> "Folder":
        """Put a folder in and return it."""
        made = Folder(fid, self, aid)
        self.inside[fid] = made
        return made


@dataclass(frozen=True, slots=True)
class Profile:
    """Whose card it is; ``activities`` lie behind the PIN."""

    holder: Holder
    authority: x509.Certificate
    serial: str = "8025000001000000123F"
    activities: tuple[str, ...] = ("SA07",)
    wants_pin: bool = True
    shortest_pin: int = 4


def tree(profile: Profile) -> Folder:
    """Return the master file."""
    master = Folder(0x3F00)
    app = master.folder(0x0001, CONTACT_AID)
    serial = bytes.fromhex(profile.serial)
    where = build(0x4F, CONTACT_AID) + build(0x50, b"CPS3v") + build(0x51, bytes.fromhex("3F000001"))
    master.add(0x2F00, build(0x61, where), 0x1E)
    master.add(0x2F01, _capabilities(), 0x1D)
    master.add(0xD003, build(0x5A, serial), 0x1C)
    app.add(0x5031, b"".join(build(tag, _path(f"3F0000014{fid:03X}")) for tag, fid in _DIRECTORY), 0x11)
    app.add(0x5032, _token(serial), 0x12)
    app.add(0x4401, _pin(profile), 0x13)
    app.add(0x4402, _keys(profile), 0x14)
    app.add(0x4404, _certificates(profile, app), 0x16)
    app.add(0x4405, _data(profile, app), 0x17)
    return master


_DIRECTORY = ((0xA8, 0x401), (0xA0, 0x402), (0xA4, 0x404), (0xA7, 0x405))


def _capabilities() -> bytes:
    """EF.ATR as OpenSC reads it: sizes of the buffers, service data."""
    sizes = build(0xE0, bytes.fromhex("02020104020201040202010002020100"))
    parts = build(0x46, bytes.fromhex("0000000000000003100000000000")) + build(0x47, bytes.fromhex("940180"))
    return b"\x80" + build(0x43, b"\xb8") + parts + sizes + build(0x82, b"\x90\x00")


def _token(serial: bytes) -> bytes:
    algorithms = (
        _algorithm(1, 0x1, 1, _RSA, 0x02),
        _algorithm(2, 0x40, 1, _RSA_SHA256, 0x42),
        _algorithm(3, 0x250, 6, _SHA256, 0x40),
    )
    label = build(UTF8, b"ASIP-SANTE TEST") + build(0x80, b"CPS virtuelle")
    return _seq(_number(0), build(OCTET_STRING, serial[-8:]), label, _bits(1, 2), build(0xA2, *algorithms))


def _algorithm(reference: int, mechanism: int, operation: int, oid: bytes, card: int) -> bytes:
    return _seq(_number(reference), _number(mechanism), build(0x05), _bits(operation), oid, _number(card))


def _pin(profile: Profile) -> bytes:
    if not profile.wants_pin:
        return b""
    looks = (_bits(0, 4), build(ENUMERATED, b"\x01"), _number(profile.shortest_pin), _number(4), _number(8))
    own = _seq(*looks, build(0x80, bytes([PIN])), _path("3F00"))
    return _seq(_seq(_text("Code porteur"), _bits(0)), _seq(build(OCTET_STRING, _PIN_ID)), build(0xA1, own))


def _keys(profile: Profile) -> bytes:
    holder = profile.holder
    pin = _bits(0) + build(OCTET_STRING, _PIN_ID) if profile.wants_pin else b""

    def key(label: str, at: tuple[bytes, int], usage: int, made: rsa.RSAPrivateKey) -> bytes:
        own = _seq(build(OCTET_STRING, at[0]), _bits(usage), _bits(0, 2, 3, 4), _number(0x80 | at[1]))
        size = _seq(_path("3F000001"), _number(made.key_size))
        return _seq(_seq(_text(label), pin), own, build(0xA1, size))

    return key("Cle de signature", (_SIGN_ID, SIGN_KEY), 9, holder.signature_key) + key(
        "Cle d'authentification", (_AUTH_ID, AUTH_KEY), 2, holder.authentication_key
    )


def _certificates(profile: Profile, app: Folder) -> bytes:
    holder = profile.holder
    entries = (
        ("Certificat de signature", _SIGN_ID, 0xC002, holder.signature),
        ("Certificat d'authentification", _AUTH_ID, 0xC001, holder.authentication),
        ("AC IGC-SANTE", _CA_ID, 0xC003, profile.authority),
    )
    listed = b""
    for label, iid, fid, certificate in entries:
        der = certificate.public_bytes(Encoding.DER)
        app.add(fid, der)
        authority = build(BOOLEAN, b"\xff") if iid == _CA_ID else b""
        file = build(OCTET_STRING, bytes.fromhex(f"3F000001{fid:04X}"))
        place = _seq(file, _number(0), build(0x80, len(der).to_bytes(2, "big")))
        listed += _seq(_seq(_text(label)), _seq(build(OCTET_STRING, iid), authority), build(0xA1, _seq(place)))
    return listed


def _data(profile: Profile, app: Folder) -> bytes:
    objects = [("CPS_ID_CARD", 0xD101, _text("CPS") + _text(profile.serial), False)]
    objects += [
        (f"CPS_ACTIVITY_{i + 1:02d}_PS", 0xD120 + i, _text(activity), True)
        for i, activity in enumerate(profile.activities)
    ]
    listed = b""
    for label, fid, text, secret in objects:
        app.add(fid, build(SEQUENCE, text), secret=secret)
        hidden = _bits(0) + build(OCTET_STRING, _PIN_ID) if secret else b""
        listed += _seq(_seq(_text(label), hidden), _seq(_text("CPS")), build(0xA1, _path(f"3F000001{fid:04X}")))
    return listed


def _seq(*values: bytes) -> bytes:
    return build(SEQUENCE, *values)


def _text(text: str) -> bytes:
    return build(UTF8, text.encode())


def _number(n: int) -> bytes:
    return build(INTEGER, n.to_bytes(n.bit_length() // 8 + 1, "big"))


def _path(hexadecimal: str) -> bytes:
    return _seq(build(OCTET_STRING, bytes.fromhex(hexadecimal)))


def _bits(*numbers: int) -> bytes:
    count = max(numbers) + 1
    value = bytearray((count + 7) // 8)
    for i in numbers:
        value[i // 8] |= 0x80 >> i % 8
    return build(BIT_STRING, bytes([len(value) * 8 - count]), bytes(value))

"""The commands of a made-up CPS3 (IAS-ECC): bytes in, bytes out, no I/O. What no command knows answers 6D00."""

import hashlib
import os
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, utils

from cps_card.iasecc import CONTACT_AID
from cps_card.simulator.commands import Command, about, pairs, taken
from cps_card.simulator.files import AUTH_KEY, PIN, SIGN_KEY, File, Folder, Profile, tree
from cps_card.simulator.last_round import finished
from cps_card.tlv import build

CPS3_ATR = bytes.fromhex("3BAC00402A001225006480000310009000")
CPS4_ATR = bytes.fromhex("3BDC18FF00001225006480000401009000")

OK = 0x9000
Answer = tuple[bytes, int]


@dataclass(slots=True)
class Knobs:
    """What a test may turn while the card lies in the reader, and what it may count.

    ``faults`` answers a status word to every command of that INS; ``counters`` counts commands by name: ``verify`` (a
    PIN shown, empty questions left out), ``sign``, ``read``, ``reset``.
    """

    pin: str = "1234"
    tries: int = 3
    most_tries: int = 3
    atr: bytes = CPS3_ATR
    faults: dict[int, int] = field(default_factory=dict)
    counters: Counter[str] = field(default_factory=Counter)


class VirtualCps:
    """A card. `transmit` takes a command and returns the answer with its status."""

    def __init__(self, profile: Profile, knobs: Knobs | None = None) -> None:
        self.knobs = knobs or Knobs()
        self._profile = profile
        self._keys = {AUTH_KEY: profile.holder.authentication_key, SIGN_KEY: profile.holder.signature_key}
        self._master = tree(profile)
        self._folder, self._file = self._master, None
        self._verified = False
        self._environment: dict[int, dict[int, bytes]] = {}
        self._digest: tuple[int, bytes] | None = None
        self._waiting = b""
        self._table: dict[int, Callable[[Command], Answer]] = {
            0xA4: self._select,
            0xB0: self._read,
            0x20: self._verify,
            0x22: self._manage,
            0x2A: self._operate,
            0x88: self._authenticate,
            0xCB: self._get_data,
            0xCA: self._get_data,
            0x84: self._challenge,
            0xC0: self._more,
        }

    _folder: Folder
    _file: File | None

    @property
    def verified(self) -> bool:
        """Whether a PIN stands: what the next program would find open."""
        return self._verified

    def reset(self) -> None:
        """Forget everything but the tries, as a card does."""
        self.knobs.counters["reset"] += 1
        self._folder, self._file, self._verified = self._master, None, False
        self._environment, self._digest, self._waiting = {}, None, b""

    def transmit(self, command: bytes) -> bytes:
        """Return data and status."""
        try:
            data, status = self._answered(command)
        except (IndexError, KeyError):
            data, status = b"", 0x6700
        return data + status.to_bytes(2, "big")

    def _answered(self, command: bytes) -> Answer:
        if len(command) < 4:
            return b"", 0x6700
        cla, ins = command[:2]
        asked = taken(command)
        if asked is None:
            return b"", 0x6700
        if cla & ~0x10:
            return b"", 0x6E00
        if ins not in self._table:
            return b"", 0x6D00
        if ins in self.knobs.faults:
            return b"", self.knobs.faults[ins]
        data, status = self._table[ins](asked)
        if status == OK and data and asked.data and asked.le is None:
            # T=0: the answer to a command with data is fetched apart.
            self._waiting = data
            return b"", 0x6100 | (len(data) if len(data) < 256 else 0)
        return data, status

    def _more(self, command: Command) -> Answer:
        if not self._waiting:
            return b"", 0x6985
        size = command.le or 256
        part, self._waiting = self._waiting[:size], self._waiting[size:]
        return part, 0x6100 | min(len(self._waiting), 255) if self._waiting else OK

    def _select(self, command: Command) -> Answer:
        found = self._found(command)
        if isinstance(found, int):
            return b"", found
        if isinstance(found, Folder):
            if found is not self._folder:
                self._environment, self._digest = {}, None
            self._folder, self._file = found, None
        else:
            self._file = found
        return (b"" if command.p2 & 0x0C == 0x0C else about(found)), OK

    def _found(self, command: Command) -> File | Folder | int:
        data = command.data
        if command.p1 == 0x04:
            return self._master.inside[0x0001] if len(data) >= 5 and CONTACT_AID.startswith(data) else 0x6A82
        if command.p1 in (0x00, 0x01, 0x02):
            return self._by_identifier(data)
        if command.p1 == 0x03:
            return self._folder.above or 0x6A82
        return self._by_path(command) if command.p1 in (0x08, 0x09) else 0x6A86

    def _by_identifier(self, data: bytes) -> File | Folder | int:
        if data in (b"", b"\x3f\x00"):
            return self._master
        fid = int.from_bytes(data, "big")
        above = self._folder.above
        near = self._folder.inside.get(fid) or (above.inside.get(fid) if above else None)
        if near is None and fid == self._folder.fid:
            near = self._folder
        return near or 0x6A82

    def _by_path(self, command: Command) -> File | Folder | int:
        fids = [int.from_bytes(command.data[i : i + 2], "big") for i in range(0, len(command.data), 2)]
        at: File | Folder = self._folder
        if command.p1 == 0x08 or fids[:1] == [0x3F00]:
            at = self._master
        for fid in fids[1:] if fids[:1] == [0x3F00] else fids:
            if not isinstance(at, Folder) or fid not in at.inside:
                return 0x6A82
            self._folder, at = at, at.inside[fid]
        return at

    def _read(self, command: Command) -> Answer:
        if command.p1 & 0x80:
            files = [*self._folder.inside.values(), *self._master.inside.values()]
            self._file = next((f for f in files if isinstance(f, File) and f.sfi == command.p1 & 0x1F), None)
            at = command.p2
            if self._file is None:
                return b"", 0x6A82
        else:
            at = command.p1 << 8 | command.p2
        file = self._file
        if file is None:
            return b"", 0x6986
        if file.secret and not self._verified:
            return b"", 0x6982
        if at and at >= len(file.data):
            return b"", 0x6B00
        self.knobs.counters["read"] += 1
        size = command.le or 256
        part = file.data[at : at + size]
        return part, OK if len(part) == size else 0x6282

    def _verify(self, command: Command) -> Answer:
        knobs = self.knobs
        if command.p1 == 0xFF:
            self._verified = False
            return b"", OK
        if command.p2 & 0x1F != PIN:
            return b"", 0x6A88
        if not command.data:
            return b"", OK if self._verified else self._tries_left()
        knobs.counters["verify"] += 1
        if not knobs.tries:
            return b"", 0x6983
        self._verified = command.data.rstrip(b"\x00\xff") == knobs.pin.encode()
        knobs.tries = knobs.most_tries if self._verified else knobs.tries - 1
        return b"", OK if self._verified else self._tries_left()

    def _tries_left(self) -> int:
        return 0x63C0 | self.knobs.tries if self.knobs.tries else 0x6983

    def _manage(self, command: Command) -> Answer:
        if command.p1 not in (0x41, 0x81, 0xC1):
            return b"", 0x6A86
        template = pairs(command.data)
        if command.p2 in (0xA4, 0xB6, 0xB8) and template[0x84][0] & 0x1F not in self._keys:
            return b"", 0x6A88
        self._environment[command.p2] = template
        return b"", OK

    def _operate(self, command: Command) -> Answer:
        if (command.p1, command.p2) == (0x90, 0xA0):
            return self._hash(command)
        if (command.p1, command.p2) == (0x9E, 0x9A):
            return self._sign()
        return b"", 0x6A86

    def _hash(self, command: Command) -> Answer:
        """PSO HASH: ``90`` state and counted bits, ``80`` the last block, whose round the card does itself."""
        if 0xAA not in self._environment:
            return b"", 0x6985
        parts, algorithm = pairs(command.data), self._environment[0xAA].get(0x80, b"\x10")[0]
        last = parts[0x80]
        if parts.get(0x90):
            if algorithm != 0x40:
                return b"", 0x6A80
            state = parts[0x90]
            self._digest = algorithm, finished(state[:32], int.from_bytes(state[32:40], "big"), last)
        else:
            self._digest = algorithm, (hashlib.sha256 if algorithm == 0x40 else hashlib.sha1)(last).digest()
        return b"", OK

    def _sign(self) -> Answer:
        if 0xB6 not in self._environment or self._digest is None:
            return b"", 0x6985
        if self._environment[0xB6][0x84][0] & 0x1F != SIGN_KEY or not self._verified:
            return b"", 0x6982
        (algorithm, digest), self._digest = self._digest, None
        self.knobs.counters["sign"] += 1
        self._verified = False  # a PIN is good for one signature
        known = hashes.SHA256() if algorithm == 0x40 else hashes.SHA1()  # noqa: S303
        return self._keys[SIGN_KEY].sign(digest, padding.PKCS1v15(), utils.Prehashed(known)), OK

    def _authenticate(self, command: Command) -> Answer:
        """INTERNAL AUTHENTICATE: PKCS#1 v1.5 block type 1 around whatever DigestInfo comes, 40 % of the key at most."""
        if (command.p1, command.p2) != (0, 0):
            return b"", 0x6A86
        if 0xA4 not in self._environment:
            return b"", 0x6985
        if self._environment[0xA4][0x84][0] & 0x1F != AUTH_KEY:
            return b"", 0x6982
        if self._profile.wants_pin and not self._verified:
            return b"", 0x6982
        key = self._keys[AUTH_KEY]
        size, info = key.key_size // 8, command.data
        if not info or len(info) > size * 40 // 100:
            return b"", 0x6700
        self.knobs.counters["sign"] += 1
        block = b"\x00\x01" + b"\xff" * (size - 3 - len(info)) + b"\x00" + info
        numbers = key.private_numbers()
        return pow(int.from_bytes(block, "big"), numbers.d, numbers.public_numbers.n).to_bytes(size, "big"), OK

    def _challenge(self, command: Command) -> Answer:
        return os.urandom(command.le or 8), OK

    def _get_data(self, command: Command) -> Answer:
        """GET DATA of security objects: ``4D 09 70 07 BF <class> <reference> …`` (IAS-ECC)."""
        data = command.data
        if data[:1] != b"\x4d" or b"\xbf" not in data:
            return b"", 0x6A88
        at = data.index(b"\xbf")
        kind, reference, asked = data[at + 1] & 0x7F, data[at + 2] & 0x1F, data[at + 4 : -1]
        inner = self._object(kind, reference, asked)
        if inner is None:
            return b"", 0x6A88
        tag = int.from_bytes(data[at : at + 3], "big")
        return build(0x70, build(tag, inner)), OK

    def _object(self, kind: int, reference: int, asked: bytes) -> bytes | None:
        if kind == 0x01 and reference == PIN:
            if asked == b"\x7f\x41":
                return build(0x7F41, build(0x80, b"\x08"), build(0x81, b"\x04"))
            tries = build(0x9A, bytes([self.knobs.most_tries])) + build(0x9B, bytes([self.knobs.tries]))
            rules = build(0xA1, build(0x8C, bytes.fromhex("7F13000013FF1300")))
            return build(0xA0, build(0x80, b"\x00\x08"), tries, rules)
        if kind == 0x10 and reference in self._keys:
            sign, authenticate = (0xFF, 0x13) if reference == AUTH_KEY else (0x13, 0xFF)
            size = (self._keys[reference].key_size // 8).to_bytes(2, "big")
            rules = bytes([0x7F, sign, authenticate, 0xFF, 0xFF, 0xFF, 0xFF, 0x00])
            return build(0xA0, build(0x80, size), build(0x9E, b"\x00"), build(0xA1, build(0x8C, rules)))
        if kind == 0x7B:
            return build(0x7B, build(0xA4, build(0x95, b"\x08"), build(0x83, bytes([PIN]))))
        return None

"""Randomness, token digests, and the keys of the appliance: one for codes, one for one-time codes, one for sealing."""

import hashlib
import hmac
import os
import secrets
from contextlib import suppress
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from appliance.domain.errors import Unavailable

_KEY_BYTES = 32
_NONCE_BYTES = 12


def load_key(path: Path) -> bytes:
    """Return the appliance's key, made on first use (mode 0600); raise `Unavailable` ``key``."""
    try:
        return _known(path)
    except FileNotFoundError:
        return _made(path)


def _known(path: Path) -> bytes:
    try:
        key = path.read_bytes()
    except FileNotFoundError:
        raise
    except OSError as exc:
        raise Unavailable("key") from exc
    if len(key) != _KEY_BYTES:
        raise Unavailable("key")
    return key


def _made(path: Path) -> bytes:
    key = secrets.token_bytes(_KEY_BYTES)
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(key)
            file.flush()
            os.fsync(file.fileno())
        os.link(temporary, path)  # fails when another process made it first: one key for ever
        _sync_folder(path.parent)  # codes sealed with a key that a power cut takes away are lost
    except FileExistsError:
        return path.read_bytes()
    except OSError as exc:
        raise Unavailable("key") from exc
    finally:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
    return key


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


class Chance:
    """What of `appliance.usecases.ports.Secrets` needs no key."""

    def token(self) -> str:
        """Return 256 random bits, URL-safe text."""
        return secrets.token_urlsafe(32)

    def hashed(self, token: str) -> bytes:
        """Return the SHA-256 digest under which a token is stored."""
        return hashlib.sha256(token.encode()).digest()

    def random_bytes(self, count: int) -> bytes:
        """Return random bytes."""
        return secrets.token_bytes(count)

    def chance(self) -> float:
        """Return a number in [0, 1)."""
        return secrets.randbelow(1 << 24) / (1 << 24)

    def digits(self) -> str:
        """Return six random digits."""
        return f"{secrets.randbelow(1_000_000):06d}"

    def same(self, one: bytes, other: bytes) -> bool:
        """Compare in constant time."""
        return hmac.compare_digest(one, other)


class KeyedSecrets(Chance):
    """`appliance.usecases.ports.Secrets`."""

    def __init__(self, key: bytes) -> None:
        self._code_key = _derived(key, b"share code look-up")
        self._otp_key = _derived(key, b"one-time code")
        self._seal = AESGCM(_derived(key, b"share code seal"))

    def digits_hash(self, digits: str, pending_hash: bytes) -> bytes:
        """Return the keyed digest of a one-time code, bound to the browser that asked."""
        return hmac.digest(self._otp_key, pending_hash + digits.encode(), "sha256")

    def code_lookup(self, code: str) -> bytes:
        """Return HMAC-SHA256 of a share code."""
        return hmac.digest(self._code_key, code.encode(), "sha256")

    def seal(self, code: str) -> bytes:
        """Return nonce and ciphertext of a share code (AES-256-GCM)."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return nonce + self._seal.encrypt(nonce, code.encode(), None)

    def unseal(self, cipher: bytes) -> str:
        """Return the share code; raise `Unavailable` ``key`` when it was sealed with another key."""
        try:
            return self._seal.decrypt(cipher[:_NONCE_BYTES], cipher[_NONCE_BYTES:], None).decode()
        except (InvalidTag, ValueError) as exc:
            raise Unavailable("key") from exc


class NoKey(Chance):
    """`appliance.usecases.ports.Secrets` of a service that must not know the appliance's key.

    Whatever needs the key raises `Unavailable` ``key``.
    """

    def digits_hash(self, digits: str, pending_hash: bytes) -> bytes:
        """Refuse."""
        raise Unavailable("key")

    def code_lookup(self, code: str) -> bytes:
        """Refuse."""
        raise Unavailable("key")

    def seal(self, code: str) -> bytes:
        """Refuse."""
        raise Unavailable("key")

    def unseal(self, cipher: bytes) -> str:
        """Refuse."""
        raise Unavailable("key")


class NodeKey(NoKey):
    """The key of what PACS nodes are told of us, a file of its own: the bridge says it, and knows no other key."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def seal(self, code: str) -> bytes:
        """Return nonce and ciphertext of a node's credentials; the key is made on first use."""
        return KeyedSecrets(load_key(self._path)).seal(code)

    def unseal(self, cipher: bytes) -> str:
        """Return the credentials; raise `Unavailable` ``key`` when the file is another or is not on this host."""
        try:
            return KeyedSecrets(_known(self._path)).unseal(cipher)
        except FileNotFoundError as exc:
            raise Unavailable("key") from exc


def _derived(key: bytes, purpose: bytes) -> bytes:
    return HKDF(algorithm=hashes.SHA256(), length=_KEY_BYTES, salt=None, info=purpose).derive(key)

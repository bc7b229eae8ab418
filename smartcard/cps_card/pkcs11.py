"""A health card by a PKCS#11 module: the Cryptolib's for any CPS, and the only way to a CPS4.

With it alone python-pkcs11 is imported.
The same questions as `cps_card.iasecc.CpsCard`. A module says little of the PIN's counter: whether it is wrong, at its
last try or blocked. The Cryptolib remembers PINs by itself (a setting of its own); nothing here does.
"""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

from cryptography import x509

from cps_card import certificate as reading
from cps_card.card import CardCertificate, digits
from cps_card.crls import is_authority
from cps_card.errors import (
    CardBusy,
    CardError,
    CardRemoved,
    CardUnreadable,
    CertificateRejected,
    LastTry,
    LibraryMissing,
    ModuleRefused,
    NoCard,
    PinBlocked,
    PinFormat,
    PinRequired,
    PinWrong,
)
from cps_card.iasecc import SHA256_INFO

CRYPTOLIB = Path("/opt/santesocial/CPS/lib/libcps3_pkcs11_lux.so")
"""Where the Cryptolib CPS of the Agence du numérique en santé puts its module on Linux."""

_ERRORS: dict[str, type[CardError]] = {
    "PinLocked": PinBlocked,
    "PinLenRange": PinFormat,
    "PinInvalid": PinFormat,
    "PinTooWeak": PinFormat,
    "UserNotLoggedIn": PinRequired,
    "TokenNotPresent": NoCard,
    "DeviceRemoved": CardRemoved,
    "SessionHandleInvalid": CardRemoved,
    "SessionClosed": CardRemoved,
    "TokenNotRecognised": CardUnreadable,
    "UserTooManyTypes": CardBusy,
    "SessionCount": CardBusy,
}


def opened(module: Path = CRYPTOLIB, reader: str = "") -> "TokenCard":
    """Return the card that the module finds in the reader of that name (or token of that label), or in the first.

    Raises
    ------
    CardUnavailable
        `LibraryMissing`, `ModuleRefused`, `NoCard`.
    """
    library = _library()
    with _told(library):
        try:
            loaded = library.lib(str(module))
        except (RuntimeError, OSError) as exc:
            raise ModuleRefused(module.name) from exc
        try:
            slot = _slot(library, loaded, reader)
        except BaseException:
            loaded.finalize()
            raise
    return TokenCard(library, loaded, slot)


def _slot(library: Any, loaded: Any, reader: str) -> Any:
    for slot in loaded.get_slots(token_present=True):
        token = slot.get_token()
        initialized = library.TokenFlag.TOKEN_INITIALIZED in token.flags
        if initialized and reader in ("", slot.slot_description.strip(), token.label.strip()):
            return slot
    raise NoCard(reader)


class TokenCard:
    """A card behind a slot of a PKCS#11 module. A session lasts one question; its end logs out."""

    def __init__(self, library: Any, module: Any, slot: Any) -> None:
        self._library, self._module, self._slot = library, module, slot
        self.reader = str(slot.slot_description).strip()

    def __enter__(self) -> "TokenCard":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let the module go, and with it every card that it keeps: one card of a module is open at a time."""
        with _told(self._library):
            self._module.finalize()

    def certificates(self) -> tuple[CardCertificate, ...]:
        """Return every certificate of the token."""
        with self._session() as session:
            return tuple(self._certificates(session))

    def authentication(self) -> x509.Certificate:
        """Return the certificate for authentication by signature."""
        with self._session() as session:
            return self._authentication(session).certificate

    def serial(self) -> str:
        """Return the serial number as the token says it."""
        with _told(self._library):
            said = self._slot.get_token().serial
        return (said.decode("ascii", "replace") if isinstance(said, bytes) else str(said)).strip(" \0")

    def tries_left(self) -> int | None:
        """Return 0 when the PIN is blocked, 1 at its last try, else None: a module does not count aloud."""
        flags = self._library.TokenFlag
        with _told(self._library):
            said = self._slot.get_token().flags
        if flags.USER_PIN_LOCKED in said:
            return 0
        return 1 if flags.USER_PIN_FINAL_TRY in said else None

    def verify_pin(self, pin: str, *, last_try: bool = False) -> None:
        """Return when the PIN is right; the session is closed again. Raises as `CpsCard.verify_pin`."""
        with self._logged_in(pin, last_try=last_try):
            pass

    def sign(self, challenge: bytes, pin: str | None, *, last_try: bool = False) -> bytes:
        """Return the signature of the challenge by the key of authentication: RSA PKCS#1 v1.5 or ECDSA, SHA-256.

        ``pin`` None is for a reader with a keypad of its own; elsewhere `PinRequired`.
        """
        digest = hashlib.sha256(challenge).digest()
        with self._logged_in(pin, last_try=last_try) as session:
            key = self._key(session, self._authentication(session).id)
            if key.key_type == self._library.KeyType.EC:
                raw: bytes = key.sign(digest, mechanism=self._library.Mechanism.ECDSA)
                return bytes(import_module("pkcs11.util.ec").encode_ecdsa_signature(raw))
            return bytes(key.sign(SHA256_INFO + digest, mechanism=self._library.Mechanism.RSA_PKCS))

    @contextmanager
    def _session(self, **credentials: Any) -> Iterator[Any]:
        with _told(self._library), self._slot.get_token().open(**credentials) as session:
            yield session

    @contextmanager
    def _logged_in(self, pin: str | None, *, last_try: bool) -> Iterator[Any]:
        if pin is None:
            with _told(self._library):
                keypad = self._library.TokenFlag.PROTECTED_AUTHENTICATION_PATH in self._slot.get_token().flags
            if not keypad:
                raise PinRequired
            shown: Any = self._library.PROTECTED_AUTH
        else:
            shown = digits(pin).decode("ascii")
        left = self.tries_left()
        if left == 0:
            raise PinBlocked
        if left == 1 and not last_try:
            raise LastTry
        try:
            with self._session(user_pin=shown) as session:
                yield session
        except PinWrong:
            after = self.tries_left()
            if after == 0:
                raise PinBlocked from None
            raise PinWrong(after) from None

    def _certificates(self, session: Any) -> Iterator[CardCertificate]:
        kinds, names = self._library.ObjectClass, self._library.Attribute
        for one in session.get_objects({names.CLASS: kinds.CERTIFICATE}):
            try:
                found = reading.read(bytes(one[names.VALUE]))
            except CertificateRejected:  # an object of some other kind of certificate
                continue
            yield CardCertificate(str(one[names.LABEL]), bytes(one[names.ID]), is_authority(found), found)

    def _authentication(self, session: Any) -> CardCertificate:
        for one in self._certificates(session):
            if not one.is_authority and _signs(one.certificate):
                return one
        raise CardUnreadable("no certificate of authentication")

    def _key(self, session: Any, iid: bytes) -> Any:
        kinds, names = self._library.ObjectClass, self._library.Attribute
        for one in session.get_objects({names.CLASS: kinds.PRIVATE_KEY, names.ID: iid}):
            return one
        raise CardUnreadable("no key of authentication")


def _signs(certificate: x509.Certificate) -> bool:
    """Whether the key authenticates by signature; that of non-repudiation signs documents."""
    try:
        usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    except (x509.ExtensionNotFound, ValueError):
        return False
    return usage.digital_signature and not usage.content_commitment


def _library() -> Any:
    try:
        return import_module("pkcs11")
    except ImportError as exc:
        raise LibraryMissing("pkcs11") from exc


@contextmanager
def _told(library: Any) -> Iterator[None]:
    """Tell errors of the module in words of ours."""
    try:
        yield
    except library.PinIncorrect as exc:
        raise PinWrong(None) from exc
    except library.PKCS11Error as exc:
        raise _ERRORS.get(type(exc).__name__, ModuleRefused)(type(exc).__name__) from exc

"""TLS of the card host when no proxy ends it (the demo). What Python's `ssl` cannot say is said to OpenSSL itself.

Three things, each of which is tried at start by `self_test`: nothing is resumed (a session remembered would outlive the
card), any certificate is taken (the application explains what is wrong with it), and signatures are PKCS#1 (a CPS3 has
no RSA-PSS). TLS 1.2 at most: with 1.3 browsers ask cards for RSA-PSS. CPython only.
"""

import ctypes
import ssl
from collections.abc import Callable
from pathlib import Path
from typing import Any

from appliance.domain.errors import Unavailable

SIGNATURES = b"RSA+SHA256:RSA+SHA384:ECDSA+SHA256"
_SET_CACHE_MODE, _GET_CACHE_MODE, _SET_CLIENT_SIGNATURES = 44, 45, 102
_VERIFY_PEER = 1
_Callback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_int, ctypes.c_void_p)


def _anybody(_verified: int, _store: int) -> int:
    return 1


_TAKE_ANY = _Callback(_anybody)
"""Kept for the life of the process: OpenSSL calls it."""


def server_context(certificate: Path, key: Path) -> ssl.SSLContext:
    """Return the context of the card host.

    Raises
    ------
    Unavailable
        ``card_tls`` when a file cannot be used, or when this Python's OpenSSL does not obey.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.options |= ssl.OP_NO_TICKET | ssl.OP_NO_RENEGOTIATION
    context.set_alpn_protocols(["http/1.1"])
    try:
        context.load_cert_chain(certificate, key)
    except (OSError, ssl.SSLError) as exc:
        raise Unavailable("card_tls", file=str(certificate)) from exc
    context.verify_mode = ssl.CERT_OPTIONAL
    _told(context)
    return context


def _told(context: ssl.SSLContext) -> None:
    library, pointer = _library(), _pointer(context)
    control = library.SSL_CTX_ctrl
    control.restype, control.argtypes = ctypes.c_long, [ctypes.c_void_p, ctypes.c_int, ctypes.c_long, ctypes.c_void_p]
    verify = library.SSL_CTX_set_verify
    verify.restype, verify.argtypes = None, [ctypes.c_void_p, ctypes.c_int, _Callback]
    control(pointer, _SET_CACHE_MODE, 0, None)
    obeyed = control(pointer, _SET_CLIENT_SIGNATURES, 0, ctypes.cast(ctypes.c_char_p(SIGNATURES), ctypes.c_void_p))
    verify(pointer, _VERIFY_PEER, _TAKE_ANY)
    if obeyed != 1 or control(pointer, _GET_CACHE_MODE, 0, None) != 0:
        raise Unavailable("card_tls")


def _library() -> ctypes.CDLL:
    """Return the OpenSSL that `ssl` itself uses: another copy would be told in vain."""
    import _ssl

    found = ctypes.CDLL(getattr(_ssl, "__file__", None))
    if not hasattr(found, "SSL_CTX_ctrl"):
        raise Unavailable("card_tls")
    return found


def _pointer(context: ssl.SSLContext) -> int:
    """Return the address of the SSL_CTX: the first field of CPython's object, after its header."""
    value = ctypes.c_void_p.from_address(id(context) + object.__basicsize__).value
    if not value:
        raise Unavailable("card_tls")
    return value


def self_test(make: Callable[[], ssl.SSLContext], client: ssl.SSLContext) -> None:
    """Shake hands twice in memory; raise `Unavailable` ``card_tls`` unless the second one starts anew.

    ``client`` trusts anybody and shows a certificate of nobody's: it must arrive all the same.
    """
    server, session = make(), None
    for _ in range(2):
        one, other = _shaken(server, client, session)
        session = one.session
        resumed = bool(one.session_reused or other.session_reused)
        if resumed or other.version() != "TLSv1.2" or not other.getpeercert(True):
            raise Unavailable("card_tls")


def _shaken(
    server: ssl.SSLContext, client: ssl.SSLContext, session: Any
) -> tuple[ssl.SSLObject, ssl.SSLObject]:
    there, back = ssl.MemoryBIO(), ssl.MemoryBIO()
    one = client.wrap_bio(back, there, server_hostname="localhost", session=session)
    other = server.wrap_bio(there, back, server_side=True)
    waiting = [one, other]
    for _ in range(20):
        for end in list(waiting):
            try:
                end.do_handshake()
                waiting.remove(end)
            except ssl.SSLWantReadError:
                continue
        if not waiting:
            return one, other
    raise Unavailable("card_tls")

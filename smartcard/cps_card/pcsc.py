"""The card readers of this machine, by PC/SC. With `monitor`, the only importer of pyscard.

pyscard needs a compiler and libpcsclite, so it is optional: without it every question says ``pyscard_missing``.
"""

from dataclasses import dataclass
from importlib import import_module
from types import ModuleType

from cps_card.errors import CardUnavailable

CPS3_CONTACT = "3BAC00402A001225006480000310009000"
CPS3_CONTACTLESS = "2B8F80010031B86404B0ECC1739401808290000E"
CPS4 = "3BDC18FF00001225006480000401009000"
_KNOWN = {CPS3_CONTACT: "cps3", CPS3_CONTACTLESS: "cps3", CPS4: "cps4"}

# winscard.h: what SCardConnect says, by its number.
_NO_SERVICE = {0x8010001D, 0x8010001E}
_EMPTY = {0x8010000C, 0x80100066}
_BUSY = {0x8010000B}
_REMOVED = {0x80100069}


@dataclass(frozen=True, slots=True)
class Reader:
    """A reader. ``state`` is ``empty``, ``cps3``, ``cps4``, ``foreign`` or ``busy``; ``atr`` is hexadecimal."""

    name: str
    state: str
    atr: str = ""


def readers() -> tuple[Reader, ...]:
    """Return the readers and what lies in each; maybe none.

    Raises
    ------
    CardUnavailable
        ``pyscard_missing``, ``no_service`` or ``pcsc``.
    """
    system, errors = _pyscard("smartcard.System"), _pyscard("smartcard.Exceptions")
    try:
        found = system.readers()
    except Exception as exc:  # pyscard raises its own and, without pcscd, a plain one of another module
        raise _wrapped(exc) from exc
    return tuple(_looked(one, errors) for one in found)


def kind_of(atr: str) -> str:
    """Return ``cps3``, ``cps4`` or ``foreign`` for an answer to reset in hexadecimal."""
    return _KNOWN.get(atr.upper().replace(" ", ""), "foreign")


def _pyscard(module: str) -> ModuleType:
    try:
        return import_module(module)
    except ImportError as exc:
        raise CardUnavailable("pyscard_missing") from exc


def _looked(reader: object, errors: ModuleType) -> Reader:
    name = str(reader)
    connection = reader.createConnection()  # type: ignore[attr-defined]
    try:
        connection.connect()
        atr = bytes(connection.getATR()).hex().upper()
    except errors.NoCardException:
        return Reader(name, "empty")
    except errors.CardConnectionException as exc:
        cause = cause_of(getattr(exc, "hresult", 0))
        return Reader(name, cause if cause in ("empty", "busy") else "foreign")
    finally:
        connection.release()
    return Reader(name, kind_of(atr), atr)


def _wrapped(error: Exception) -> CardUnavailable:
    return CardUnavailable(cause_of(getattr(error, "hresult", 0)), type(error).__name__)


def cause_of(number: int) -> str:
    """Return the cause behind a PC/SC error number; signed numbers are taken as unsigned."""
    number &= 0xFFFFFFFF
    for cause, numbers in (("no_service", _NO_SERVICE), ("empty", _EMPTY), ("busy", _BUSY), ("removed", _REMOVED)):
        if number in numbers:
            return cause
    return "pcsc"

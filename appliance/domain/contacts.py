"""Where a physician is reached: an e-mail address, which is the identifier too, and a mobile telephone."""

import re

from appliance.domain.errors import Malformed, Refused

MOST_EMAIL = 254
"""RFC 5321 4.5.3.1.3, less the angle brackets."""
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_EMAIL = re.compile(rf"[A-Za-z0-9.!#$%&'*+/=?^_`{{|}}~-]{{1,64}}@(?:{_LABEL}\.)+[A-Za-z]{{2,63}}")
"""The form that HTML's e-mail fields take, with a domain of two labels: no comment, no quoted part, no list."""
MSSANTE = "mssante.fr"
"""Secure health messaging takes no mail from outside its space of trust: a code sent there would never arrive."""
_FRENCH_MOBILE = re.compile(r"0[67][0-9]{8}")
_OVERSEAS = {"0690": "590", "0691": "590", "0694": "594", "0696": "596", "0697": "596", "0692": "262", "0693": "262"}
"""Mobile ranges of the overseas departments have country codes of their own (Arcep's numbering plan)."""
_E164 = re.compile(r"\+[1-9][0-9]{7,14}")
_MOBILE_OF_FRANCE = re.compile(r"\+33[67][0-9]{8}")


def email(text: str) -> str:
    """Return the address, lower case.

    Raises
    ------
    Malformed
        ``email``: not the form of an address.
    Refused
        ``email_mssante``: an address of the secure health messaging.
    """
    typed = text.strip()
    dots = ".." in typed or typed.startswith(".") or ".@" in typed
    if len(typed) > MOST_EMAIL or dots or not _EMAIL.fullmatch(typed):
        raise Malformed("email")
    found = typed.lower()
    domain = found.rpartition("@")[2]
    if domain == MSSANTE or domain.endswith(f".{MSSANTE}"):
        raise Refused("email_mssante")
    return found


def mobile(text: str) -> str:
    """Return the number in E.164, empty for none.

    A French number may be written 06 or 07…, +33 6…, 0033 6…; another country's with + or 00 and its code.

    Raises
    ------
    Malformed
        ``phone``: no number, or a French one that receives no SMS.
    """
    kept = re.sub(r"[\s.\-()/\u00a0\u202f]", "", text[:40])
    if not kept:
        return ""
    if kept.startswith("00"):
        kept = f"+{kept[2:]}"
    if kept.startswith("+330"):  # +33 (0)6…
        kept = f"+33{kept[4:]}"
    if _FRENCH_MOBILE.fullmatch(kept):
        kept = f"+{_OVERSEAS.get(kept[:4], '33')}{kept[1:]}"
    if not _E164.fullmatch(kept) or (kept.startswith("+33") and not _MOBILE_OF_FRANCE.fullmatch(kept)):
        raise Malformed("phone")
    return kept


def shown_phone(number: str) -> str:
    """Return a number as people write it: ``06 39 98 00 01``, ``+32 470123456``."""
    if _MOBILE_OF_FRANCE.fullmatch(number):
        local = f"0{number[3:]}"
        return " ".join(local[i : i + 2] for i in range(0, 10, 2))
    return number


def masked_email(address: str) -> str:
    """Return ``a•••••@cabinet.example``: enough for its owner to know it."""
    local, at, domain = address.partition("@")
    return f"{local[:1]}•••••{at}{domain}" if at else ""


def masked_phone(number: str) -> str:
    """Return ``•• •• •• •• 01``."""
    return f"•• •• •• •• {number[-2:]}" if number else ""

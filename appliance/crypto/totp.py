"""Codes of an authenticator application (RFC 6238), by pyotp."""

import hmac
from datetime import datetime

import pyotp


class PyotpTotp:
    """`appliance.usecases.ports.Totp`: 30 s steps, one step of clock drift either way."""

    def step(self, secret: str, digits: str, now: datetime) -> int | None:
        """Return the time step that the digits belong to, or None."""
        totp = pyotp.TOTP(secret)
        current = int(now.timestamp()) // totp.interval
        for step in (current, current - 1, current + 1):
            if hmac.compare_digest(totp.generate_otp(step).encode(), digits.encode()):
                return step
        return None

    def new_secret(self) -> str:
        """Return 160 random bits in base 32."""
        return pyotp.random_base32()

    def uri(self, secret: str, name: str, issuer: str) -> str:
        """Return the ``otpauth://`` address that the QR code carries."""
        return pyotp.TOTP(secret).provisioning_uri(name=name, issuer_name=issuer)

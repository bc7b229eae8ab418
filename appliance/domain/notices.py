"""What a physician is told by mail about his own account, at once and whoever did it."""

from enum import StrEnum


class Notice(StrEnum):
    """What happened."""

    PASSWORD = "password"  # noqa: S105
    EMAIL = "email"
    PHONE = "phone"
    OTP_OFF = "otp_off"
    TOTP_ON = "totp_on"
    TOTP_OFF = "totp_off"
    PASSKEY_ADDED = "passkey_added"
    PASSKEY_REMOVED = "passkey_removed"
    SUSPENDED = "suspended"
    """Too many wrong passwords: no one-time password for an hour."""

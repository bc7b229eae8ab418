"""The secret of a physician's authenticator application, sealed as it is stored, and the digits it makes."""

from base64 import b64decode, b64encode
from dataclasses import replace
from datetime import datetime

from appliance.domain import lockout, otp
from appliance.domain.errors import TryLater
from appliance.usecases.ports import AccountRow, Secrets, Totp, Work

TOTP = "totp"
"""Kind of counted failure: wrong digits of an authenticator, which nobody has to send first."""
WRONG_PER_HOUR = 10


def sealed(secrets: Secrets, secret: str) -> str:
    """Return the secret as it is stored."""
    return b64encode(secrets.seal(secret)).decode()


def opened(secrets: Secrets, stored: str) -> str:
    """Return the secret; raise `Unavailable` ``key`` when it was sealed with another key."""
    return secrets.unseal(b64decode(stored))


def check_pace(work: Work, key: str, now: datetime) -> None:
    """Raise `TryLater` ``totp_hour`` while no digits are taken: whoever knows the password could try them all."""
    wrong = [at for at in work.failures.since(TOTP, key, now - lockout.HOUR) if now - at < lockout.HOUR]
    if len(wrong) >= WRONG_PER_HOUR:
        left = wrong[-WRONG_PER_HOUR] + lockout.HOUR - now
        raise TryLater("totp_hour", retry_after_s=max(1, round(left.total_seconds())))


def take(
    work: Work, account: AccountRow, facts: otp.OtpFacts, step: int | None, now: datetime, limits: otp.OtpLimits
) -> None:
    """Return when the digits open, and their step is used up; the causes are those of `domain.otp.check`."""
    right = step is not None and step > account.totp_step
    otp.check(facts, right=right, now=now, limits=limits)
    work.accounts.change(replace(account, totp_step=step or 0))


def step_of(totp: Totp, secrets: Secrets, account: AccountRow, digits: str, now: datetime) -> int | None:
    """Return the time step of the digits, None when they are wrong or no application is set up."""
    return totp.step(opened(secrets, account.totp_secret), digits, now) if account.totp_secret else None

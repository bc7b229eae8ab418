"""Ways of entering that a hospital must homologate, each of which it may switch off."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from appliance.domain.errors import Refused
from appliance.domain.sign_in import Means

HOMOLOGATED = (
    Means.PASSWORD_EMAIL,
    Means.PASSWORD_SMS,
    Means.PASSWORD_TOTP,
    Means.PASSKEY,
    Means.STAFF_TOTP,
    Means.STAFF_PASSKEY,
)
"""Cards and Pro Santé Connect are issued by the State: the hospital has nothing to homologate there."""
PASSWORDS = (Means.PASSWORD_EMAIL, Means.PASSWORD_SMS, Means.PASSWORD_TOTP)


@dataclass(frozen=True, slots=True)
class Method:
    """One method: open or not, and the homologation that says it may be."""

    enabled: bool = True
    reference: str = ""
    since: date | None = None

    @property
    def homologated(self) -> bool:
        """Whether both the reference and its date are recorded."""
        return bool(self.reference.strip()) and self.since is not None


@dataclass(frozen=True, slots=True)
class Methods:
    """The methods of a hospital; one that is not named is open."""

    named: Mapping[Means, Method] = field(default_factory=dict)

    def is_on(self, means: Means) -> bool:
        """Whether somebody may enter by it."""
        return self.named.get(means, Method()).enabled

    def any_on(self, several: Sequence[Means]) -> bool:
        """Whether one of them is open."""
        return any(self.is_on(means) for means in several)

    def check(self, means: Means) -> None:
        """Raise `Refused` ``method_off`` when it is switched off."""
        if not self.is_on(means):
            raise Refused("method_off")

    def unreferenced(self) -> Sequence[Means]:
        """Return the open ones whose homologation is not recorded."""
        return [
            means for means in HOMOLOGATED if self.is_on(means) and not self.named.get(means, Method()).homologated
        ]

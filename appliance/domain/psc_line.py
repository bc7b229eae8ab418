"""How the line to Pro Santé Connect stands, and what of it keeps physicians out: the doctor's question."""

from collections.abc import Sequence
from dataclasses import dataclass

from appliance.domain.psc import LEEWAY

_REASONS = frozenset({"provider_certificate", "certificate_refused", "authorities", "certificate", "not_https"})
"""What is told apart; any other reason for not getting an answer is a line that does not lead there."""


@dataclass(frozen=True, slots=True)
class PscLine:
    """What was seen of the provider.

    ``reason``: why no answer came, empty when one did; ``status`` and ``issuer`` of the discovery document;
    ``unsafe``: its endpoints that are missing or not https; ``ahead_s``: seconds by which the provider's clock is ahead
    of ours, None when it does not tell.
    """

    reason: str = ""
    status: int = 0
    issuer: str = ""
    unsafe: Sequence[str] = ()
    ahead_s: int | None = None

    def fault(self, issuer: str) -> str:
        """Return the word of the first thing that closes this way in, empty when nothing does."""
        if self.reason:
            return self.reason if self.reason in _REASONS else "away"
        if self.status != 200:
            return "status"
        if self.issuer != issuer:
            return "issuer"
        if self.unsafe:
            return "endpoints"
        return "clock" if self.ahead_s is not None and abs(self.ahead_s) > LEEWAY.total_seconds() else ""

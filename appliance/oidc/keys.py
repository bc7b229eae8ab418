"""The provider's public keys: kept an hour, asked again when a token names one that is not there."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from appliance.domain.errors import Unavailable
from appliance.oidc.http import Answer
from appliance.usecases.ports import Clock

LIFE = timedelta(hours=1)
PAUSE = timedelta(seconds=30)
"""At least this long between two fetches: a forged token must not make us hammer the provider."""
_KINDS = ("RSA", "EC")


class Keys:
    """The keys in force."""

    def __init__(self, fetch: Callable[[], Awaitable[Answer]], clock: Clock) -> None:
        self._fetch = fetch
        self._clock = clock
        self._known: KeySet | None = None
        self._at: datetime | None = None
        self._lock = asyncio.Lock()

    async def holding(self, kid: str) -> KeySet:
        """Return the keys, fetched again when they are old or ``kid`` is not among them; `Unavailable` ``psc_down``."""
        async with self._lock:
            now = self._clock.now()
            age = LIFE if self._at is None else now - self._at
            missing = self._known is None or (kid not in _names(self._known) and age >= PAUSE)
            if self._known is None or missing or age >= LIFE:
                self._known = _read(await self._fetch())
                self._at = now
            return self._known


def _names(keys: KeySet) -> set[str]:
    return {str(key.kid) for key in keys.keys}


def _read(answer: Answer) -> KeySet:
    """Return the public keys for signatures; a symmetric one is never taken from the network."""
    found = answer.body.get("keys")
    wanted = [one for one in found if _is_for_signatures(one)] if isinstance(found, list) else []
    try:
        keys = KeySet.import_key_set({"keys": wanted})
    except (JoseError, ValueError, TypeError, KeyError) as exc:
        raise Unavailable("psc_down", reason="keys") from exc
    if answer.status != 200 or not keys.keys:
        raise Unavailable("psc_down", reason="keys")
    return keys


def _is_for_signatures(one: Any) -> bool:
    return isinstance(one, Mapping) and one.get("kty") in _KINDS and one.get("use", "sig") == "sig"

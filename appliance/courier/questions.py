"""What others ask by job of the world outside, since the courier speaks outward: how Pro Santé Connect stands."""

import asyncio
import os
import threading
from dataclasses import asdict

import structlog

from appliance.bootstrap import House
from appliance.domain.errors import Fault
from appliance.domain.jobs import JobKind
from appliance.oidc.http import Limits
from appliance.oidc.places import look
from appliance.oidc.provider import Provider
from appliance.oidc.setup import provider_of

LOOK_S = 0.5
LIMITS = Limits(5.0, 3.0)
"""Two answers at most: who asked has stopped waiting later."""
_log = structlog.get_logger(__name__)


def run(house: House, stop: threading.Event) -> None:
    """Answer until ``stop`` is set; there is nothing to ask without Pro Santé Connect."""
    provider = provider_of(house.settings)
    while provider is not None and not stop.is_set():
        if not answer_next(house, provider):
            stop.wait(LOOK_S)


def answer_next(house: House, provider: Provider) -> bool:
    """Answer one question; return False when there is none, or the database is away."""
    try:
        if JobKind.PSC not in house.queue.ready():
            return False
        job = house.queue.claim([JobKind.PSC], f"courier-{os.getpid()}")
        if job is None:
            return False
        house.queue.finish(job, asdict(asyncio.run(look(provider, house.clock, LIMITS))))
    except Fault as fault:
        _log.warning("question", cause=fault.cause)
        return False
    return True

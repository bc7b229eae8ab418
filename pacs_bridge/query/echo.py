"""C-ECHO: does the node answer, how fast, and if not, why."""

import time
from collections.abc import Mapping
from typing import Any

from pynetdicom import build_context

from appliance.domain.errors import Unavailable
from appliance.domain.nodes import Node
from pacs_bridge.query.associations import Offer, Secure, Waits, by_default, dialogue
from pacs_bridge.sop_classes import VERIFICATION

SUCCESS = 0x0000


def echo(node: Node, secure: Secure = by_default) -> Mapping[str, Any]:
    """Return ``{ok, ms, cause}``; never raises for a node's fault."""
    started = time.monotonic()
    cause = ""
    try:
        with dialogue(node, Offer([build_context(VERIFICATION)], secure=secure)) as opened:
            if opened.echo(VERIFICATION, Waits().response_s) != SUCCESS:
                cause = "failed_status"
    except Unavailable as away:
        cause = away.cause
    return {"ok": not cause, "ms": round((time.monotonic() - started) * 1000), "cause": cause}

"""C-ECHO: does the node answer, how fast, and if not, why."""

import time
from collections.abc import Mapping
from typing import Any

from pynetdicom import build_context

from appliance.domain.errors import Unavailable
from appliance.domain.nodes import Node
from pacs_bridge.query.associations import Offer, Secure, associated, by_default
from pacs_bridge.sop_classes import VERIFICATION


def echo(node: Node, secure: Secure = by_default) -> Mapping[str, Any]:
    """Return ``{ok, ms, cause}``; never raises for a node's fault."""
    started = time.monotonic()
    cause = ""
    try:
        with associated(node, Offer([build_context(VERIFICATION)], secure=secure)) as association:
            status = association.send_c_echo()
            code = status.get("Status") if status else None
            if code != 0x0000:
                cause = "timeout" if code is None else "failed_status"
    except Unavailable as away:
        cause = away.cause
    return {"ok": not cause, "ms": round((time.monotonic() - started) * 1000), "cause": cause}

"""Technical logs: one JSON object a line on the standard error.

They carry UIDs, internal ids and words of the domain. Keys that name a patient or a secret are dropped before anything
is written, and the libraries that log what crosses the wire are held at warnings.
"""

import logging
import sys
from collections.abc import MutableMapping
from typing import Any, TextIO

import structlog

_TALKATIVE = (
    *("pynetdicom", "pydicom", "aiohttp.access", "aiohttp.server", "alembic", "asyncio"),
    *("sqlalchemy", "PIL", "fontTools"),
)
_NEVER = frozenset(
    [
        "name",
        "patient",
        "patient_name",
        "patient_id",
        "given_name",
        "given_names",
        "family_name",
        "birth_date",
        "code",
        "digits",
        "password",
        "token",
        "secret",
        "totp_secret",
        "dataset",
        "email",
        "phone",
        "to",
        "text",
        "cookie",
        "csrf",
    ]
)

Event = MutableMapping[str, Any]


def set_up(service: str, level: str = "info", stream: TextIO | None = None) -> None:
    """Send every log of this process through one formatter; call once, from a service's ``main``."""
    chain: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        lambda _logger, _method, event: {"service": service, **event},
        without_secrets,
    ]
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=chain,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.ExceptionRenderer(
                    structlog.tracebacks.ExceptionDictTransformer(show_locals=False)
                ),
                structlog.processors.JSONRenderer(ensure_ascii=False, default=lambda value: type(value).__name__),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(logging.WARNING)
    logging.getLogger("pynetdicom").setLevel(logging.ERROR)  # its warnings quote identifiers
    structlog.configure(
        processors=[*chain, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )


def without_secrets(_logger: object, _method: str, event: Event) -> Event:
    """Return the event without the keys that name a patient or a secret."""
    return {key: value for key, value in event.items() if key.lower() not in _NEVER}

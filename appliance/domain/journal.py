"""The access journal: what a record says, and the hash chain that makes an edit show."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

GENESIS = b"\0" * 32


class Family(StrEnum):
    """What a record is about."""

    ACCESS = "access"
    CODE = "code"
    LOGIN = "login"
    ADMIN = "admin"
    SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: kind (``account``, ``staff``, ``unix``, ``node``, ``system``), id within it, label for readers."""

    kind: str
    id: str
    label: str = ""
    address: str = ""


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened. ``facts`` hold internal ids, UIDs and causes, never traits or secrets."""

    family: Family
    verb: str
    actor: Actor
    subject: str = ""
    cause: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Record:
    """An event in its place in the chain."""

    number: int
    at: datetime
    event: Event
    body: str
    digest: bytes


def body_of(event: Event, at: datetime) -> str:
    """Return the canonical text that is hashed and stored: sorted keys, no spaces, UTC microseconds."""
    actor = {"kind": event.actor.kind, "id": event.actor.id, "label": event.actor.label, "address": event.actor.address}
    whole = {
        "at": round(at.timestamp() * 1e6),
        "family": event.family,
        "verb": event.verb,
        "actor": actor,
        "subject": event.subject,
        "cause": event.cause,
        "facts": dict(event.facts),
    }
    return json.dumps(whole, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=str)


def link(previous: bytes, number: int, body: str) -> bytes:
    """Return the SHA-256 digest that chains record ``number`` to the one before."""
    return hashlib.sha256(previous + number.to_bytes(8, "big") + body.encode()).digest()

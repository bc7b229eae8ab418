"""Tokens and keys."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from appliance.domain.bearers import Kind, Right
from appliance.domain.identifiers import ShareId, StudyUID


@dataclass(frozen=True, slots=True)
class BearerRow:
    """A token or a key; what opens with it is stored hashed only. `name` is a key's, or what a token is for."""

    id: int
    kind: Kind
    token_hash: bytes
    name: str
    rights: frozenset[Right]
    created_at: datetime
    created_by: str
    until: datetime
    session_id: int | None = None
    shares: tuple[ShareId, ...] = ()
    ended_at: datetime | None = None
    used_at: datetime | None = None


class Bearers(Protocol):
    """Tokens and keys, what they open and what they viewed."""

    def add(self, row: BearerRow) -> int:
        """Return the number given."""
        ...

    def by_token(self, token_hash: bytes) -> BearerRow | None: ...
    def key(self, name: str) -> BearerRow | None:
        """Return the key of that name that nobody revoked."""
        ...

    def all_keys(self) -> Sequence[BearerRow]:
        """Return every key, revoked ones last."""
        ...

    def tokens(self, session_id: int, now: datetime) -> Sequence[BearerRow]:
        """Return the living tokens of a session, oldest first."""
        ...

    def end(self, bearer_id: int, at: datetime) -> None: ...
    def used(self, bearer_id: int, at: datetime) -> None: ...
    def studies(self, bearer_id: int) -> Sequence[StudyUID]:
        """Return the studies of its shares, whether they may be seen now or not."""
        ...

    def first_view(self, bearer_id: int, study_uid: StudyUID, at: datetime) -> bool:
        """Return True the first time that it opens this study."""
        ...

"""An object without usable UIDs: held whole under a key of its own, then written as what it is kept as."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from appliance.dicom.coercion import Coercible
from appliance.domain import coercion
from appliance.domain.errors import Malformed
from appliance.domain.identifiers import StudyUID
from appliance.usecases.ports import Objects
from pacs_bridge.receive import headers, part10

FOLDER = "coercing"
"""Not under ``received``: what lies here was never acknowledged, and is nobody's object."""
LIMIT_BYTES = 512 << 20
_UNNAMED = "2.25.0"


@dataclass(frozen=True, slots=True)
class Written:
    """The coerced file, durable."""

    key: str
    size_bytes: int
    found: headers.Found
    changed: tuple[str, ...]


def may_be_settled(meta: part10.FileMeta) -> part10.FileMeta:
    """Return a meta under which the bytes can be read before it is known what the object is called."""
    return meta if coercion.usable(meta.sop_uid) else replace(meta, sop_uid=_UNNAMED)


class Aside:
    """One object held aside. `discard` leaves nothing behind, at any time."""

    def __init__(self, objects: Objects, meta: part10.FileMeta) -> None:
        self._objects, self._meta = objects, meta
        self._key = f"{FOLDER}/{secrets.token_hex(16)}.dcm"
        self._writing = objects.create(self._key)
        self._writing.write(part10.head(may_be_settled(meta)))
        self._size_bytes = 0

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Take a fragment; raise `Malformed` ``too_large``."""
        self._size_bytes += len(data)
        if self._size_bytes > LIMIT_BYTES:
            raise Malformed("too_large")
        self._writing.write(data)

    def settle(self, digest: bytes, check: Callable[[StudyUID], None], at: datetime) -> Written:
        """Write the object with settled UIDs; raises what `domain.coercion.settled` and `Coercible` raise."""
        self._writing.commit()
        with self._objects.local(self._key) as path:
            return self._settled(Coercible(path), digest, check, at)

    def discard(self) -> None:
        """Delete what is held."""
        self._writing.discard()

    def _settled(
        self, coercible: Coercible, digest: bytes, check: Callable[[StudyUID], None], at: datetime
    ) -> Written:
        meta, announced = self._meta, coercion.Announced(self._meta.sop_class, self._meta.sop_uid)
        settled = coercion.settled(coercible.claimed(), announced, digest)
        check(settled.study_uid)
        changed = coercible.changed(settled)
        key = f"received/{settled.study_uid}/{settled.sop_uid}.{secrets.token_hex(4)}.dcm"
        writing = self._objects.create(key)
        try:
            writing.write(part10.head(replace(meta, sop_class=settled.sop_class, sop_uid=settled.sop_uid)))
            for piece in coercible.rewritten(settled, meta.source_aet, at):
                writing.write(piece)
            size_bytes = writing.commit()
        except BaseException:
            writing.discard()
            raise
        try:
            with self._objects.local(key) as path:
                found = headers.from_file(path, meta.transfer_syntax)
        except BaseException:
            self._objects.delete(key)
            raise
        return Written(key, size_bytes, found, changed)

"""Copying every object of one store into another, while the services run or after; again takes only what is new."""

from collections.abc import Iterator

from appliance.domain.errors import Unavailable
from appliance.usecases.ports import Objects

FOLDERS = ("received", "prepared", "reports", "quarantine", "sent", "exported")
_NEVER_CHANGED = (".dcm", ".frames", ".native")
_PIECE_BYTES = 1 << 20


def copied(source: Objects, target: Objects) -> Iterator[bool]:
    """Yield for each object whether it had to be copied; raise `Unavailable` as the stores do.

    An object that went from the source meanwhile is left out.
    """
    for folder in FOLDERS:
        for key in source.keys(folder):
            try:
                yield _copied(source, target, key)
            except Unavailable as fault:
                if fault.cause != "object_missing":
                    raise


def _copied(source: Objects, target: Objects, key: str) -> bool:
    if not key.endswith(_NEVER_CHANGED):
        target.put(key, source.read(key))
        return True
    size = source.size(key)
    if _size(target, key) == size:
        return False
    target.delete(key)  # of another size: a copy that was cut off, in a store where that can be
    writing = target.create(key)
    try:
        for offset in range(0, size, _PIECE_BYTES):
            writing.write(source.pread(key, offset, _PIECE_BYTES))
        writing.commit()
    except BaseException:
        writing.discard()
        raise
    return True


def _size(objects: Objects, key: str) -> int | None:
    try:
        return objects.size(key)
    except Unavailable as fault:
        if fault.cause == "object_missing":
            return None
        raise

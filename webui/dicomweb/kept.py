"""Pictures drawn lately, kept in memory: who scrolls back and forth asks for the same ones again."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock

MOST_BYTES = 32 << 20


class Kept:
    """The pictures asked for last, no more than ``most_bytes`` together. Whoever asks has the right already."""

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._most, self._size = most_bytes, 0
        self._pictures: OrderedDict[Hashable, bytes] = OrderedDict()
        self._lock = Lock()

    def get(self, key: Hashable, draw: Callable[[], bytes]) -> bytes:
        """Return the picture of that key, drawn now unless it is kept; the key names its pixels and its look."""
        with self._lock:
            found = self._pictures.get(key)
            if found is not None:
                self._pictures.move_to_end(key)
                return found
        drawn = draw()
        with self._lock:
            self._size += len(drawn) - len(self._pictures.pop(key, b""))
            self._pictures[key] = drawn
            while self._size > self._most:
                self._size -= len(self._pictures.popitem(last=False)[1])
        return drawn

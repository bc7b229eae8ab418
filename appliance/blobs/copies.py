"""Private copies of objects that do not lie on this machine, for readers that need a file.

A copy lives as long as its block: there are never more than readers. Those of a killed process go when the next begins.
"""

import os
import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from appliance.domain.errors import Unavailable


class Copies:
    """Copies of this process, mode 0600, in a folder that several processes may share."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as exc:
            raise Unavailable("storage") from exc
        self._drop_abandoned()

    @contextmanager
    def copy(self, pieces: Iterable[bytes]) -> Iterator[Path]:
        """Lend a file made of these pieces; raise `Unavailable` ``storage`` when there is no room for it."""
        path = self._folder / f"{os.getpid()}.{secrets.token_hex(8)}"
        try:
            self._write(path, pieces)
            yield path
        finally:
            path.unlink(missing_ok=True)

    def _write(self, path: Path, pieces: Iterable[bytes]) -> None:
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                for piece in pieces:
                    file.write(piece)
        except OSError as exc:
            raise Unavailable("storage") from exc

    def _drop_abandoned(self) -> None:
        for path in self._folder.iterdir():
            writer = path.name.partition(".")[0]
            if writer.isdigit() and not Path("/proc", writer).exists():
                path.unlink(missing_ok=True)

"""Objects in a local folder. Received files get their final name at once and are durable before the answer."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from appliance.blobs.keys import parts_of
from appliance.domain.errors import Unavailable


class FolderObjects:
    """`appliance.usecases.ports.Objects` under one folder."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._known: set[Path] = set()
        with _wrapped():
            root.mkdir(parents=True, exist_ok=True)

    def create(self, key: str) -> "FolderWriting":
        """Open a new object; an existing one is never written over (`Unavailable` ``storage``)."""
        path = self._path(key)
        with _wrapped():
            fresh = self._folder(path.parent)
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o640)
        return FolderWriting(path, descriptor, new_folder=fresh)

    def put(self, key: str, data: bytes) -> None:
        """Replace an object at once: the old one or the new one, never half."""
        path = self._path(key)
        with _wrapped():
            self._folder(path.parent)
            _drop_unfinished(path)
            temporary = path.with_name(f".{path.name}.{os.getpid()}.{os.urandom(4).hex()}")
            try:
                with open(temporary, "xb") as file:
                    file.write(data)
                    file.flush()
                    os.fsync(file.fileno())
                os.replace(temporary, path)
            except BaseException:
                temporary.unlink(missing_ok=True)
                raise
            _sync_folder(path.parent)

    def read(self, key: str) -> bytes:
        """Return the whole object."""
        with _wrapped():
            return self._path(key).read_bytes()

    def pread(self, key: str, offset: int, length: int) -> bytes:
        """Return ``length`` bytes from ``offset``; fewer only at the end."""
        with _wrapped():
            descriptor = os.open(self._path(key), os.O_RDONLY | os.O_CLOEXEC)
            try:
                return os.pread(descriptor, length, offset)
            finally:
                os.close(descriptor)

    @contextmanager
    def local(self, key: str) -> Iterator[Path]:
        """Lend the object's own file: to be read, not written."""
        yield self._path(key)

    def delete(self, key: str) -> None:
        """Delete it; one that is gone already is no fault."""
        with _wrapped():
            self._path(key).unlink(missing_ok=True)

    def keys(self, prefix: str) -> Iterator[str]:
        """Yield the keys under a folder, in no order; unfinished replacements are not objects."""
        start = self._path(prefix.removesuffix("/"))
        for folder, _, files in os.walk(start):
            for name in files:
                if not name.startswith("."):
                    yield str(Path(folder, name).relative_to(self._root))

    def size(self, key: str) -> int:
        """Return the size in bytes."""
        with _wrapped():
            return self._path(key).stat().st_size

    def modified(self, key: str) -> datetime:
        """Return when it was written, aware UTC."""
        with _wrapped():
            return datetime.fromtimestamp(self._path(key).stat().st_mtime, UTC)

    def free_bytes(self) -> int:
        """Return the room left."""
        with _wrapped():
            return shutil.disk_usage(self._root).free

    def close(self) -> None:
        """Nothing stays open."""

    def _path(self, key: str) -> Path:
        return self._root.joinpath(*parts_of(key))

    def _folder(self, folder: Path) -> bool:
        """Make the folder durable; return whether it is new to this process."""
        if folder in self._known:
            return False
        missing = [folder, *(p for p in folder.parents if p.is_relative_to(self._root))]
        folder.mkdir(parents=True, exist_ok=True)
        for parent in missing:
            _sync_folder(parent)
        if len(self._known) > 10_000:
            self._known.clear()
        self._known.add(folder)
        return True


class FolderWriting:
    """A new object being written."""

    def __init__(self, path: Path, descriptor: int, *, new_folder: bool) -> None:
        self._path = path
        self._descriptor = descriptor
        self._new_folder = new_folder
        self._size = 0

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Append."""
        with _wrapped():
            left = memoryview(data)
            self._size += len(left)
            while left:
                left = left[os.write(self._descriptor, left) :]

    def commit(self) -> int:
        """Make it durable, name included; return its size in bytes."""
        with _wrapped():
            os.fdatasync(self._descriptor)  # of a new file this commits its name too (ext4, xfs)
            self._close()
            if self._new_folder:
                _sync_folder(self._path.parent)
        return self._size

    def discard(self) -> None:
        """Throw it away."""
        self._close()
        self._path.unlink(missing_ok=True)

    def _close(self) -> None:
        descriptor, self._descriptor = self._descriptor, -1
        if descriptor >= 0:
            os.close(descriptor)


@contextmanager
def _wrapped() -> Iterator[None]:
    try:
        yield
    except FileNotFoundError as exc:
        raise Unavailable("object_missing") from exc
    except OSError as exc:
        raise Unavailable("storage") from exc


def _drop_unfinished(path: Path) -> None:
    """Delete replacements of this object whose process was killed before they took its place."""
    for other in path.parent.glob(f".{path.name}.*.*"):
        writer = other.name.split(".")[-2]
        if writer.isdigit() and not Path("/proc", writer).exists():
            other.unlink(missing_ok=True)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

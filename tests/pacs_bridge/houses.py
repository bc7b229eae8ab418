"""A house in memory: files are real, rows are lists."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from appliance.crypto.keyed import KeyedSecrets
from appliance.domain.errors import Unavailable
from appliance.domain.nodes import Node
from appliance.usecases.ports import ReceivedFile
from appliance.usecases.receiving import Outcome


class Writing:
    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path, self.file = path, path.open("xb", buffering=0)

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.file.write(data)

    def commit(self) -> int:
        self.file.close()
        return self.path.stat().st_size

    def discard(self) -> None:
        self.file.close()
        self.path.unlink(missing_ok=True)


class Folder:
    """Objects in a folder. ``full`` makes every new object fail."""

    def __init__(self, root: Path) -> None:
        self.root, self.full = root, False

    def create(self, key: str) -> Writing:
        if self.full:
            raise Unavailable("storage")
        return Writing(self.root / key)

    def put(self, key: str, data: bytes) -> None:
        (self.root / key).parent.mkdir(parents=True, exist_ok=True)
        (self.root / key).write_bytes(data)

    def read(self, key: str) -> bytes:
        return (self.root / key).read_bytes()

    def pread(self, key: str, offset: int, length: int) -> bytes:
        return self.read(key)[offset : offset + length]

    @contextmanager
    def local(self, key: str) -> Iterator[Path]:
        yield self.root / key

    def delete(self, key: str) -> None:
        (self.root / key).unlink(missing_ok=True)

    def keys(self, prefix: str) -> Iterator[str]:
        for path in sorted((self.root / prefix).rglob("*")):
            if path.is_file():
                yield path.relative_to(self.root).as_posix()

    def size(self, key: str) -> int:
        return (self.root / key).stat().st_size

    def free_bytes(self) -> int:
        return 1 << 40

    def close(self) -> None:
        pass


@dataclass
class Receiving:
    """The use case: keeps what it is given, or raises ``fault``."""

    files: list[ReceivedFile] = field(default_factory=list)
    fault: Exception | None = None

    def __post_init__(self) -> None:
        self.asked: list[str] = []
        self.ended: list[tuple[Any, dict[str, int], str]] = []
        self.resumed = 0

    def accept(self, file: ReceivedFile) -> Outcome:
        if self.fault is not None:
            raise self.fault
        self.files.append(file)
        return Outcome.NEW

    def association_ended(self, actor: Any, counts: dict[str, int], cause: str) -> None:
        self.ended.append((actor, counts, cause))

    def prepare(self, series: Iterable[tuple[str, str]], delay_s: float = 0.5) -> None:
        self.asked += [series_uid for _, series_uid in series]

    def resume(self) -> int:
        self.resumed += 1
        return 0


class FakeJobs:
    def __init__(self) -> None:
        self.asked: list[tuple[str, str]] = []

    def enqueue(self, kind: str, subject: str, _payload: object, **_rest: object) -> int:
        self.asked.append((str(kind), subject))
        return len(self.asked)

    def hasten(self, kind: str, _now: datetime) -> None:
        self.asked.append((f"hasten {kind}", ""))


class FakeJournal:
    def __init__(self) -> None:
        self.events: list[Any] = []

    def append(self, event: object, _at: datetime) -> int:
        self.events.append(event)
        return len(self.events)


class FakeInstances:
    def __init__(self, receiving: Receiving) -> None:
        self._receiving = receiving

    def known_keys(self, keys: Sequence[str]) -> set[str]:
        return set(keys) & {file.key for file in self._receiving.files}

    def of_study(self, uid: str) -> list[Any]:
        return [file.facts for file in self._receiving.files if file.facts.study_uid == uid]

    def held(self, uid: str) -> set[str]:
        return {facts.sop_uid for facts in self.of_study(uid)}

    def unprepared_series(self) -> list[tuple[str, str]]:
        return sorted({(f.facts.study_uid, f.facts.series_uid) for f in self._receiving.files})


class FakeNodes:
    def __init__(self, nodes: Sequence[Node]) -> None:
        self.nodes = {node.name: node for node in nodes}
        self.silences: list[str] = []
        self.answers: list[str] = []
        self.learnt: list[str] = []

    def listed(self) -> list[Node]:
        return list(self.nodes.values())

    def by_name(self, name: str) -> Node | None:
        return self.nodes.get(name)

    def answered(self, name: str, at: datetime) -> None:
        self.answers.append(name)

    def silent(self, name: str, since: datetime) -> None:
        self.silences.append(name)

    def learned(self, name: str, *, required_keys_only: bool) -> None:
        self.learnt.append(name)


class FakeStudies:
    def __init__(self) -> None:
        self.counts: dict[str, tuple[int | None, bool | None]] = {}
        self.away: dict[str, datetime | None] = {}
        self.rows: dict[str, Any] = {}

    def by_uid(self, uid: str) -> Any:
        return self.rows.get(uid)

    def counted(self, uid: str, expected: int | None, *, complete: bool | None) -> None:
        self.counts[uid] = (expected, complete)

    def unreachable(self, uid: str, since: datetime | None) -> None:
        self.away[uid] = since


class FakeWork:
    def __init__(self, receiving: Receiving, nodes: Sequence[Node]) -> None:
        self.jobs, self.journal = FakeJobs(), FakeJournal()
        self.instances, self.nodes = FakeInstances(receiving), FakeNodes(nodes)
        self.studies = FakeStudies()


class Database:
    def __init__(self, work: FakeWork) -> None:
        self.work = work

    @contextmanager
    def writing(self) -> Iterator[Any]:
        yield self.work

    appending = reading = writing


class Clock:
    def now(self) -> datetime:
        return datetime.now(UTC)


class FakeHouse:
    """Everything the bridge asks of a house."""

    def __init__(self, root: Path, nodes: Sequence[Node] = ()) -> None:
        self.receiving = Receiving()
        self.objects = Folder(root)
        self.work = FakeWork(self.receiving, nodes)
        self.database: Any = Database(self.work)
        self.clock = Clock()
        self.secrets = KeyedSecrets(bytes(32))

"""`negatoscope run`: start the services in order, write the ready file, take all down together.

::

    stage 1 --all said ready--> stage 2 … --> ready file written --SIGTERM or a dead child--> all stopped, last first

No restarts here: systemd does that in production; in the foreground a dead child ends the run, loudly.
Not here: what the services do, and where their addresses come from.
"""

import asyncio
import contextlib
import ctypes
import json
import os
import signal
import socket
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

GRACE_S = 10.0
"""A service ends within this time of SIGTERM, or is killed with its process group."""
START_S = 60.0
FAILED = 70
_PR_SET_PDEATHSIG = 1

Facts = Mapping[str, Any]


class CannotStart(Exception):
    """A run that cannot begin or go on; the text says why, to a person."""


class PortTaken(CannotStart):
    """An address cannot be listened on; the text says why and which option changes it."""


def listen(host: str, port: int, option: str) -> socket.socket:
    """Return a listening socket that children may inherit; port 0 takes a free one.

    Raises
    ------
    PortTaken
        In words, naming ``option``.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    bound = socket.socket(family, socket.SOCK_STREAM)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind((host, port))
        bound.listen(128)
    except OSError as exc:
        bound.close()
        raise PortTaken(
            f"{host}:{port} est déjà pris ou interdit ({exc.strerror}) ; choisissez-en un autre avec {option}.\n"
            f"{host}:{port} is in use or not allowed ({exc.strerror}); choose another with {option}."
        ) from exc
    return bound


def listen_unix(path: Path, mode: int = 0o600) -> socket.socket:
    """Return a listening Unix socket at ``path``, in place of one that nobody answers on.

    Raises
    ------
    PortTaken
        When another process answers there, or the folder forbids it.
    """
    with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as probe:
        probe.connect(str(path))
        raise PortTaken(f"{path} : un autre Négatoscope répond déjà. / another Négatoscope answers there already.")
    bound = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        bound.bind(str(path))
        path.chmod(mode)
        bound.listen(128)
    except OSError as exc:
        bound.close()
        raise PortTaken(f"{path} : {exc.strerror or exc}") from exc
    return bound


@dataclass
class Service:
    """One child: its name in the ready file, its command, the sockets it inherits."""

    name: str
    argv: Sequence[str]
    sockets: Sequence[socket.socket] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    process: asyncio.subprocess.Process | None = None

    @property
    def pid(self) -> int:
        """Return the process id of a started service."""
        if self.process is None:
            raise RuntimeError(f"{self.name} was not started")
        return self.process.pid

    async def start(self) -> bool:
        """Return True once the child said ready, False when it died first."""
        read, write = os.pipe()
        numbers = [one.fileno() for one in self.sockets]
        inherited = {
            "NEGATOSCOPE_READY_FD": str(write),
            "NEGATOSCOPE_LISTEN_FDS": ",".join(map(str, numbers)),
        }
        try:
            self.process = await self._launched({**os.environ, **self.environment, **inherited}, (write, *numbers))
        finally:
            os.close(write)
        return bool(await _first_line(read))

    async def _launched(self, environment: Mapping[str, str], passed: Sequence[int]) -> asyncio.subprocess.Process:
        """Return the child, in a session of its own, with these descriptors open."""
        return await asyncio.create_subprocess_exec(
            *self.argv,
            env=environment,
            pass_fds=passed,
            start_new_session=True,
            preexec_fn=dies_with(os.getpid()),
            stdin=asyncio.subprocess.DEVNULL,
        )

    async def stop(self) -> None:
        """End the child: SIGTERM, and after `GRACE_S` SIGKILL to its whole group."""
        process = self.process
        if process is None:
            return
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.terminate()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(process.wait(), GRACE_S)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)  # what a child left behind, too
        await process.wait()


async def _first_line(descriptor: int) -> bytes:
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader()
    transport, _ = await loop.connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(descriptor, "rb", 0)
    )
    try:
        return await reader.readline()  # empty when the child died first
    finally:
        transport.close()


def dies_with(parent: int) -> Callable[[], None]:
    """Return what a child runs before its program: a supervisor killed by -9 leaves nobody behind."""
    prctl = ctypes.CDLL(None).prctl

    def die() -> None:
        prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:
            os._exit(1)

    return die


async def _nothing() -> Facts:
    return {}


@dataclass
class Run:
    """One run: stages of services, what the ready file says, what happens once everything answers."""

    stages: Sequence[Sequence[Service]]
    facts: Callable[[], Awaitable[Facts]] = _nothing
    ready_file: Path | None = None
    when_ready: Callable[[Facts], None] = lambda _facts: None
    _started: list[Service] = field(default_factory=list)

    async def until_ended(self) -> int:
        """Return the exit status: 0 after a signal, `FAILED` when a service died or never answered."""
        halt = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            loop.add_signal_handler(number, halt.set)
        halted = asyncio.create_task(halt.wait())
        try:
            return await self._run(halted)
        finally:
            halted.cancel()
            if self.ready_file is not None:
                self.ready_file.unlink(missing_ok=True)
            for service in reversed(self._started):
                await service.stop()

    async def _run(self, halted: "asyncio.Task[Any]") -> int:
        for stage in self.stages:
            if not await self._stage(stage, halted):
                return 0 if halted.done() else FAILED
        return await self._watch(halted)

    async def _stage(self, stage: Sequence[Service], halted: "asyncio.Task[Any]") -> bool:
        self._started += stage
        up = asyncio.gather(*(service.start() for service in stage))
        try:
            await asyncio.wait({up, halted}, timeout=START_S, return_when=asyncio.FIRST_COMPLETED)
            if not up.done():
                if not halted.done():
                    _complain(f"{', '.join(s.name for s in stage)} : pas prêt en {START_S:.0f} s / not ready")
                return False
        finally:
            if not up.done():
                up.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await up
        for service, ready in zip(stage, up.result(), strict=True):
            if not ready:
                _complain(f"{service.name} : arrêté avant d'être prêt / ended before it was ready")
        return all(up.result())

    async def _tell(self) -> None:
        told = {**await self.facts(), "pids": self._pids()}
        if self.ready_file is not None:
            write_private(self.ready_file, json.dumps(told, ensure_ascii=False, indent=1).encode())
        self.when_ready(told)

    async def _watch(self, halted: "asyncio.Task[Any]") -> int:
        deaths: dict[asyncio.Task[Any], Service] = {
            asyncio.create_task(_waited(service)): service for service in self._started
        }
        telling = asyncio.create_task(self._tell())
        try:
            done, _ = await asyncio.wait({*deaths, halted, telling}, return_when=asyncio.FIRST_COMPLETED)
            if done == {telling}:
                telling.result()
                done, _ = await asyncio.wait({*deaths, halted}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (*deaths, telling):
                task.cancel()
            await asyncio.gather(*deaths, telling, return_exceptions=True)
        dead = [task for task in done if task in deaths]
        for task in dead:
            _complain(f"{deaths[task].name} : terminé / ended ({task.result()})")
        return FAILED if dead else 0

    def _pids(self) -> dict[str, list[int]]:
        pids: dict[str, list[int]] = {}
        for service in self._started:
            pids.setdefault(service.name, []).append(service.pid)
        return pids


async def _waited(service: Service) -> int:
    if service.process is None:
        raise RuntimeError(service.name)
    return await service.process.wait()


def write_private(path: Path, data: bytes) -> None:
    """Write a file that holds secrets: mode 0600 from its first byte, and whole or not there at all."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    temporary.unlink(missing_ok=True)
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)


def _complain(text: str) -> None:
    print(text, file=sys.stderr, flush=True)  # noqa: T201

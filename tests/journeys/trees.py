"""The real tree of `negatoscope run`, started a hundred times without importing it a hundred times.

This process has imported everything. It forks the supervisor, which runs the real verb; the supervisor's
services are forked too, where the program would be executed again: same parent, same session of their own,
same descriptors and environment, same command line, given to the real `appliance.cli`. `executed` starts the
program itself instead, as its user does.
"""

import asyncio
import contextlib
import ctypes
import json
import os
import signal
import sys
import time
import traceback
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import typer

from appliance import cli, supervisor
from appliance.commands import run, services

ROOT = Path(__file__).parent.parent.parent
READY_S = 60.0
_PR_SET_CHILD_SUBREAPER = 36


class ForkedService(supervisor.Service):
    """A service whose program is in memory already."""

    async def _launched(self, environment: Mapping[str, str], passed: Sequence[int]) -> asyncio.subprocess.Process:
        dies_with_parent = supervisor.dies_with(os.getpid())

        def become() -> None:
            dies_with_parent()
            _close_all_but(passed)  # with them the pipe by which subprocess waits for exec
            os.environ.clear()
            os.environ.update(environment)
            _forget_signals()
            _end(lambda: cli.main(list(self.argv[3:])))

        return await asyncio.create_subprocess_exec(
            *self.argv, env=environment, pass_fds=passed, start_new_session=True,
            preexec_fn=become, stdin=asyncio.subprocess.DEVNULL)  # fmt: skip


def become_reaper() -> None:
    """Orphans of a killed supervisor become this process's children, so that it sees each of them end."""
    ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1)


def forked(what: Callable[[], object], log: Path, keep: Iterable[int] = ()) -> int:
    """Return the pid of a child that does ``what`` and ends; only ``keep`` is open in it."""
    sys.stdout.flush()
    pid = os.fork()
    if pid == 0:
        written = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        os.dup2(written, 1)
        os.dup2(written, 2)
        _close_all_but(keep)
        os.setsid()
        _end(what)
    return pid


@dataclass
class Tree:
    """A supervisor and what it started."""

    pid: int
    ready: dict[str, object]

    @property
    def web(self) -> str:
        return str(self.ready["web"])

    def kill(self) -> int:
        """SIGKILL every process at once; return how many there were, once none is left."""
        pids = [self.pid, *descendants(self.pid)]
        for number in (signal.SIGSTOP, signal.SIGKILL):  # stopped first: none sees another one end
            for pid in pids:
                os.kill(pid, number)
        for pid in pids:
            reap(pid)
        return len(pids)

    def end(self) -> int:
        """Return the exit status after SIGTERM."""
        os.kill(self.pid, signal.SIGTERM)
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])


def start(config: Path, *, executed: bool = False) -> Tree:
    """Return the tree once it says ready."""
    ready, log = config.with_name("ready.json"), config.with_name("tree.log")
    ready.unlink(missing_ok=True)
    if executed:
        command = [sys.executable, "-m", "appliance.cli", "run", "--config", str(config), "--ready-file", str(ready)]
        pid = forked(lambda: (os.chdir(ROOT), os.execv(command[0], command)), log)
    else:
        pid = forked(lambda: _run(config, ready), log)
    end = time.monotonic() + READY_S
    while not ready.exists():
        if os.waitpid(pid, os.WNOHANG)[0] or time.monotonic() > end:
            raise AssertionError("not ready\n" + log.read_text(errors="replace")[-4000:])
        time.sleep(0.003)
    return Tree(pid, json.loads(ready.read_text()))


def descendants(pid: int) -> list[int]:
    """Return every process below one, nearest first."""
    children: dict[int, list[int]] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((folder / "stat").read_bytes().rpartition(b")")[2].split()[1])
        except (OSError, IndexError):
            continue
        children.setdefault(parent, []).append(int(folder.name))
    found: list[int] = []
    waiting = [pid]
    while waiting:
        below = children.get(waiting.pop(), [])
        found += below
        waiting += below
    return found


def reap(pid: int) -> None:
    """Wait for the end of a child, own or adopted."""
    end = time.monotonic() + 10
    while time.monotonic() < end:
        try:
            os.waitpid(pid, 0)
        except ChildProcessError:
            if not Path(f"/proc/{pid}").exists():
                return
            time.sleep(0.001)  # its parent is not dead yet
        else:
            return
    raise AssertionError(f"{pid} does not end")


def _run(config: Path, ready: Path) -> None:
    services.Service = ForkedService
    try:
        run.command(config, ready)
    except typer.Exit as ended:
        raise SystemExit(ended.exit_code) from None


def _end(what: Callable[[], object]) -> NoReturn:
    status = 1
    try:
        what()
        status = 0
    except SystemExit as stopped:
        status = stopped.code if isinstance(stopped.code, int) else int(bool(stopped.code))
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


def _close_all_but(keep: Iterable[int]) -> None:
    kept = {0, 1, 2, *keep}
    for name in os.listdir("/proc/self/fd"):
        if int(name) not in kept:
            with contextlib.suppress(OSError):  # the descriptor of the listing itself
                os.close(int(name))


def _forget_signals() -> None:
    signal.set_wakeup_fd(-1)
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)

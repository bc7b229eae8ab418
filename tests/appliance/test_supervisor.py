import asyncio
import json
import os
import signal
import socket
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from appliance.supervisor import PortTaken, Run, Service, listen, listen_unix

CHILD = """
import os, signal, sys, time
what = sys.argv[1]
if what == "fail":
    sys.exit(3)
if what == "stubborn":
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
for number in filter(None, os.environ["NEGATOSCOPE_LISTEN_FDS"].split(",")):
    os.fstat(int(number))
os.write(int(os.environ["NEGATOSCOPE_READY_FD"]), b"ready\\n")
time.sleep(0.2 if what == "brief" else 60)
"""


def child(name, what="steady", sockets=()):
    return Service(name, [sys.executable, "-c", CHILD, what], sockets)


def alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return b") Z" not in Path(f"/proc/{pid}/stat").read_bytes()


async def test_all_start_say_ready_and_end_together(tmp_path):
    ready = tmp_path / "r.json"

    async def facts():
        return {"web": "http://x"}

    with listen("127.0.0.1", 0, "--web-port") as web:
        run = Run(
            [[child("admin")], [child("web", sockets=[web]), child("bridge")]],
            facts=facts,
            ready_file=ready,
            when_ready=lambda told: os.kill(os.getpid(), signal.SIGTERM),
        )
        seen = {}
        before = run.when_ready

        def look(told):
            seen.update(json.loads(ready.read_text()))
            seen["mode"] = stat.S_IMODE(ready.stat().st_mode)
            before(told)

        run.when_ready = look
        assert await run.until_ended() == 0
    assert seen["mode"] == 0o600
    assert seen["web"] == "http://x"
    assert set(seen["pids"]) == {"admin", "web", "bridge"}
    assert not ready.exists()
    assert not any(alive(pid) for pids in seen["pids"].values() for pid in pids)


async def test_a_dead_child_ends_the_run_loudly(capsys):
    run = Run([[child("steady"), child("brief", "brief")]])
    assert await run.until_ended() == 70
    assert "brief : terminé" in capsys.readouterr().err


async def test_a_child_that_never_gets_ready_ends_the_run(capsys, tmp_path):
    ready = tmp_path / "r.json"
    run = Run([[child("steady"), child("web", "fail")]], ready_file=ready)
    assert await run.until_ended() == 70
    assert "web : arrêté avant" in capsys.readouterr().err
    assert not ready.exists()


async def test_a_stubborn_child_is_killed(monkeypatch):
    monkeypatch.setattr("appliance.supervisor.GRACE_S", 0.3)
    service = child("stubborn", "stubborn")
    assert await service.start()
    await asyncio.wait_for(service.stop(), 5)
    assert not alive(service.pid)


def test_children_die_with_a_killed_parent():
    program = (
        "import asyncio, sys\nfrom appliance.supervisor import Run, Service\n"
        f"child = {CHILD!r}\n"
        "run = Run([[Service('web', [sys.executable, '-c', child, 'steady'])]],"
        " when_ready=lambda told: print(told['pids']['web'][0], flush=True))\n"
        "asyncio.run(run.until_ended())\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    pid = int(parent.stdout.readline())
    parent.kill()
    parent.wait()
    parent.stdout.close()
    for _ in range(100):
        if not alive(pid):
            break
        subprocess.run(["sleep", "0.05"], check=True)
    assert not alive(pid)


def test_a_taken_port_is_told_with_its_option():
    with socket.create_server(("127.0.0.1", 0)) as other, pytest.raises(PortTaken, match="--web-port"):
        listen("127.0.0.1", other.getsockname()[1], "--web-port")


def test_a_stale_unix_socket_is_replaced_and_a_live_one_is_not(tmp_path):
    path = tmp_path / "admin.sock"
    listen_unix(path).close()
    with listen_unix(path), pytest.raises(PortTaken, match="répond"):
        listen_unix(path)

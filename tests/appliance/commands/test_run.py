"""``negatoscope run`` from a file of settings: all services, no demo."""

import asyncio
import json
import os
import signal
import sys
import time

import aiohttp
import pytest

pytestmark = pytest.mark.timeout(180)


async def test_run_starts_every_service_and_ends_on_a_signal(tmp_path):
    state, ready, config = tmp_path / "state", tmp_path / "r.json", tmp_path / "n.toml"
    config.write_text(f'state_dir = "{state}"\n[web]\nport = 0\n[dicom]\nport = 0\n')
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "appliance.cli", "run", "--config", str(config), "--ready-file", str(ready)),
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        end = time.monotonic() + 90
        while not ready.exists():
            assert child.returncode is None, (await child.stdout.read()).decode()
            assert time.monotonic() < end
            await asyncio.sleep(0.1)
        told = json.loads(ready.read_text())
        assert set(told) == {"web", "card", "dicom", "admin_socket", "pids"}
        assert set(told["pids"]) == {"web", "bridge", "courier", "admin"}
        async with aiohttp.ClientSession() as session, session.get(told["web"] + "/healthz") as answer:
            assert answer.status == 200
        child.send_signal(signal.SIGTERM)
        printed = (await asyncio.wait_for(child.communicate(), 30))[0].decode()
        assert child.returncode == 0, printed
        assert all(json.loads(line)["level"] != "error" for line in printed.splitlines())
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()

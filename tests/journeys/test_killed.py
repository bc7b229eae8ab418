"""Killed at any moment: what was acknowledged is there, once, and the chain holds."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent


@pytest.mark.timeout(300)
def test_the_whole_tree_is_killed_a_hundred_times_while_codes_are_issued_and_redeemed(tmp_path):
    command = [sys.executable, "-m", "tests.journeys.killing", "--folder", str(tmp_path)]
    environment = {**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'smartcard'}"}
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, env=environment, timeout=290)
    assert done.stdout, done.stderr[-3000:]
    seen = json.loads(done.stdout)
    assert not seen["faults"], f"seed {seen['seed']}: {seen['faults'][:5]}"
    assert seen["kills"] == int(os.environ.get("KILLING_COUNT", "100"))
    assert seen["processes"] >= 5 * seen["kills"]  # supervisor, portal, bridge, courier, admin
    for act in ("issue", "redeem"):  # the kills fell within both acts, and enough was acknowledged to be lost
        assert seen["within"][act] >= seen["kills"] / 5
        assert seen["acknowledged"][act] >= seen["kills"]

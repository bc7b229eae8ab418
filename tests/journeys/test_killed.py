"""Killed at any moment: what was acknowledged is there, once, and the chain holds."""

import random
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from appliance.bootstrap import open_house
from appliance.config.settings import Settings
from appliance.domain.identifiers import AccountId, ShareId
from appliance.domain.journal import Actor
from appliance.store.migrations import migrate
from appliance.usecases.ports import AccountRow

ROOT = Path(__file__).parent.parent.parent
KILLS = 12


def run_and_kill(state: Path, account: int, after_s: float) -> list[tuple[str, str]]:
    command = [sys.executable, "-m", "tests.journeys.killing", str(state), str(account)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "ready\n"
        try:
            child.wait(after_s)
        except subprocess.TimeoutExpired:
            child.kill()
        lines = child.stdout.read().splitlines()
    return [(verb, share) for line in lines for verb, _, share in [line.partition(" ")] if len(share) == 43]


def test_nothing_acknowledged_is_lost_when_issuing_and_redeeming_are_killed(tmp_path):
    settings = Settings(state_dir=tmp_path)
    migrate(settings.database_url)
    now = datetime.now(UTC)
    physician = AccountRow(
        AccountId(0), "a@b.example", "Alix", "MARTIN", "", "", "810000000001", "10", "", True, None, now, "card",
        now + timedelta(days=9), now, "good",
    )  # fmt: skip
    with open_house(settings) as house:
        account = house.people.add_account(physician, "", Actor("system", "test"))
    chance = random.Random(7)
    said = [line for _ in range(KILLS) for line in run_and_kill(tmp_path, account, chance.uniform(0.01, 0.4))]
    assert len(said) > KILLS
    with open_house(settings) as house:
        held = {h.share.id: h for h in house.sharing.holdings(account)}
        for verb, share in said:
            view = house.sharing.shown(share)
            assert len(view.studies) == 1
            if verb == "redeemed":
                assert held[ShareId(share)].share.redeemers == 1
        first_break, records = house.journal.verify()
    assert first_break is None
    assert records >= len(said)

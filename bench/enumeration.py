"""``python -m bench.enumeration [--count N]``: does the time of a refused log-in tell a known account from another?

2 × N wrong passwords, known and unknown addresses in a shuffled order, through HTTP, at the real cost of a password,
each from a network of its own so that no limit answers first. The figure is the area under the ROC curve of the times:
0.5 is chance, 1 (or 0) is a sure tell. Beside it, how far chance alone may lead (95 %, Mann–Whitney).
"""

import argparse
import asyncio
import math
import os
import random
import re
import statistics
import tempfile
import time
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

from aiohttp.test_utils import TestClient, TestServer

from appliance.bootstrap import House, open_house
from appliance.config.settings import Settings
from appliance.crypto.passwords import Argon2Passwords
from appliance.domain.identifiers import AccountId
from appliance.store.migrations import migrate
from appliance.usecases.ports import AccountRow, Passwords
from webui.app import make_app

WARM_UP = 40
PASSWORD = "Correct-Horse-9-Battery"


def auc(ones: Sequence[float], others: Sequence[float]) -> float:
    """Return how often one of ``ones`` is greater than one of ``others``; ties count half."""
    ranked = sorted([(value, 1) for value in ones] + [(value, 0) for value in others])
    total, place = 0.0, 0
    while place < len(ranked):
        end = place
        while end < len(ranked) and ranked[end][0] == ranked[place][0]:
            end += 1
        total += sum(mark for _, mark in ranked[place:end]) * (place + end + 1) / 2
        place = end
    count = len(ones)
    return (total - count * (count + 1) / 2) / (count * len(others))


def chance(count: int) -> float:
    """Return how far from 0.5 two equal samples of ``count`` may lie, 19 times out of 20."""
    return 1.96 * math.sqrt((2 * count + 1) / (12 * count * count))


def seed(house: House, count: int, password_hash: str) -> list[str]:
    """Make the known accounts; return their addresses."""
    now = house.clock.now()
    emails = [f"known{number}@cabinet.example" for number in range(count)]
    with house.database.writing() as work:
        for number, email in enumerate(emails):
            work.accounts.add(AccountRow(
                AccountId(0), email, "Alix", "MARTIN", "Cabinet", "", f"81{number:09d}", "10", password_hash, True,
                None, now, "card", now + timedelta(days=400), now, "good", email_verified_at=now,
            ))  # fmt: skip
    return emails


async def measured(house: House, settings: Settings, known: list[str], seed_: int) -> tuple[list[float], list[float]]:
    """Return the times in ms of refused log-ins of known and of unknown accounts."""
    chosen = random.Random(seed_)
    unknown = [email.replace("known", "other") for email in known]
    order = [(email, True) for email in known] + [(email, False) for email in unknown]
    chosen.shuffle(order)
    order = [(f"warm{n}@cabinet.example", False) for n in range(WARM_UP)] + order
    times: dict[bool, list[float]] = {True: [], False: []}
    async with TestClient(TestServer(make_app(house, settings))) as client:
        page = await client.get("/login/otp")
        csrf = re.search(r'name="csrf" value="([^"]+)"', await page.text()).group(1)  # type: ignore[union-attr]
        for number, (email, is_known) in enumerate(order):
            form = {"csrf": csrf, "email": email, "password": "Wrong-Horse-9-Battery", "channel": "email"}
            headers = {"X-Forwarded-For": f"10.{number // 256}.{number % 256}.7"}
            began = time.perf_counter()
            async with client.post("/login/otp", data=form, headers=headers, allow_redirects=False) as answer:
                await answer.read()
            took = (time.perf_counter() - began) * 1000
            assert answer.status == 403, answer.status
            if number >= WARM_UP:
                times[is_known].append(took)
    return times[True], times[False]


def run(folder: Path, count: int, seed_: int, passwords: Passwords | None = None) -> tuple[list[float], list[float]]:
    """Measure in a house of its own under ``folder``."""
    settings = Settings(state_dir=folder, web={"trusted_proxies": ("127.0.0.1/32",)})
    migrate(settings.database_url)
    passwords = passwords or Argon2Passwords()
    with open_house(settings, passwords=passwords) as house:
        password_hash = passwords.hash(PASSWORD)
        return asyncio.run(measured(house, settings, seed(house, count, password_hash), seed_))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="bench.enumeration", description=__doc__)
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        known, unknown = run(Path(folder), options.count, options.seed)
    print(f"load {os.getloadavg()[0]:.1f}, 2 × {options.count} refused log-ins, ms")
    for name, times in (("known", known), ("unknown", unknown)):
        tenths = statistics.quantiles(times, n=20)
        print(f"{name}: median {statistics.median(times):.2f}, p5 {tenths[0]:.2f}, p95 {tenths[-1]:.2f}")
    print(f"AUC {auc(known, unknown):.3f} (chance alone: 0.500 ± {chance(options.count):.3f})")


if __name__ == "__main__":
    main()

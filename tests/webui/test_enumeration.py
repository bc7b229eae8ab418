"""A refused log-in says nothing of whether the account exists: not by its words, not by its time."""

import asyncio

import pytest
from argon2 import PasswordHasher

from appliance.crypto.passwords import Argon2Passwords
from bench.enumeration import auc, chance, run
from tests.webui.conftest import EMAIL

N = 60


@pytest.mark.parametrize(("ones", "others", "area"), [
    ([1.0, 2.0], [3.0, 4.0], 0.0), ([3.0, 4.0], [1.0, 2.0], 1.0), ([1.0, 1.0], [1.0, 1.0], 0.5),
    ([1.0, 3.0], [2.0], 0.5),
])  # fmt: skip
def test_the_area_is_that_of_mann_and_whitney(ones, others, area):
    assert auc(ones, others) == area


class Hasty(Argon2Passwords):
    """What a careless programmer writes: no hash for nobody."""

    def verify(self, stored: str | None, password: str) -> bool:
        return stored is not None and super().verify(stored, password)


def passwords(kind: type[Argon2Passwords]) -> Argon2Passwords:
    return kind(PasswordHasher(time_cost=2, memory_cost=16384, parallelism=1))


async def test_times_of_known_and_unknown_are_not_told_apart(tmp_path):
    # Twice as wide as chance: this machine may be busy. `python -m bench.enumeration` measures 2 × 1,000.
    known, unknown = await asyncio.to_thread(run, tmp_path, N, 7, passwords(Argon2Passwords))
    assert abs(auc(known, unknown) - 0.5) < 2 * chance(N)


async def test_the_measure_sees_a_real_difference(tmp_path):
    known, unknown = await asyncio.to_thread(run, tmp_path, N, 7, passwords(Hasty))
    assert auc(known, unknown) - 0.5 > 2 * chance(N)


async def test_words_of_known_and_unknown_are_the_same(browser, account):
    told = []
    for email in (EMAIL, "nobody@cabinet.example"):
        await browser.get("/login/otp")
        csrf = browser.csrf
        answer = await browser.post("/login/otp", email=email, password="wrong", channel="email")
        told.append((answer.status, browser.text.replace(csrf, "").replace(email, "")))
    assert told[0] == told[1]

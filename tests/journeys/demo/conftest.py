"""One demo for these journeys: each leaves it as fit for the next as it found it. They stay with one worker."""

import time
from collections.abc import Callable, Iterator
from typing import Any

import pyotp
import pytest

from tests.journeys import running


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[running.Demo]:
    with running.demo(tmp_path_factory.mktemp("demo")) as opened:
        yield opened


@pytest.fixture(scope="session")
def study(demo: running.Demo) -> str:
    """The exam of the first code, once it can be shown."""
    code, end = demo.ready["codes"][0], time.monotonic() + 120
    while (shown := demo.cli("codes", "show", code["code"]))["studies"][0]["state"] != "available":
        assert time.monotonic() < end, demo.cli("jobs", "list")
        time.sleep(0.5)
    return str(shown["studies"][0]["uid"])


@pytest.fixture(scope="session")
def doctor(demo: running.Demo, study: str, require: Any) -> dict[str, Any]:
    """The cookies of the physician who typed the first code: another one-time password waits a minute."""
    require("chromium")
    code = demo.ready["codes"][0]
    with running.browser() as page:
        running.log_in(page, demo)
        running.redeem(page, code["code"], code["birth_date"], code["given_name"])
        page.wait_for_url("**/codes/*")
        page.wait_for_selector(".report-cell a")
        assert page.faults == []
        return dict(page.context.storage_state())


@pytest.fixture(scope="session")
def exam_day(demo: running.Demo, study: str) -> str:
    """When the exam was made: two days before the demo was, as the page writes it."""
    year, month, day = demo.cli("codes", "show", demo.ready["codes"][0]["code"])["studies"][0]["date"].split("-")
    return f"{day}/{month}/{year}"


@pytest.fixture(scope="session")
def authenticator(demo: running.Demo) -> Callable[[], str]:
    """The secretary's digits: each are taken once, those of the next time step already."""
    secret, used = demo.ready["accounts"]["secretary"]["totp_secret"], 0

    def digits() -> str:
        nonlocal used
        used = max(int(time.time()) // 30, used + 1)
        time.sleep(max(0, (used - 1) * 30 - time.time()))
        return pyotp.TOTP(secret).at(used * 30)

    return digits

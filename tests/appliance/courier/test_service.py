"""The courier as a process of its own: it says ready, sends, and ends on SIGTERM."""

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller

from appliance.bootstrap import open_house
from appliance.config.settings import load
from appliance.domain.sign_in import Channel
from appliance.store.migrations import migrate
from appliance.usecases.ports import Message, Page
from tests.appliance.courier.test_courier import free_port

LIMIT_S = 30


class Inbox:
    def __init__(self) -> None:
        self.arrived = threading.Event()

    async def handle_DATA(self, server, session, envelope):
        self.arrived.set()
        return "250 OK"


@pytest.fixture
def relay():
    inbox = Inbox()
    controller = Controller(inbox, hostname="127.0.0.1", port=free_port())
    controller.start()
    yield inbox, controller.server.sockets[0].getsockname()[1]
    controller.stop()


@pytest.fixture
def config(tmp_path: Path, relay) -> Path:
    path = tmp_path / "negatoscope.toml"
    mail = f'[mail]\nhost = "127.0.0.1"\nport = {relay[1]}\nsecurity = "none"\n'
    (tmp_path / "state").mkdir()
    path.write_text(f'state_dir = "{tmp_path / "state"}"\n{mail}')
    return path


@pytest.fixture
def courier(config):
    migrate(load(config).database_url)
    ready, told = os.pipe()
    environment = {**os.environ, "NEGATOSCOPE_READY_FD": str(told)}
    code = "from appliance.cli import main; main()"
    child = subprocess.Popen(
        [sys.executable, "-c", code, "service", "courier", "--config", str(config)],
        env=environment, pass_fds=[told], stderr=subprocess.PIPE,
    )  # fmt: skip
    os.close(told)
    try:
        yield child, ready
    finally:
        os.close(ready)
        child.kill()
        child.communicate(timeout=LIMIT_S)


def test_it_sends_what_waits_and_ends_when_told(courier, config, relay):
    child, ready = courier
    assert os.read(ready, 6) == b"ready\n"
    with open_house(load(config), threads=1) as house:
        with house.database.writing() as work:
            work.outbox.add(Message(Channel.EMAIL, "a@b.example", "x", "123456"), house.clock.now())
        assert relay[0].arrived.wait(LIMIT_S)
        child.send_signal(signal.SIGTERM)
        assert child.wait(LIMIT_S) == 0
        with house.database.reading() as work:
            row = work.outbox.listed(Page())[0][0]
    assert (row.state, row.message.text) == ("sent", "")

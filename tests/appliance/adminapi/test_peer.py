"""Who administers, as the kernel says: real processes of other users on a real socket."""

import asyncio
import json
import os
import shutil
import sys
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web

from appliance.adminapi.app import build_app
from appliance.adminapi.peer import login_uid, read_peer
from appliance.adminapi.service import bound
from appliance.bootstrap import House
from appliance.config.sections import Admin
from appliance.config.settings import Settings
from appliance.contract.client import REASON_HEADER
from appliance.domain.errors import Unavailable
from appliance.usecases.ports import Page

NOBODY, GAMES, LOGGED_IN = 65534, 60, 1000
CHILD = """
import json, os, socket, sys
asked = json.loads(sys.argv[1])
if asked["login"] is not None:
    open("/proc/self/loginuid", "w").write(str(asked["login"]))
os.setgroups(asked["groups"])
os.setgid(asked["gid"])
os.setuid(asked["uid"])
with socket.socket(socket.AF_UNIX) as door:
    door.connect(asked["socket"])
    head = [f"{asked['method']} {asked['path']} HTTP/1.1", "Host: admin", "Connection: close"]
    head += [f"{name}: {value}" for name, value in asked["headers"].items()]
    body = asked["body"].encode()
    door.sendall("\\r\\n".join([*head, f"Content-Length: {len(body)}", "", ""]).encode() + body)
    answer = b""
    while part := door.recv(65536):
        answer += part
sys.stdout.write(answer.split(b" ")[1].decode() + " " + answer.split(b"\\r\\n\\r\\n", 1)[1].decode())
"""


@pytest.fixture
def place():
    """A folder that another user can walk into; pytest's own are closed."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
async def door(house: House, place: Path) -> AsyncIterator[Path]:
    if os.geteuid() != 0:
        pytest.skip("only root can be somebody else")
    settings = Settings(state_dir=place, admin=Admin(group="games"))
    runner = web.AppRunner(build_app(house, settings), access_log=None)
    await runner.setup()
    await web.SockSite(runner, bound(place / "admin.sock", 0o666)).start()
    yield place / "admin.sock"
    await runner.cleanup()


async def ask(door: Path, **changed) -> tuple[int, str]:
    asked = {
        "socket": str(door), "uid": NOBODY, "gid": NOBODY, "groups": [], "login": None, "method": "GET",
        "path": "/v1/staff", "headers": {}, "body": "",
    } | changed  # fmt: skip
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-I", "-c", CHILD, json.dumps(asked), stdout=asyncio.subprocess.PIPE
    )
    told, _ = await asyncio.wait_for(child.communicate(), 30)
    status, _, body = told.decode().partition(" ")
    return int(status), body


ADD = {"method": "POST", "path": "/v1/staff", "body": json.dumps({"login": "nuit", "name": "Nuit"})}


def journal(house):
    events = [record.event for record in house.journal.listed(Page(), family="admin")[0]]
    return [(event.verb, event.actor.id, event.actor.label, event.facts.get("reason", "")) for event in events]


async def test_a_stranger_is_refused_and_learns_nothing(door, house):
    status, body = await ask(door, **ADD)
    assert (status, json.loads(body)["fault"]["cause"]) == (403, "peer")
    assert house.people.staff() == []
    status, _ = await ask(door, headers={REASON_HEADER: "je le demande"}, groups=[61])
    assert status == 403


async def test_a_member_of_the_group_administers_and_is_named(door, house):
    status, _ = await ask(door, **ADD, groups=[GAMES], login=LOGGED_IN)
    assert status == 200
    assert [entry[:2] for entry in journal(house)] == [("staff.add", str(NOBODY))]
    assert str(LOGGED_IN) in journal(house)[0][2] or "(" in journal(house)[0][2], "who logged in stands beside"
    assert (await ask(door, gid=GAMES))[0] == 200, "the own group counts like a supplementary one"


async def test_bare_root_says_why_and_somebody_behind_sudo_need_not(door, house):
    root = {"uid": 0, "gid": 0}
    status, body = await ask(door, **root, login=0)
    assert (status, json.loads(body)["fault"]["cause"]) == (403, "reason_needed")
    status, body = await ask(door, **root, login=0, headers={REASON_HEADER: "%20%20"})
    assert status == 403, "blanks are no reason"
    assert (await ask(door, **root, login=LOGGED_IN))[0] == 200
    status, _ = await ask(door, **root, login=0, **ADD | {"headers": {REASON_HEADER: "Panne%20du%20PACS"}})
    assert status == 200
    assert journal(house)[1] == ("admin.reason", "0", "root", "Panne du PACS")


async def test_in_the_demo_root_says_nothing(house, place):
    if os.geteuid() != 0:
        pytest.skip("only root can be somebody else")
    runner = web.AppRunner(build_app(house, Settings(state_dir=place, demo=True)), access_log=None)
    await runner.setup()
    await web.SockSite(runner, bound(place / "demo.sock", 0o666)).start()
    try:
        assert (await ask(place / "demo.sock", uid=0, gid=0, login=0))[0] == 200
        assert (await ask(place / "demo.sock", groups=[GAMES]))[0] == 403, "no group is named there"
    finally:
        await runner.cleanup()


def test_a_group_that_does_not_exist_keeps_the_service_down(house, place):
    with pytest.raises(Unavailable, match="admin_group"):
        build_app(house, Settings(state_dir=place, admin=Admin(group="no-such-group")))


def test_the_login_uid_of_a_process_that_is_gone_or_another_users_is_not_believed():
    class Told:
        def __init__(self, pid: int, uid: int) -> None:
            self.told = pid.to_bytes(4, "little") + uid.to_bytes(4, "little") + bytes(4)

        def getsockopt(self, level: int, option: int, size: int, /) -> bytes:
            return self.told if option == 17 else b""

    gone = int(Path("/proc/sys/kernel/pid_max").read_text()) - 1
    assert read_peer(Told(gone, 0)).login_uid is None
    assert read_peer(Told(os.getpid(), os.geteuid())).login_uid == login_uid(os.getpid())
    assert read_peer(Told(os.getpid(), os.geteuid() + 1)).login_uid is None

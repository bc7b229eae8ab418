"""The whole tree killed with SIGKILL at random moments of issue and redeem, restarted, looked into.

``python -m tests.journeys.killing --kills 100 --seed 7 --folder FOLDER`` prints what was seen as JSON; the status
is 1 when something acknowledged is not there, or something is there by half.

Each kill is aimed: it falls a random while after a chosen act was asked for, while a second physician, somebody
logging in and the courier work too. What was said then is asked of the restarted appliance, by its admin socket
and its gate. The seed decides where each kill is aimed; the machine decides where it falls.
"""

import argparse
import asyncio
import gc
import importlib
import json
import os
import random
import sqlite3
import statistics
import tempfile
import time
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp

from appliance.contract.client import AdminClient
from tests.journeys import acting, seeded, trees
from tests.journeys.acting import Login, Work
from tests.journeys.whole import Watch, letters

SERVICES = ("appliance.adminapi", "appliance.courier", "pacs_bridge", "webui")
SEED, KILLS = int(os.environ.get("KILLING_SEED", "7")), int(os.environ.get("KILLING_COUNT", "100"))
AT_ONCE, SHIFTS = 2, 5
"""Physicians at work between two kills, and how many pairs take turns, so that no list grows long."""
EACH = 6
"""Patients of each between two kills: more than they come to."""
PHYSICIANS = AT_ONCE * SHIFTS
FIRST_GUESS_S = 0.02


@dataclass
class Seen:
    """What a campaign saw. ``within`` counts kills that fell while the act aimed at was not acknowledged yet."""

    seed: int
    kills: int = 0
    executed: int = 0
    processes: int = 0
    within: Counter[str] = field(default_factory=Counter)
    acknowledged: Counter[str] = field(default_factory=Counter)
    cut_off: Counter[str] = field(default_factory=Counter)
    sent_again: int = 0
    messages: int = 0
    records: int = 0
    seconds: float = 0.0
    faults: list[str] = field(default_factory=list)


@dataclass
class Round:
    """What was said between a start and a kill: shares by what is known of them, and the acts cut off."""

    shares: dict[str, dict[str, Any]] = field(default_factory=dict)
    cut_off: dict[int, tuple[str, dict[str, Any], float]] = field(default_factory=dict)
    asking: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)


class Campaign:
    """One folder, its people, and what was seen of them."""

    def __init__(self, folder: Path, kills: int, seed: int) -> None:
        self.folder, self.kills = folder, kills
        self.chance, self.seen = random.Random(seed), Seen(seed)
        self.took: dict[str, list[float]] = defaultdict(list)
        self.config = folder / "negatoscope.toml"
        self.post = seeded.Post(folder)
        self.settings = seeded.seed(self.config, self.post.smtp_port, kills * AT_ONCE * EACH, PHYSICIANS + kills)
        self.base = self.settings.state_dir / "negatoscope.db"

    def run(self, execute_every: int) -> Seen:
        """Kill as often as wanted; one start in ``execute_every`` executes the program, the others fork it."""
        started, watch = time.monotonic(), Watch(self.base)
        try:
            tree = trees.start(self.config)
            logins = asyncio.run(self._logins(tree.web))
            for number in range(self.kills):
                turn = number % SHIFTS * AT_ONCE
                working = logins[turn : turn + AT_ONCE]
                said = self._until_killed(tree, working, number)
                executed = number % execute_every == execute_every - 1
                self.seen.executed += executed
                tree = trees.start(self.config, executed=executed)
                found = [*said.faults, *asyncio.run(self._asked_again(tree, said, working)), *watch.faults()]
                if number % 10 == 9:
                    found += asyncio.run(self._verified())
                self.seen.faults += [f"kill {number}: {fault}" for fault in found]
            self._end(tree, watch)
        finally:
            self.post.close()
            self.seen.seconds = round(time.monotonic() - started, 1)
        return self.seen

    async def _logins(self, web: str) -> list[Login]:
        return [await acting.log_in(web, n + 1, seeded.mail_address(n), self.post.url) for n in range(PHYSICIANS)]

    # --- until the kill ---

    def _until_killed(self, tree: trees.Tree, logins: list[Login], number: int) -> Round:
        target, skipped = ("issue", "redeem")[number % 2], self.chance.randrange(EACH // 2)
        share = self.chance.uniform(0, 1.1)
        seeded.write_letters(self.settings, [f"essai-{number}-{one}@cabinet.example" for one in range(2)])
        first = number * AT_ONCE * EACH
        patients = [[seeded.patient(first + who * EACH + n) for n in range(EACH)] for who in range(AT_ONCE)]
        asking = seeded.mail_address(PHYSICIANS + number) if number % 8 < 4 else ""
        work = Work(tree.web, self.settings.admin_socket, logins, patients, asking, asked_first=number % 8 < 2)
        reading, writing = os.pipe()
        client = trees.forked(lambda: acting.do(work, writing), self.folder / "client.log", keep=[writing])
        os.close(writing)
        said = Round()
        with os.fdopen(reading, "r") as pipe:
            for line in pipe:
                who, act, what = self._heard(said, line)
                if (who, act, what) == (0, target, "asked"):
                    if not skipped:
                        break
                    skipped -= 1
            time.sleep(share * statistics.median(self.took[target][-40:] or [FIRST_GUESS_S]))
            self.seen.processes += tree.kill()
            self.seen.kills += 1
            for line in pipe:
                self._heard(said, line)
        if os.waitstatus_to_exitcode(os.waitpid(client, 0)[1]):
            said.faults.append((self.folder / "client.log").read_text()[-1500:])
        if 0 in said.cut_off:
            self.seen.within[said.cut_off[0][0]] += 1
        self.seen.cut_off.update(act for act, _, _ in said.cut_off.values())
        return said

    def _heard(self, said: Round, line: str) -> tuple[int, str, str]:
        who, act, what, facts, at = json.loads(line)
        if what == "asked":
            said.cut_off[who] = (act, facts, at)
        else:
            _, _, since = said.cut_off.pop(who)
            self.took[act].append(at - since)
        if what == "broke":
            said.faults.append(f"{who} {act}: {facts}")
        if what == "done":
            self.seen.acknowledged[act] += 1
            if act == "otp":
                said.asking.append(facts["email"])
            else:
                said.shares.setdefault(facts["share"], {}).update(facts, who=who, act=act)
        return who, act, what

    # --- after the start ---

    async def _asked_again(self, tree: trees.Tree, said: Round, logins: list[Login]) -> list[str]:
        """Return what the restarted appliance does not know of what it had acknowledged."""
        faults = []
        async with AdminClient(self.settings.admin_socket) as admin, aiohttp.ClientSession(tree.web) as web:
            for share, facts in said.shares.items():
                view = await admin.code(facts["code"])
                redeemed = facts["act"] == "redeem"
                told = (view.share_id, view.state, [study.uid for study in view.studies])
                if told != (share, "valid", [facts["study"]]):
                    faults.append(f"issued {share}, is {told}")
                if view.redeemers > 1 or (redeemed and view.redeemers != 1):
                    faults.append(f"{share}: {view.redeemers} redeemers")
                path = f"/dicom-web/studies/{facts['study']}/series"
                async with web.get(path, headers=logins[facts["who"]].headers) as answer:
                    if answer.status not in ((200, 204) if view.redeemers else (404,)):
                        faults.append(f"{share}: {view.redeemers} redeemers, the gate says {answer.status}")
                async with web.get(path, headers=logins[1 - facts["who"]].headers) as answer:
                    if answer.status != 404:
                        faults.append(f"{share}: the gate tells another physician {answer.status}")
        return faults + self._messages_missing(said)

    def _messages_missing(self, said: Round) -> list[str]:
        base = sqlite3.connect(f"file:{self.base}?mode=ro", uri=True)
        try:
            rows = {to: base.execute("SELECT count(*) FROM outbox WHERE recipient = ?", [to]).fetchone()[0]
                    for to in said.asking}
        finally:
            base.close()
        return [f"{to}: {count} messages" for to, count in rows.items() if count != 1]

    async def _verified(self) -> list[str]:
        """Return what ``negatoscope journal verify`` says against the chain."""
        async with AdminClient(self.settings.admin_socket) as admin:
            answer = await admin.verify_journal()
        self.seen.records = answer.records
        return [] if answer.broken_at is None else [f"the journal breaks at {answer.broken_at}"]

    def _end(self, tree: trees.Tree, watch: Watch) -> None:
        """End in order, let the courier send what a kill left taken, count the letters, check the file."""
        if tree.end() != 0:
            self.seen.faults.append("the tree did not end in order")
        base = sqlite3.connect(self.base)
        base.execute("UPDATE outbox SET due = 0 WHERE state = 'waiting'")  # as if the lease of 60 s had run out
        base.commit()
        base.close()
        tree = trees.start(self.config)
        end = time.monotonic() + 20
        while (waiting := watch.waiting()) and time.monotonic() < end:
            time.sleep(0.02)
        found = [*asyncio.run(self._verified()), *watch.faults()]
        if waiting:
            found.append(f"{waiting} messages still wait")
        wrong, self.seen.messages, self.seen.sent_again = letters(self.base, self.post.arrived())
        found += wrong
        if tree.end() != 0:
            found.append("the tree did not end in order")
        if not watch.sound():
            found.append("SQLite finds its file broken")
        self.seen.faults += [f"at the end: {fault}" for fault in found]


def main() -> int:
    """Run one campaign; print what it saw."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--kills", type=int, default=KILLS)
    asked.add_argument("--seed", type=int, default=SEED)
    asked.add_argument("--folder", type=Path)
    asked.add_argument("--execute-every", type=int, default=50)
    options = asked.parse_args()
    folder = options.folder or Path(tempfile.mkdtemp(prefix="killing-"))
    for name in SERVICES:
        importlib.import_module(f"{name}.service")  # so that forking them costs nothing
    gc.freeze()
    trees.become_reaper()
    seen = Campaign(folder.resolve(), options.kills, options.seed).run(options.execute_every)
    print(json.dumps(vars(seen), indent=1, ensure_ascii=False))
    return int(bool(seen.faults))


if __name__ == "__main__":
    raise SystemExit(main())

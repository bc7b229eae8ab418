"""What must hold in the database after any kill: acts whole or absent, a record for each, an unbroken chain."""

import json
import sqlite3
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from appliance.domain import journal as rules

NEVER = {
    "a share without its one record": """
        SELECT id FROM share WHERE 1 <> (SELECT count(*) FROM journal j
            WHERE j.subject = share.id AND j.family = 'code' AND json_extract(j.body, '$.verb') = 'code.issue')""",
    "a record of issuing without its share": """
        SELECT number FROM journal WHERE family = 'code' AND json_extract(body, '$.verb') = 'code.issue'
            AND subject NOT IN (SELECT id FROM share)""",
    "a share without traits or exams": """
        SELECT id FROM share WHERE id NOT IN (SELECT share_id FROM share_study)
            OR (SELECT count(DISTINCT kind) FROM share_trait WHERE share_id = share.id) <> 2""",
    "traits or exams without a share": """
        SELECT share_id FROM share_trait WHERE share_id NOT IN (SELECT id FROM share)
        UNION ALL SELECT share_id FROM share_study WHERE share_id NOT IN (SELECT id FROM share)""",
    "a redemption without its one record": """
        SELECT share_id, account_id FROM redemption r WHERE 1 <> (SELECT count(*) FROM journal j
            WHERE j.subject = r.share_id AND j.actor = 'account:' || r.account_id AND j.family = 'code'
            AND json_extract(j.body, '$.verb') = 'code.redeem')""",
    "a record of redeeming without redemption": """
        SELECT number FROM journal j WHERE family = 'code' AND json_extract(body, '$.verb') = 'code.redeem'
            AND NOT EXISTS (SELECT 1 FROM redemption r
                WHERE r.share_id = j.subject AND 'account:' || r.account_id = j.actor)""",
    "a redemption whose grants are not its exams": """
        SELECT r.share_id FROM redemption r WHERE
            (SELECT group_concat(study_uid) FROM (SELECT study_uid FROM share_study s
                WHERE s.share_id = r.share_id ORDER BY 1))
            IS NOT (SELECT group_concat(study_uid) FROM (SELECT study_uid FROM study_grant g
                WHERE g.share_id = r.share_id AND g.account_id = r.account_id ORDER BY 1))""",
    "a grant without redemption": """
        SELECT id FROM study_grant g WHERE NOT EXISTS (SELECT 1 FROM redemption r
            WHERE r.share_id = g.share_id AND r.account_id = g.account_id)""",
    "an exam viewed without its record, or a record without it": """
        SELECT 1 WHERE (SELECT count(*) FROM session_view)
            <> (SELECT count(*) FROM journal WHERE json_extract(body, '$.verb') = 'exam.view')""",
    "a one-time code without its record": """
        SELECT 1 WHERE (SELECT count(*) FROM otp)
            <> (SELECT count(*) FROM journal WHERE json_extract(body, '$.verb') = 'otp.sent')""",
    "a one-time code without its message": """
        SELECT 1 WHERE (SELECT count(*) FROM otp)
            <> (SELECT count(*) FROM outbox WHERE subject <> 'essai')""",
    "a session without its record": """
        SELECT 1 WHERE (SELECT count(*) FROM session)
            <> (SELECT count(*) FROM journal WHERE json_extract(body, '$.verb') = 'login')""",
    "a message given up": "SELECT id, error FROM outbox WHERE state NOT IN ('sent', 'waiting')",
    "a sent message that kept its text": "SELECT id FROM outbox WHERE state = 'sent' AND text <> ''",
}


class Watch:
    """Looks into the database between two kills; remembers how far the chain was walked."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._seen: tuple[int, bytes] = (0, rules.GENESIS)

    def faults(self) -> list[str]:
        """Return what does not hold."""
        base = sqlite3.connect(f"file:{self._path}?mode=ro", uri=True, isolation_level=None)
        try:
            base.execute("BEGIN")
            found = {what: base.execute(query).fetchmany(3) for what, query in NEVER.items()}
            return [f"{what}: {rows}" for what, rows in found.items() if rows] + self._chain(base)
        finally:
            base.close()

    def waiting(self) -> int:
        """Return how many messages were not sent yet."""
        base = sqlite3.connect(f"file:{self._path}?mode=ro", uri=True)
        try:
            return int(base.execute("SELECT count(*) FROM outbox WHERE state = 'waiting'").fetchone()[0])
        finally:
            base.close()

    def sound(self) -> bool:
        """Whether SQLite finds its file whole."""
        base = sqlite3.connect(f"file:{self._path}?mode=ro", uri=True)
        try:
            return bool(base.execute("PRAGMA integrity_check").fetchall() == [("ok",)])
        finally:
            base.close()

    def _chain(self, base: sqlite3.Connection) -> list[str]:
        number, digest = self._seen
        for at, body, found in base.execute("SELECT number, body, digest FROM journal WHERE number > ? ORDER BY 1",
                                            [number]):
            json.loads(body)
            if at != number + 1 or rules.link(digest, at, body) != found:
                return [f"the chain breaks at {number + 1}"]
            number, digest = at, found
        head = base.execute("SELECT number, digest FROM journal_head").fetchone()
        if head != (number, digest):
            return [f"the head says {head[0]}, the chain ends at {number}"]
        self._seen = (number, digest)
        return []


def letters(path: Path, arrived: Sequence[tuple[str, str]]) -> tuple[list[str], int, int]:
    """Return what is wrong with the sent messages, how many there are, and how many came again.

    ``arrived`` holds recipient and Message-ID. Only one that a kill found half sent may come again, and then
    under the same Message-ID.
    """
    came, different = Counter(to for to, _ in arrived), Counter(to for to, _ in set(arrived))
    base = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    try:
        rows = base.execute("SELECT recipient, sum(attempts), count(*), min(state), max(state) FROM outbox GROUP BY 1")
        faults: list[str] = []
        messages = 0
        for to, attempts, count, first, last in rows:
            messages += count
            if (first, last, different[to]) != ("sent", "sent", count) or came[to] > attempts:
                facts = f"taken {attempts} times, came {came[to]} times as {different[to]}, {first} {last}"
                faults.append(f"{to}: {count}, {facts}")
        return faults, messages, len(arrived) - messages
    finally:
        base.close()

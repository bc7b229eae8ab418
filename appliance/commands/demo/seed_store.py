"""Run as a child before the services: the schema, and a physician whose card was checked.

``python -m appliance.commands.demo.seed_store CONFIG MEMORY``. The physician goes straight to the store: nobody may
make such an account by a verb, it comes from a card.
"""

import secrets
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from appliance.commands.demo.memory import Memory
from appliance.config.settings import load
from appliance.crypto.passwords import Argon2Passwords
from appliance.domain.identifiers import AccountId
from appliance.store.database import Database
from appliance.store.migrations import migrate
from appliance.usecases.ports import AccountRow

EMAIL = "camille.rousseau@cabinet.example"
PHONE = "+33639980001"
"""Of the numbers kept for fiction in France."""
RPPS = "10100000017"
PROOF_LIFE = timedelta(days=3 * 365)


def physician(password_hash: str, now: datetime) -> AccountRow:
    """Return the account; no list of revoked cards is fetched in the demo, so the check is good as long as the card."""
    return AccountRow(
        id=AccountId(0),
        email=EMAIL,
        given_name="Camille",
        family_name="Rousseau",
        organisation="Cabinet médical de démonstration",
        phone=PHONE,
        national_id=RPPS,
        profession="10",
        password_hash=password_hash,
        otp_enabled=True,
        disabled_at=None,
        created_at=now,
        proof="card",
        proof_until=now + PROOF_LIFE,
        proof_checked_at=now + PROOF_LIFE,
        proof_status="good",
    )


def seed(config: Path, memory: Memory, now: datetime) -> None:
    """Upgrade the schema and make the physician once."""
    settings = load(config)
    migrate(settings.database_url)
    known = memory.read().get("physician")
    database = Database(settings.database_url, threads=1)
    try:
        with database.writing() as work:
            if work.accounts.by_email(EMAIL) is not None and known:
                return
            password = f"{secrets.token_urlsafe(9)}-A1a"
            work.accounts.add(physician(Argon2Passwords().hash(password), now))
    finally:
        database.close()
    told = {"email": EMAIL, "password": password, "phone": PHONE, "national_id": RPPS, "certificate": None}
    memory.keep(physician=told)


if __name__ == "__main__":
    seed(Path(sys.argv[1]), Memory(Path(sys.argv[2])), datetime.now(UTC))  # noqa: TID251

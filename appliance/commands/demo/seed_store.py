"""Run as a child before the services: the schema, and a physician whose card was checked.

``python -m appliance.commands.demo.seed_store CONFIG MEMORY``. No verb makes
such an account: in a hospital it comes from a card.
"""

import secrets
import sys
from datetime import datetime, timedelta
from pathlib import Path

from appliance.bootstrap import open_house
from appliance.commands.demo.memory import Memory
from appliance.config.settings import load
from appliance.domain.identifiers import AccountId
from appliance.domain.journal import Actor
from appliance.store.migrations import migrate
from appliance.usecases.ports import AccountRow

EMAIL = "camille.rousseau@cabinet.example"
PHONE = "+33639980001"
"""Of the numbers kept for fiction in France."""
RPPS = "10100000017"
PROOF_LIFE = timedelta(days=3 * 365)


def physician(now: datetime) -> AccountRow:
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
        password_hash="",
        otp_enabled=True,
        disabled_at=None,
        created_at=now,
        proof="card",
        proof_until=now + PROOF_LIFE,
        proof_checked_at=now + PROOF_LIFE,
        proof_status="good",
    )


def seed(config: Path, memory: Memory) -> None:
    """Upgrade the schema and make the physician once."""
    settings = load(config)
    migrate(settings.database_url)
    with open_house(settings, threads=1) as house:
        with house.database.reading() as work:
            made = work.accounts.by_email(EMAIL) is not None
        if made and memory.read().get("physician"):
            return
        password = f"{secrets.token_urlsafe(9)}-A1a"
        house.people.add_account(physician(house.clock.now()), password, Actor("system", "demo"))
    told = {"email": EMAIL, "password": password, "phone": PHONE, "national_id": RPPS, "certificate": None}
    memory.keep(physician=told)


if __name__ == "__main__":
    seed(Path(sys.argv[1]), Memory(Path(sys.argv[2])))

"""Run as a child before the services: the schema, an authority of cards, and a physician with a card of it.

``python -m appliance.commands.demo.seed_store CONFIG MEMORY``. No verb makes
such an account: in a hospital it comes from a card.
"""

import secrets
import sys
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from appliance.bootstrap import open_house
from appliance.commands.demo import pki
from appliance.commands.demo.memory import Memory
from appliance.config.settings import load
from appliance.domain.identifiers import AccountId
from appliance.domain.journal import Actor
from appliance.store.migrations import migrate
from appliance.usecases.ports import AccountRow

EMAIL = "camille.rousseau@cabinet.example"
PHONE = "+33639980001"
"""Of the numbers kept for fiction in France."""
RPPS = "810100000017"
"""With its first digit, as cards write it; the number itself belongs to nobody."""


def physician(now: datetime, card: x509.Certificate) -> AccountRow:
    """Return the account; its card is looked at again like any other."""
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
        proof_until=card.not_valid_after_utc,
        proof_checked_at=now,
        proof_status="good",
        certificate=card.public_bytes(Encoding.DER),
    )


def seed(config: Path, memory: Memory) -> None:
    """Upgrade the schema and make the physician once."""
    settings = load(config)
    migrate(settings.database_url)
    with open_house(settings, threads=1) as house:
        card = pki.made(settings.state_dir / "pki", RPPS, house.clock.now())
        told = {"national_id": RPPS, "certificate": str(card.file)}
        with house.database.writing() as work:
            made = work.accounts.by_email(EMAIL)
            if made is not None:  # of an earlier start, maybe of an earlier version
                work.accounts.change(brought_up(made, card.certificate, house.clock.now()))
        known = memory.read().get("physician")
        if made is not None and known:
            memory.keep(physician={**known, **told})
            return
        password = f"{secrets.token_urlsafe(9)}-A1a"
        house.people.add_account(physician(house.clock.now(), card.certificate), password, Actor("system", "demo"))
    memory.keep(physician={"email": EMAIL, "password": password, "phone": PHONE, **told})


def brought_up(account: AccountRow, card: x509.Certificate, now: datetime) -> AccountRow:
    """Return the account with this card behind it, unless it has it already."""
    der = card.public_bytes(Encoding.DER)
    if account.certificate == der:
        return account
    end = card.not_valid_after_utc
    return replace(
        account, national_id=RPPS, certificate=der, proof_until=end, proof_checked_at=now, proof_status="good"
    )


if __name__ == "__main__":
    seed(Path(sys.argv[1]), Memory(Path(sys.argv[2])))

"""A child that issues and redeems until it is killed, saying each thing once it is acknowledged."""

import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from appliance.bootstrap import open_house
from appliance.config.settings import Settings
from appliance.domain.identifiers import PersonId, StudyUID
from appliance.domain.journal import Actor
from appliance.domain.people import Identifier, PatientTraits
from appliance.domain.sign_in import Means, Requester
from appliance.usecases.ports import StudyRow
from appliance.usecases.sharing import Order

TRAITS = PatientTraits(Identifier("F-1"), "LEFEVRE^Anne", "19610314", "F")


def main(state: Path, account: int) -> None:
    """Issue and redeem for a minute at most."""
    who = Requester("account", account, "Alix", Means.CARD, 1, "192.0.2.1", "10", "810000000001")
    end = datetime.now(UTC) + timedelta(minutes=1)
    with open_house(Settings(state_dir=state)) as house:
        print("ready", flush=True)
        number = 0
        while datetime.now(UTC) < end:
            number += 1
            study = StudyRow(StudyUID(f"1.2.{number}"), PersonId(0), TRAITS, None, "", "", (), "", "", "pacs")
            issued = house.sharing.issue(Order([study]), Actor("staff", "1"))
            print("issued", issued.share.id, flush=True)
            house.sharing.redeem(who, issued.code, "14/03/1961", "anne")
            print("redeemed", issued.share.id, flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))

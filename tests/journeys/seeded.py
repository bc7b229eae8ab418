"""A state folder with patients and physicians to kill the appliance over, and a mailbox that outlives it."""

import asyncio
import os
from datetime import UTC, datetime, timedelta
from email.parser import BytesHeaderParser
from pathlib import Path
from typing import Any

import aiohttp

from appliance.bootstrap import open_house
from appliance.commands.demo import mailbox
from appliance.commands.services import address
from appliance.config.settings import Settings, load
from appliance.crypto.passwords import Argon2Passwords
from appliance.domain.identifiers import AccountId, PersonId, StudyUID
from appliance.domain.people import Identifier, PatientTraits
from appliance.domain.sign_in import Channel
from appliance.store.migrations import migrate
from appliance.supervisor import listen
from appliance.usecases.ports import AccountRow, Message, StudyRow
from tests.journeys import trees
from tests.journeys.acting import PASSWORD


def mail_address(number: int) -> str:
    """Of a physician."""
    return f"p{number}@cabinet.example"


def patient(number: int) -> str:
    """Identifier of a patient, who has one exam."""
    return f"K-{number}"


def seed(config: Path, smtp_port: int, patients: int, physicians: int) -> Settings:
    """Write the settings and fill the folder."""
    config.write_text(
        f'state_dir = "{config.parent / "state"}"\ndemo = true\n[web]\nport = 0\n[dicom]\nport = 0\n'
        f'[logs]\nlevel = "warning"\n[mail]\nhost = "127.0.0.1"\nport = {smtp_port}\nsecurity = "none"\n'
        'sender = "n@demo.example"\n'
    )
    settings = load(config)
    settings.state_dir.mkdir(parents=True)
    migrate(settings.database_url)
    now, hashed = datetime.now(UTC), Argon2Passwords().hash(PASSWORD)
    with open_house(settings, threads=1) as house, house.database.writing() as work:
        for number in range(physicians):
            row = AccountRow(
                AccountId(0), mail_address(number), "Alix", "MARTIN", "", "", f"81{number:010d}", "10", hashed, True,
                None, now, "card", now + timedelta(days=400), now, "good", email_verified_at=now,
            )  # fmt: skip
            work.accounts.add(row)
        for number in range(patients):
            traits = PatientTraits(Identifier(patient(number)), "LEFEVRE^Anne", "19610314", "F")
            person = work.people.ensure(traits)
            uid = StudyUID(f"1.2.826.0.1.{number}")
            work.studies.ensure(StudyRow(uid, PersonId(person), traits, None, "", "", (), "", "", ""))
    return settings


def write_letters(settings: Settings, recipients: list[str]) -> None:
    """Put messages into the outbox, for the courier to be busy with."""
    with open_house(settings, threads=1) as house, house.database.writing() as work:
        for to in recipients:
            work.outbox.add(Message(Channel.EMAIL, to, "essai", "Un message d'essai."), house.clock.now())


class Post:
    """The demo's mailbox as a process beside the appliance."""

    def __init__(self, folder: Path) -> None:
        smtp, http = listen("127.0.0.1", 0, ""), listen("127.0.0.1", 0, "")
        self.smtp_port = address(smtp)[1]
        self.url = f"http://127.0.0.1:{address(http)[1]}/messages"
        numbers = [smtp.fileno(), http.fileno()]
        self._pid = trees.forked(lambda: _keep_letters(numbers), folder / "mailbox.log", keep=numbers)
        smtp.close()
        http.close()

    def arrived(self) -> list[tuple[str, str]]:
        """Return recipient and Message-ID of every letter that came."""
        return asyncio.run(self._arrived())

    async def _arrived(self) -> list[tuple[str, str]]:
        async with aiohttp.ClientSession() as web, web.get(self.url) as answer:
            return [(letter["to"], letter["message_id"]) for letter in await answer.json()]

    def close(self) -> None:
        os.kill(self._pid, 15)
        trees.reap(self._pid)


def _keep_letters(numbers: list[int]) -> None:
    os.environ["NEGATOSCOPE_LISTEN_FDS"] = ",".join(map(str, numbers))
    mailbox.MOST = 1_000_000
    mailbox._read = _with_its_id(mailbox._read)
    asyncio.run(mailbox._main())


def _with_its_id(read: Any) -> Any:
    def read_too(raw: bytes, recipients: list[str]) -> list[dict[str, str]]:
        message_id = str(BytesHeaderParser().parsebytes(raw)["Message-ID"])
        return [{**letter, "message_id": message_id} for letter in read(raw, recipients)]

    return read_too

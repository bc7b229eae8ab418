"""An address that the relay refuses marks its account; what the relay refuses otherwise marks nobody."""

from collections.abc import Iterator
from typing import Any

import pytest
from aiosmtpd.controller import Controller

from appliance.domain.sign_in import Channel, Means
from appliance.notify.smtp import Relay, SmtpSender
from appliance.usecases.my_account import Contact
from appliance.usecases.ports import Message, Page
from appliance.usecases.sessions import physician
from tests.appliance.usecases.conftest import account, clock, house  # noqa: F401
from tests.peers.dcmtk import free_port


class Refusing:
    """A mail server that refuses at one command."""

    rcpt, data = "250 OK", "250 OK"

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any) -> str:
        if self.rcpt.startswith("250"):
            envelope.rcpt_tos.append(address)
        return self.rcpt

    async def handle_DATA(self, *_: Any) -> str:
        return self.data


@pytest.fixture
def relay() -> Iterator[tuple[Refusing, SmtpSender]]:
    handler = Refusing()
    controller = Controller(handler, hostname="127.0.0.1", port=free_port())
    controller.start()
    yield handler, SmtpSender(Relay("127.0.0.1", controller.port, "n@hospital.example", "none"))
    controller.stop()


@pytest.mark.parametrize(("rcpt", "data", "marked"), [
    ("550 5.1.1 no such user", "250 OK", True), ("250 OK", "550 5.7.1 spam", False), ("451 later", "250 OK", False),
    ("250 OK", "250 OK", False),
])  # fmt: skip
def test_only_a_refused_address_marks_its_account(house, account, relay, rcpt, data, marked):  # noqa: F811
    relay[0].rcpt, relay[0].data = rcpt, data
    with house.database.writing() as work:
        work.outbox.add(Message(Channel.EMAIL, account.email, "Bonjour", "Bonjour"), house.clock.now())
    assert house.outbox.send_next({Channel.EMAIL: relay[1]})
    assert (house.people.account(account.id).email_bounced_at is not None) is marked
    verbs = [record.event.verb for record in house.journal.listed(Page())[0]]
    assert ("account.email_bounced" in verbs) is marked


def test_confirming_it_again_takes_the_mark_away(house, account, relay):  # noqa: F811
    relay[0].rcpt = "550 no"
    with house.database.writing() as work:
        work.outbox.add(Message(Channel.EMAIL, account.email, "Bonjour", "Bonjour"), house.clock.now())
    house.outbox.send_next({Channel.EMAIL: relay[1]})
    who = physician(account, Means.CARD, "192.0.2.7", 1)
    asked = house.my_account.set_contact(who, Contact(enable=True, email=account.email, phone=None), "")
    with house.database.reading() as work:
        digits = work.outbox.listed(Page())[0][0].message.text.split(": ")[1][:6]
    house.my_account.confirm(who, "email", asked.email, digits)
    assert house.people.account(account.id).email_bounced_at is None


@pytest.mark.parametrize(("text", "hours", "state"), [
    ("Votre code : 123456", 1, "dead"), ("Le mot de passe de votre compte a été changé", 23, "sent"),
    ("Le mot de passe de votre compte a été changé", 25, "dead"),
])  # fmt: skip
def test_a_code_grows_old_in_minutes_and_a_warning_in_a_day(house, clock, relay, text, hours, state):  # noqa: F811
    with house.database.writing() as work:
        work.outbox.add(Message(Channel.EMAIL, "a@b.example", "", text), house.clock.now())
    clock.move(hours=hours)
    house.outbox.send_next({Channel.EMAIL: relay[1]})
    with house.database.reading() as work:
        assert [row.state for row in work.outbox.listed(Page())[0]] == [state]


@pytest.mark.parametrize(("text", "state"), [("Votre code : 123456", "dead"), ("Une clé a été ajoutée", "sent")])
def test_a_warning_outlives_an_hour_without_relay(house, clock, relay, text, state):  # noqa: F811
    away = SmtpSender(Relay("127.0.0.1", free_port(), "n@hospital.example", "none"))
    with house.database.writing() as work:
        work.outbox.add(Message(Channel.EMAIL, "a@b.example", "", text), house.clock.now())
    for _ in range(60):
        clock.move(minutes=1)
        house.outbox.send_next({Channel.EMAIL: away})
    clock.move(minutes=15)
    house.outbox.send_next({Channel.EMAIL: relay[1]})
    with house.database.reading() as work:
        assert [row.state for row in work.outbox.listed(Page())[0]] == [state]

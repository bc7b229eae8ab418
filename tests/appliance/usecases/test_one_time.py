"""One-time passwords to the end, on both databases: sent again, answered a hundred times at once, suspended, off."""

import re
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from appliance.bootstrap import House, open_house
from appliance.config.settings import Settings
from appliance.domain.errors import Fault, Refused, TryLater
from appliance.domain.methods import Method, Methods
from appliance.domain.sign_in import Channel, Means
from appliance.usecases.my_account import Contact
from appliance.usecases.ports import Page
from appliance.usecases.sessions import physician as requester_of
from tests.appliance.usecases.conftest import DESK
from tests.houses import cheap_passwords

PASSWORD, HERE, PHONE = "Correct-Horse-9-Battery", "192.0.2.7", "+33600000001"


@pytest.fixture
def house(laid_url: str, tmp_path: Path, clock) -> Iterator[House]:
    settings = Settings(state_dir=tmp_path, database={"url": laid_url})
    with open_house(settings, clock=clock, passwords=cheap_passwords()) as opened:
        yield opened


def mails(house) -> list[tuple[str, str]]:
    with house.database.reading() as work:
        rows, _ = work.outbox.listed(Page())
    return [(row.message.to, row.message.text) for row in sorted(rows, key=lambda row: row.id)]


def digits(house) -> str:
    return re.search(r"\b\d{6}\b", mails(house)[-1][1]).group()


def start(house, channel=Channel.EMAIL, address=HERE) -> str:
    return house.sign_in.start_otp("alix@cabinet.example", PASSWORD, channel, address)


def test_a_hundred_right_answers_at_once_give_one_session(house, account):
    pending, code = start(house), digits(house)
    opened, refused, together = [], [], threading.Barrier(100)

    def answer() -> None:
        together.wait()
        try:
            opened.append(house.sign_in.confirm_otp(pending, code, HERE))
        except Fault as fault:
            refused.append(fault.cause)

    threads = [threading.Thread(target=answer) for _ in range(100)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(opened) == 1
    assert set(refused) <= {"otp_used", "password_address"}
    with house.database.reading() as work:
        assert len(work.sessions.live(account.id, account.created_at)) == 1


def test_sent_again_after_a_minute_and_the_first_is_dead(house, account, clock):
    pending, first = start(house), digits(house)
    with pytest.raises(TryLater, match="otp_pause"):
        house.sign_in.resend(pending, Channel.EMAIL, HERE)
    clock.move(seconds=60)
    again = house.sign_in.resend(pending, Channel.SMS, HERE)
    assert mails(house)[-1][0] == PHONE
    with pytest.raises(Refused, match="otp_replaced"):
        house.sign_in.confirm_otp(pending, first, HERE)
    with pytest.raises(Refused, match="otp_replaced"):
        house.sign_in.resend(pending, Channel.EMAIL, HERE)
    opened = house.sign_in.confirm_otp(again, digits(house), HERE)
    assert opened.session.requester.means == Means.PASSWORD_SMS


def test_what_is_waited_for_is_known_to_its_browser_alone(house, account, clock):
    pending = start(house)
    clock.move(seconds=20)
    waiting = house.sign_in.waiting(pending)
    assert (waiting.left, waiting.again_in) == (timedelta(seconds=280), timedelta(seconds=40))
    assert (waiting.channel, waiting.to, waiting.by_sms) == (Channel.EMAIL, "a•••••@cabinet.example", True)
    assert house.sign_in.waiting("another") is None
    clock.move(minutes=5)
    assert house.sign_in.waiting(pending).left == timedelta()
    clock.move(minutes=5)
    assert house.sign_in.waiting(pending) is None
    with pytest.raises(Refused, match="otp_expired"):
        house.sign_in.resend(pending, Channel.EMAIL, HERE)


def test_five_wrong_tries_are_not_forgiven_by_another_sending(house, account, clock):
    pending, code = start(house), digits(house)
    for _ in range(5):
        with pytest.raises(Refused, match="otp_wrong"):
            house.sign_in.confirm_otp(pending, f"{(int(code) + 1) % 1_000_000:06d}", HERE)
    clock.move(seconds=60)
    with pytest.raises(Refused, match="otp_tries"):
        house.sign_in.resend(pending, Channel.EMAIL, HERE)


@pytest.mark.parametrize(("column", "channel", "cause"), [
    ("email_verified_at", Channel.EMAIL, "email_unverified"), ("phone_verified_at", Channel.SMS, "no_phone"),
])  # fmt: skip
def test_nothing_is_sent_where_nobody_proved_to_be(house, account, column, channel, cause):
    with house.database.writing() as work:
        work.accounts.change(replace(work.accounts.by_id(account.id), **{column: None}))
    with pytest.raises(Refused, match=cause):
        start(house, channel)
    assert mails(house) == []


def test_fifty_wrong_passwords_suspend_the_one_time_password_for_an_hour_and_tell_its_owner(house, account, clock):
    for number in range(50):
        with pytest.raises(Refused, match="credentials"):
            house.sign_in.start_otp(account.email, "wrong", Channel.EMAIL, f"198.51.{number}.7")
    with pytest.raises(TryLater, match="password_limit"):
        start(house, address="203.0.113.9")
    [(to, text)] = mails(house)
    assert to == account.email
    assert "suspendue pour une heure" in text
    assert "otp.suspended" in [record.event.verb for record in house.journal.listed(Page())[0]]
    clock.move(hours=1)
    assert start(house, address="203.0.113.9")


@pytest.mark.parametrize("channel", list(Channel))
def test_a_channel_switched_off_sends_nothing(house, account, channel):
    pending = start(house, channel)
    means = {Channel.EMAIL: Means.PASSWORD_EMAIL, Channel.SMS: Means.PASSWORD_SMS}[channel]
    house.sign_in.policy = replace(house.sign_in.policy, methods=Methods({means: Method(enabled=False)}))
    with pytest.raises(Refused, match="method_off"):
        start(house, channel)
    with pytest.raises(Refused, match="method_off"):
        house.sign_in.resend(pending, channel, HERE)
    with pytest.raises(Refused, match="method_off"):
        house.sign_in.confirm_otp(pending, digits(house), HERE)


def test_a_confirmation_is_of_its_session_and_bounded(house, account, clock):
    who = requester_of(account, Means.CARD, HERE, 1)
    asked = house.my_account.set_contact(who, Contact(enable=True, email="new@cabinet.example", phone=None), "")
    code = digits(house)
    with pytest.raises(TryLater, match="otp_pause"):
        house.my_account.set_contact(who, Contact(enable=True, email="third@cabinet.example", phone=None), "")
    other = house.people.account(account.id)
    another = replace(other, email="x@y.example", national_id="9", phone="")
    stranger = replace(who, id=house.people.add_account(another, "", DESK))
    with pytest.raises(Refused, match="confirm_over"):
        house.my_account.confirm(stranger, "email", asked.email, code)
    with pytest.raises(Refused, match="confirm_over"):
        house.my_account.confirm(who, "phone", asked.email, code)
    for left in (4, 3, 2, 1, 0):
        with pytest.raises(Refused, match="otp_wrong") as refused:
            house.my_account.confirm(who, "email", asked.email, f"{(int(code) + 1) % 1_000_000:06d}")
        assert refused.value.facts["left"] == left
    with pytest.raises(Refused, match="otp_tries"):
        house.my_account.confirm(who, "email", asked.email, code)
    assert house.people.account(account.id).email == "alix@cabinet.example"


@pytest.mark.parametrize(("seconds", "confirmed"), [(599, True), (600, False)])
def test_a_confirmation_lives_ten_minutes(house, account, clock, seconds, confirmed):
    who = requester_of(account, Means.CARD, HERE, 1)
    asked = house.my_account.set_contact(who, Contact(enable=True, email="new@cabinet.example", phone=None), "")
    code = digits(house)
    clock.move(seconds=seconds)
    if confirmed:
        house.my_account.confirm(who, "email", asked.email, code)
        assert house.people.account(account.id).email == "new@cabinet.example"
    else:
        with pytest.raises(Refused, match="confirm_over"):
            house.my_account.confirm(who, "email", asked.email, code)


def test_whoever_is_faster_gets_the_address(house, account):
    """Two accounts ask for the same free address; one confirms first, the other's digits do nothing."""
    who = requester_of(account, Means.CARD, HERE, 1)
    row = replace(house.people.account(account.id), email="b@cabinet.example", national_id="9")
    other = requester_of(house.people.account(house.people.add_account(row, "", DESK)), Means.CARD, HERE)
    wanted = Contact(enable=False, email="free@cabinet.example", phone=None)
    asked = []
    for one in (who, other):
        token = house.my_account.set_contact(one, wanted, "").email
        asked.append((one, token, digits(house)))
    house.my_account.confirm(asked[0][0], "email", *asked[0][1:])
    with pytest.raises(Refused, match="confirm_over"):
        house.my_account.confirm(asked[1][0], "email", *asked[1][1:])
    assert house.people.account(row.id).email == "free@cabinet.example"


def test_taking_the_box_away_closes_the_door_at_once(house, account):
    pending, code = start(house), digits(house)
    who = requester_of(account, Means.CARD, HERE, 1)
    house.my_account.set_contact(who, Contact(enable=False, email=account.email, phone=None), "")
    with pytest.raises(Refused, match="otp_replaced"):
        house.sign_in.confirm_otp(pending, code, HERE)
    with pytest.raises(Refused, match="otp_off"):
        start(house)


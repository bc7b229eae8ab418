"""A revoked card closes every other way at the next log-in, before anybody looked; a new card opens them again."""

import re

import pyotp
import pytest

from appliance.domain.errors import Refused
from appliance.domain.sign_in import Channel
from appliance.usecases.my_account import Contact
from appliance.usecases.ports import Page, Site
from tests.appliance.usecases.test_card_sign_in import HERE, house, log_in, trust, world  # noqa: F401
from tests.peers.authenticator import Authenticator

PASSWORD, EMAIL = "vert Bison 27 lampe", "kit@cabinet.example"
SITE = Site("images.hopital.example", "Hôpital", ("https://images.hopital.example",))


def digits(house) -> str:  # noqa: F811
    with house.database.reading() as work:
        rows, _ = work.outbox.listed(Page())
    return re.search(r"\b\d{6}\b", max(rows, key=lambda row: row.id).message.text).group()


def test_no_way_outlives_the_card(house, world, trust, clock):  # noqa: F811
    card = world.card()
    who = log_in(house, card).opened.session.requester
    house.my_account.change_password(who, "", PASSWORD, PASSWORD)
    asked = house.my_account.set_contact(who, Contact(enable=True, email=EMAIL, phone=None), "")
    house.my_account.confirm(who, "email", asked.email, digits(house))
    token = house.second_factors.begin_totp(who)
    secret, _ = house.second_factors.totp_waiting(who, token, "Hôpital")
    house.second_factors.finish_totp(who, token, pyotp.TOTP(secret).at(clock.now()))
    key = Authenticator(SITE.origins[0])
    begun = house.second_factors.begin_passkey(who, SITE)
    house.second_factors.add_passkey(who, SITE, begun.token, key.create(begun.options), "")

    def by_passkey():
        asked_for = house.second_factors.begin_login(SITE, HERE)
        return house.second_factors.login(SITE, asked_for.token, key.get(asked_for.options), (HERE, ""))

    ways = (
        by_passkey,
        lambda: house.sign_in.start_totp(EMAIL, PASSWORD, HERE),
        lambda: house.sign_in.start_otp(EMAIL, PASSWORD, Channel.EMAIL, HERE),
    )
    for way in ways:
        assert way()
    trust.revoke(card)
    clock.move(seconds=61)
    for way in ways:
        with pytest.raises(Refused, match="card_revoked"):
            way()
    log_in(house, world.card())
    for way in ways:
        assert way()

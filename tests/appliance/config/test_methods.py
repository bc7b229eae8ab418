"""Which ways in are open, and which homologation covers them."""

from datetime import date

import pytest

from appliance.config.settings import Settings
from appliance.domain.errors import Refused
from appliance.domain.methods import HOMOLOGATED
from appliance.domain.sign_in import Means

GENERAL = {"homologation_reference": "DEC-2026-01", "homologation_date": date(2026, 1, 1)}


def methods(tmp_path, **sign_in):
    return Settings(state_dir=tmp_path, sign_in=sign_in).sign_in.policy()


def test_without_a_reference_every_method_that_is_open_is_named(tmp_path):
    assert methods(tmp_path).unreferenced() == list(HOMOLOGATED)
    one_off = methods(tmp_path, methods={"passkey": {"enabled": False}})
    assert Means.PASSKEY not in one_off.unreferenced()


def test_the_general_reference_covers_those_without_their_own(tmp_path):
    assert methods(tmp_path, **GENERAL).unreferenced() == []
    own = methods(tmp_path, **GENERAL, methods={"passkey": {"homologation_reference": "DEC-2026-02"}})
    assert own.named[Means.PASSKEY].reference == "DEC-2026-02"
    assert own.named[Means.PASSWORD_SMS].reference == "DEC-2026-01"


def test_a_reference_without_its_date_is_none(tmp_path):
    assert methods(tmp_path, homologation_reference="DEC").unreferenced() == list(HOMOLOGATED)


def test_one_switch_closes_codes_by_mail_and_sms(tmp_path):
    closed = methods(tmp_path, otp_enabled=False)
    assert [means for means in HOMOLOGATED if not closed.is_on(means)] == [Means.PASSWORD_EMAIL, Means.PASSWORD_SMS]
    with pytest.raises(Refused, match="method_off"):
        closed.check(Means.PASSWORD_SMS)
    closed.check(Means.CARD)


def test_nobody_sets_a_length_below_the_guides(tmp_path):
    with pytest.raises(ValueError, match="password_length"):
        Settings(state_dir=tmp_path, sign_in={"password_length": 5})

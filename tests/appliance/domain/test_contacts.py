"""Addresses and numbers, as people type them."""

import pytest

from appliance.domain.contacts import email, masked_email, masked_phone, mobile, shown_phone
from appliance.domain.errors import Malformed, Refused


@pytest.mark.parametrize(("typed", "kept"), [
    (" Alix.Martin@Cabinet-Tilleuls.Example ", "alix.martin@cabinet-tilleuls.example"),
    ("a+b@x.fr", "a+b@x.fr"), ("o'brien@sub.domain.co.uk", "o'brien@sub.domain.co.uk"),
    ("doc@notmssante.fr", "doc@notmssante.fr"),
])  # fmt: skip
def test_addresses(typed, kept):
    assert email(typed) == kept


@pytest.mark.parametrize("typed", [
    "", "alix", "alix@", "@cabinet.example", "a@b", "a b@c.fr", "a@b.fr,c@d.fr", "a@b.fr\nBcc: c@d.fr", "<a@b.fr>",
    ".a@b.fr", "a.@b.fr", "a..b@c.fr", "a@-b.fr", "é@b.fr", '"a"@b.fr', f"{'a' * 65}@b.fr", f"a@{'b' * 260}.fr",
    "a@b.fr\0",
])  # fmt: skip
def test_what_is_no_address(typed):
    with pytest.raises(Malformed, match="email"):
        email(typed)


@pytest.mark.parametrize("typed", ["alix@medecin.mssante.fr", "A@MSSante.fr", "a@x.y.mssante.fr"])
def test_secure_messaging_is_told_apart(typed):
    with pytest.raises(Refused, match="email_mssante"):
        email(typed)


@pytest.mark.parametrize(("typed", "kept"), [
    ("", ""), (" ", ""), ("06 39 98 00 01", "+33639980001"), ("07.00.00.00.01", "+33700000001"),
    ("+33 (0)6 39 98 00 01", "+33639980001"), ("0033639980001", "+33639980001"), ("+32 470 12 34 56", "+32470123456"),
    ("06-39-98-00-01", "+33639980001"), ("0692 12 34 56", "+262692123456"),
])  # fmt: skip
def test_mobiles(typed, kept):
    assert mobile(typed) == kept


@pytest.mark.parametrize("typed", [
    "01 99 00 12 34", "+33 1 99 00 12 34", "06 39 98 00", "6 39 98 00 01", "portable", "+0612345678",
    "06 39 98 00 01 02", "++33639980001",
])  # fmt: skip
def test_what_receives_no_sms(typed):
    with pytest.raises(Malformed, match="phone"):
        mobile(typed)


def test_shown_to_their_owner():
    assert shown_phone("+33639980001") == "06 39 98 00 01"
    assert shown_phone("+32470123456") == "+32470123456"
    assert masked_email("alix.martin@cabinet.example") == "a•••••@cabinet.example"
    assert (masked_email(""), masked_phone("")) == ("", "")
    assert masked_phone("+33639980001") == "•• •• •• •• 01"

"""What of the line to Pro Santé Connect closes this way in."""

import pytest

from appliance.domain.psc_line import PscLine

ISSUER = "https://psc.example/realm"


@pytest.mark.parametrize(
    ("seen", "word"),
    [
        (PscLine("", 200, ISSUER, (), 0), ""),
        (PscLine("", 200, ISSUER, (), None), ""),
        (PscLine("", 200, ISSUER, (), 30), ""),
        (PscLine("", 200, ISSUER, (), -30), ""),
        (PscLine("", 200, ISSUER, (), 31), "clock"),
        (PscLine("", 200, ISSUER, (), -31), "clock"),
        (PscLine("", 200, ISSUER, ["jwks_uri"], 31), "endpoints"),
        (PscLine("", 200, ISSUER + "/", ["jwks_uri"], 31), "issuer"),
        (PscLine("", 200, "", (), 0), "issuer"),
        (PscLine("", 404, ISSUER, (), 0), "status"),
        (PscLine("timeout"), "away"),
        (PscLine("dns"), "away"),
        (PscLine("certificate_refused"), "certificate_refused"),
        (PscLine("provider_certificate"), "provider_certificate"),
        (PscLine("not_https"), "not_https"),
    ],
)
def test_the_first_fault_is_the_one_told(seen, word):
    assert seen.fault(ISSUER) == word

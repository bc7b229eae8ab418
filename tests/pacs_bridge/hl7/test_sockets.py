"""Which of the sockets that were passed on is HL7's, and what settings are refused."""

import contextlib
import socket

import pytest

from appliance.config.refusals import SettingsRefused
from appliance.config.settings import Settings, load
from pacs_bridge.service import _feed_socket


@pytest.fixture
def bound():
    with contextlib.ExitStack() as stack:
        yield lambda: stack.enter_context(socket.create_server(("127.0.0.1", 0)))


def settings(**hl7: object) -> Settings:
    return Settings(hl7={"enabled": True, "port": 0, **hl7})


def test_off_takes_none(bound):
    passed = [bound()]
    assert _feed_socket(Settings(), passed) is None
    assert len(passed) == 1


def test_the_run_passes_it_last(bound):
    dicom, feed = bound(), bound()
    passed = [dicom, feed]
    assert _feed_socket(settings(), passed) is feed
    assert passed == [dicom]


def test_systemd_passes_it_at_its_port_in_any_place(bound):
    dicom, feed, tls = bound(), bound(), bound()
    passed = [dicom, feed, tls]
    assert _feed_socket(settings(port=feed.getsockname()[1]), passed) is feed
    assert passed == [dicom, tls]


def test_nothing_passed_for_it_opens_its_own(bound):
    passed = [bound()]
    own = _feed_socket(settings(), passed)
    assert own is not None
    assert own not in passed
    own.close()


@pytest.mark.parametrize(("text", "word"), [
    ('host = "10.1.2.3"', "networks"), ('charset = "EBCDIC"', "charset"), ('accession = ["ZZZ-1"]', "accession"),
    ("message_kib = 1", "message_kib"), ('networks = ["x"]', "networks"),
])  # fmt: skip
def test_settings_that_are_refused(tmp_path, text, word):
    path = tmp_path / "n.toml"
    path.write_text(f"[hl7]\nenabled = true\n{text}\n")
    with pytest.raises(SettingsRefused, match=word):
        load(path, {})


def test_a_network_that_is_named_may_be_listened_to(tmp_path):
    path = tmp_path / "n.toml"
    path.write_text('[hl7]\nenabled = true\nhost = "10.1.2.3"\nnetworks = ["10.0.0.0/8"]\n[hl7.issuers]\nHOSP = ""\n')
    assert load(path, {}).hl7.issuers == {"HOSP": ""}

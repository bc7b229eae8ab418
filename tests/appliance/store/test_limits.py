"""What the limits of R-I count, over everybody, on both databases."""

from datetime import UTC, datetime, timedelta

from appliance.domain.sign_in import Channel
from appliance.store.database import Database
from appliance.usecases.ports import OtpRow

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def test_failures_are_counted_over_all_keys_of_a_kind(database: Database):
    with database.writing() as work:
        for minutes in (0, 59, 60, 61):
            work.failures.add("code", f"account-{minutes}", NOW - timedelta(minutes=minutes))
        work.failures.add("password", "account-0", NOW)
        assert work.failures.count("code", NOW - HOUR) == 3
        assert work.failures.count("password", NOW - HOUR) == 1
        assert work.failures.count("digits", NOW - HOUR) == 0


def test_codes_sent_are_counted_by_channel(database: Database):
    with database.writing() as work:
        for number, (channel, at) in enumerate(
            [(Channel.SMS, NOW), (Channel.SMS, NOW - HOUR), (Channel.EMAIL, NOW), (Channel.SMS, NOW - 2 * HOUR)]
        ):
            work.otps.add(OtpRow(0, b"%032d" % number, None, None, channel, b"x" * 32, at, 0, None, None))
        assert work.otps.sent(Channel.SMS, NOW - HOUR) == 2
        assert work.otps.sent(Channel.EMAIL, NOW - HOUR) == 1

"""MSH: who says it, what kind of message, when it was made."""

import re
from datetime import UTC, datetime, timedelta, timezone

from appliance.domain.errors import Malformed
from appliance.domain.feed import Header, Moment
from appliance.domain.sharing import PARIS
from pacs_bridge.hl7.grammar import Message

_TIME = re.compile(r"(\d{4})(\d\d)(\d\d)(?:(\d\d)(\d\d)(?:(\d\d)(?:\.(\d{1,4}))?)?)?([+-]\d{4})?")


def header_of(message: Message) -> Header:
    """Return what MSH says; raise `Malformed` with the field that is missing or wrong."""
    segment = message.segment(0)
    sender = segment.text(3, subcomponent=None)
    control_id = segment.text(10)
    kind, event = segment.text(9).upper(), segment.text(9, 2).upper()
    for value, name, most in ((control_id, "MSH-10", 199), (kind, "MSH-9", 8), (sender, "MSH-3", 227)):
        if not value or len(value) > most:
            raise Malformed("field", field=name)
    if len(event) > 8:
        raise Malformed("field", field="MSH-9")
    moment = Moment(instant(segment.text(7), "MSH-7"), _sequence(segment.text(13)))
    return Header(sender, control_id, kind, event, moment)


def processing_of(message: Message) -> str:
    """Return MSH-11.1: P, T or D."""
    return message.segment(0).text(11).upper() or "P"


def instant(text: str, name: str) -> datetime:
    """Return a TS as aware UTC; without an offset it is the time of Paris. Raise `Malformed` ``field``."""
    found = _TIME.fullmatch(text)
    if found is None:
        raise Malformed("field", field=name)
    year, month, day, hour, minute, second, fraction, offset = found.groups()
    try:
        local = datetime(
            int(year), int(month), int(day), int(hour or 0), int(minute or 0), int(second or 0),
            int((fraction or "").ljust(6, "0")), _zone(offset) if offset else PARIS,
        )  # fmt: skip
        return local.astimezone(UTC)
    except (ValueError, OverflowError) as exc:
        raise Malformed("field", field=name) from exc


def _zone(offset: str) -> timezone:
    minutes = int(offset[1:3]) * 60 + int(offset[3:])
    return timezone(timedelta(minutes=-minutes if offset[0] == "-" else minutes))


def _sequence(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 15 else 0

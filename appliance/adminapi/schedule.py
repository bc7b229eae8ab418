"""What is done from time to time without anybody asking: cards looked at again, exams asked again at night."""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta

from appliance.bootstrap import House
from appliance.domain.errors import Fault
from appliance.domain.segments import text
from appliance.domain.sharing import PARIS
from appliance.usecases.forgetting import Forgotten

LOOK_S = 20.0
"""How often the folders of trust are looked at: who is known to be revoked is out within a minute."""
NIGHT = range(2, 6)
"""Hours of Paris."""
AGAIN = timedelta(hours=1)
"""Without any change there: lists grow stale, cards end, warnings fall due."""
_log = logging.getLogger(__name__)


class Watch:
    """Looks at every card when a file of trust is another one, and every hour."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._seen: object = None
        self._looked: datetime | None = None

    def turn(self) -> bool:
        """Look if there is a reason to; return whether there was. A database away is tried again at the next turn."""
        now, seen = self._house.clock.now(), self._house.card_trust.stamp()
        if seen == self._seen and self._looked is not None and now - self._looked < AGAIN:
            return False
        try:
            found = self._house.proofs.look()
        except Fault as fault:
            _log.warning("look at the cards: %s", fault.cause)
            return False
        self._seen, self._looked = seen, now
        if found.ended:
            _log.warning("look at the cards: %d revoked, %d sessions ended", found.revoked, found.ended)
        return True


class Night:
    """Once a night, the PACS are asked again about every exam that somebody may open."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._done: date | None = None

    def turn(self) -> bool:
        """Ask when it is night and was not done yet; return whether it was."""
        now = self._house.clock.now().astimezone(PARIS)
        if now.date() == self._done or now.hour not in NIGHT:
            return False
        try:
            asked = self._house.reasking.nightly()
        except Fault as fault:
            _log.warning("exams asked again: %s", fault.cause)
            return False
        self._done = now.date()
        _log.info("exams asked again: %d", asked)
        return True


class Sweep:
    """Every hour, what nobody may open any more is let go, and rows whose time is over."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._done: datetime | None = None

    def turn(self) -> bool:
        """Sweep when an hour went by; return whether it did."""
        now = self._house.clock.now()
        if self._done is not None and now - self._done < AGAIN:
            return False
        try:
            swept = self._house.retention.turn()
            forgotten = self._house.forgetting.turn()
            late, old = self._house.reports.sweep(), self._house.feed.forget()
        except Fault as fault:
            _log.warning("sweep: %s", fault.cause)
            return False
        self._done = now
        _log.info("sweep: %d exams, %d objects, %d rows", swept.studies, swept.instances, swept.rows)
        if forgotten != Forgotten():
            _log.info("sweep: forgotten: %s", forgotten)
        if late or old:
            _log.info("sweep: %d reports waited too long, %d messages forgotten", late, old)
        if swept.short:
            _log.warning("sweep: less room than retention.keep_free_gb, and nothing more may go")
        return True


class Seals:
    """Every hour, the months of the journal that are over are sealed, and those kept long enough go."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._done: datetime | None = None

    def turn(self) -> bool:
        """Seal and purge when an hour went by; return whether it did."""
        now = self._house.clock.now()
        if self._done is not None and timedelta(0) <= now - self._done < AGAIN:
            return False
        self._done, segments = now, self._house.segments
        try:
            while (anchor := segments.seal()) is not None:
                # Out of this machine with the logs: there it vouches for the journal even against who has the key.
                signed = text(anchor.segment, anchor.sealed_at).decode()
                _log.info("journal sealed: %s signature %s", signed, anchor.signature.hex())
            for segment in segments.purge():
                _log.info("journal purged: records %d to %d", segment.first, segment.last)
        except Fault as fault:
            _log.error("journal: neither sealed nor purged: %s", fault.cause)
            return False
        return True


@contextmanager
def watching(house: House) -> Iterator[None]:
    """Watch in a thread while the block lasts."""
    stop, watches = threading.Event(), (Watch(house), Night(house), Sweep(house), Seals(house))

    def turns() -> None:
        while not stop.is_set():
            for watch in watches:
                try:
                    watch.turn()
                except Exception:  # the outermost loop of a thread that must not end
                    _log.exception("schedule")
            stop.wait(LOOK_S)

    thread = threading.Thread(target=turns, name="schedule", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(LOOK_S)

"""Mail and SMS, and their words."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from appliance.domain.notices import Notice
from appliance.domain.sign_in import Channel
from appliance.usecases.ports.common import Page


@dataclass(frozen=True, slots=True)
class Message:
    """A mail or a text message to send."""

    channel: Channel
    to: str
    subject: str
    text: str
    reference: str = ""
    """Given by the outbox: the same each time this message goes, and no other's."""


@dataclass(frozen=True, slots=True)
class OutboxRow:
    """A message in the outbox."""

    id: int
    message: Message
    attempts: int
    created: datetime
    state: str
    due: datetime
    error: str = ""


class Outbox(Protocol):
    """Messages for the courier."""

    def add(self, message: Message, at: datetime) -> int: ...
    def waiting(self, now: datetime) -> bool: ...
    def claim(self, now: datetime, lease_s: float) -> OutboxRow | None: ...
    def sent(self, row_id: int, at: datetime) -> None:
        """Mark as sent and wipe the body: a one-time code never outlives its sending."""
        ...

    def failed(self, row_id: int, error: str, due: datetime | None) -> None:
        """Try again at ``due``, or give up and wipe the body when None."""
        ...

    def listed(self, page: Page) -> tuple[Sequence[OutboxRow], int]: ...


class Sender(Protocol):
    """Sends one message; `Unavailable` to try again, `Refused` when it never will."""

    def send(self, message: Message) -> None: ...


class Words(Protocol):
    """Texts of mails and messages, in the reader's language."""

    def otp_message(self, channel: Channel, to: str, digits: str, minutes: int) -> Message: ...
    def confirmation(self, channel: Channel, to: str, digits: str, minutes: int) -> Message: ...
    def address_taken(self, to: str) -> Message: ...
    def notice(self, to: str, what: Notice, at: datetime) -> Message: ...


class LetterWords(Protocol):
    """Texts of the mail that points an exam out to a colleague."""

    def letter(self, to: str, sender: str, message: str, address: str, until: datetime) -> Message:
        """Return the mail that carries the link `address`; `message` are the sender's own words, maybe none."""
        ...


class AccountWords(Protocol):
    """Texts of mails about an account that nobody uses."""

    def account_goes(self, to: str, at: datetime) -> Message:
        """Return the mail that says that the account goes at ``at`` unless its owner logs in."""
        ...


class CardWords(Protocol):
    """Texts of mails about cards."""

    def card_ends(self, to: str, until: datetime, days: int, warning: int) -> Message:
        """Return the mail that says that the card ends in ``days``; ``warning`` is 60, 15 or 3."""
        ...

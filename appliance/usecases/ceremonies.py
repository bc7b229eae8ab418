"""Ceremonies of passkeys, alike for physicians and for the staff: a challenge made for one owner, answered once.

::

    begun for an owner (ticket: whose, site, challenge) -> answered in time, for that owner, at that site
        -> a key made, or a signature of a known one; whatever does not hold is `Refused` ``passkey``
"""

from base64 import b64decode, b64encode
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum

from appliance.domain.errors import Malformed, Refused, TryLater
from appliance.usecases.guessing import sources
from appliance.usecases.ports import Clock, PasskeyCeremonies, PasskeyRow, Secrets, Site, TicketRow, Work

LIFE = timedelta(minutes=5)
MOST_PASSKEYS = 10
NAME_CHARACTERS = 64
KIND = "passkey"
"""Kind of the tickets, and of the counted event: whoever may begin may do it often, and each costs a row."""
BEGUN_PER_MINUTE = 30
_MINUTE, _DAY = timedelta(minutes=1), timedelta(days=1)
_CHALLENGE_BYTES = 32


class Whose(StrEnum):
    """What the number of an owner counts: account 5 and member 5 of the staff never share a ticket."""

    ANYBODY = "anybody"
    """A log-in that names no account."""
    ACCOUNT = "account"
    STAFF = "staff"
    PENDING = "pending"
    """A log-in of the staff whose password was right, by the number of its row."""


@dataclass(frozen=True, slots=True)
class Owner:
    """For whom a ceremony is."""

    whose: Whose
    id: int = 0


@dataclass(frozen=True, slots=True)
class Begun:
    """A ceremony: the token stays with the browser, ``options`` is the JSON that its authenticator is given."""

    token: str
    options: str


@dataclass(frozen=True, slots=True)
class Answered:
    """What the browser brings back: its token, and the authenticator's answer as JSON text."""

    token: str
    answer: str


class Ceremonies:
    """Tickets around what authenticators make and sign."""

    def __init__(self, clock: Clock, secrets: Secrets, devices: PasskeyCeremonies) -> None:
        self._clock = clock
        self._secrets = secrets
        self._devices = devices

    def creation(self, work: Work, owner: Owner, site: Site, name: str) -> Begun:
        """Return what the browser asks its authenticator to make; raise `Refused` ``passkeys_full``."""
        known = [one.credential_id for one in _with_room(work, owner)]
        token, challenge = self._ticket(work, owner, site)
        # It says nothing of whom, and an authenticator keeps one key a user and site: account 5 is not member 5.
        user = self._secrets.digits_hash(str(owner.id), _PURPOSES[owner.whose])
        return Begun(token, self._devices.creation(site, user, name, challenge, known))

    def made(self, work: Work, owner: Owner, site: Site, answered: Answered, name: str) -> None:
        """Keep the passkey that the authenticator made; raise `Refused` ``passkey``, ``passkeys_full``."""
        challenge = self._taken(work, owner, site, answered.token)
        _with_room(work, owner)
        made = self._devices.created(site, challenge, answered.answer)
        if work.passkeys.by_credential(made.credential_id) is not None:
            raise Refused("passkey")
        account_id = owner.id if owner.whose is Whose.ACCOUNT else None
        staff_id = owner.id if owner.whose is Whose.STAFF else None
        row = PasskeyRow(
            0, account_id, staff_id, made.credential_id, made.public_key, made.sign_count, _named(name),
            self._clock.now(),
        )  # fmt: skip
        work.passkeys.add(row)

    def request(self, work: Work, owner: Owner, site: Site, address: str, known: Sequence[PasskeyRow] = ()) -> Begun:
        """Return what the browser asks to be signed: by one of the ``known`` keys, or by any when there are none.

        Raises
        ------
        TryLater
            ``password_address``: more than `BEGUN_PER_MINUTE` from an address, as on the card host (R-I).
        """
        now, key = self._clock.now(), sources(address)[0]
        if len(work.failures.since(KIND, key, now - _MINUTE)) >= BEGUN_PER_MINUTE:
            raise TryLater("password_address", retry_after_s=60)
        work.failures.add(KIND, key, now)
        work.tickets.sweep(now - _DAY)
        token, challenge = self._ticket(work, owner, site)
        return Begun(token, self._devices.request(site, challenge, [one.credential_id for one in known]))

    def signed(self, work: Work, owner: Owner, site: Site, answered: Answered) -> PasskeyRow:
        """Return the key that signed, its counter moved on but not written; whose key it is, the caller judges."""
        challenge = self._taken(work, owner, site, answered.token)
        key = work.passkeys.by_credential(self._devices.credential_of(answered.answer))
        if key is None:
            raise Refused("passkey")
        return replace(key, sign_count=self._devices.signed(site, challenge, answered.answer, key))

    def _ticket(self, work: Work, owner: Owner, site: Site) -> tuple[str, bytes]:
        token, challenge = self._secrets.token(), self._secrets.random_bytes(_CHALLENGE_BYTES)
        facts = {
            "whose": owner.whose, "id": owner.id, "site": site.rp_id, "challenge": b64encode(challenge).decode(),
        }  # fmt: skip
        work.tickets.add(TicketRow(self._secrets.hashed(token), KIND, facts, self._clock.now() + LIFE))
        return token, challenge

    def _taken(self, work: Work, owner: Owner, site: Site, token: str) -> bytes:
        """Use the ticket up and return its challenge, if it is the owner's and of this site."""
        ticket = work.tickets.take(self._secrets.hashed(token), KIND, self._clock.now())
        facts = ticket.facts if ticket is not None else {}
        if (facts.get("whose"), facts.get("id"), facts.get("site")) != (owner.whose, owner.id, site.rp_id):
            raise Refused("passkey")
        return b64decode(str(facts["challenge"]))


_PURPOSES = {Whose.ACCOUNT: b"passkey user", Whose.STAFF: b"passkey staff"}


def passkeys_of(work: Work, owner: Owner) -> Sequence[PasskeyRow]:
    """Return the passkeys of a physician or of a member of the staff, oldest first; nobody else has any."""
    match owner.whose:
        case Whose.ACCOUNT:
            return work.passkeys.of(account_id=owner.id)
        case Whose.STAFF:
            return work.passkeys.of(staff_id=owner.id)
        case _:
            return []


def rename(work: Work, owner: Owner, passkey_id: int, name: str) -> None:
    """Call one of the owner's passkeys otherwise; raise `Malformed` ``passkey_name``."""
    named = _named(name)
    if not named:
        raise Malformed("passkey_name")
    if passkey_id in {one.id for one in passkeys_of(work, owner)}:
        work.passkeys.rename(passkey_id, named)


def remove(work: Work, owner: Owner, passkey_id: int) -> bool:
    """Forget one of the owner's passkeys; False when it is not his."""
    mine = passkey_id in {one.id for one in passkeys_of(work, owner)}
    if mine:
        work.passkeys.remove(passkey_id)
    return mine


def _with_room(work: Work, owner: Owner) -> Sequence[PasskeyRow]:
    known = passkeys_of(work, owner)
    if len(known) >= MOST_PASSKEYS:
        raise Refused("passkeys_full", n=MOST_PASSKEYS)
    return known


def _named(text: str) -> str:
    return "".join(c for c in text if c.isprintable()).strip()[:NAME_CHARACTERS]

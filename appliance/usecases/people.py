"""Accounts and staff, seen by those who administer them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from appliance.domain import national_ids
from appliance.domain.errors import Malformed, Refused
from appliance.domain.identifiers import AccountId
from appliance.domain.journal import Actor, Event, Family
from appliance.domain.staff import Role, StaffMember
from appliance.usecases.ports import AccountRow, Clock, Page, Passwords, Secrets, Totp, UnitOfWork, Work


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a new member of the staff is told once."""

    login: str
    password: str
    totp_secret: str


_EMPLOYEE = re.compile(r"[0-9A-Za-z]{5,24}/[0-9A-Za-z.]{1,32}")


@dataclass(frozen=True, slots=True)
class NewMember:
    """Somebody to add to the staff; ``national_id`` is of the card that opens this access too."""

    login: str
    name: str = ""
    role: Role = Role.DESK
    national_id: str = ""
    must_set_up: bool = True


class People:
    """Physicians and staff."""

    def __init__(self, database: UnitOfWork, clock: Clock, secrets: Secrets, passwords: Passwords, totp: Totp) -> None:
        self._db = database
        self._clock = clock
        self._secrets = secrets
        self._passwords = passwords
        self._totp = totp

    def accounts(self, page: Page, query: str = "") -> tuple[Sequence[AccountRow], int]:
        """Return accounts by name."""
        with self._db.reading() as work:
            return work.accounts.listed(page, query)

    def account(self, account_id: AccountId) -> AccountRow:
        """Return the account; raise `Refused` ``account_unknown``."""
        with self._db.reading() as work:
            found = work.accounts.by_id(account_id)
        if found is None:
            raise Refused("account_unknown")
        return found

    def add_account(self, account: AccountRow, password: str, actor: Actor) -> AccountId:
        """Add a physician whose proof, address and number were checked elsewhere; raise ``account_exists``."""
        made = replace(
            account,
            password_hash=self._passwords.hash(password) if password else "",
            email_verified_at=account.email_verified_at or (account.created_at if account.email else None),
            phone_verified_at=account.phone_verified_at or (account.created_at if account.phone else None),
        )
        with self._db.writing() as work:
            if work.accounts.by_email(account.email) is not None:
                raise Refused("account_exists")
            account_id = work.accounts.add(made)
            work.journal.append(Event(Family.ADMIN, "account.add", actor, str(account_id)), self._clock.now())
        return account_id

    def disable(self, account_id: AccountId, actor: Actor) -> None:
        """Disable an account; its sessions end at their next request."""
        self._switch(account_id, actor, "account.disable", self._clock.now())

    def enable(self, account_id: AccountId, actor: Actor) -> None:
        """Enable it again."""
        self._switch(account_id, actor, "account.enable", None)

    def _switch(self, account_id: AccountId, actor: Actor, verb: str, at: datetime | None) -> None:
        now = self._clock.now()
        with self._db.writing() as work:
            if work.accounts.by_id(account_id) is None:
                raise Refused("account_unknown")
            work.accounts.disable(account_id, at)
            if at is not None:
                work.sessions.end_all(account_id=account_id, at=now, cause="revoked")
            work.journal.append(Event(Family.ADMIN, verb, actor, str(account_id)), now)

    def staff(self) -> Sequence[StaffMember]:
        """Return everybody, by login."""
        with self._db.reading() as work:
            return work.staff.listed()

    def add_staff(self, asked: NewMember, actor: Actor) -> Credentials:
        """Add a member; the password and secret are shown once, and replaced at the first log-in.

        Raises
        ------
        Malformed
            ``login``, ``national_id``.
        Refused
            ``staff_exists``, ``national_id_taken``.
        """
        wanted, number = asked.login.strip(), _card_number(asked.national_id)
        if not 1 <= len(wanted) <= 64 or not wanted.isprintable() or " " in wanted:
            raise Malformed("login")
        made = self._credentials(wanted)
        hashed = self._passwords.hash(made.password)
        with self._db.writing() as work:
            if work.staff.by_login(wanted) is not None:
                raise Refused("staff_exists")
            if number and work.staff.by_national_id(number) is not None:
                raise Refused("national_id_taken")
            member = StaffMember(
                0, wanted, asked.name.strip()[:128] or wanted, asked.role, hashed, made.totp_secret,
                must_set_up=asked.must_set_up, national_id=number,
            )  # fmt: skip
            work.staff.add(member)
            facts = {"role": asked.role, "card": bool(number)}
            work.journal.append(Event(Family.ADMIN, "staff.add", actor, wanted, facts=facts), self._clock.now())
        return made

    def remove_staff(self, login: str, actor: Actor) -> None:
        """Close the access of a member for good, passkeys included; raise ``staff_unknown``, ``staff_self``."""
        now = self._clock.now()
        with self._db.writing() as work:
            member = _other(work, login, actor)
            work.staff.remove(login, now)
            work.sessions.end_staff(member.id, now, "revoked")
            facts = {"passkeys": _drop_passkeys(work, member)}
            work.journal.append(Event(Family.ADMIN, "staff.remove", actor, login, facts=facts), now)

    def reset_staff(self, login: str, actor: Actor, *, must_set_up: bool = True) -> Credentials:
        """Give a new password and secret, shown once; sessions end, passkeys go.

        Raises
        ------
        Refused
            ``staff_unknown``, ``staff_self``.
        """
        made, now = self._credentials(login), self._clock.now()
        hashed = self._passwords.hash(made.password)
        with self._db.writing() as work:
            member = _other(work, login, actor)
            work.staff.reset(login, hashed, made.totp_secret, must_set_up=must_set_up)
            work.sessions.end_staff(member.id, now, "revoked")
            facts = {"passkeys": _drop_passkeys(work, member)}
            work.journal.append(Event(Family.ADMIN, "staff.reset", actor, login, facts=facts), now)
        return made

    def _credentials(self, login: str) -> Credentials:
        return Credentials(login, self._secrets.token()[:16], self._totp.new_secret())


def _other(work: Work, login: str, actor: Actor) -> StaffMember:
    """Return a member who is still there; nobody removes or resets the own access from the pages."""
    member = work.staff.by_login(login)
    if member is None or member.disabled_at is not None:
        raise Refused("staff_unknown")
    if (actor.kind, actor.id) == ("staff", str(member.id)):
        raise Refused("staff_self")
    return member


def _drop_passkeys(work: Work, member: StaffMember) -> int:
    """Forget every passkey of a member; return how many."""
    known = work.passkeys.of(staff_id=member.id)
    for one in known:
        work.passkeys.remove(one.id)
    return len(known)


def _card_number(text: str) -> str:
    """Return the identifier of a card as the card writes it: RPPS whole, ADELI, or structure/employee."""
    number = text.strip()
    if not number:
        return ""
    if _EMPLOYEE.fullmatch(number):
        return number
    try:
        return national_ids.rpps(number)
    except Malformed as exc:
        raise Malformed("national_id") from exc

"""Accounts and staff, seen by those who administer them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from appliance.domain.errors import Malformed, Refused
from appliance.domain.identifiers import AccountId
from appliance.domain.journal import Actor, Event, Family
from appliance.domain.staff import Role, StaffMember
from appliance.usecases.ports import AccountRow, Clock, Page, Passwords, Secrets, Totp, UnitOfWork


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a new member of the staff is told once."""

    login: str
    password: str
    totp_secret: str


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

    def add_staff(self, login: str, name: str, role: Role, actor: Actor) -> Credentials:
        """Add a member; the password and secret are shown once. Raise ``login``, ``staff_exists``."""
        wanted = login.strip()
        if not 1 <= len(wanted) <= 64 or not wanted.isprintable() or " " in wanted:
            raise Malformed("login")
        made = self._credentials(wanted)
        with self._db.writing() as work:
            if work.staff.by_login(wanted) is not None:
                raise Refused("staff_exists")
            hashed = self._passwords.hash(made.password)
            work.staff.add(StaffMember(0, wanted, name.strip()[:128] or wanted, role, hashed, made.totp_secret))
            work.journal.append(
                Event(Family.ADMIN, "staff.add", actor, wanted, facts={"role": role}), self._clock.now()
            )
        return made

    def remove_staff(self, login: str, actor: Actor) -> None:
        """Close the access of a member for good."""
        with self._db.writing() as work:
            if not work.staff.remove(login, self._clock.now()):
                raise Refused("staff_unknown")
            work.journal.append(Event(Family.ADMIN, "staff.remove", actor, login), self._clock.now())

    def reset_staff(self, login: str, actor: Actor) -> Credentials:
        """Give a new password and authenticator secret, shown once."""
        made = self._credentials(login)
        with self._db.writing() as work:
            if not work.staff.reset(login, self._passwords.hash(made.password), made.totp_secret):
                raise Refused("staff_unknown")
            work.journal.append(Event(Family.ADMIN, "staff.reset", actor, login), self._clock.now())
        return made

    def _credentials(self, login: str) -> Credentials:
        return Credentials(login, self._secrets.token()[:16], self._totp.new_secret())

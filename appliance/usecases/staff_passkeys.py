"""Passkeys of the staff: the second factor after the password, in place of the authenticator's digits.

::

    own access: set up -> session of the desk -> added, renamed, removed
    log-in: password right (pending) -> challenge for the keys of that member alone -> signed -> session
"""

from collections.abc import Sequence

from appliance.domain import otp
from appliance.domain.errors import Fault, Refused
from appliance.domain.journal import Actor, Event, Family
from appliance.domain.otp import OtpFacts
from appliance.domain.sign_in import Means, Requester
from appliance.domain.staff import StaffMember
from appliance.usecases import ceremonies
from appliance.usecases.ceremonies import Answered, Begun, Ceremonies, Owner, Whose
from appliance.usecases.guessing import DIGITS, Guessing
from appliance.usecases.one_time import SignInPolicy
from appliance.usecases.ports import Clock, OtpRow, PasskeyRow, Secrets, Site, UnitOfWork, Work
from appliance.usecases.sessions import Opened, open_session

OWN = frozenset({Means.STAFF_TOTP, Means.STAFF_PASSKEY, Means.STAFF_CARD})
"""Means whose session may change what opens the own access: each proved more than the password."""


class StaffPasskeys:
    """What a member of the staff does with the own passkeys, and the log-in by one."""

    def __init__(
        self,
        database: UnitOfWork,
        clock: Clock,
        secrets: Secrets,
        ceremonies: Ceremonies,
        guessing: Guessing,
        policy: SignInPolicy,
    ) -> None:
        self._db = database
        self._clock = clock
        self._secrets = secrets
        self._ceremonies = ceremonies
        self._guessing = guessing
        self.policy = policy

    # --- the own access ---

    def listed(self, requester: Requester) -> Sequence[PasskeyRow]:
        """Return the member's passkeys, oldest first."""
        with self._db.reading() as work:
            return ceremonies.passkeys_of(work, _owner(_member(work, requester)))

    def begin(self, requester: Requester, site: Site) -> Begun:
        """Return what the browser asks its authenticator to make.

        Raises
        ------
        Refused
            ``method_off``, ``role``: before the set-up, or in a session opened otherwise; ``passkeys_full``.
        """
        self.policy.methods.check(Means.STAFF_PASSKEY)
        with self._db.writing() as work:
            member = _member(work, requester)
            return self._ceremonies.creation(work, _owner(member), site, member.login)

    def add(self, requester: Requester, site: Site, answered: Answered, name: str) -> None:
        """Keep the passkey that the authenticator made; raise `Refused` as `begin`, and ``passkey``."""
        self.policy.methods.check(Means.STAFF_PASSKEY)
        with self._db.writing() as work:
            member = _member(work, requester)
            self._ceremonies.made(work, _owner(member), site, answered, name)
            self._journal(work, requester, member, "staff.passkey_added")

    def rename(self, requester: Requester, passkey_id: int, name: str) -> None:
        """Call one of the own passkeys otherwise; raise `Malformed` ``passkey_name``."""
        with self._db.writing() as work:
            ceremonies.rename(work, _owner(_member(work, requester)), passkey_id, name)

    def remove(self, requester: Requester, passkey_id: int) -> None:
        """Forget one of the own passkeys."""
        with self._db.writing() as work:
            member = _member(work, requester)
            if ceremonies.remove(work, _owner(member), passkey_id):
                self._journal(work, requester, member, "staff.passkey_removed")

    # --- log-in, after the password ---

    def offered(self, pending: str) -> bool:
        """Whether who waits after the right password may use a passkey: nobody else is told who has one."""
        if not pending or not self.policy.methods.is_on(Means.STAFF_PASSKEY):
            return False
        with self._db.reading() as work:
            try:
                _, member = self._waiting(work, pending)
            except Refused:
                return False
            return bool(ceremonies.passkeys_of(work, _owner(member)))

    def begin_login(self, site: Site, pending: str, address: str) -> Begun:
        """Return what the browser asks to be signed, by a key of the member who waits and by no other.

        Raises
        ------
        Refused
            ``method_off``, ``no_passkey``, and the causes of `domain.otp.check`; ``otp_unknown`` when nobody waits.
        TryLater
            ``password_address``.
        """
        self.policy.methods.check(Means.STAFF_PASSKEY)
        with self._db.writing() as work:
            row, member = self._waiting(work, pending)
            known = ceremonies.passkeys_of(work, _owner(member))
            if not known:  # an empty list would ask for any key
                raise Refused("no_passkey")
            return self._ceremonies.request(work, Owner(Whose.PENDING, row.id), site, address, known)

    def login(self, site: Site, pending: str, answered: Answered, browser: tuple[str, str]) -> Opened:
        """Return the session that a passkey opens; ``browser`` is its address and what it calls itself.

        Raises
        ------
        Refused
            ``method_off``, ``passkey`` for whatever does not hold and for the key of somebody else, and the causes of
            `domain.otp.check`: a log-in that waits has the tries and the life of a code.
        TryLater
            ``password_address``.
        """
        self.policy.methods.check(Means.STAFF_PASSKEY)
        address, user_agent = browser
        outcome: Opened | Fault
        with self._db.writing() as work:
            self._guessing.check_source(work, DIGITS, address, self._clock.now())
            actor = Actor("staff", "unknown", "", address)
            try:
                row, member = self._asked(work, pending)
                actor = Actor("staff", str(member.id), member.login, address)
                work.otps.tried(row.id)
                self._check(row)
                key = self._signed(work, row, site, answered)
            except Refused as fault:
                outcome = self._guessing.refused(work, actor, fault)
            else:
                work.otps.used(row.id, self._clock.now())
                outcome = self._enter(work, member, key, address, user_agent)
        if isinstance(outcome, Fault):
            raise outcome
        return outcome

    def _signed(self, work: Work, row: OtpRow, site: Site, answered: Answered) -> PasskeyRow:
        key = self._ceremonies.signed(work, Owner(Whose.PENDING, row.id), site, answered)
        if key.staff_id is None or key.staff_id != row.staff_id:
            raise Refused("passkey")
        return key

    def _enter(self, work: Work, member: StaffMember, key: PasskeyRow, address: str, user_agent: str) -> Opened:
        now, means = self._clock.now(), Means.STAFF_PASSKEY
        work.passkeys.used(key.id, key.sign_count, now)
        requester = Requester(
            "staff", member.id, member.name, means, 0, address, role=member.role, user_agent=user_agent
        )
        opened = open_session(work, self._secrets, requester, now, self.policy.sessions)
        actor = Actor("staff", str(member.id), member.login, address)
        work.journal.append(Event(Family.LOGIN, "login", actor, facts={"means": means}), now)
        return opened

    # --- within ---

    def _waiting(self, work: Work, pending: str) -> tuple[OtpRow, StaffMember]:
        row, member = self._asked(work, pending)
        self._check(row)
        return row, member

    def _asked(self, work: Work, pending: str) -> tuple[OtpRow, StaffMember]:
        row = work.otps.by_pending(self._secrets.hashed(pending))
        member = work.staff.by_id(row.staff_id) if row and row.staff_id else None
        if row is None or member is None or member.disabled_at is not None:
            raise Refused("otp_unknown")
        return row, member

    def _check(self, row: OtpRow) -> None:
        facts = OtpFacts(row.sent_at, row.tries + 1, row.used_at, row.replaced_at)
        otp.check(facts, right=True, now=self._clock.now(), limits=self.policy.otp)

    def _journal(self, work: Work, requester: Requester, member: StaffMember, verb: str) -> None:
        actor = Actor("staff", str(member.id), member.login, requester.address)
        event = Event(Family.LOGIN, verb, actor, member.login, facts={"means": requester.means})
        work.journal.append(event, self._clock.now())


def _member(work: Work, requester: Requester) -> StaffMember:
    """Return the member whose session may touch the own passkeys; as the row says it now, not as the session did."""
    member = work.staff.by_id(requester.id) if requester.kind == "staff" else None
    if member is None or member.disabled_at is not None:
        raise Refused("session", end="revoked")
    if member.must_set_up or requester.means not in OWN:
        raise Refused("role")
    return member


def _owner(member: StaffMember) -> Owner:
    return Owner(Whose.STAFF, member.id)

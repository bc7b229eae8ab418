"""Opening a session: what every way in ends with. The token goes into the cookie and is stored hashed."""

from dataclasses import dataclass, replace
from datetime import datetime

from appliance.domain import sessions
from appliance.domain.accounts import Proof, ProofFacts, ProofStatus
from appliance.domain.identifiers import AccountId
from appliance.domain.journal import Actor
from appliance.domain.sessions import SessionLimits
from appliance.domain.sign_in import Means, OpenSession, Requester
from appliance.usecases.ports import AccountRow, Secrets, SessionRow, Work


@dataclass(frozen=True, slots=True)
class Opened:
    """A new session: the token goes into the cookie and is stored nowhere."""

    token: str
    session: OpenSession


def open_session(work: Work, secrets: Secrets, requester: Requester, now: datetime, limits: SessionLimits) -> Opened:
    """Write a new session of the requester, whose `address` and `user_agent` are those of the browser; return it.

    A session that rests on a card is over when the card is, whatever the limits say.
    """
    token = secrets.token()
    physician = requester.kind == "account"
    until = sessions.until(requester.means, now, limits)
    card_end = card_until(work, requester.id if physician else None, requester.means)
    row = SessionRow(
        id=0,
        token_hash=secrets.hashed(token),
        account_id=requester.id if physician else None,
        staff_id=None if physician else requester.id,
        csrf=secrets.token(),
        means=requester.means,
        address=requester.address[:64],
        created_at=now,
        gesture_at=now,
        until=until if card_end is None else min(until, card_end),
        ended_at=None,
        end_cause="",
        notes="",
        user_agent=requester.user_agent[:256],
    )
    opened = replace(requester, session_id=work.sessions.add(row))
    return Opened(token, OpenSession(opened, row.csrf, now + limits.idle, row.until))


def card_until(work: Work, account_id: int | None, means: Means) -> datetime | None:
    """Return the end of the card that a session of the account rests on, None when it rests on none."""
    account = work.accounts.by_id(AccountId(account_id)) if account_id and means is not Means.PSC else None
    return account.proof_until if account is not None and account.proof == Proof.CARD else None


def requester_of_session(work: Work, row: SessionRow, address: str) -> Requester | None:
    """Return who is behind a session, None when the person may no longer enter."""
    means = Means(row.means)
    if row.account_id is not None:
        account = work.accounts.by_id(AccountId(row.account_id))
        if account is None or account.disabled_at is not None:
            return None
        return physician(account, means, address, row.id)
    member = work.staff.by_id(row.staff_id or 0)
    if member is None or member.disabled_at is not None:
        return None
    return Requester(
        "staff", member.id, member.name, means, row.id, address, role=member.role, must_set_up=member.must_set_up
    )


def physician(account: AccountRow, means: Means, address: str, session_id: int = 0, user_agent: str = "") -> Requester:
    """Return the physician of an account as who asks (R-K)."""
    return Requester(
        kind="account",
        id=account.id,
        label=f"{account.given_name} {account.family_name}",
        means=means,
        session_id=session_id,
        address=address,
        profession=account.profession,
        national_id=account.national_id,
        organisation=account.organisation,
        email=account.email,
        user_agent=user_agent,
    )


def actor_of_account(account: AccountRow, address: str) -> Actor:
    """Return the physician as the journal names somebody."""
    return Actor("account", str(account.id), account.national_id, address)


def stranger(national_id: str, organisation: str, now: datetime) -> AccountRow:
    """Return the account of somebody who was never here; nothing is proven yet."""
    return AccountRow(
        id=AccountId(0),
        email="",
        given_name="",
        family_name="",
        organisation=organisation[:256],
        phone="",
        national_id=national_id,
        profession="",
        password_hash="",
        otp_enabled=False,
        disabled_at=None,
        created_at=now,
        proof="",
        proof_until=None,
        proof_checked_at=None,
        proof_status="",
    )


def proof_of(account: AccountRow) -> ProofFacts:
    """Return the proof of an account as the domain judges it."""
    return ProofFacts(
        Proof(account.proof),
        account.proof_until,
        ProofStatus(account.proof_status or "unknown"),
        account.proof_checked_at,
        account.last_psc_at,
        account.disabled_at,
        account.otp_enabled,
    )

"""Grants that waited for a person: they become real at the first log-in that proves the national identifier."""

from datetime import datetime

from appliance.domain.journal import Event, Family
from appliance.usecases.ports import AccountRow, Work
from appliance.usecases.sessions import actor_of_account


def keep_promises(work: Work, account: AccountRow, address: str, now: datetime) -> int:
    """Give the account every exam promised to its national identifier; return how many."""
    promised = work.promises.open(account.national_id, now)
    for promise in promised:
        work.shares.grant(promise, account.id, now)
        work.promises.taken(promise.id, now)
        facts = {"origin": promise.origin, "promise": promise.id}
        event = Event(Family.ACCESS, "promise.kept", actor_of_account(account, address), promise.study_uid, facts=facts)
        work.journal.append(event, now)
    return len(promised)

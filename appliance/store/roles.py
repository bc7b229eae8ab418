"""What each service may do in PostgreSQL: one role a service, none of which owns a table or changes the schema.

The bridge stands in the PACS network and is written to by strangers: it never sees the secret of a code, a session, a
password or a message. Roles are made once (`negatoscope migrate --roles`); each migration grants again what they need.
"""

from collections.abc import Mapping

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from appliance.store.tables import metadata

SERVICES = ("web", "bridge", "courier", "admin")
_ALL = "SELECT, INSERT, UPDATE, DELETE"
_READ, _KEPT = "SELECT", "SELECT, INSERT, UPDATE"
_APPENDED = "SELECT, INSERT"
_JOURNAL = {"journal": _APPENDED, "journal_head": "SELECT, UPDATE"}
_SEALS = ("journal_anchor", "journal_purge")
_SHARE = (
    "SELECT (id, person_id, facility, issued_by, issued_at, not_before, expires_at, blocked_at, blocked_cause,"
    " revoked_at, revoked_cause, comment, max_redeemers, downloads),"
    " UPDATE (person_id, blocked_at, blocked_cause)"
)
_OUTBOX = "INSERT, SELECT (id)"
BRIDGE: Mapping[str, str] = {
    **_JOURNAL,
    "person": _KEPT, "identifier": _KEPT, "person_trait": _ALL, "person_link": _ALL, "identity_alarm": _KEPT,
    "hl7_message": _ALL, "facility": _KEPT, "node": _KEPT,
    "study": _KEPT, "series": _KEPT, "instance": _KEPT, "rejected": _KEPT, "superseded": _KEPT,
    "deposited": _KEPT, "sending": _READ, "sent_object": "SELECT, UPDATE", "commitment": _KEPT,
    "document": _KEPT, "document_study": _ALL, "document_read": _READ, "job": _KEPT,
    "share": _SHARE, "share_trait": _APPENDED, "share_study": _READ, "redemption": _READ,
    "study_grant": "SELECT, UPDATE (person_id)", "promise": "SELECT (person_id, study_uid), UPDATE (person_id)",
    "account": "SELECT (id, email, disabled_at)", "outbox": _OUTBOX,
}  # fmt: skip
KEPT_FROM_BRIDGE = frozenset({
    "staff", "passkey", "ticket", "session", "session_view", "otp", "failure", "bearer", "bearer_share", "bearer_view",
    "past_share", "journal_anchor", "journal_purge", "note", "note_version", "note_share", "kept_work",
})
"""A new table goes into one of the two: it is a decision."""
COURIER: Mapping[str, str] = {**_JOURNAL, "outbox": _KEPT, "account": "SELECT, UPDATE", "job": _KEPT}
_EVERYTHING = dict.fromkeys(metadata.tables, _ALL) | _JOURNAL
_RIGHTS: Mapping[str, Mapping[str, str]] = {
    "web": _EVERYTHING | dict.fromkeys(_SEALS, _READ), "bridge": BRIDGE, "courier": COURIER,
    "admin": _EVERYTHING | dict.fromkeys(_SEALS, _APPENDED),
}  # fmt: skip


def role_of(service: str) -> str:
    """Return the name of a service's role."""
    return f"negatoscope_{service}"


def create_roles(connection: Connection) -> None:
    """Make the roles that are missing, without a password; the connection's role must be allowed to (CREATEROLE)."""
    for service in SERVICES:
        if not _is_there(connection, role_of(service)):
            connection.exec_driver_sql(f"CREATE ROLE {role_of(service)} LOGIN")


def grant(connection: Connection) -> None:
    """Give each role that is there exactly what its service needs. Only the owner of the tables can."""
    for service in SERVICES:
        role = role_of(service)
        if not _is_there(connection, role):
            continue
        schema = connection.execute(sa.text("SELECT quote_ident(current_schema())")).scalar_one()
        connection.exec_driver_sql(f"REVOKE ALL ON ALL TABLES IN SCHEMA {schema} FROM {role}")
        connection.exec_driver_sql(f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA {schema} TO {role}")
        connection.exec_driver_sql(f"GRANT SELECT ON alembic_version TO {role}")
        for table, rights in _RIGHTS[service].items():
            connection.exec_driver_sql(f"GRANT {rights} ON {table} TO {role}")


def _is_there(connection: Connection, role: str) -> bool:
    asked = sa.text("SELECT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = :role)")
    return bool(connection.execute(asked, {"role": role}).scalar_one())

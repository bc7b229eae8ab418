"""Every table, by subject; `metadata` knows them all once this is imported."""

from appliance.store.tables.accounts import account, bearer, bearer_share, bearer_view, passkey, promise, staff, ticket
from appliance.store.tables.columns import metadata
from appliance.store.tables.exams import (
    commitment,
    deposited,
    instance,
    rejected,
    sending,
    sent_object,
    series,
    study,
    superseded,
)
from appliance.store.tables.notes import kept_work, note, note_share, note_version
from appliance.store.tables.operations import job, journal, journal_anchor, journal_head, journal_purge, outbox
from appliance.store.tables.patients import (
    facility,
    hl7_message,
    identifier,
    identity_alarm,
    node,
    person,
    person_link,
    person_trait,
)
from appliance.store.tables.reports import document, document_read, document_study
from appliance.store.tables.sessions import failure, otp, session, session_view
from appliance.store.tables.sharing import past_share, redemption, share, share_study, share_trait, study_grant

__all__ = [
    "account",
    "bearer",
    "bearer_share",
    "bearer_view",
    "commitment",
    "deposited",
    "document",
    "document_read",
    "document_study",
    "facility",
    "failure",
    "hl7_message",
    "identifier",
    "identity_alarm",
    "instance",
    "job",
    "journal",
    "journal_anchor",
    "journal_head",
    "journal_purge",
    "kept_work",
    "metadata",
    "node",
    "note",
    "note_share",
    "note_version",
    "otp",
    "outbox",
    "passkey",
    "past_share",
    "person",
    "person_link",
    "person_trait",
    "promise",
    "redemption",
    "rejected",
    "sending",
    "sent_object",
    "series",
    "session",
    "session_view",
    "share",
    "share_study",
    "share_trait",
    "staff",
    "study",
    "study_grant",
    "superseded",
    "ticket",
]

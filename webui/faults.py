"""The one table from what stops an action to the status and the words of the answer."""

from dataclasses import dataclass

from appliance.domain.errors import Fact, Fault, Malformed, Refused, TryLater, Unavailable
from webui.i18n import Texts

STATUS: dict[type[Fault], int] = {Malformed: 400, Refused: 403, TryLater: 429, Unavailable: 503}
STATUS_OF_CAUSE = {"not_found": 404, "session": 401, "uid": 404, "too_large": 413, "media": 415}
"""Foreign and unknown look the same: 404, same page."""

WORDS: dict[str, str] = {
    # share codes
    "code_alien": "code.alien", "code_length": "code.length", "code_slip": "code.slip",
    "birth_date": "codes.date", "given_name": "code.given", "no_match": "code.refused",
    "expired": "codes.expired", "revoked": "codes.revoked", "blocked": "codes.blocked",
    "not_yet_valid": "codes.early", "profession": "codes.profession",
    "too_many_redeemers": "codes.full", "code_limit": "codes.limit", "code_address": "codes.address",
    # log-in
    "credentials": "otp.bad", "no_proof": "otp.first", "card_expired": "otp.suspended",
    "card_revoked": "otp.suspended", "card_unchecked": "otp.unchecked", "psc_too_old": "otp.psc",
    "disabled": "card.disabled", "otp_off": "otp.disabled", "no_phone": "otp.nophone",
    "otp_digits": "otp.digits", "otp_wrong": "otp.wrong", "otp_expired": "otp.expired",
    "otp_used": "otp.used", "otp_tries": "otp.spent", "otp_replaced": "otp.replaced",
    "otp_unknown": "otp.session", "otp_pause": "otp.pause", "otp_hour": "otp.hour",
    "otp_day": "otp.day", "password_limit": "otp.locked", "password_address": "otp.address",
    "sms_day": "otp.smsday",
    "password_hour": "otp.locked",
    "psc_down": "psc.down", "psc_cancelled": "psc.cancelled", "psc_role": "psc.role",
    "psc_state": "psc.state", "psc_token": "psc.token", "psc_starts": "psc.starts",
    "psc_setup": "psc.setup",
    "email_unverified": "otp.unverified", "method_off": "otp.off", "no_totp": "otp.nototp",
    "totp_hour": "otp.totphour", "passkey": "passkey.refused", "no_passkey": "otp.nopasskey",
    # the account
    "password_again": "pw.differ", "password_rules": "pw.rules", "current_password": "pw.wrong",
    "strong_needed": "strong", "email": "contact.email", "email_mssante": "contact.mssante",
    "phone": "contact.phone", "otp_password_first": "contact.first", "confirm_over": "confirm.over",
    "totp_over": "totp.over", "totp_wrong": "totp.wrong", "passkeys_full": "passkey.full",
    "passkey_name": "passkey.noname",
    # cards
    "card_none": "card.none", "card_unreadable": "card.read", "card_issuer": "card.issuer",
    "card_early": "card.early", "card_ended": "card.err.expired", "card_usage": "card.usage",
    "card_opposed": "card.revoked", "card_no_rpps": "card.rpps", "card_profession": "card.profession",
    "card_unverified": "card.crl", "card_state": "card.state", "card_ticket": "card.firefox",
    "card_handshakes": "card.many", "card_no_staff": "staff.e.nocard",
    # bulk access
    "exams_hour": "bulk.exams", "downloads_day": "bulk.downloads",
    # session, forms, routes
    "session": "header.none", "csrf": "err.form", "not_found": "codes.gone", "uid": "codes.gone",
    "two_persons": "err.persons", "too_many_exams": "err.many", "busy": "err.busy", "too_large": "err.large",
    "channel": "otp.channel", "viewer_absent": "err.viewer", "downloads_off": "archive.off",
    "pictures": "print.pictures", "pictures_large": "print.pictures", "printed_nothing": "print.nothing",
    "note_text": "note.empty", "note_long": "note.long", "note_scope": "note.nocode", "notes_many": "note.many",
    "work": "work.bad", "measures_none": "measures.none", "measures_image": "measures.image",
    "measures_many": "measures.many", "measures_off": "measures.off", "measures_node": "measures.node",
    "measures_hour": "measures.hour",
    "letter_closed": "letter.closed", "letter_over": "letter.over", "letter_trait": "letter.trait",
    "letter_long": "letter.long", "letters_hour": "letter.many", "letters_day": "letter.many",
    # desk
    "no_studies": "desk.e.none", "days": "desk.e.days", "comment": "desk.e.comment",
    "downloads_never": "desk.e.downloads",
    "given_name_needed": "desk.e.given", "birth_date_needed": "desk.e.birth",
    "identity": "desk.e.identity", "expired_too_long": "desk.e.expired",
    "life_too_long": "desk.e.life", "query": "desk.e.query", "not_blocked": "desk.e.notblocked",
    "administrator_needed": "desk.e.right", "study_gone": "desk.e.gone",
    "login": "staff.e.login", "staff_exists": "staff.e.exists", "staff_unknown": "staff.e.unknown",
    "staff_self": "staff.e.self", "national_id": "staff.e.card", "national_id_taken": "staff.e.taken",
    "staff_role": "staff.e.role", "password_given": "staff.e.given",
    "rpps": "desk.e.rpps", "reason": "desk.e.reason", "hours": "desk.e.hours",
    "emergency_over": "desk.e.over",
    "report_unknown": "attach.e.over", "report_placed": "attach.e.over", "other_patient": "attach.e.other",
    "embargo_over": "embargo.e.over", "study_unknown": "desk.e.gone",
    "alarm_unknown": "identity.e.over", "alarm_decided": "identity.e.over", "alarm_confirm_only": "identity.e.way",
    "desk_credentials": "desk.bad", "desk_over": "desk.over",
    "identity_alarm": "codes.identity", "role": "desk.e.right",
    # trouble
    "database": "err.server", "key": "err.server", "object_missing": "err.server",
    "schema_broken": "err.server", "storage": "err.server", "too_late": "err.server",
    "randomness": "err.server", "object_key": "err.server", "server": "err.server",
}  # fmt: skip
ELSEWHERE = frozenset({
    "account_exists", "account_unknown", "channel_off", "dicom_unreadable", "job_ended", "job_not_dead", "job_unknown",
    "node_aet", "node_credentials", "node_exists", "node_host", "node_name", "node_plain", "node_port",
    "node_unknown", "node_url",
    "sop_mismatch",
    "key_exists", "key_name", "key_rights", "key_shares", "key_unknown",
    "demo_only", "field", "ins_test", "message_done", "message_unknown",
    "deposit_proven", "nothing_deposited", "send_dicomweb", "sending_unknown",
    "anchor_forged", "journal_broken", "journal_purge",
})  # fmt: skip
"""Causes of the console, the command line, the courier and the acceptor: no route of the web faces raises them."""


@dataclass(frozen=True, slots=True)
class Problem:
    """What the reader is told: what happened, what to do, maybe a reference for the telephone."""

    title: str
    advice: str
    reference: str = ""
    phones: bool = False


def status_of(fault: Fault) -> int:
    """Return the HTTP status of a fault."""
    return STATUS_OF_CAUSE.get(fault.cause, STATUS[type(fault)])


def problem_of(fault: Fault, t: Texts) -> Problem:
    """Return the words for a fault."""
    base = WORDS.get(fault.cause, "err.server")
    facts = _facts(fault)
    reference = str(facts.get("reference") or "")
    phones = fault.cause in ("exams_hour", "no_match", "expired", "revoked", "blocked", "not_yet_valid")
    return Problem(t(f"{base}.t", **facts), t(f"{base}.do", **facts), reference, phones)


def retry_after_s(fault: Fault) -> int:
    """Return the seconds to wait before another try."""
    given = fault.facts.get("retry_after_s", 60)
    return max(1, round(given)) if isinstance(given, int | float) else 60


def _facts(fault: Fault) -> dict[str, Fact]:
    facts = dict(fault.facts)
    facts.setdefault("date", facts.get("at"))
    facts.setdefault("reference", "")
    for name in ("left", "most"):
        if isinstance(facts.get(name), int):
            facts["n"] = facts[name]
    if isinstance(fault, TryLater):
        facts["n"] = -(-retry_after_s(fault) // 60)
    facts.setdefault("n", 0)
    return facts

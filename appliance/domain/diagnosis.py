"""What the doctor of a PACS finds: steps, verdicts, causes, and which causes the other side must repair.

Counts and words of the protocol only: nothing of a patient, and no UID of an exam.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, TypeAlias

from appliance.domain.nodes import Method, Node

Fact: TypeAlias = str | int | None


class StepName(StrEnum):
    """Every step; `ladder` says which a node goes through."""

    TCP = "tcp"
    TLS = "tls"
    ASSOCIATION = "association"
    ECHO = "echo"
    FIND = "find"
    GET = "get"
    MOVE = "move"
    SYNTAXES = "syntaxes"
    HTTP = "http"
    QIDO_STUDIES = "qido_studies"
    QIDO_INSTANCES = "qido_instances"
    WADO_METADATA = "wado_metadata"
    WADO_INSTANCE = "wado_instance"
    ACCEPT = "accept"
    CHARSETS = "charsets"


_REACHED = (StepName.TCP, StepName.TLS)
_DIMSE = (StepName.ASSOCIATION, StepName.ECHO, StepName.FIND, StepName.GET, StepName.MOVE, StepName.SYNTAXES)
_DICOMWEB = (
    StepName.HTTP, StepName.QIDO_STUDIES, StepName.QIDO_INSTANCES, StepName.WADO_METADATA, StepName.WADO_INSTANCE,
    StepName.ACCEPT,
)  # fmt: skip


def ladder(method: Method) -> Sequence[StepName]:
    """Return the steps of a node that is retrieved from so, in their order."""
    return (*_REACHED, *(_DICOMWEB if method is Method.WADO else _DIMSE), StepName.CHARSETS)


class Verdict(StrEnum):
    """How a step ended. ``skipped``: not tried, or of no matter for this node; the cause says which."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Finding:
    """One step. ``cause`` is empty when all is well; ``ms`` is None when nothing was tried."""

    name: StepName
    verdict: Verdict
    cause: str = ""
    ms: int | None = None
    facts: Mapping[str, Fact] = field(default_factory=dict)


REMEDIES: Mapping[str, tuple[str, str]] = {
    "refused": ("listen", "listen"),
    "timeout": ("listen", "listen"),
    "unreachable": ("listen", "listen"),
    "name_unknown": ("name", ""),
    "aborted": ("vendor", "abort"),
    "tls_settings": ("settings", ""),
    "tls_unknown_ca": ("authority", ""),
    "tls_expired": ("vendor", "certificate"),
    "tls_ends": ("vendor", "certificate"),
    "tls_not_yet": ("clocks", "certificate"),
    "tls_name": ("vendor", "certificate"),
    "tls_certificate": ("vendor", "certificate"),
    "tls_wants_certificate": ("certificate", ""),
    "tls_ours_refused": ("vendor", "trust_ours"),
    "tls_not_spoken": ("tls_port", "speak_tls"),
    "tls_version": ("vendor", "tls_profile"),
    "tls": ("vendor", "speak_tls"),
    "rejected_called_ae": ("called_ae", "called_ae"),
    "rejected_calling_ae": ("vendor", "declare"),
    "rejected": ("vendor", "declare"),
    "no_context": ("vendor", "services"),
    "not_offered": ("vendor", "services"),
    "failed_status": ("vendor", "status"),
    "keys_refused": ("degraded", "keys"),
    "keys_partly": ("degraded", "keys"),
    "keys_ignored": ("degraded", "keys"),
    "no_image_level": ("degraded", "levels"),
    "no_answer": ("send_one", ""),
    "no_role": ("use_move", "role"),
    "sub_operations_get": ("use_move", "role"),
    "move_destination": ("vendor", "declare"),
    "sub_operations": ("open_port", "declare"),
    "sub_operations_partly": ("vendor", "status"),
    "nothing_arrived": ("vendor", "declare"),
    "late_arrival": ("open_port", "declare"),
    "we_refused": ("senders", ""),
    "we_refused_title": ("titles", "declare"),
    "syntax_unknown": ("vendor", "syntax"),
    "charset_absent": ("vendor", "charset"),
    "charset_mistaken": ("vendor", "charset"),
    "charset_unreadable": ("vendor", "charset"),
}
"""What to do about a cause, and which line to send to the PACS vendor, if any: words of the catalogues."""

WEB_REMEDIES: Mapping[str, tuple[str, str]] = {
    "refused": ("listen", "web_listen"),
    "timeout": ("listen", "web_listen"),
    "unreachable": ("listen", "web_listen"),
    "aborted": ("vendor", "web_abort"),
    "tls_not_spoken": ("web_scheme", "web_address"),
    "key": ("web_key", ""),
    "http_not_spoken": ("web_scheme", "web_address"),
    "http_redirect": ("web_redirect", "web_address"),
    "http_forbidden": ("vendor", "web_account"),
    "http_away": ("vendor", "web_away"),
    "credentials": ("web_credentials", "web_account"),
    "credentials_wanted": ("web_credentials", "web_account"),
    "not_found": ("web_url", "web_address"),
    "failed_status": ("vendor", "web_status"),
    "not_json": ("web_url", "web_address"),
    "not_dicom_json": ("vendor", "web_json"),
    "not_utf8": ("vendor", "web_charset"),
    "answer_too_large": ("vendor", "web_limit"),
    "json_type": ("degraded", "web_json"),
    "fields_refused": ("vendor", "web_fields"),
    "keys_ignored": ("degraded", "web_filter"),
    "keys_partly": ("degraded", "web_fields"),
    "limit_ignored": ("degraded", "web_limit"),
    "no_answer": ("web_send_one", ""),
    "no_instances": ("vendor", "web_levels"),
    "metadata_other": ("degraded", "web_metadata"),
    "listed_not_given": ("vendor", "web_retrieve"),
    "wrong_instance": ("vendor", "web_retrieve"),
    "not_multipart": ("vendor", "web_multipart"),
    "not_dicom": ("vendor", "web_multipart"),
    "not_acceptable": ("vendor", "web_accept"),
    "accept_ignored": ("degraded", "web_accept"),
    "charset_absent": ("vendor", "web_charset"),
    "charset_mistaken": ("vendor", "web_charset"),
    "charset_unreadable": ("vendor", "web_charset"),
    "charset_garbled": ("vendor", "web_charset"),
}
"""Those of a DICOMweb node, where they are not the same."""


def remedy(finding: Finding, method: Method) -> tuple[str, str]:
    """Return the advice and the vendor's line of a step, empty where there is nothing to repair."""
    if finding.verdict in (Verdict.OK, Verdict.SKIPPED):
        return "", ""
    if method is not Method.WADO:
        return REMEDIES.get(finding.cause, ("vendor", "status"))
    if finding.name is StepName.WADO_METADATA:
        # Nothing here depends on it, whatever its cause.
        return "degraded", "web_metadata"
    return {**REMEDIES, **WEB_REMEDIES}.get(finding.cause, ("vendor", "web_status"))


def healthy(findings: Sequence[Finding]) -> bool:
    """Whether no step failed."""
    return all(finding.verdict is not Verdict.FAIL for finding in findings)


@dataclass(frozen=True, slots=True)
class Examination:
    """How far the doctor is with a node. ``cause`` says why it ended without all of its steps."""

    id: int
    node: str
    ended: bool
    cause: str
    facts: Mapping[str, Fact]
    findings: Sequence[Finding]


@dataclass(frozen=True, slots=True)
class Ours:
    """Where a PACS reaches us: the address that looks towards it, and the ports that listen."""

    host: str = ""
    port: int = 0
    tls_port: int | None = None


def facts_of(node: Node, ours: Ours) -> Mapping[str, Fact]:
    """Return what the lines to the vendor are made of."""
    return {
        # What the other side calls the thing that we ask.
        "aet": node.url or node.aet,
        "host": node.host,
        "port": node.port,
        "our_aet": node.our_aet,
        "our_host": ours.host,
        "our_port": ours.port,
        "our_tls_port": ours.tls_port,
        "method": node.method.value,
    }


def written(findings: Sequence[Finding], node: Node, ours: Ours) -> Mapping[str, Any]:
    """Return the findings as the result of a job."""
    steps = [
        {"name": f.name, "verdict": f.verdict, "cause": f.cause, "ms": f.ms, "facts": dict(f.facts)} for f in findings
    ]
    return {"facts": dict(facts_of(node, ours)), "steps": steps}


def read(result: Mapping[str, Any]) -> tuple[Mapping[str, Fact], Sequence[Finding]]:
    """Return facts of the node and findings of a job's result, nothing while it has none."""
    findings = [
        Finding(StepName(s["name"]), Verdict(s["verdict"]), str(s["cause"]), s["ms"], dict(s["facts"]))
        for s in result.get("steps", [])
    ]
    return dict(result.get("facts", {})), findings

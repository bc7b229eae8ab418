"""Reports that the hospital's feed brings: durable, then kept as versions, then the message is taken (R-H).

Each step bears being done twice: a message that was not answered comes again and changes nothing.
"""

import hashlib

from appliance.domain.feed import Header, MessageState, Patient
from appliance.domain.reports import Source
from appliance.domain.results import Content, ReportMessage, SaidReport
from appliance.usecases.feed import Arrived, Feed, actor_of
from appliance.usecases.ports import ArrivedReport, Objects
from appliance.usecases.reports import Reports

_ENDINGS = {"application/pdf": "pdf", "text/xml": "xml", "text/html": "html", "text/plain": "txt"}


class Results:
    """Reports by HL7."""

    def __init__(self, feed: Feed, reports: Reports, objects: Objects) -> None:
        self._feed = feed
        self._reports = reports
        self._objects = objects

    def take(self, message: ReportMessage, arrived: Arrived) -> MessageState:
        """Keep the reports of a message, once; return what became of it.

        Raises
        ------
        Malformed
            ``field`` when it is dated in the future.
        Unavailable
            ``storage`` or ``database``: nothing is taken, what was kept already is known again.
        """
        before = self._feed.taken(message.header)
        if before is not None:
            return before
        for said in message.reports:
            report = self._arrived(message.header, message.patient, said)
            self._reports.keep(report, actor_of(message.header, arrived))
        self._feed.took(message.header, arrived, MessageState.APPLIED)
        return MessageState.APPLIED

    def _arrived(self, header: Header, patient: Patient, said: SaidReport) -> ArrivedReport:
        key, digest = self._stored(said.content)
        return ArrivedReport(
            unique_id=_identity(header, said.number),
            state=said.state,
            source=Source.HL7,
            at=header.moment.at,
            sha256=digest,
            key=key,
            mime=said.content.mime if said.content else "",
            stated_at=said.stated_at,
            sender=header.sender,
            relation=said.relation,
            parent_id=_identity(header, said.parent) if said.parent else "",
            title=said.title,
            author=said.author,
            important=said.important,
            study_uid=said.study_uid,
            accession=said.accession,
            accession_issuer=said.accession_issuer,
            patients=patient.identifiers,
            patient_name=patient.name,
            birth_date=patient.birth_date,
            sex=patient.sex,
        )

    def _stored(self, content: Content | None) -> tuple[str, bytes]:
        """Make the bytes durable under their own digest; return key and digest, empty without content."""
        if content is None:
            return "", b""
        digest = hashlib.sha256(content.data).digest()
        key = f"reports/hl7/{digest.hex()}.{_ENDINGS[content.mime]}"
        self._objects.put(key, content.data)
        return key, digest


def _identity(header: Header, number: str) -> str:
    """Return the identity of a document within the house: numbers are their sender's own."""
    return f"{header.sender[:96]}|{number}"

"""Reports that the hospital's feed brings: durable, then kept as versions, then the message is taken (R-H).

Each step bears being done twice: a message that was not answered comes again and changes nothing.
"""

import hashlib

from appliance.domain.feed import Header, MessageState, Patient
from appliance.domain.reports import ReportState, Source
from appliance.domain.results import Content, ReportMessage, SaidReport
from appliance.usecases.feed import Arrived, Feed, actor_of
from appliance.usecases.ports import ArrivedReport, Objects, UnitOfWork
from appliance.usecases.reports import Reports

_ENDINGS = {"application/pdf": "pdf", "text/xml": "xml", "text/html": "html", "text/plain": "txt"}


class Results:
    """Reports by HL7."""

    def __init__(self, database: UnitOfWork, feed: Feed, reports: Reports, objects: Objects) -> None:
        self._db = database
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
        made = [self._arrived(message.header, message.patient, said) for said in message.reports]
        kept = [report for report in made if report.key or report.state is ReportState.CANCELLED]
        for report in kept:
            self._reports.keep(report, actor_of(message.header, arrived))
        state = MessageState.APPLIED if kept else MessageState.IGNORED
        self._feed.took(message.header, arrived, state)
        return state

    def _arrived(self, header: Header, patient: Patient, said: SaidReport) -> ArrivedReport:
        identity = _identity(header, said.number)
        key, digest, mime = self._stored(said.content) if said.content else ("", b"", "")
        if not key and said.state is not ReportState.CANCELLED:
            key, digest, mime = self._before(identity)
        return ArrivedReport(
            unique_id=identity,
            state=said.state,
            source=Source.HL7,
            at=header.moment.at,
            sha256=digest,
            key=key,
            mime=mime,
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

    def _stored(self, content: Content) -> tuple[str, bytes, str]:
        """Make the bytes durable under their own digest; return key, digest and type."""
        digest = hashlib.sha256(content.data).digest()
        key = f"reports/hl7/{digest.hex()}.{_ENDINGS[content.mime]}"
        self._objects.put(key, content.data)
        return key, digest, content.mime

    def _before(self, identity: str) -> tuple[str, bytes, str]:
        """Return those of the version before: without content (T01, T04) a message tells a new state of that text."""
        with self._db.reading() as work:
            row = work.reports.by_unique_id(identity)
        return (row.key, row.sha256, row.mime) if row is not None else ("", b"", "")


def _identity(header: Header, number: str) -> str:
    """Return the identity of a document within the house: numbers are their sender's own."""
    return f"{header.sender[:96]}|{number}"

"""ORU^R01 and MDM: reports and the exams they name; ORM^O01 and OMI^O23: which exam is ordered for whom."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from appliance.domain import results
from appliance.domain.errors import Malformed
from appliance.domain.feed import Header, Patient
from appliance.domain.identifiers import study_uid
from appliance.domain.reports import ReportState
from appliance.domain.results import Content, OrderMessage, ReportMessage, SaidReport
from pacs_bridge.hl7.clinical import study_named
from pacs_bridge.hl7.contents import content_of
from pacs_bridge.hl7.grammar import Message, Segment
from pacs_bridge.hl7.headers import instant
from pacs_bridge.hl7.patients import Reading, patient_of

MOST_REPORTS = 20
_CANCELS = frozenset({"CA", "OC", "DC", "CR", "DR"})
"""ORC-1 (HL7 table 0119): an order that is no more says nothing of an exam."""
_STUDY = ("113014", "DCM")


class _Exam(NamedTuple):
    """What names an exam."""

    study_uid: str
    accession: str
    issuer: str


@dataclass(slots=True)
class _Order:
    """The segments of one order of a message; those before the first order belong to every one."""

    segments: dict[str, list[Segment]] = field(default_factory=dict)

    def add(self, segment: Segment) -> None:
        self.segments.setdefault(segment.name, []).append(segment)

    def all(self, name: str) -> Sequence[Segment]:
        return self.segments.get(name, ())

    def text(self, where: str, component: int = 1) -> str:
        """Return the first value of a field named as ``OBR-18``."""
        name, _, number = where.partition("-")
        return next((text for one in self.all(name) if (text := one.text(int(number), component))), "")


def result_message(message: Message, header: Header, reading: Reading) -> ReportMessage:
    """Return the reports of ORU^R01.

    Raises
    ------
    Malformed
        ``segment_missing``, ``field``, ``content``, ``repetitions``, or as of a patient.
    """
    patient = _patient(message, reading)
    reports = tuple(report for order in _orders(message) if (report := _result(order, reading)) is not None)
    if not reports:
        raise Malformed("segment_missing", field="OBX")
    return ReportMessage(header, patient, reports)


def document_message(message: Message, header: Header, reading: Reading) -> ReportMessage:
    """Return the document of MDM; raises as `result_message`."""
    whole = _Order()
    for index in range(len(message.lines)):
        whole.add(message.segment(index))
    if not whole.all("TXA"):
        raise Malformed("segment_missing", field="TXA")
    txa = whole.all("TXA")[0]
    number, parent = _entity(txa, 12), _entity(txa, 13)
    relation = results.relation_of(header.event)
    if not number or len(number) > 150:
        raise Malformed("field", field="TXA-12")
    if relation and not parent:
        raise Malformed("field", field="TXA-13")
    observations = whole.all("OBX")
    content = content_of(_kept(observations))
    exam = _exam(whole, reading, content)
    report = SaidReport(
        number=number,
        state=results.state_of_document(header.event, txa.text(17).upper(), txa.text(19).upper()),
        relation=relation,
        parent=parent,
        title=(txa.text(16) or whole.text("OBR-4", 2) or txa.text(2))[:256],
        author=_person(txa, 22) or _person(txa, 9),
        important=_important(observations),
        stated_at=_moment(txa.text(22, 15)) or _moment(txa.text(6)) or _moment(txa.text(4)),
        content=content,
        study_uid=exam.study_uid,
        accession=exam.accession,
        accession_issuer=exam.issuer,
    )
    return ReportMessage(header, _patient(message, reading), (report,))


def order_message(message: Message, header: Header, reading: Reading) -> OrderMessage:
    """Return the exams that are ordered, those alone that a study UID names; raises as `result_message`."""
    exams = [_exam(order, reading) for order in _orders(message) if order.text("ORC-1").upper() not in _CANCELS]
    named = dict.fromkeys((exam.study_uid, exam.accession) for exam in exams if exam.study_uid)
    return OrderMessage(header, _patient(message, reading), tuple(named))


def _patient(message: Message, reading: Reading) -> Patient:
    segment = message.first("PID")
    if segment is None:
        raise Malformed("segment_missing", field="PID")
    return patient_of(segment, reading)


def _orders(message: Message) -> list[_Order]:
    """Return the orders; an ORC opens the one of the OBR that follows, ZDS at the end is every order's."""
    found: list[_Order] = []
    lines = [message.segment(i) for i, name in enumerate(message.names()) if name in _OF_ORDERS]
    opened = ""
    for segment in lines:
        if segment.name == "ORC" or (segment.name == "OBR" and opened != "ORC"):
            if len(found) >= MOST_REPORTS:
                raise Malformed("repetitions", field=segment.name)
            found.append(_Order())
        opened = segment.name if segment.name in ("ORC", "OBR") else opened
        if found:
            found[-1].add(segment)
    return found


_OF_ORDERS = frozenset({"ORC", "OBR", "OBX", "NTE", "ZDS", "IPC"})


def _result(order: _Order, reading: Reading) -> SaidReport | None:
    observations = order.all("OBX")
    content = content_of(_kept(observations))
    told = [one for one in observations if not _is_reference(one)]
    state = results.state_of_result(order.text("OBR-25").upper(), [one.text(11).upper() for one in told])
    if content is None and state is not ReportState.CANCELLED:
        return None
    number = order.text("ORC-3") or order.text("OBR-3")
    if not number or len(number) > 100:
        raise Malformed("field", field="ORC-3")
    part = next((text for one in told if (text := one.text(4))), "")[:40]
    obr, exam = next(iter(order.all("OBR")), None), _exam(order, reading, content)
    return SaidReport(
        number=f"{number}/{part}" if part else number,
        state=state,
        title=(order.text("OBR-4", 2) or order.text("OBR-4"))[:256],
        author=_person(obr, 32) if obr else "",
        important=_important(observations),
        stated_at=_moment(order.text("OBR-22")) or _moment(next((one.text(14) for one in told), "")),
        content=content if state is not ReportState.CANCELLED else None,
        study_uid=exam.study_uid,
        accession=exam.accession,
        accession_issuer=exam.issuer,
    )


def _exam(order: _Order, reading: Reading, content: Content | None = None) -> _Exam:
    """Return which exam is named: study UID of ZDS-1, IPC-3, OBX 113014 or the CDA, and the accession number."""
    observed = next((one.text(5) for one in order.all("OBX") if _is_reference(one)), "")
    uid = order.text("ZDS-1") or order.text("IPC-3") or observed
    if not uid and content is not None and content.mime == "text/xml":
        uid = study_named(content.data)
    where = next((one for one in reading.accession if order.text(one)), "")
    return _Exam(_uid(uid), order.text(where)[:64] if where else "", order.text(where, 2)[:256] if where else "")


def _uid(text: str) -> str:
    try:
        return str(study_uid(text)) if text else ""
    except Malformed as exc:
        raise Malformed("field", field="ZDS-1") from exc


def _is_reference(segment: Segment) -> bool:
    return (segment.text(3), segment.text(3, 3).upper()) == _STUDY


def _kept(observations: Sequence[Segment]) -> list[Segment]:
    """Return what is read of a report: nothing that is taken back, nothing that only names the exam."""
    return [one for one in observations if not results.is_withdrawn(one.text(11).upper()) and not _is_reference(one)]


def _important(observations: Sequence[Segment]) -> bool:
    return any(flag.text().upper() in results.IMPORTANT for one in observations for flag in one.repetitions(8))


def _entity(segment: Segment, number: int) -> str:
    """Return an EI: the number and who gave it."""
    return f"{segment.text(number)}^{segment.text(number, 2)}".rstrip("^")


def _person(segment: Segment, number: int) -> str:
    """Return family and given name of an XCN, or of the NDL that OBR-32 is."""
    if segment.name == "OBR":
        return f"{segment.text(number, 1, 2)} {segment.text(number, 1, 3)}".strip()[:256]
    return f"{segment.text(number, 2)} {segment.text(number, 3)}".strip()[:256]


def _moment(text: str) -> datetime | None:
    """Return an instant that only dates what is shown; one that cannot be read is none."""
    try:
        return instant(text, "") if text else None
    except Malformed:
        return None

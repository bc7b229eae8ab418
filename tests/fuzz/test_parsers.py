"""Every parser of what strangers send: a hundred thousand hostile inputs, no surprise, no leak, and in seconds.

What a parser may answer is a value or one of its own errors; anything else is a crash.
"""

import gc
import logging
import struct
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from io import BytesIO
from pathlib import Path

import pytest
from pydicom import dcmwrite
from pydicom.dataset import FileMetaDataset
from pydicom.uid import UID, ExplicitVRLittleEndian
from pynetdicom.pdu import A_ASSOCIATE_RQ
from pynetdicom.pdu_primitives import A_ASSOCIATE, ImplementationClassUIDNotification, MaximumLengthNotification
from pynetdicom.presentation import build_context

from appliance.dicom.elements import FOREIGN_ERRORS
from appliance.dicom.reading import read_whole
from appliance.domain import birth_dates, names, share_codes
from appliance.domain.errors import Fault
from pacs_bridge.demo_pacs.phantoms import documents as doc
from pacs_bridge.dicomweb.multipart import Multipart
from pacs_bridge.dicomweb.opening import Opening
from pacs_bridge.hl7 import answers, charsets, grammar, headers
from pacs_bridge.prepare.reports import clinical
from pacs_bridge.prepare.reports.page import Page
from pacs_bridge.prepare.reports.structured import put_report
from pacs_bridge.receive import command, negotiation, part10
from pacs_bridge.receive import headers as objects
from pacs_bridge.receive.pdu import PeerFault
from pacs_bridge.receive.policy import KnownPeers
from tests.fuzz.mutating import mutated
from tests.pacs_bridge.prepare.reports import FINDING, report
from tests.pacs_bridge.prepare.reports import clinical as clinical_example

COUNT = 100_000
GROWTH_PAGES = 8 << 20 >> 12
"""8 MiB."""
TODAY = date(2026, 11, 24)
NAMES = ("LEFÈVRE^Anne-Charlotte^Marie^Mme", "D'AUBIGNÉ^Jean Pierre=李^明=り^みん", "X^^^^", "ŒUF^ÆTHEL")
CODES = ("7KQ4 M2XR", "7kq4-m2xr", "AAAAAAAA", "0O1IL8B5S")
DATES = ("14/03/1961", "14031961", "1961-03-14", "00/00/1961", "31.12.1899")


@dataclass(frozen=True)
class Parser:
    """What is fed, and with what it may refuse."""

    feed: Callable[[bytes], object]
    seeds: tuple[bytes, ...]
    refusals: tuple[type[Exception], ...] = (Fault,)
    count: int = COUNT


def encoded(*texts: str) -> tuple[bytes, ...]:
    return tuple(text.encode() for text in texts)


def text(data: bytes) -> str:
    return data.decode("utf-8", "replace")


def person_name(data: bytes) -> None:
    name = text(data)
    given = names.given_lists(name)
    for one in given:
        names.matches(("ANNE",), one)
    names.fold(name)
    names.needs_given_name(name)
    names.may_be_cut(name)
    names.typed(name)


def birth_date(data: bytes) -> None:
    birth_dates.recorded(text(data))
    birth_dates.parse(text(data), TODAY)


def hl7(data: bytes) -> None:
    codec = charsets.codec_of(data, "latin-1")
    answers.asked_of(data)
    message = grammar.parsed(charsets.decoded(data, codec), codec)
    headers.header_of(message)


HL7 = (
    "MSH|^~\\&|RIS|HOSP|NEGATOSCOPE|HOSP|20261124091500+0100||ORU^R01^ORU_R01|42|P|2.5|||||FRA|8859/1\r"
    "PID|1||F-1^^^HOSP&1.2.250&ISO^PI~1610314^^^INS&1.2.250.1.213.1.4.8&ISO^INS||LEFEVRE^Anne^^^^^L||19610314|F\r"
    "ORC|RE|A1|B2\rOBR|1|A1|B2|TDM^Scanner|||||||||||||||A1||||||F\rOBX|1|TX|GDT||Pas d\\'E9\\anomalie \\F\\||||||F\r",
    "MSH|^~\\&|GAM|HOSP|||20261124||ADT^A40|43|P|2.5\rPID|||1^^^H^PI\rMRG|2^^^H^PI\r",
)


def association() -> bytes:
    ask = A_ASSOCIATE()
    ask.application_context_name = negotiation.APPLICATION_CONTEXT
    ask.calling_ae_title, ask.called_ae_title = "SCANNER", "NEGATOSCOPE"
    contexts = [build_context("1.2.840.10008.5.1.4.1.1.2"), build_context("1.2.840.10008.1.1")]
    for number, context in enumerate(contexts):
        context.context_id = 2 * number + 1
    ask.presentation_context_definition_list = contexts
    length, who = MaximumLengthNotification(), ImplementationClassUIDNotification()
    length.maximum_length_received, who.implementation_class_uid = 16384, UID("1.2.3")
    ask.user_information = [length, who]
    request = A_ASSOCIATE_RQ()
    request.from_primitive(ask)
    return bytes(request.encode())


POLICY = KnownPeers(["NEGATOSCOPE"], list, any_loopback=True)


def associate(data: bytes) -> None:
    negotiation.decide(data, "127.0.0.1", POLICY, 131072)


def command_set(data: bytes) -> None:
    read = command.parse(data)
    command.number(read, command.COMMAND_FIELD)
    command.text(read, command.AFFECTED_SOP_INSTANCE)
    command.response(read, 0)


def object_header(data: bytes) -> None:
    objects.from_prefix(data, 0, str(ExplicitVRLittleEndian))


def element(group: int, number: int, vr: str, value: bytes) -> bytes:
    value += b" " * (len(value) & 1)
    return struct.pack("<HH2sH", group, number, vr.encode(), len(value)) + value


OBJECT = b"".join((
    element(8, 0x16, "UI", b"1.2.840.10008.5.1.4.1.1.2\0"), element(8, 0x18, "UI", b"1.2.3.4\0"),
    element(8, 0x20, "DA", b"20261122"), element(8, 0x60, "CS", b"CT"), element(0x10, 0x10, "PN", b"LEFEVRE^ANNE"),
    element(0x10, 0x20, "LO", b"F-1"), element(0x20, 0xD, "UI", b"1.2.3\0"), element(0x20, 0xE, "UI", b"1.2.3.5\0"),
    element(0x28, 0x10, "US", b"\0\2"), element(0x28, 0x11, "US", b"\0\2"),
))  # fmt: skip
STORE = command.request(command.STORE_RQ, "1.2.840.10008.5.1.4.1.1.2", 7, has_data=True)


def structured_report(data: bytes) -> None:
    dataset = read_whole(data)
    page = Page()
    put_report(page, dataset)
    page.html()


def clinical_document(data: bytes) -> None:
    root = clinical.parsed(data)
    clinical.facts_of(root)
    clinical.carried(root)
    page = Page()
    clinical.put_document(page, root)
    page.html()


def sr() -> bytes:
    """A small report."""
    word = doc.text("CONTAINS", FINDING, "Une lésion.")
    buffer = BytesIO()
    dataset = report(word)
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dcmwrite(buffer, dataset, enforce_file_format=True)
    return buffer.getvalue()


CDA = clinical_example("<structuredBody><component><section><title>Conclusion</title><text>Pas de <b>saignement</b>"
                       "<table><tr><td>1</td></tr></table></text></section></component></structuredBody>")  # fmt: skip
PARTS = b"--xyz\r\nContent-Type: application/dicom\r\n\r\n" + part10.head(
    part10.FileMeta("1.2.840.10008.5.1.4.1.1.2", "1.2.3.4", str(ExplicitVRLittleEndian), "WEB")
) + OBJECT + b"\r\n--xyz--\r\n"  # fmt: skip


def parts(data: bytes) -> None:
    reader, opening = Multipart(b"xyz"), Opening("WEB")
    for at in range(0, len(data), 50):
        for kind, piece in reader.feed(data[at : at + 50]):
            if kind == "begin":
                opening = Opening("WEB")
            elif kind == "data":
                opening.take(piece)


PARSERS = {
    "PN": Parser(person_name, encoded(*NAMES)),
    "share code": Parser(lambda data: share_codes.parse(text(data)), encoded(*CODES)),
    "birth date": Parser(birth_date, encoded(*DATES)),
    "HL7": Parser(hl7, encoded(*HL7)),
    "A-ASSOCIATE": Parser(associate, (association(),), (PeerFault,)),
    "command set": Parser(command_set, (STORE, command.cancellation(3)), (PeerFault,)),
    "WADO-RS parts": Parser(parts, (PARTS,)),
    "object header": Parser(object_header, (OBJECT,)),
    "SR": Parser(structured_report, (sr(),), (Fault, *FOREIGN_ERRORS)),
    "CDA": Parser(clinical_document, (CDA,)),
}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", PARSERS)
def test_a_hundred_thousand_hostile_inputs(name):
    logging.disable()  # pytest would keep what pynetdicom says of each
    try:
        feed(PARSERS[name])
    finally:
        logging.disable(logging.NOTSET)


def feed(parser: Parser) -> None:
    worst = 0.0
    before = 0
    for number, data in enumerate(mutated(parser.seeds, parser.count)):
        started = time.process_time()
        try:
            parser.feed(data)
        except parser.refusals:
            pass
        except Exception as exc:
            raise AssertionError(f"{type(exc).__name__} on {data!r}") from exc
        worst = max(worst, time.process_time() - started)
        if number == parser.count // 10:
            gc.collect()
            before = pages()
    gc.collect()
    assert pages() - before < GROWTH_PAGES
    assert worst < 2, "one input holds the parser"


def pages() -> int:
    """Resident pages of this process."""
    return int(Path("/proc/self/statm").read_text().split()[1])

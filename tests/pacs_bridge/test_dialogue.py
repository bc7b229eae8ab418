"""Our side of an association against peers that break the rules, and its own limits."""

import socket
import struct
import threading
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydicom.dataset import Dataset
from pynetdicom import build_context
from pynetdicom.dsutils import encode

from appliance.domain.errors import Refused, Unavailable
from pacs_bridge.query import requestor
from pacs_bridge.query.dialogue import Answer, Dialogue
from pacs_bridge.query.requestor import Agreed, Titles
from pacs_bridge.receive import command
from pacs_bridge.receive.negotiation import Context
from pacs_bridge.receive.pdu import RELEASE_RP, PeerGone, Wire
from pacs_bridge.receive.statuses import SUCCESS, Status
from pacs_bridge.sop_classes import STORAGE_COMMITMENT, STUDY_ROOT_FIND, STUDY_ROOT_GET

CT, IMPLICIT = "1.2.840.10008.5.1.4.1.1.2", "1.2.840.10008.1.2"
REQUEST_PDUS = 2
"""The command set, and the identifier."""
AGREED = Agreed(
    {1: Context(STUDY_ROOT_FIND, IMPLICIT), 3: Context(STUDY_ROOT_GET, IMPLICIT), 5: Context(CT, IMPLICIT)}, 16384
)


class Kept:
    """A reception that keeps everything, or refuses."""

    def __init__(self, *, refuses: bool = False) -> None:
        self.data, self.refuses, self.closed, self.discarded = b"", refuses, False, False

    def write(self, data: memoryview) -> None:
        if self.refuses:
            raise Refused("wrong_instance")
        self.data += bytes(data)

    def close(self) -> bool:
        self.closed = True
        return False

    def discard(self) -> None:
        self.discarded = True


def identifier() -> Dataset:
    asked = Dataset()
    asked.QueryRetrieveLevel, asked.PatientID = "STUDY", "F-1"
    return asked


def response(field: int, status: int, *, has_data: bool = False) -> bytes:
    elements = [
        (0x0002, STUDY_ROOT_FIND.encode() + b"\0"), (0x0100, struct.pack("<H", field)), (0x0120, b"\1\0"),
        (0x0800, struct.pack("<H", 1 if has_data else 0x0101)), (0x0900, struct.pack("<H", status)),
    ]  # fmt: skip
    body = b"".join(struct.pack("<HHI", 0, tag, len(value)) + value for tag, value in elements)
    return struct.pack("<HHII", 0, 0, 4, len(body)) + body


def pdv(context: int, flags: int, data: bytes) -> bytes:
    return struct.pack(">IBB", len(data) + 2, context, flags) + data


def p_data(*fragments: bytes) -> bytes:
    body = b"".join(fragments)
    return struct.pack(">BxI", 4, len(body)) + body


def talk(
    script: Callable[[socket.socket], None], act: Callable[[Dialogue], list[Answer]], begin: object = None
) -> list[Answer]:
    """Run `act` against a peer that runs `script`, and see that nothing is left."""
    ours, theirs = socket.socketpair()
    thread = threading.Thread(target=_scripted, args=(script, theirs), daemon=True)
    thread.start()
    dialogue = Dialogue(ours, Wire(ours), AGREED, begin)  # type: ignore[arg-type]
    try:
        return act(dialogue)
    finally:
        dialogue.release()
        dialogue.close()
        theirs.close()
        thread.join(5)
        assert not thread.is_alive()


def _scripted(script: Callable[[socket.socket], None], theirs: socket.socket) -> None:
    try:
        script(theirs)
    except (OSError, PeerGone):
        return


def heard(theirs: socket.socket, count: int) -> bytes:
    """The last of so many PDUs."""
    wire, body = Wire(theirs), b""
    for _ in range(count):
        _, length = wire.header(5, 1 << 20)
        body = bytes(wire.read(length, 5))
    return body


def sends(data: bytes, *, closes: bool = True) -> Callable[[socket.socket], None]:
    def script(theirs: socket.socket) -> None:
        heard(theirs, REQUEST_PDUS)
        theirs.sendall(data)
        if closes:
            theirs.shutdown(socket.SHUT_WR)

    return script


def find(dialogue: Dialogue) -> list[Answer]:
    return list(dialogue.find(STUDY_ROOT_FIND, identifier(), 2))


def test_answers_come_in_pieces_of_any_size():
    found = Dataset()
    found.PatientName, found.StudyInstanceUID = "LEFEVRE^Anne", "1.2.3"
    raw, head = encode(found, True, True) or b"", response(0x8020, 0xFF00, has_data=True)
    pieces = [
        p_data(pdv(1, 1, head[:10]), pdv(1, 3, head[10:]), pdv(1, 0, raw[:3])),
        p_data(),
        p_data(pdv(1, 2, raw[3:])),
    ]
    answers = talk(sends(b"".join(pieces) + p_data(pdv(1, 3, response(0x8020, 0)))), find)
    assert [answer.status for answer in answers] == [0xFF00, 0]
    assert answers[0].identifier is not None
    assert answers[0].identifier.PatientName == "LEFEVRE^Anne"


@pytest.mark.parametrize(
    ("data", "cause"),
    [
        (b"", "aborted"),
        (b"\7\0\0\0\0\4\0\0\0\0", "aborted"),
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", "aborted"),
        (b"\4\0\xff\xff\xff\xff", "aborted"),
        (p_data(pdv(9, 3, response(0x8020, 0))), "aborted"),
        (p_data(pdv(1, 3, response(0x8021, 0))), "aborted"),
        (p_data(pdv(1, 3, b"\0" * 9)), "aborted"),
        (p_data(pdv(1, 3, struct.pack("<HHIH", 0, 0x0100, 2, 0x8020))), "aborted"),
        (p_data(struct.pack(">IBB", 1, 1, 3)), "aborted"),
        (p_data(struct.pack(">IBB", 60000, 1, 3)), "aborted"),
    ],
    ids=[
        "closed",
        "abort",
        "http",
        "4 GB",
        "context",
        "another answer",
        "command",
        "no status",
        "length 1",
        "length over",
    ],
)
def test_a_peer_that_breaks_the_rules_is_away(data, cause):
    with pytest.raises(Unavailable) as info:
        talk(sends(data), find)
    assert info.value.cause == cause


def test_a_release_ends_the_connection_without_a_reset():
    ours = socket.create_server(("127.0.0.1", 0))
    ended: list[bytes] = []

    def peer() -> None:
        theirs, _ = ours.accept()
        with theirs:
            heard(theirs, 1)
            theirs.sendall(RELEASE_RP)
            ended.append(theirs.recv(1))  # a reset would raise

    thread = threading.Thread(target=peer, daemon=True)
    thread.start()
    sock = socket.create_connection(ours.getsockname())
    Dialogue(sock, Wire(sock), AGREED).release()
    thread.join(5)
    ours.close()
    assert ended == [b""]


def test_silence_is_told_apart_and_ends():
    with pytest.raises(Unavailable) as info:
        talk(sends(b"", closes=False), lambda d: list(d.find(STUDY_ROOT_FIND, identifier(), 0.2)))
    assert info.value.cause == "timeout"


def test_an_identifier_without_end_is_cut():
    piece = p_data(pdv(1, 0, b"\0" * 16000))

    def script(theirs: socket.socket) -> None:
        heard(theirs, REQUEST_PDUS)
        theirs.sendall(p_data(pdv(1, 3, response(0x8020, 0xFF00, has_data=True))))
        while True:
            theirs.sendall(piece)

    with pytest.raises(Unavailable):
        talk(script, find)


def stored(uid: str, data: bytes) -> bytes:
    elements = [
        (0x0002, CT.encode() + b"\0"), (0x0100, b"\1\0"), (0x0110, b"\7\0"), (0x0700, b"\0\0"), (0x0800, b"\0\0"),
        (0x1000, uid.encode().ljust(len(uid) + len(uid) % 2, b"\0")),
    ]  # fmt: skip
    body = b"".join(struct.pack("<HHI", 0, tag, len(value)) + value for tag, value in elements)
    head = struct.pack("<HHII", 0, 0, 4, len(body)) + body
    return p_data(pdv(5, 3, head)) + p_data(pdv(5, 0, data[:5])) + p_data(pdv(5, 2, data[5:]))


def test_objects_of_a_get_are_kept_or_refused_each_by_itself():
    kept, refused = Kept(), Kept(refuses=True)
    statuses: list[int] = []

    def script(theirs: socket.socket) -> None:
        heard(theirs, REQUEST_PDUS)
        for uid in ("1.2.3", "1.2.34"):
            theirs.sendall(stored(uid, b"pixels of " + uid.encode()))
            fields = command.parse(heard(theirs, 1)[6:])
            statuses.append(command.number(fields, command.STATUS))
            assert command.text(fields, command.AFFECTED_SOP_INSTANCE) == uid
        theirs.sendall(p_data(pdv(3, 3, response(0x8010, 0xB000))))

    receptions = {"1.2.3": kept, "1.2.34": refused}
    answers = talk(
        script,
        lambda d: list(d.get(STUDY_ROOT_GET, identifier(), 2)),
        lambda _, request: receptions[command.text(request, command.AFFECTED_SOP_INSTANCE)],
    )
    assert [answer.status for answer in answers] == [0xB000]
    assert (kept.data, kept.closed) == (b"pixels of 1.2.3", True)
    assert (refused.closed, refused.discarded) == (False, True)
    assert statuses[0] == 0
    assert statuses[1] != 0


def test_an_object_cut_off_is_discarded():
    kept = Kept()
    with pytest.raises(Unavailable):
        talk(
            sends(stored("1.2.3", b"0123456789")[:-3]),
            lambda d: list(d.get(STUDY_ROOT_GET, identifier(), 2)),
            lambda *_: kept,
        )
    assert (kept.closed, kept.discarded) == (False, True)


def test_an_object_outside_a_get_ends_the_association():
    with pytest.raises(Unavailable):
        talk(sends(stored("1.2.3", b"0123456789")), find)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=400), st.booleans())
def test_no_bytes_hang_or_break_us(data, framed):
    with pytest.raises(Unavailable) as info:
        talk(sends(p_data(pdv(1, 3, data)) if framed else data), find)
    assert info.value.cause in ("aborted", "timeout")


@settings(max_examples=100, deadline=None)
@given(st.sampled_from([2, 3, 7]), st.binary(max_size=300))
def test_no_answer_to_an_association_breaks_us(kind, body):
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(struct.pack(">BxI", kind, len(body)) + body)
        theirs.shutdown(socket.SHUT_WR)
        with pytest.raises(Unavailable):
            requestor.agreed(Wire(ours), Titles("US", "THEM"), [build_context(STUDY_ROOT_FIND)], [], 1)


# --- reports of events ----------------------------------------------------------------------------

COMMITS = Agreed({1: Context(str(STORAGE_COMMITMENT), IMPLICIT)}, 16384)


def event(data: bytes = b"", field: int = 0x0100) -> bytes:
    elements = [(0x0002, str(STORAGE_COMMITMENT).encode()), (0x0100, struct.pack("<H", field)), (0x0110, b"\7\0"),
                (0x0800, struct.pack("<H", 1 if data else 0x0101)), (0x1002, b"\1\0")]  # fmt: skip
    body = b"".join(struct.pack("<HHI", 0, tag, len(value)) + value for tag, value in elements)
    head = struct.pack("<HHII", 0, 0, 4, len(body)) + body
    return p_data(pdv(1, 3, head), *([pdv(1, 2, data)] if data else []))


def committing(
    script: Callable[[socket.socket], None], act: Callable[[Dialogue], object]
) -> tuple[object, list[bytes]]:
    """Act against a scripted peer; return what came of it and the reports that it sent."""
    ours, theirs = socket.socketpair()
    thread = threading.Thread(target=_scripted, args=(script, theirs), daemon=True)
    thread.start()
    reports: list[bytes] = []

    def reported(_context: Context, _request: command.Command, data: bytes) -> Status:
        reports.append(data)
        return SUCCESS

    dialogue = Dialogue(ours, Wire(ours), COMMITS, reported=reported)
    try:
        return act(dialogue), reports
    finally:
        dialogue.release()
        dialogue.close()
        theirs.close()
        thread.join(5)
        assert not thread.is_alive()


def test_a_report_may_come_before_the_answer_to_the_request_and_more_after_it():
    answered: list[int] = []

    def script(theirs: socket.socket) -> None:
        heard(theirs, REQUEST_PDUS)
        theirs.sendall(event(b"first"))
        answered.append(command.number(command.parse(heard(theirs, 1)[6:]), command.STATUS))
        theirs.sendall(p_data(pdv(1, 3, response(0x8130, 0))) + event(b"second!!"))
        heard(theirs, 1)

    def act(dialogue: Dialogue) -> int:
        status = dialogue.act(str(STORAGE_COMMITMENT), "1.2", 1, identifier(), 2)
        dialogue.hear(0.5, lambda: False)
        return status

    assert committing(script, act) == (0, [b"first", b"second!!"])
    assert answered == [0]


@pytest.mark.parametrize(
    "said",
    [b"", b"\7\0\0\0\0\4\0\0\0\0", b"\5\0\0\0\0\4\0\0\0\0", event(field=0x0001), event(field=0x0130),
     b"GET / HTTP/1.1\r\n\r\n", p_data(pdv(1, 0, b"data without command"))],
)  # fmt: skip
def test_whatever_a_peer_says_after_its_answer_does_not_undo_it(said: bytes):
    def script(theirs: socket.socket) -> None:
        heard(theirs, REQUEST_PDUS)
        theirs.sendall(p_data(pdv(1, 3, response(0x8130, 0))) + said)
        theirs.shutdown(socket.SHUT_WR)

    def act(dialogue: Dialogue) -> int:
        status = dialogue.act(str(STORAGE_COMMITMENT), "1.2", 1, identifier(), 2)
        dialogue.hear(0.5, lambda: False)
        return status

    assert committing(script, act) == (0, [])


def test_an_object_goes_out_in_fragments_of_which_only_the_last_says_so():
    data, sent = bytes(range(256)) * 200 + b"\0", bytearray()
    flags: list[int] = []

    def script(theirs: socket.socket) -> None:
        wire = Wire(theirs)
        while not flags or flags[-1] != 2:
            _, length = wire.header(5, 1 << 20)
            body = bytes(wire.read(length, 5))
            if body[5] & 1:
                continue
            flags.append(body[5])
            sent.extend(body[6:])
        theirs.sendall(p_data(pdv(5, 3, response(0x8001, 0))))

    pieces = [data[:30000], data[30000:30001], data[30001:]]
    assert talk(script, lambda dialogue: [Answer(dialogue.store(5, "1.2", 1, pieces, 2))]) == [Answer(0)]
    assert bytes(sent) == data
    assert flags == [0] * (len(flags) - 1) + [2]

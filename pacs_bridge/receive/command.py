"""Command sets (PS3.7 6.3, annex E): implicit VR little endian, group 0000 only. No data sets."""

import struct
from collections.abc import Mapping

from pacs_bridge.receive.pdu import AbortReason, PeerFault

STORE_RQ, GET_RQ, FIND_RQ, MOVE_RQ, ECHO_RQ, CANCEL_RQ = 0x0001, 0x0010, 0x0020, 0x0021, 0x0030, 0x0FFF
EVENT_REPORT_RQ, ACTION_RQ = 0x0100, 0x0130
HAS_DATA_SET = 0x0001
NO_DATA_SET = 0x0101
AFFECTED_SOP_CLASS, COMMAND_FIELD, MESSAGE_ID = 0x0002, 0x0100, 0x0110
RESPONDED_MESSAGE_ID, DATA_SET_TYPE, STATUS, ERROR_COMMENT = 0x0120, 0x0800, 0x0900, 0x0902
MOVE_DESTINATION, PRIORITY = 0x0600, 0x0700
REQUESTED_SOP_CLASS, REQUESTED_SOP_INSTANCE, EVENT_TYPE, ACTION_TYPE = 0x0003, 0x1001, 0x1002, 0x1008
AFFECTED_SOP_INSTANCE, MOVE_ORIGINATOR_AET, MOVE_ORIGINATOR_MESSAGE_ID = 0x1000, 0x1030, 0x1031

COMPLETED_SUBOPERATIONS, FAILED_SUBOPERATIONS = 0x1021, 0x1022

Command = Mapping[int, bytes]
"""Element number in group 0000 → value bytes."""


def parse(raw: bytes | bytearray) -> Command:
    """Return the elements of a command set; raise `PeerFault` when it is not one."""
    fields: dict[int, bytes] = {}
    at = 0
    while at + 8 <= len(raw):
        group, element, length = struct.unpack_from("<HHI", raw, at)
        at += 8
        if group or at + length > len(raw):
            raise _broken()
        fields[element] = bytes(raw[at : at + length])
        at += length
    if at != len(raw) or COMMAND_FIELD not in fields:
        raise _broken()
    return fields


def number(command: Command, element: int) -> int:
    """Return a US element; raise `PeerFault` when it is missing or not two bytes."""
    value = command.get(element, b"")
    if len(value) != 2:
        raise _broken()
    return int.from_bytes(value, "little")


def count(command: Command, element: int) -> int:
    """Return a US element, 0 when it is absent: the counts of a C-GET or C-MOVE are optional."""
    return int.from_bytes(command.get(element, b"")[:2], "little")


def text(command: Command, element: int) -> str:
    """Return a UI or AE element without its padding, empty when absent or not ASCII."""
    value = command.get(element, b"").strip(b"\0 ")
    return value.decode("ascii") if value.isascii() else ""


def response(request: Command, status: int, comment: str = "") -> bytes:
    """Return the command set that answers `request` (PS3.7 9.3.1.2, 9.3.5.2)."""
    fields: dict[int, bytes | int] = {
        AFFECTED_SOP_CLASS: request.get(AFFECTED_SOP_CLASS, b""),
        COMMAND_FIELD: number(request, COMMAND_FIELD) | 0x8000,
        RESPONDED_MESSAGE_ID: number(request, MESSAGE_ID),
        DATA_SET_TYPE: NO_DATA_SET,
        STATUS: status,
    }
    if comment:
        fields[ERROR_COMMENT] = comment.encode("ascii", "replace")[:64]
    if AFFECTED_SOP_INSTANCE in request:
        fields[AFFECTED_SOP_INSTANCE] = request[AFFECTED_SOP_INSTANCE]
    return _whole(fields)


def request(field: int, sop_class: str, message_id: int, destination: str = "", *, has_data: bool) -> bytes:
    """Return the command set of a C-ECHO, C-FIND, C-GET or C-MOVE request of medium priority (PS3.7 9.3)."""
    fields: dict[int, bytes | int] = {
        AFFECTED_SOP_CLASS: sop_class.encode("ascii"),
        COMMAND_FIELD: field,
        MESSAGE_ID: message_id,
        DATA_SET_TYPE: HAS_DATA_SET if has_data else NO_DATA_SET,
    }
    if has_data:
        fields[PRIORITY] = 0
    if destination:
        fields[MOVE_DESTINATION] = destination.encode("ascii")
    return _whole(fields)


def storage(sop_class: str, sop_uid: str, message_id: int) -> bytes:
    """Return the command set of a C-STORE request of medium priority (PS3.7 9.3.1.1)."""
    return _whole({
        AFFECTED_SOP_CLASS: sop_class.encode("ascii"),
        COMMAND_FIELD: STORE_RQ,
        MESSAGE_ID: message_id,
        PRIORITY: 0,
        DATA_SET_TYPE: HAS_DATA_SET,
        AFFECTED_SOP_INSTANCE: sop_uid.encode("ascii"),
    })  # fmt: skip


def action(sop_class: str, sop_uid: str, action_type: int, message_id: int) -> bytes:
    """Return the command set of an N-ACTION request with a data set (PS3.7 10.3.4.1)."""
    return _whole({
        REQUESTED_SOP_CLASS: sop_class.encode("ascii"),
        COMMAND_FIELD: ACTION_RQ,
        MESSAGE_ID: message_id,
        DATA_SET_TYPE: HAS_DATA_SET,
        REQUESTED_SOP_INSTANCE: sop_uid.encode("ascii"),
        ACTION_TYPE: action_type,
    })  # fmt: skip


def cancellation(message_id: int) -> bytes:
    """Return the command set of a C-CANCEL request (PS3.7 9.3.2.3)."""
    return _whole({COMMAND_FIELD: CANCEL_RQ, RESPONDED_MESSAGE_ID: message_id, DATA_SET_TYPE: NO_DATA_SET})


def p_data(context_id: int, command_set: bytes) -> bytes:
    """Return one P-DATA-TF with one PDV: a whole command set (PS3.8 9.3.5, E.2)."""
    length = len(command_set)
    return struct.pack(">BxIIBB", 4, length + 6, length + 2, context_id, 3) + command_set


def _whole(fields: Mapping[int, bytes | int]) -> bytes:
    body = b"".join(_element(element, fields[element]) for element in sorted(fields))
    return _element(0, struct.pack("<I", len(body))) + body


def _element(element: int, value: bytes | int) -> bytes:
    if isinstance(value, int):
        value = struct.pack("<H", value)
    # UIDs are padded with a zero byte; AE titles with a space.
    value += (b" " if element in (MOVE_DESTINATION, ERROR_COMMENT) else b"\0") * (len(value) & 1)
    return struct.pack("<HHI", 0, element, len(value)) + value


def _broken() -> PeerFault:
    return PeerFault(AbortReason.UNEXPECTED_PDU, "command set")

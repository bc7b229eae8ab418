"""The acknowledgement (HL7 v2.5.1 2.9.2): AA after the commit only, AE for data, AR for what is never to be retried."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from appliance.domain.sharing import PARIS

SAID_BY = "NEGATOSCOPE"
_CODES = {
    "segment_missing": "100", "segments": "100", "field": "101", "charset": "102", "msh": "100", "kind": "200",
    "event": "201", "processing": "202", "no_identifier": "101", "no_patient": "204",
}  # fmt: skip
"""HL7 table 0357; what has no code of its own is 207."""


class Code(StrEnum):
    """MSA-1 (HL7 table 0008), original mode."""

    AA = "AA"
    AE = "AE"
    AR = "AR"


@dataclass(frozen=True, slots=True)
class Asked:
    """What of the message goes into its answer, as it came: its own separators are used, so nothing is escaped.

    ``sender`` and ``facility`` are MSH-3 and MSH-4, ``ours`` MSH-6, ``codec`` what the answer is encoded with.
    """

    marks: str = "|^~\\&"
    sender: str = ""
    facility: str = ""
    ours: str = ""
    event: str = ""
    control_id: str = ""
    processing: str = "P"
    version: str = "2.5"
    charset: str = ""
    codec: str = "ascii"


def asked_of(message: bytes, codec: str = "latin-1") -> Asked:
    """Return what a message's first line says, however broken the rest is; never raises."""
    line = message.lstrip(b"\r\n").partition(b"\r")[0].partition(b"\n")[0][:4096].decode(codec, "replace")
    if not line.startswith("MSH") or len(line) < 8:
        return Asked()
    if len(set(line[3:8])) < 5:
        return Asked(codec=codec)
    fields = [part[:227] for part in line.split(line[3])]
    fields += [""] * 20
    marks = line[3] + (fields[1] if len(fields[1]) in (4, 5) else line[4:8])
    kind = fields[8].split(line[4])
    return Asked(
        marks=marks, sender=fields[2], facility=fields[3], ours=fields[5],
        event=kind[1] if len(kind) > 1 else "", control_id=fields[9], processing=fields[10] or "P",
        version=fields[11] or "2.5", charset=fields[17], codec=codec,
    )  # fmt: skip


def answer(asked: Asked, code: Code, now: datetime, cause: str = "", where: str = "") -> bytes:
    """Return the acknowledgement; ``cause`` is a word of ours, ``where`` the field it is about, never a value."""
    bar, component = asked.marks[0], asked.marks[1]
    local = now.astimezone(PARIS)
    header = [
        f"MSH{asked.marks}", SAID_BY, asked.ours, asked.sender, asked.facility, f"{local:%Y%m%d%H%M%S%z}", "",
        component.join(filter(None, ("ACK", asked.event))), f"{now.timestamp() * 1e6:.0f}", asked.processing,
        asked.version, "", "", "", "", "", asked.charset,
    ]  # fmt: skip
    lines = [bar.join(header).rstrip(bar), bar.join(("MSA", code, asked.control_id))]
    if code is not Code.AA:
        location = where.replace("-", component + "1" + component) if where else ""
        lines.append(bar.join(("ERR", "", location, _CODES.get(cause, "207"), "E", "", "", "", cause)))
    return ("\r".join(lines) + "\r").encode(asked.codec, "replace")

"""PID and MRG: identifiers with their authority, names of birth and of use, date of birth (R-H, R-A)."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from appliance.domain import names
from appliance.domain.birth_dates import recorded
from appliance.domain.errors import Malformed
from appliance.domain.feed import INS_OIDS, INS_TEST_OIDS, Deed, Group, Header, Patient, PatientMessage, deed_of
from appliance.domain.people import Identifier, IdentifierType
from appliance.domain.results import ACCESSION_FIELDS
from pacs_bridge.hl7.grammar import Message, Piece, Segment

MOST_GROUPS = 20
_LOCAL = frozenset({"", "PI", "MR", "PT"})
_BIRTH, _USED = frozenset({"", "L", "B"}), "D"
_PN_MARKS = str.maketrans("^=\\\n", "    ")


@dataclass(frozen=True, slots=True)
class Reading:
    """How this hospital writes.

    ``issuers``: from CX.4.1 or CX.4.2 to the issuer that the PACS puts into (0010,0021), maybe none.
    ``test_identities``: take national identities of the test authority. ``accession``: where a report's accession
    number is looked for, in this order.
    """

    issuers: Mapping[str, str] = field(default_factory=dict)
    test_identities: bool = False
    accession: Sequence[str] = ACCESSION_FIELDS


def patient_message(message: Message, header: Header, reading: Reading) -> PatientMessage:
    """Return an ADT message read whole; one without effect is not read further.

    Raises
    ------
    Malformed
        ``segment_missing``, ``identifier``, ``no_identifier``, ``name``, ``birth_date``, ``ins_test``.
    """
    deed = deed_of(header.event)
    if deed is Deed.NOTHING:
        return PatientMessage(header, deed)
    needs_former = deed in (Deed.MERGE, Deed.CHANGE)
    groups = _groups(message, reading, with_former=needs_former)
    wanted = 2 if deed in (Deed.LINK, Deed.UNLINK) else 1
    if len(groups) < wanted or len(groups) > MOST_GROUPS:
        raise Malformed("segment_missing", field="PID")
    if needs_former and not all(group.former for group in groups):
        raise Malformed("segment_missing", field="MRG")
    return PatientMessage(header, deed, groups)


def patient_of(segment: Segment, reading: Reading) -> Patient:
    """Return who a PID segment speaks of; raises as `patient_message`."""
    local = [name for name in segment.repetitions(5) if name.text(7).upper() in _BIRTH]
    used = [name for name in segment.repetitions(5) if name.text(7).upper() == _USED]
    given = [*(_folded(name.text(n)) for name in local for n in (2, 3)), *(_folded(name.text(2)) for name in used)]
    families = [name.text(1) for name in (*local, *used)]
    shown = (*local, *used)[:1]
    if any(len(family) > 194 for family in families):
        raise Malformed("name")
    return Patient(
        identifiers=_identifiers(segment, reading),
        name=_person_name(shown[0]) if shown else "",
        families=tuple(dict.fromkeys(family for family in families if family)),
        given=tuple(dict.fromkeys(tokens for tokens in given if tokens)),
        birth_date=_birth_date(segment.text(7)),
        sex=segment.text(8).upper()[:1],
    )


def _groups(message: Message, reading: Reading, *, with_former: bool) -> tuple[Group, ...]:
    """Return each PID with the MRG that follows it."""
    found: list[Group] = []
    for index, name in enumerate(message.names()):
        if name == "PID":
            if len(found) >= MOST_GROUPS:
                raise Malformed("repetitions", field="PID")
            found.append(Group(patient_of(message.segment(index), reading)))
        elif name == "MRG" and with_former:
            if not found:
                raise Malformed("segment_missing", field="PID")
            former = _locals(message.segment(index).repetitions(1), reading)
            found[-1] = Group(found[-1].patient, former)
    return tuple(found)


def _identifiers(segment: Segment, reading: Reading) -> tuple[Identifier, ...]:
    pieces = segment.repetitions(3)
    qualified = "VALI" in {status.text(1).upper() for status in segment.repetitions(32)}
    found = (*_locals(pieces, reading), *(_national(pieces, reading) if qualified else ()))
    if not found:
        raise Malformed("no_identifier")
    return tuple(dict.fromkeys(found))


def _locals(pieces: Sequence[Piece], reading: Reading) -> tuple[Identifier, ...]:
    """Return the local identifiers (IPP); those of insurers, visits and the like say nothing of images."""
    found = []
    for piece in pieces:
        oid = piece.text(4, 2)
        if oid in INS_TEST_OIDS and not reading.test_identities:
            raise Malformed("ins_test")
        if piece.text(5).upper() not in _LOCAL or oid in INS_OIDS | INS_TEST_OIDS or not piece.text(1):
            continue
        namespace = piece.text(4, 1)
        known = next((reading.issuers[key] for key in (oid, namespace) if key and key in reading.issuers), None)
        authority = (namespace or oid) if known is None else known
        found.append(_identifier(piece.text(1), authority, IdentifierType.PI, oid))
    return tuple(found)


def _national(pieces: Iterable[Piece], reading: Reading) -> tuple[Identifier, ...]:
    """Return the national identity: by its authority's OID only, whatever CX.5 says."""
    accepted = INS_OIDS | INS_TEST_OIDS if reading.test_identities else INS_OIDS
    found = ((piece.text(1), piece.text(4, 2)) for piece in pieces)
    return tuple(_identifier(value, oid, IdentifierType.INS, oid) for value, oid in found if oid in accepted and value)


def _identifier(value: str, authority: str, kind: IdentifierType, oid: str) -> Identifier:
    if len(value) > 64 or len(authority) > 256 or len(oid) > 64 or "\n" in value:
        raise Malformed("identifier")
    return Identifier(value, authority, kind, oid)


def _folded(text: str) -> tuple[str, ...]:
    """Return a list of given names; one beyond all measure is no name."""
    if len(text) > 512:
        raise Malformed("name")
    return names.fold(text)


def _person_name(piece: Piece) -> str:
    """Return a PN of the birth names: family, first given name, the others."""
    first, others = piece.text(2), piece.text(3)
    rest = others[len(first) :].strip(" ,") if first and others.upper().startswith(first.upper() + " ") else others
    parts = [part.translate(_PN_MARKS).strip() for part in (piece.text(1), first, rest if rest != first else "")]
    return "^".join(parts).rstrip("^")


def _birth_date(text: str) -> str:
    digits = re.sub(r"\D", "", text[:26])[:8]
    if not digits:
        return ""
    if len(digits) < 4 or recorded(digits) is None:
        raise Malformed("birth_date")
    return digits.ljust(8, "0")

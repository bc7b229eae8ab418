"""A person is not an identifier: one person has several, each of an authority (R-K)."""

from dataclasses import dataclass, field
from enum import StrEnum


class IdentifierType(StrEnum):
    """What an identifier is, by HL7 table 0203 where it has the word."""

    PI = "PI"
    """Local patient identifier (IPP) of a site."""
    INS = "INS"
    RPPS = "RPPS"


@dataclass(frozen=True, slots=True)
class Identifier:
    """A value and who gave it; an empty authority means that the source named none."""

    value: str
    authority: str = ""
    type: IdentifierType = IdentifierType.PI
    authority_oid: str = ""


@dataclass(frozen=True, slots=True)
class PatientTraits:
    """Traits of a patient as one source gave them.

    ``name`` is the PN as received, all component groups; ``birth_date`` the DA digits, maybe empty or partial.
    """

    identifier: Identifier
    name: str
    birth_date: str = ""
    sex: str = ""


@dataclass(frozen=True, slots=True)
class Facility:
    """Where an exam was made; from the node or the issuer, never from InstitutionName alone (R-K)."""

    id: int
    name: str
    finess_ej: str = ""
    finess_et: str = ""
    oid: str = ""


@dataclass(frozen=True, slots=True)
class Person:
    """A patient as the index knows one: latest traits and every identifier."""

    id: int
    traits: PatientTraits
    identifiers: tuple[Identifier, ...] = field(default=())

"""What to look for when a patient or an exam is sought, in the index and in a PACS (R-G)."""

from collections.abc import Mapping
from dataclasses import dataclass

from appliance.domain.errors import Malformed


@dataclass(frozen=True, slots=True)
class Query:
    """What to look for; empty fields say nothing."""

    patient_id: str = ""
    issuer: str = ""
    family_name: str = ""
    given_name: str = ""
    birth_date: str = ""
    """Eight DA digits."""
    accession: str = ""
    study_uid: str = ""


def query_of(fields: Mapping[str, object]) -> Query:
    """Return the query of a job's payload; raise `Malformed` ``query`` for wild cards, or if it asks for everything."""
    known = {name: str(fields.get(name) or "").strip()[:128] for name in Query.__slots__}
    if any(set("*?\\") & set(value) for value in known.values()):
        raise Malformed("query")
    query = Query(**known)
    if not any((query.patient_id, query.family_name, query.birth_date, query.accession, query.study_uid)):
        raise Malformed("query")
    return query

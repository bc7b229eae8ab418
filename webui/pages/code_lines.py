"""A physician's list of codes as lines: searched, filtered and sorted in memory, a list of one person being short."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import datetime

from appliance.domain import birth_dates, names, sharing
from appliance.domain.errors import Malformed
from appliance.domain.identifiers import ShareId
from appliance.domain.people import Person
from appliance.domain.sharing import Share, ShareState
from appliance.usecases.ports import Holding
from webui import patients
from webui.forms import Form
from webui.i18n import Texts

SORTS = {
    "code": "codes.c.code", "name": "codes.c.name", "birth": "codes.c.birth",
    "facility": "codes.c.facility", "state": "codes.c.state", "expiry": "codes.c.expiry",
    "comment": "codes.c.comment",
}  # fmt: skip
"""Columns of the guide, in its order."""


@dataclass(frozen=True, slots=True)
class Line:
    """One code of the list."""

    share_id: ShareId
    code: str
    name: str
    birth_date: str
    about: str
    facility: str
    state: ShareState
    expires: str
    comment: str
    keys: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Search:
    """What the physician looks for; kept with the session, never in an address."""

    family_name: str = ""
    given_name: str = ""
    sex: str = ""
    facility: str = ""
    birth_date: str = ""
    valid: bool = False

    @property
    def any(self) -> bool:
        """Whether anything is looked for."""
        return self != Search()

    @property
    def narrow(self) -> bool:
        """Whether a criterion that a phone hides is in use."""
        return bool(self.given_name or self.sex or self.facility or self.birth_date or self.valid)


@dataclass(frozen=True, slots=True)
class Column:
    """A column's word, its sorting and the address that turns it."""

    word: str
    aria_sort: str
    href: str


def search_of(form: Form) -> Search:
    """Return the search of the form."""
    return Search(
        form.text("family_name", 64), form.text("given_name", 64), form.text("sex", 1),
        form.text("facility", 128), form.text("birth_date", 16), form.text("valid") == "1",
    )  # fmt: skip


def search_in(notes: str) -> Search:
    """Return the search kept in the session's notes."""
    try:
        kept = json.loads(notes or "{}").get("search", {})
    except (ValueError, AttributeError):
        return Search()
    known = {field.name for field in fields(Search)}
    return Search(**{k: v for k, v in kept.items() if k in known})


def notes_with(notes: str, search: Search) -> str:
    """Return the session's notes with this search."""
    try:
        kept = dict(json.loads(notes or "{}"))
    except ValueError:
        kept = {}
    return json.dumps({**kept, "search": asdict(search)}, ensure_ascii=False)


def line_of(share: Share, person: Person, code: str, now: datetime, t: Texts) -> Line:
    """Return the line of a share; an ended one keeps the name only (R-D)."""
    state = sharing.state(share, now)
    open_ = sharing.gives_access(share, now)
    traits = person.traits
    born = patients.born(traits) if open_ else ""
    name = patients.name_of(traits)
    about = ", ".join(filter(None, (patients.sex_word(traits.sex, t), born))) if open_ else ""
    keys = {
        "code": code, "name": " ".join(names.fold(name)), "birth": traits.birth_date if open_ else "",
        "facility": share.facility.casefold(), "state": t(f"state.{state}"),
        "expiry": share.expires_at.isoformat(), "comment": share.comment.casefold(),
    }  # fmt: skip
    expires = f"{sharing.printed_day(share.expires_at):%d/%m/%Y}"
    return Line(share.id, code, name, born, about, share.facility, state, expires, share.comment, keys)


def lines(
    held: Sequence[Holding], codes: Mapping[ShareId, str], search: Search, now: datetime, t: Texts
) -> list[Line]:
    """Return the lines that the search keeps, in the order of the list."""
    return [
        line_of(one.share, one.person, codes.get(one.share.id, ""), now, t)
        for one in held if _kept(one, search, now)
    ]  # fmt: skip


def sorted_lines(found: list[Line], column: str, *, descending: bool) -> list[Line]:
    """Return the lines by a column; an unknown one leaves the order of the list."""
    if column not in SORTS:
        return found
    return sorted(found, key=lambda line: line.keys[column], reverse=descending)


def columns(sort: str, *, descending: bool) -> list[Column]:
    """Return the header of the table."""
    made = []
    for name, word in SORTS.items():
        here = name == sort
        aria = ("descending" if descending else "ascending") if here else "none"
        turn = "asc" if here and descending else "desc" if here else "asc"
        made.append(Column(word, aria, f"/codes?sort={name}&dir={turn}"))
    return made


def _kept(held: Holding, search: Search, now: datetime) -> bool:
    traits, share = held.person.traits, held.share
    family, given = patients.family_and_given(traits)
    return (
        _starts(search.family_name, family)
        and _starts(search.given_name, given)
        and (not search.sex or traits.sex.upper().startswith(search.sex))
        and (not search.facility or share.facility == search.facility)
        and _born(search.birth_date, traits.birth_date, now)
        and (not search.valid or sharing.state(share, now) is ShareState.VALID)
    )


def _starts(wanted: str, record: str) -> bool:
    """Whether any word of the record starts the wanted one; accents and case do not count."""
    sought = "".join(names.fold(wanted))
    words = names.fold(record)
    return any("".join(words[start:]).startswith(sought) for start in range(len(words) or 1))


def _born(wanted: str, record: str, now: datetime) -> bool:
    if not wanted:
        return True
    try:
        return birth_dates.same(birth_dates.parse(wanted, now.astimezone(sharing.PARIS).date()), record)
    except Malformed:
        return False

"""Pointing an exam out to a colleague by e-mail: a sealed link goes, never the patient, never the code."""

from dataclasses import dataclass
from datetime import datetime

from appliance.domain import contacts, letters
from appliance.domain.errors import Fault, Refused
from appliance.domain.identifiers import StudyUID
from appliance.domain.journal import Event, Family
from appliance.domain.letters import Link
from appliance.domain.lockout import DAY
from appliance.domain.sign_in import Requester
from appliance.usecases.exams import Exams
from appliance.usecases.ports import Clock, LetterWords, Secrets, UnitOfWork
from appliance.usecases.sharing import actor_of

LETTER = "letter"
"""Kind under which links are counted."""


@dataclass(frozen=True, slots=True)
class Draft:
    """What somebody wants to send: to whom, his own words, and under which address links of this house begin."""

    to: str
    message: str
    public_url: str


@dataclass(frozen=True, slots=True)
class Sent:
    """A link on its way."""

    to: str
    until: datetime


class Letters:
    """Links to exams."""

    def __init__(self, database: UnitOfWork, clock: Clock, secrets: Secrets, exams: Exams, words: LetterWords) -> None:
        self._db = database
        self._clock = clock
        self._secrets = secrets
        self._exams = exams
        self._words = words

    def send(self, requester: Requester, token_hash: bytes, uid: StudyUID, draft: Draft) -> Sent:
        """Put the mail into the outbox, counted and journaled with it.

        Raises
        ------
        Malformed
            ``email``, ``letter_long``.
        Refused
            ``not_found``, ``email_mssante``, ``letter_trait``.
        TryLater
            ``letters_hour``, ``letters_day``.
        """
        if not self._exams.may_see(token_hash, uid):
            raise Refused("not_found")
        now, key, to = self._clock.now(), f"account:{requester.id}", contacts.email(draft.to)
        study = next(iter(self._exams.studies([uid])), None)
        if study is None:
            raise Refused("not_found")
        said = letters.message(draft.message, study.traits)
        link = Link(uid, now + letters.LIFE)
        address = f"{draft.public_url}/viewer?m={self._secrets.seal(link.text()).hex()}"
        with self._db.writing() as work:
            letters.check_pace(work.failures.since(LETTER, key, now - DAY), now)
            work.failures.add(LETTER, key, now)
            known = work.accounts.by_email(to)
            work.outbox.add(self._words.letter(to, requester.label, said, address, link.until), now)
            facts = {
                "to": contacts.masked_email(to), "account": known.id if known else None, "message": bool(said),
                "means": requester.means, "session": requester.session_id,
            }  # fmt: skip
            work.journal.append(Event(Family.ACCESS, "exam.letter", actor_of(requester), uid, facts=facts), now)
        return Sent(to, link.until)

    def followed(self, token_hash: bytes, sealed: str) -> StudyUID:
        """Return the exam that a link leads to, when the session may see it.

        Raises
        ------
        Refused
            ``letter_over``: no link of ours, or too old; ``letter_closed``: the session does not hold the exam.
        """
        try:
            link = letters.link_of(self._secrets.unseal(bytes.fromhex(sealed[:2048])))
        except (Fault, ValueError) as exc:
            raise Refused("letter_over") from exc
        if self._clock.now() >= link.until:
            raise Refused("letter_over")
        if not self._exams.may_see(token_hash, link.study):
            raise Refused("letter_closed")
        return link.study

"""Notes of physicians on exams: written, read, edited, deleted, each with its trace; nothing is overwritten."""

from collections.abc import Sequence
from dataclasses import replace

from appliance.domain import notes as rules
from appliance.domain import sharing
from appliance.domain.errors import Refused
from appliance.domain.identifiers import AccountId, ShareId, StudyUID
from appliance.domain.journal import Actor, Event, Family
from appliance.domain.notes import Draft, Note, Scope
from appliance.domain.sign_in import Requester
from appliance.usecases.exams import Exams
from appliance.usecases.ports import Clock, UnitOfWork, Work
from appliance.usecases.sharing import actor_of


class Notes:
    """Notes on exams. Every verb of a physician raises `Refused` ``not_found`` when the exam is not open to him."""

    def __init__(self, database: UnitOfWork, clock: Clock, exams: Exams) -> None:
        self._db = database
        self._clock = clock
        self._exams = exams

    def of_study(self, requester: Requester, token_hash: bytes, uid: StudyUID) -> Sequence[Note]:
        """Return the notes that this physician may read, oldest first; the view of the exam is in the journal."""
        self._check(token_hash, uid)
        with self._db.reading() as work:
            return self._readable(work, requester, uid)

    def export(self, requester: Requester, token_hash: bytes, uid: StudyUID) -> Sequence[Note]:
        """Return the same to be taken away, journaled."""
        self._check(token_hash, uid)
        with self._db.writing() as work:
            found = self._readable(work, requester, uid)
            facts = {"notes": [one.id for one in found], "means": requester.means, "session": requester.session_id}
            event = Event(Family.ACCESS, "note.exported", actor_of(requester), uid, facts=facts)
            work.journal.append(event, self._clock.now())
        return found

    def write(self, requester: Requester, token_hash: bytes, uid: StudyUID, draft: Draft) -> Note:
        """Return the note made.

        Raises
        ------
        Refused
            ``note_scope``: for the holders of a code, and no code opens the exam to him; ``notes_many``.
        """
        now = self._clock.now()
        self._check(token_hash, uid)
        with self._db.writing() as work:
            mine = [one for one in work.notes.of_studies([uid]) if one.author_id == requester.id]
            if len(mine) >= rules.MOST_NOTES:
                raise Refused("notes_many", most=rules.MOST_NOTES)
            shares = self._shares_for(work, requester, uid, draft.scope)
            author = AccountId(requester.id)
            note = Note(0, uid, author, requester.label[:256], draft.scope, draft.text, now, shares=shares)
            note = replace(note, id=work.notes.add(note))
            work.journal.append(
                Event(Family.ACCESS, "note.written", actor_of(requester), uid, facts=_facts(note, requester)), now
            )
        return note

    def edit(self, requester: Requester, token_hash: bytes, note: Note, draft: Draft) -> Note:
        """Return the note as it reads now, `note` being one that `own` gave; raises as `write`."""
        now = self._clock.now()
        self._check(token_hash, note.study_uid)
        with self._db.writing() as work:
            current = _own(work, requester, note.study_uid, note.id)
            shares = self._shares_for(work, requester, note.study_uid, draft.scope)
            edited = replace(
                current, scope=draft.scope, text=draft.text, version=current.version + 1, edited_at=now, shares=shares
            )
            work.notes.revise(edited, now)
            facts = _facts(edited, requester)
            work.journal.append(
                Event(Family.ACCESS, "note.edited", actor_of(requester), note.study_uid, facts=facts), now
            )
        return edited

    def delete(self, requester: Requester, token_hash: bytes, note: Note) -> None:
        """Mark the note as deleted; nobody reads it any more, its versions stay as long as it would have."""
        now = self._clock.now()
        self._check(token_hash, note.study_uid)
        with self._db.writing() as work:
            current = _own(work, requester, note.study_uid, note.id)
            work.notes.delete(note.id, now)
            facts = _facts(current, requester)
            work.journal.append(
                Event(Family.ACCESS, "note.deleted", actor_of(requester), note.study_uid, facts=facts), now
            )

    def own(self, requester: Requester, uid: StudyUID, note_id: int) -> Note:
        """Return a note of this physician on the exam; raise `Refused` ``not_found`` for any other, alike."""
        with self._db.reading() as work:
            return _own(work, requester, uid, note_id)

    def for_the_hospital(self, actor: Actor, uids: Sequence[StudyUID]) -> Sequence[Note]:
        """Return the notes on these exams that are meant for the hospital; that the desk read them is journaled."""
        with self._db.reading() as work:
            found = [one for one in work.notes.of_studies(uids) if rules.is_for_the_hospital(one)]
        if found:
            now = self._clock.now()
            with self._db.writing() as work:
                for uid in dict.fromkeys(one.study_uid for one in found):
                    facts = {"notes": [one.id for one in found if one.study_uid == uid]}
                    work.journal.append(Event(Family.ACCESS, "note.read", actor, uid, facts=facts), now)
        return found

    def _check(self, token_hash: bytes, uid: StudyUID) -> None:
        if not self._exams.may_see(token_hash, uid):
            raise Refused("not_found")

    def _readable(self, work: Work, requester: Requester, uid: StudyUID) -> Sequence[Note]:
        shares = self._opening(work, requester, uid)
        return [
            one for one in work.notes.of_studies([uid]) if rules.may_read(one, AccountId(requester.id), shares)
        ]  # fmt: skip

    def _opening(self, work: Work, requester: Requester, uid: StudyUID) -> frozenset[ShareId]:
        """Return the shares that open the exam to the physician now."""
        held, now = work.shares.holdings(AccountId(requester.id)), self._clock.now()
        return frozenset(
            one.share.id for one in held if uid in one.share.studies and sharing.gives_access(one.share, now)
        )

    def _shares_for(self, work: Work, requester: Requester, uid: StudyUID, scope: Scope) -> frozenset[ShareId]:
        if scope is not Scope.CODE:
            return frozenset()
        shares = self._opening(work, requester, uid)
        if not shares:
            raise Refused("note_scope")
        return shares


def _own(work: Work, requester: Requester, uid: StudyUID, note_id: int) -> Note:
    found = work.notes.by_id(note_id)
    if found is None or found.deleted_at is not None or (found.author_id, found.study_uid) != (requester.id, uid):
        raise Refused("not_found")
    return found


def _facts(note: Note, requester: Requester) -> dict[str, object]:
    """Return what the journal says of a note: never its text."""
    return {
        "note": note.id, "version": note.version, "scope": note.scope, "means": requester.means,
        "session": requester.session_id,
    }  # fmt: skip

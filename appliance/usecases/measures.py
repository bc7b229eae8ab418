"""What a physician measured and starred on an exam, ready to leave it: only on images that are the exam's own."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from appliance.domain.errors import Malformed, Refused
from appliance.domain.identifiers import AccountId, SopUID, StudyUID
from appliance.domain.journal import Event, Family
from appliance.domain.kept_work import Work
from appliance.domain.sending import FOLDER, Standing
from appliance.domain.sign_in import Requester
from appliance.usecases.exams import Exams
from appliance.usecases.ports import AccountRow, InstanceRow, Objects, SendableRow, SendingRow, StudyRow, UnitOfWork
from appliance.usecases.sending import Sending
from appliance.usecases.sharing import actor_of

MOST_MARKS = 2000
"""More than that nobody drew by hand, and no reader of reports shows."""


@dataclass(frozen=True, slots=True)
class Marked:
    """Marks and keys by image (``series/instance/frame``), who made them, and those of the images that are here."""

    work: Work
    author: AccountRow
    rows: Mapping[str, InstanceRow]

    @property
    def images(self) -> Sequence[str]:
        """The images with a mark or a star, in their order within the exam."""
        named = dict.fromkeys([*self.work.marks, *self.work.keys])
        return sorted((one for one in named if one in self.rows), key=self._place)

    def _place(self, image: str) -> tuple[str, int, str, int]:
        row = self.rows[image]
        return row.series_uid, row.number or 0, row.sop_uid, frame_of(image)


@dataclass(frozen=True, slots=True)
class Made:
    """A document made of marks or key images: its identity and its file."""

    sop_class: str
    sop_uid: str
    data: bytes


class Measures:
    """Measures and key images of physicians; ``node``: where they may be sent, nowhere when empty."""

    def __init__(self, database: UnitOfWork, exams: Exams, objects: Objects, sending: Sending, node: str = "") -> None:
        self._db = database
        self._exams = exams
        self._objects = objects
        self._sending = sending
        self._node = node

    def sendable(self, token_hash: bytes, uid: StudyUID) -> StudyRow:
        """Return the exam whose measures may be sent: any that is open, whether its files may be taken or not.

        They go to the hospital that has the exam already.

        Raises
        ------
        Refused
            ``not_found``: closed or unknown, alike; ``measures_off``: the hospital takes none.
        """
        found = self._exams.studies([uid]) if self._exams.may_see(token_hash, uid) else ()
        if not found:
            raise Refused("not_found")
        if not self._node:
            raise Refused("measures_off")
        return found[0]

    def send(self, requester: Requester, token_hash: bytes, uid: StudyUID, made: Sequence[Made]) -> SendingRow:
        """Send documents made of the requester's work to the hospital, journaled; it is not waited for.

        Raises
        ------
        Refused, TryLater, Unavailable
            As `sendable` and `Sending.send_made`.
        """
        self.sendable(token_hash, uid)
        rows = []
        for one in made:
            # Durable before anybody is told: the same document has the same name, and is the same.
            key = f"{FOLDER}/{uid}/{one.sop_uid}.dcm"
            self._objects.put(key, one.data)
            rows.append(SendableRow(SopUID(one.sop_uid), one.sop_class, "", key, 0))
        facts = {"objects": len(rows), "means": requester.means, "session": requester.session_id}
        asked = Event(Family.ACCESS, "measures.send", actor_of(requester), uid, facts=facts)
        return self._sending.send_made(uid, self._node, AccountId(requester.id), rows, asked)

    def sent(self, requester: Requester, uid: StudyUID) -> tuple[SendingRow, Standing] | None:
        """Return what the requester sent last of an exam that was opened to him, and where it stands."""
        return self._sending.last_of(AccountId(requester.id), uid)

    def counted(self, requester: Requester, uid: StudyUID) -> tuple[int, int]:
        """Return how many marks and how many key images the requester has on an exam that was opened to him."""
        with self._db.reading() as work:
            done = work.kept_work.of(AccountId(requester.id), uid)
        return sum(map(len, done.marks.values())), len(done.keys)

    def marked(self, requester: Requester, uid: StudyUID) -> Marked:
        """Return what the requester marked on an exam that was opened to him.

        Raises
        ------
        Malformed
            ``measures_image``: a mark lies on something that never was an image of the exam; ``measures_many``.
        Refused
            ``measures_none``.
        """
        account = AccountId(requester.id)
        with self._db.reading() as work:
            done, author = work.kept_work.of(account, uid), work.accounts.by_id(account)
        if author is None or not (done.marks or done.keys):
            raise Refused("measures_none")
        if sum(map(len, done.marks.values())) + len(done.keys) > MOST_MARKS:
            raise Malformed("measures_many")
        here = {row.sop_uid: row for row in self._exams.instances(uid) if row.state == "prepared"}
        rows = {}
        for image in dict.fromkeys([*done.marks, *done.keys]):
            row = here.get(SopUID(image.split("/")[1]))
            if row is None:
                self._once(uid, image)
            elif row.series_uid != image.split("/")[0] or frame_of(image) > row.frames:
                raise Malformed("measures_image")
            else:
                rows[image] = row
        if not rows:
            raise Refused("measures_none")
        return Marked(done, author, rows)

    def _once(self, uid: StudyUID, image: str) -> None:
        """Let pass what is an image of the exam, though nobody may see it now."""
        with self._db.reading() as work:
            row = work.instances.by_uid(SopUID(image.split("/")[1]))
        if row is None or row.study_uid != uid:
            raise Malformed("measures_image")


def frame_of(image: str) -> int:
    """Return the frame of ``series/instance/frame``, from 1."""
    return int(image.rsplit("/", 1)[1])

"""One object on its way to the store: first bytes held, then streamed under its final name.

::

    holding --Study Instance UID known--> streaming --close--> durable --use case--> kept
       |  unreadable, wrong UID: refused     | fault, peer gone: file deleted
"""

import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from pydicom.uid import DeflatedExplicitVRLittleEndian

from appliance.domain.errors import Malformed, Refused
from appliance.domain.identifiers import StudyUID, sop_uid
from appliance.usecases.ports import InstanceFacts, Objects, ReceivedFile, Writing
from pacs_bridge.receive import headers, part10
from pacs_bridge.receive.digests import Digests, digested

FIRST_LOOK_BYTES = 32 << 10
LAST_LOOK_BYTES = 16 << 20
"""A data set that has not named its study in this many bytes is not an image."""


@dataclass(frozen=True, slots=True)
class Origins:
    """Where an object comes from, and who judges and keeps it."""

    calling_aet: str
    node: str
    check: Callable[[StudyUID], None]
    keep: Callable[[ReceivedFile], None]


class Sink:
    """A reception. Only one thread uses it."""

    def __init__(self, objects: Objects, meta: part10.FileMeta, origins: Origins) -> None:
        self._objects, self._meta, self._origins = objects, meta, origins
        sop_uid(meta.sop_uid)
        self._head = part10.head(meta)
        self._held = bytearray()
        self._look_at = FIRST_LOOK_BYTES
        self._found: headers.Found | None = None
        self._writing: Writing | None = None
        self._key = ""
        self._digests = Digests(None)

    def write(self, data: memoryview) -> None:
        """Take a fragment; raise a `Fault` as soon as the object shows that it will not be kept."""
        if self._writing is not None:
            self._stream(self._writing, data)
            return
        self._held += data
        if len(self._held) >= self._look_at:
            self._look(final=False)

    def close(self) -> None:
        """Make the file durable, then the row."""
        if self._writing is None:
            self._look(final=True)
        writing, found = self._writing, self._found
        if writing is None or found is None:
            raise Malformed("dicom_unreadable")
        size_bytes = writing.commit()
        self._writing = None
        try:
            self._origins.keep(self._file(found, size_bytes))
        except (Malformed, Refused):
            # Any other failure leaves the file: whether its row was written is not known, and the
            # next start adopts it or puts it aside.
            self._objects.delete(self._key)
            raise

    def discard(self) -> None:
        """Delete what was written."""
        writing, self._writing = self._writing, None
        if writing is not None:
            writing.discard()

    def _look(self, *, final: bool) -> None:
        """Read the header of what is held; when it names the study, start the file."""
        try:
            found = headers.from_prefix(self._head + self._held, len(self._head), self._meta.transfer_syntax)
        except Malformed:
            if final or len(self._held) >= LAST_LOOK_BYTES:
                raise
            self._look_at = min(self._look_at * 4, LAST_LOOK_BYTES)
            return
        self._check(found)
        self._origins.check(found.facts.study_uid)
        self._found = found
        self._digests = Digests(self._in_data(found))
        name = f"{found.facts.study_uid}/{found.facts.sop_uid}.{secrets.token_hex(4)}.dcm"
        self._key = f"received/{name}"
        self._writing = self._objects.create(self._key)
        self._writing.write(self._head)
        held, self._held = self._held, bytearray()
        self._stream(self._writing, memoryview(held))

    def _check(self, found: headers.Found) -> None:
        facts = found.facts
        if facts.sop_uid != self._meta.sop_uid or facts.sop_class != self._meta.sop_class:
            raise Malformed("sop_mismatch")

    def _stream(self, writing: Writing, data: memoryview) -> None:
        writing.write(data)
        self._digests.update(data)

    def _in_data(self, found: headers.Found) -> int | None:
        """Return the offset of the pixels in the data set, None when not reached."""
        return None if found.pixels_at is None else found.pixels_at - len(self._head)

    def _file(self, found: headers.Found, size_bytes: int) -> ReceivedFile:
        facts, digests = found.facts, self._digests
        pixels_sha256 = digests.pixels
        if found.pixels_at is None:
            facts, digests, pixels_sha256 = self._second_look()
        return ReceivedFile(
            key=self._key,
            size_bytes=size_bytes,
            sha256=digests.whole,
            pixels_sha256=pixels_sha256,
            facts=replace(facts, transfer_syntax=self._meta.transfer_syntax),
            calling_aet=self._origins.calling_aet,
            node=self._origins.node,
        )

    def _second_look(self) -> tuple[InstanceFacts, Digests, bytes]:
        """Return facts, digests and pixel digest when the first look did not reach the pixels."""
        path = self._objects.local_path(self._key)
        found = headers.from_file(path, self._meta.transfer_syntax)
        self._check(found)
        digests = self._digests
        if found.pixels_at is not None:
            digests = digested(_pieces(self._objects, self._key, len(self._head)), self._in_data(found))
        deflated = self._meta.transfer_syntax == DeflatedExplicitVRLittleEndian
        return found.facts, digests, digests.whole if deflated else digests.pixels


def _pieces(objects: Objects, key: str, offset: int) -> Iterator[bytes]:
    size = objects.size(key)
    while offset < size:
        piece = objects.pread(key, offset, min(1 << 20, size - offset))
        if not piece:
            return
        yield piece
        offset += len(piece)

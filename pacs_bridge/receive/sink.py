"""One object on its way to the store: first bytes held, then streamed under its final name.

::

    holding --Study Instance UID known--> streaming --close--> durable --use case--> kept
       |  |  unreadable, wrong UID: refused     | fault, peer gone: file deleted
       |  no usable UID: held aside --close--> coerced file durable --use case--> kept
"""

import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from pydicom.uid import DeflatedExplicitVRLittleEndian

from appliance.domain.coercion import usable
from appliance.domain.errors import Malformed, Refused
from appliance.domain.identifiers import StudyUID
from appliance.usecases.ports import InstanceFacts, Objects, ReceivedFile, Writing
from pacs_bridge.receive import coercing, headers, part10
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
    keep: Callable[[ReceivedFile], object]
    now: Callable[[], datetime]


class Sink:
    """A reception. Only one thread uses it."""

    def __init__(self, objects: Objects, meta: part10.FileMeta, origins: Origins) -> None:
        self._objects, self._meta, self._origins = objects, meta, origins
        self._head = part10.head(coercing.may_be_settled(meta))
        self._held = bytearray()
        self._look_at = FIRST_LOOK_BYTES
        self._found: headers.Found | None = None
        self._writing: Writing | None = None
        self._aside: coercing.Aside | None = None
        self._key = ""
        self._digests = Digests(None)

    def write(self, data: memoryview) -> None:
        """Take a fragment; raise a `Fault` as soon as the object shows that it will not be kept."""
        if self._aside is not None:
            self._hold_aside(self._aside, data)
            return
        if self._writing is not None:
            self._stream(self._writing, data)
            return
        self._held += data
        if len(self._held) >= self._look_at:
            self._look(final=False)

    def close(self) -> bool:
        """Make the file durable, then the row; return whether data elements were coerced."""
        if self._writing is None and self._aside is None:
            self._look(final=True)
        if self._aside is not None:
            self._keep(self._coerced(self._aside))
            return True
        writing, found = self._writing, self._found
        if writing is None or found is None:
            raise Malformed("dicom_unreadable")
        size_bytes = writing.commit()
        self._writing = None
        self._keep(self._file(found, size_bytes))
        return False

    def _keep(self, file: ReceivedFile) -> None:
        try:
            self._origins.keep(file)
        except (Malformed, Refused):
            # Any other failure leaves the file: whether its row was written is not known, and the
            # next start adopts it or puts it aside.
            self._objects.delete(self._key)
            raise

    def discard(self) -> None:
        """Delete what was written."""
        if self._aside is not None:
            self._aside.discard()
        writing, self._writing = self._writing, None
        if writing is not None:
            writing.discard()

    def _look(self, *, final: bool) -> None:
        """Read the header of what is held; when it names the study, start the file."""
        try:
            found = headers.from_prefix(self._head + self._held, len(self._head), self._meta.transfer_syntax)
        except Malformed as fault:
            if not final and len(self._held) < LAST_LOOK_BYTES:
                self._look_at = min(self._look_at * 4, LAST_LOOK_BYTES)
                return
            if fault.cause != "uid" or not self._held:
                raise
            self._put_aside()
            return
        if not usable(found.facts.sop_class):
            self._put_aside()
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

    def _put_aside(self) -> None:
        self._aside = coercing.Aside(self._objects, self._meta)
        held, self._held = self._held, bytearray()
        self._hold_aside(self._aside, memoryview(held))

    def _hold_aside(self, aside: coercing.Aside, data: memoryview) -> None:
        aside.write(data)
        self._digests.update(data)

    def _coerced(self, aside: coercing.Aside) -> ReceivedFile:
        """Return the object under settled UIDs; its digest stays that of what was received."""
        whole = self._digests.whole
        written = aside.settle(whole, self._origins.check, self._origins.now())
        aside.discard()
        self._key, found = written.key, written.found
        deflated = self._meta.transfer_syntax == DeflatedExplicitVRLittleEndian
        pixels_sha256 = whole if deflated else self._digests.pixels
        if found.pixels_at is not None:
            pixels_sha256 = digested(_pieces(self._objects, self._key, found.pixels_at), 0).pixels
        return self._received(found.facts, written.size_bytes, (whole, pixels_sha256), written.changed)

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
        return self._received(facts, size_bytes, (digests.whole, pixels_sha256))

    def _received(
        self, facts: InstanceFacts, size_bytes: int, digests: tuple[bytes, bytes], coerced: tuple[str, ...] = ()
    ) -> ReceivedFile:
        return ReceivedFile(
            key=self._key,
            size_bytes=size_bytes,
            sha256=digests[0],
            pixels_sha256=digests[1],
            facts=replace(facts, transfer_syntax=self._meta.transfer_syntax),
            calling_aet=self._origins.calling_aet,
            node=self._origins.node,
            coerced=coerced,
        )

    def _second_look(self) -> tuple[InstanceFacts, Digests, bytes]:
        """Return facts, digests and pixel digest when the first look did not reach the pixels."""
        with self._objects.local(self._key) as path:
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

"""The head of a Part-10 file that comes in pieces (PS3.10 7.1): what group 0002 says, and where the data set begins."""

import struct

from appliance.domain.errors import Malformed
from pacs_bridge.receive.part10 import FileMeta

MOST_BYTES = 64 << 10
_LONG = (b"OB", b"OW", b"UN", b"UT", b"SQ")
_SOP_CLASS, _SOP_INSTANCE, _SYNTAX = 0x0002, 0x0003, 0x0010


class Opening:
    """Held until the head is whole."""

    def __init__(self, source_aet: str) -> None:
        self._source_aet = source_aet
        self._held = bytearray()

    def take(self, data: bytes) -> tuple[FileMeta, bytes] | None:
        """Return the meta and the first bytes of the data set, None while more is needed; raise `Malformed`."""
        self._held += data
        if len(self._held) < 144:
            return None
        if self._held[128:132] != b"DICM":
            raise Malformed("dicom_unreadable")
        fields, at = self._walked()
        if at is None:
            if len(self._held) > MOST_BYTES:
                raise Malformed("dicom_unreadable")
            return None
        sop_class, sop_uid, syntax = (fields.get(one, "") for one in (_SOP_CLASS, _SOP_INSTANCE, _SYNTAX))
        meta = FileMeta(sop_class, sop_uid, syntax, self._source_aet)
        if not meta.transfer_syntax:
            raise Malformed("dicom_unreadable")
        return meta, bytes(self._held[at:])

    def _walked(self) -> tuple[dict[int, str], int | None]:
        """Return the texts of group 0002 and where it ends, None when that is not here yet."""
        fields: dict[int, str] = {}
        at = 132
        while at + 12 <= len(self._held):
            group, element, vr = struct.unpack_from("<HH2s", self._held, at)
            if group != 2:
                return fields, at
            if vr in _LONG:
                start, length = at + 12, struct.unpack_from("<I", self._held, at + 8)[0]
            else:
                start, length = at + 8, struct.unpack_from("<H", self._held, at + 6)[0]
            if length > MOST_BYTES:
                raise Malformed("dicom_unreadable")
            fields[element] = self._held[start : start + length].strip(b"\0 ").decode("latin-1")
            at = start + length
        return fields, None

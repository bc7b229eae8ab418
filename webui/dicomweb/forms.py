"""The forms in which an object can be given (PS3.18 8.7.3): as received, explicit little endian, HTJ2K.

Decided from the row and the stored metadata, before the first byte leaves. Blocking: run in the pool.

======================= ==========================================================
as received             always; the only form of what *prepare* could not decode
explicit little endian  from the stored frames; of what has no pixels, the header
HTJ2K (lossless)        8 and 16 bit pixels, one fragment a frame
======================= ==========================================================
"""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from appliance.dicom import rewriting
from appliance.domain.errors import Refused
from appliance.usecases.ports import InstanceRow, Objects
from webui.dicomweb import objects as stored
from webui.dicomweb.accept import Offer, Wanted

Json = dict[str, Any]
DICOM, OCTETS, JPHC = "application/dicom", "application/octet-stream", "image/jphc"
NATIVE, HTJ2K = "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.4.201"
_J = "1.2.840.10008.1.2.4."
MEDIA_OF_SYNTAX = {
    "1.2.840.10008.1.2.5": "image/dicom-rle",
    **dict.fromkeys((_J + n for n in ("50", "51", "57", "70")), "image/jpeg"),
    **dict.fromkeys((_J + n for n in ("80", "81")), "image/jls"),
    **dict.fromkeys((_J + n for n in ("90", "91")), "image/jp2"),
    **dict.fromkeys((_J + n for n in ("92", "93")), "image/jpx"),
    **dict.fromkeys((_J + n for n in ("110", "111", "112")), "image/jxl"),
    **dict.fromkeys((_J + n for n in ("201", "202", "203")), JPHC),
}
"""Table 8.7.3-5: what a compressed frame is called when it travels alone."""
_JPEG_COLOUR = frozenset(_J + n for n in ("50", "51"))
_UNCOMPRESSED = {
    "YBR_FULL_422": "YBR_FULL", "YBR_PARTIAL_422": "YBR_FULL", "YBR_PARTIAL_420": "YBR_FULL",
    "YBR_RCT": "RGB", "YBR_ICT": "RGB", "XYB": "RGB",
}  # fmt: skip
"""What the decoded pixels are, by what the compressed ones are called."""
_PARAMETRIC_MAP = "1.2.840.10008.5.1.4.1.1.30"
_CHUNK_BYTES = 1 << 18


def of_frames(row: InstanceRow) -> list[Offer]:
    """Return the forms of the frames of an instance, ours first."""
    ours = [Offer(OCTETS, NATIVE), Offer(JPHC, HTJ2K)] if row.frames_key else [Offer(OCTETS, NATIVE)]
    media = MEDIA_OF_SYNTAX.get(row.transfer_syntax)
    received = Offer(media or "", row.transfer_syntax)
    return [*ours, received] if media is not None and received not in ours else ours


def of_object(row: InstanceRow, said: Json | None) -> list[str]:
    """Return the transfer syntaxes in which the object can be given; `said` is its metadata, if there are any."""
    syntaxes = [row.transfer_syntax]
    if said is None:
        return syntaxes
    if row.transfer_syntax != NATIVE and _may_be_native(row, said):
        syntaxes.append(NATIVE)
    if row.transfer_syntax != HTJ2K and _may_be_htj2k(row, said):
        syntaxes.append(HTJ2K)
    return syntaxes


def form_for(forms: Sequence[Wanted], syntaxes: Sequence[str]) -> tuple[Wanted, str] | None:
    """Return the form accepted and the transfer syntax to give, or None.

    Where none is named it is explicit little endian, the default of the standard, else as received; ``*`` and
    ``*/*`` are as received.
    """
    for form in forms:
        default = not form.syntax and form.media == DICOM and NATIVE in syntaxes
        for syntax in [NATIVE] if default else syntaxes:
            if form.takes(Offer(DICOM, syntax)):
                return form, syntax
    return None


def pieces(objects: Objects, row: InstanceRow, syntax: str, said: Json | None) -> Iterator[bytes]:
    """Yield the Part-10 file in that form; its header is made before the first piece.

    Raises
    ------
    Malformed
        ``dicom_unreadable`` at the first piece, when the header cannot be written again.
    """
    if syntax == row.transfer_syntax or said is None:
        yield from _received(objects, row)
        return
    changes = _changes(objects, row, said, syntax)
    with objects.local(row.key) as path:
        head = rewriting.head(path, syntax, changes)
    if "7FE00010" not in said:
        yield head
    elif syntax == NATIVE:
        yield from _native(objects, row, head, said)
    else:
        yield head + rewriting.encapsulated_pixels()
        image = stored.described_image(objects, row, 1) if row.native_key else {}
        for number in range(1, row.frames + 1):
            yield rewriting.fragment(stored.stored_htj2k(objects, row, number, image))
        yield rewriting.end_of_fragments()


def frame_bytes(objects: Objects, row: InstanceRow, number: int, offer: Offer) -> bytes:
    """Return one frame in the form offered, its pixels laid as the metadata say.

    Raises
    ------
    Refused
        ``not_found`` when there is no such frame, ``not_acceptable`` when it has no such form.
    """
    if offer.media == OCTETS:
        return _as_said(objects, row, stored.native_frame(objects, row, number))
    if offer.syntax == row.transfer_syntax and not 1 <= number <= row.frames:
        raise Refused("not_found")
    if offer.syntax == row.transfer_syntax:
        return received_frame(objects, row, number)
    image = stored.described_image(objects, row, number) if row.native_key else {}
    return stored.stored_htj2k(objects, row, number, image)


def said_of(objects: Objects, row: InstanceRow) -> Json | None:
    """Return the metadata of an instance, None until it is prepared."""
    found = stored.metadata(objects, row.study_uid, [row.series_uid])
    return next((one for one in found if _first(one, "00080018", "") == row.sop_uid), None)


def _as_said(objects: Objects, row: InstanceRow, body: bytes) -> bytes:
    """Return stored pixels in planes or as bits where the metadata say so; greys of 8 bits and more are left alone."""
    area = row.rows * row.columns
    few = len(body) == area and body.count(0) + body.count(1) == area
    if not few and len(body) not in (3 * area, 6 * area):
        return body
    said = said_of(objects, row) or {}
    if few:
        return packed(body) if _integer(said, "00280100") == 1 else body
    if _integer(said, "00280006") != 1:
        return body
    samples = np.frombuffer(body, np.uint8).reshape(area, 3, -1)
    return samples.transpose(1, 0, 2).tobytes()


def received_frame(objects: Objects, row: InstanceRow, number: int) -> bytes:
    """Return a compressed frame as it came."""
    with objects.local(row.key) as path:
        return rewriting.encapsulated_frame(path, number, row.frames)


def _received(objects: Objects, row: InstanceRow) -> Iterator[bytes]:
    size = objects.size(row.key)
    for offset in range(0, size, _CHUNK_BYTES):
        yield objects.pread(row.key, offset, min(_CHUNK_BYTES, size - offset))


def _native(objects: Objects, row: InstanceRow, head: bytes, said: Json) -> Iterator[bytes]:
    bits, length = _integer(said, "00280100"), _native_bytes(row, said)
    frames = (stored.native_frame(objects, row, number) for number in range(1, row.frames + 1))
    yield head + rewriting.native_pixels(length + (length & 1), bits)
    if bits == 1:
        # Frames of one-bit pixels follow each other without a gap (PS3.5 8.1.1).
        yield packed(b"".join(frames))
    else:
        yield from frames
    yield b"\0" * (length & 1)


def packed(pixels: bytes) -> bytes:
    """Return one-bit pixels, a byte each, as the bits that they are in an object (PS3.5 8.1.1)."""
    return np.packbits(np.frombuffer(pixels, np.uint8), bitorder="little").tobytes()


def _native_bytes(row: InstanceRow, said: Json) -> int:
    bits, pixels = _integer(said, "00280100"), row.rows * row.columns * row.frames
    if row.native_key:
        return row.native_frame_bytes * row.frames
    return -(-pixels * _samples(said) * bits // 8)


def _may_be_native(row: InstanceRow, said: Json) -> bool:
    if "7FE00010" not in said:
        return True
    known = _integer(said, "00280100") in (1, 8, 16, 32) and row.sop_class != _PARAMETRIC_MAP
    return bool(row.frames_key) and known and _native_bytes(row, said) < rewriting.PIXEL_LIMIT_BYTES


def _may_be_htj2k(row: InstanceRow, said: Json) -> bool:
    """Colours must be what the codestream's own transform is for: anything else would need a second label."""
    grey = _samples(said) == 1
    return bool(row.frames_key) and _integer(said, "00280100") in (8, 16) and (grey or not row.native_key)


def _changes(objects: Objects, row: InstanceRow, said: Json, syntax: str) -> Json:
    """Return what the header must say of the pixels in their other form (PS3.3 C.7.6.3.1.2)."""
    if "7FE00010" not in said or _samples(said) != 3:
        return {}
    photometric = str(_first(said, "00280004", ""))
    photometric = _UNCOMPRESSED.get(photometric, photometric)
    if row.transfer_syntax in _JPEG_COLOUR and photometric == "RGB" and row.native_key and _hides_ybr(objects, row):
        photometric = "YBR_FULL"
    if syntax == HTJ2K and _is_transformed(stored.codestream(objects, row, 1)):
        photometric = "YBR_RCT"
    return {"PlanarConfiguration": 0, "PhotometricInterpretation": photometric}


def _hides_ybr(objects: Objects, row: InstanceRow) -> bool:
    """Whether a JPEG labelled RGB says by its JFIF segment that it is not."""
    start = received_frame(objects, row, 1)[:4096]
    return b"JFIF\0" in start[:64] and b"\xff\xee\x00\x0eAdobe" not in start


def _is_transformed(codestream: bytes) -> bool:
    """Whether the codestream uses the multiple component transform (ISO/IEC 15444-1 A.6.1, SGcod)."""
    at = codestream.find(b"\xff\x52")
    return at >= 0 and codestream[at + 8 : at + 9] == b"\1"


def _samples(said: Json) -> int:
    return _integer(said, "00280002") or 1


def _integer(said: Json, tag: str) -> int:
    value = _first(said, tag, 0)
    return value if isinstance(value, int) else 0


def _first(said: Json, tag: str, default: object) -> Any:
    return next(iter(said.get(tag, {}).get("Value", [])), default)

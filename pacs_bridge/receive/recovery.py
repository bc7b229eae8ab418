"""At start: files that a crash left without a row. They were never acknowledged.

Whole ones are adopted; what may have been cut goes to quarantine, for its sender will send again
and a cut copy must not stand in the way of the whole one. What was held aside to be coerced goes.
"""

import logging
from collections.abc import Iterator
from pathlib import Path

from appliance.dicom.reading import read_before_pixels
from appliance.domain.errors import Fault, Malformed
from appliance.usecases.ports import ReceivedFile
from appliance.usecases.receiving import Outcome
from pacs_bridge.ports import House
from pacs_bridge.receive import coercing, headers
from pacs_bridge.receive.digests import digested

BATCH = 500
DELIMITER = b"\xfe\xff\xdd\xe0\0\0\0\0"
_log = logging.getLogger(__name__)


def recover(house: House) -> tuple[int, int]:
    """Adopt or put aside every file without a row, ask for what was not prepared.

    Returns
    -------
    tuple
        How many files were adopted, how many put into quarantine.
    """
    for key in list(house.objects.keys(f"{coercing.FOLDER}/")):
        house.objects.delete(key)
    adopted = aside = 0
    for key in _without_row(house):
        try:
            if house.receiving.accept(_whole(house, key)) is Outcome.SAME:
                house.objects.delete(key)
            adopted += 1
        except Fault as fault:
            _log.warning("file without a row put aside: %s", fault.cause)
            aside += _put_aside(house, key)
    house.receiving.resume()
    return adopted, aside


def _without_row(house: House) -> Iterator[str]:
    batch: list[str] = []
    for key in list(house.objects.keys("received/")):
        batch.append(key)
        if len(batch) == BATCH:
            yield from _unknown(house, batch)
            batch = []
    yield from _unknown(house, batch)


def _unknown(house: House, keys: list[str]) -> list[str]:
    if not keys:
        return []
    with house.database.reading() as work:
        known = work.instances.known_keys(keys)
    return [key for key in keys if key not in known]


def _whole(house: House, key: str) -> ReceivedFile:
    """Return the file's facts; raise `Malformed` unless its pixel data is there to the end."""
    with house.objects.local(key) as path:
        return _facts(key, path)


def _facts(key: str, path: Path) -> ReceivedFile:
    meta = read_before_pixels(path, []).file_meta
    syntax = str(meta.get("TransferSyntaxUID", ""))
    found = headers.from_file(path, syntax)
    if found.pixels_at is None or not _ends(path, found.pixels_at, syntax):
        raise Malformed("cut")
    start = 144 + int(meta.get("FileMetaInformationGroupLength", 0))
    digests = digested(_pieces(path, start), found.pixels_at - start)
    return ReceivedFile(
        key=key,
        size_bytes=path.stat().st_size,
        sha256=digests.whole,
        pixels_sha256=digests.pixels,
        facts=found.facts,
        calling_aet=str(meta.get("SourceApplicationEntityTitle", "")),
    )


def _ends(path: Path, pixels_at: int, syntax: str) -> bool:
    """Whether the pixel data element lies whole in the file (PS3.5 7.1, A.4)."""
    size, order = path.stat().st_size, "big" if syntax == "1.2.840.10008.1.2.2" else "little"
    with path.open("rb") as file:
        file.seek(pixels_at + 4)
        rest = file.read(8)
        implicit = syntax == "1.2.840.10008.1.2"
        raw = rest[:4] if implicit else rest[4:8]
        length = int.from_bytes(raw, "big" if order == "big" else "little")
        if length == 0xFFFFFFFF:
            file.seek(max(0, size - (64 << 10)))
            return DELIMITER in file.read()
    return pixels_at + (8 if implicit else 12) + length <= size


def _pieces(path: Path, start: int) -> Iterator[bytes]:
    with path.open("rb") as file:
        file.seek(start)
        while piece := file.read(1 << 20):
            yield piece


def _put_aside(house: House, key: str) -> int:
    try:
        house.objects.put(f"quarantine/{key.removeprefix('received/')}", house.objects.read(key))
        house.objects.delete(key)
    except Fault as fault:
        _log.error("quarantine failed: %s", fault.cause)
        return 0
    return 1

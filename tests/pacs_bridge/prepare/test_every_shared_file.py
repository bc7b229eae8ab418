"""Every file at hand, hostile ones included, through the killable workers: shown or named."""

import csv
import hashlib
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import imagecodecs
import numpy as np
import pytest

from appliance.imaging.encode import place_of
from pacs_bridge.prepare.making import Made, Task
from pacs_bridge.prepare.pool import Pool

REASONS = {"corrupt", "too_large", "unsupported_syntax", "timeout", "memory", "no_pixels",
           "encapsulated_document", "structured_report", "presentation_state", "key_objects",
           "radiotherapy", "registration", "waveform"}
# Baseline or 12-bit DCT inside, whatever the label says: decoders may differ by their rounding.
LOSSY_JPEG = {f"1.2.840.10008.1.2.4.{n}" for n in (50, 51, 53, 55)}
MISLABELLED = {"dcmjs/sample-op.dcm"}


@dataclass(frozen=True)
class Case:
    name: str
    row: dict[str, str]
    task: Task
    made: Made

    def first_frame(self) -> bytes:
        """Return frame 1 as WADO-RS gives it in little endian."""
        if self.made.native_frame_bytes:
            return self.task.native.read_bytes()[:self.made.native_frame_bytes]
        offset, length = place_of(self.made.frame_offsets, 1) or (0, 0)
        codestream = self.task.frames.read_bytes()[offset:offset + length]
        return bytes(np.asarray(imagecodecs.htj2k_decode(codestream)).tobytes())


@pytest.fixture(scope="module")
def cases(
    shared_dicom: Path, tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[dict[str, Case]]:
    folder = tmp_path_factory.mktemp("prepared")
    with (shared_dicom / "MANIFEST.tsv").open(encoding="utf-8") as file:
        rows = [r for r in csv.DictReader(file, delimiter="\t")
                if not r["file"].startswith("series/") or r["file"].endswith("1.dcm")]
    tasks = [Task(shared_dicom / r["file"], folder / f"{i}.frames", folder / f"{i}.native",
                  "/dicom-web/studies/1/series/2/instances/3") for i, r in enumerate(rows)]
    with Pool(workers=2) as pool:
        yield {r["file"]: Case(r["file"], r, task, made)
               for r, (task, made) in zip(rows, pool.made(tasks), strict=True)}


def test_what_pydicom_decodes_is_shown_bit_for_bit(cases: dict[str, Case]) -> None:
    wrong = []
    for case in cases.values():
        wanted = case.row["frame0_raw_sha256_16"]
        if not wanted or case.row["ts_uid"] in LOSSY_JPEG or case.name in MISLABELLED:
            continue
        if case.made.reason:
            wrong.append((case.name, case.made.reason))
        elif hashlib.sha256(_as_listed(case)).hexdigest()[:16] != wanted:
            wrong.append((case.name, "differs"))
    assert wrong == [], str(wrong)


def _as_listed(case: Case) -> bytes:
    """Return the frame in the byte order that the manifest's sums were made in."""
    frame = case.first_frame()
    bits = case.row["bits_alloc/stored/signed"].split("/")[0]
    if case.row["ts_uid"] != "1.2.840.10008.1.2.2" or bits not in ("16", "32"):
        return frame
    return np.frombuffer(frame, f"u{int(bits) // 8}").byteswap().tobytes()


def test_lossy_jpeg_has_the_range_that_another_decoder_found(cases: dict[str, Case]) -> None:
    seen = 0
    for case in cases.values():
        low_high = case.row["frame0_min..max"]
        if case.row["ts_uid"] not in LOSSY_JPEG or not low_high:
            continue
        assert case.made.reason == "", case.name
        low, high = (int(v) for v in low_high.split(".."))
        wide = case.row["bits_alloc/stored/signed"].startswith("16")
        frame = np.frombuffer(case.first_frame(), np.uint16 if wide else np.uint8)
        assert abs(int(frame.min()) - low) <= 2, case.name
        assert abs(int(frame.max()) - high) <= 2, case.name
        seen += 1
    assert seen >= 15


def test_everything_else_is_named(cases: dict[str, Case]) -> None:
    for case in cases.values():
        if case.made.reason:
            assert case.made.reason in REASONS, case.name
        else:
            assert len(case.made.images) == case.made.frames >= 1
            assert case.made.thumbnail.startswith(b"\xff\xd8")
            assert case.made.metadata["7FE00010"]["BulkDataURI"]


@pytest.mark.parametrize(("name", "reason"), [
    ("attack/bomb-rows65535-tiny.dcm", "too_large"),
    ("attack/bomb-j2k-siz-2e31.dcm", "corrupt"),
    ("attack/nested-sq-2000.dcm", "corrupt"),
    ("attack/truncated-in-pixeldata.dcm", "corrupt"),
    ("attack/pdf-mime-svg.dcm", "encapsulated_document"),
    ("gsps/bone-window-annotated.dcm", "presentation_state"),
    ("ko/key-images.dcm", "key_objects"),
    ("dcmjs/sample-sr.dcm", "structured_report"),
    ("fuzz/cat07_file_meta/TC0401_invalid_ts.dcm", "unsupported_syntax"),
])
def test_hostile_and_imageless_files_have_the_right_word(
    cases: dict[str, Case], name: str, reason: str,
) -> None:
    assert cases[name].made.reason == reason


def test_more_is_shown_than_pydicom_can(cases: dict[str, Case]) -> None:
    for name in ("syntax/liver_rle.dcm", "wg04/MR3_JPLY", "wg04/RG2_JPLY.dcm",
                 "syntax/parametric_map_float.dcm"):
        assert cases[name].made.reason == "", name


def test_a_worker_that_never_ends_is_killed_and_named(tmp_path: Path) -> None:
    endless = tmp_path / "endless.dcm"
    endless.write_bytes(b"x")
    started = time.monotonic()
    from pacs_bridge.prepare.pool import Lanes

    with Pool(workers=1, lanes=Lanes(fast_s=0.001, slow_s=0.001, bytes_a_second=1 << 40)) as pool:
        task = Task(endless, tmp_path / "f", tmp_path / "n", "/x")
        (_, made), = pool.made([task])
    assert made.reason in ("timeout", "corrupt")
    assert time.monotonic() - started < 20

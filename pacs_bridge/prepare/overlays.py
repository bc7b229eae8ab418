"""Overlays as bit planes of their own, not burnt into pixels: PS3.3 C.9.2.

The viewer draws them over the image and can hide them. Bits come from (60xx,3000) *Overlay Data*, or, in old objects,
from unused bits of the pixels, which `pacs_bridge.prepare.display` masks away.
"""

import base64
from dataclasses import dataclass
from typing import Any

import numpy as np
from pydicom.dataset import Dataset, FileDataset
from pydicom.tag import BaseTag

from appliance.imaging.arrays import Array
from pacs_bridge.prepare.decode import frame_with_unused_bits
from pacs_bridge.prepare.pixels import PixelModule

_GROUPS = range(0x6000, 0x6020, 2)
_BIT_POSITION, _BITS_ALLOCATED, _DATA = 0x0102, 0x0100, 0x3000
#: More bits of one instance are no annotation; what is left out is said.
LIMIT_BYTES = 16 << 20


@dataclass(frozen=True, slots=True)
class Plane:
    """One group's declaration; ``bit`` is None when the plane has data of its own."""

    group: int
    rows: int
    columns: int
    origin: tuple[int, int]
    kind: str
    label: str
    description: str
    first_frame: int
    frames: int | None
    bit: int | None

    @property
    def bits(self) -> int:
        """How many bits a frame of the plane has."""
        return self.rows * self.columns


class Overlays:
    """The overlays of an instance, collected while its frames pass by."""

    def __init__(self, dataset: FileDataset, module: PixelModule) -> None:
        self._dataset, self._module = dataset, module
        found = (plane_of(dataset, module, group) for group in _GROUPS)
        self._planes = [plane for plane in found if plane is not None]
        self._seen: dict[int, dict[int, str]] = {plane.group: {} for plane in self._planes}
        self._left_bytes = LIMIT_BYTES
        self._read_own()

    def pass_by(self, index: int) -> None:
        """Take the bits that lie beside the pixels of frame `index` (from 0)."""
        inside = [(plane, plane.bit) for plane in self._planes if plane.bit is not None]
        words = frame_with_unused_bits(self._dataset, self._module, index) if inside else None
        if words is None:
            return
        for plane, bit in inside:
            self._take(plane, index + 1, (words >> bit) & 1)

    def named(self, index: int) -> list[dict[str, Any]]:
        """Return what there is to draw over frame `index` (from 0), without the bits."""
        return [{"group": f"{p.group:04X}", "kind": p.kind, "label": p.label} for p in self._planes
                if {0, index + 1} & self._seen[p.group].keys()]

    def described(self) -> list[dict[str, Any]]:
        """Return each plane that has a bit set anywhere.

        ``origin`` is (row, column) of its first bit in the image, from 1. ``bits`` maps frame numbers (``"0"``: every
        frame) to base64 of packed bits, least significant first, row by row without padding between rows.
        """
        return [{
            "group": f"{p.group:04X}", "kind": p.kind, "label": p.label, "description": p.description,
            "rows": p.rows, "columns": p.columns, "origin": list(p.origin),
            "bits": {str(frame): data for frame, data in self._seen[p.group].items()},
        } for p in self._planes if self._seen[p.group]]

    def _read_own(self) -> None:
        for plane in self._planes:
            if plane.bit is not None:
                continue
            bits = _unpacked(self._dataset, plane)
            for at in range(plane.frames or 1):
                frame = bits[at * plane.bits:(at + 1) * plane.bits]
                if len(frame) == plane.bits:
                    self._take(plane, plane.first_frame + at if plane.frames is not None else 0, frame)

    def _take(self, plane: Plane, frame: int, bits: Array) -> None:
        if not bits.any() or self._left_bytes < plane.bits // 8:
            return
        packed = np.packbits(bits.astype(np.uint8).ravel(), bitorder="little").tobytes()
        self._left_bytes -= len(packed)
        self._seen[plane.group][frame] = base64.b64encode(packed).decode("ascii")


def plane_of(dataset: FileDataset, module: PixelModule, group: int) -> Plane | None:
    """Return the plane that a group declares, None when it declares none that could be drawn."""
    rows, columns = (_integer(dataset, group, element, 0) for element in (0x0010, 0x0011))
    own = (group, _DATA) in dataset
    bit = _integer(dataset, group, _BIT_POSITION, 0)
    if not own:
        inside = _integer(dataset, group, _BITS_ALLOCATED, 0) == module.bits_allocated > 1
        unused = 0 <= bit < module.bits_allocated and not (
            module.high_bit - module.bits_stored < bit <= module.high_bit)
        if not inside or not unused:
            return None
        rows, columns = module.rows, module.columns
    if not 0 < rows * columns <= LIMIT_BYTES * 8:
        return None
    frames = _integer(dataset, group, 0x0015, 0)
    return Plane(
        group, rows, columns, _origin(dataset, group), _text(dataset, group, 0x0040)[:1] or "G",
        _text(dataset, group, 0x1500), _text(dataset, group, 0x0022), max(_integer(dataset, group, 0x0051, 1), 1),
        min(frames, module.frames) if frames > 0 else None, None if own else bit)


def _unpacked(dataset: FileDataset, plane: Plane) -> Array:
    element = dataset[BaseTag((plane.group << 16) | _DATA)]
    data = element.value if isinstance(element.value, bytes) else b""
    if element.VR != "OB" and dataset.original_encoding[1] is False:
        data = np.frombuffer(data[:len(data) // 2 * 2], ">u2").astype("<u2").tobytes()
    return np.unpackbits(np.frombuffer(data, np.uint8), bitorder="little")


def _value(dataset: Dataset, group: int, element: int) -> Any:
    tag = BaseTag((group << 16) | element)
    return dataset[tag].value if tag in dataset else None


def _integer(dataset: Dataset, group: int, element: int, absent: int) -> int:
    try:
        return int(_value(dataset, group, element))
    except (TypeError, ValueError):
        return absent


def _text(dataset: Dataset, group: int, element: int) -> str:
    return str(_value(dataset, group, element) or "").strip()[:64]


def _origin(dataset: Dataset, group: int) -> tuple[int, int]:
    try:
        row, column = (int(v) for v in _value(dataset, group, 0x0050))
    except (TypeError, ValueError):
        return (1, 1)
    return row, column

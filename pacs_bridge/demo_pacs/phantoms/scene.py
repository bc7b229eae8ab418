"""A scene is an ordered list of soft-edged shapes, each made of a named tissue.

Drawn once, it is rendered as many times as there are contrasts: a table gives each tissue its value (HU, SUV,
signal). Points are (x, y, z) in millimetres, in the DICOM patient frame: left, posterior, head. Arrays are (z, y, x).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pacs_bridge.demo_pacs.phantoms.noise import F32

Point = tuple[float, float, float]
Box = tuple[slice, slice, slice]


@dataclass(frozen=True)
class Grid:
    """Axis-aligned voxels.

    Parameters
    ----------
    shape
        (nz, ny, nx).
    spacing
        (dz, dy, dx) in mm.
    origin
        Centre of the first voxel, (z, y, x) in mm.
    """

    shape: tuple[int, int, int]
    spacing: tuple[float, float, float]
    origin: tuple[float, float, float]

    @classmethod
    def centred(
        cls,
        shape: tuple[int, int, int],
        spacing: tuple[float, float, float],
        z0: float,
        y: float = 0,
    ) -> Grid:
        """Grid centred on x = 0 and on y, with its lowest slice at z0."""
        _, ny, nx = shape
        return cls(shape, spacing, (z0, y - spacing[1] * (ny - 1) / 2, -spacing[2] * (nx - 1) / 2))

    @property
    def whole(self) -> Box:
        nz, ny, nx = self.shape
        return (slice(0, nz), slice(0, ny), slice(0, nx))

    def box(self, low: ArrayLike, high: ArrayLike) -> Box:
        """Voxels between two points (x, y, z)."""
        a, b = np.asarray(low)[::-1], np.asarray(high)[::-1]
        first = np.floor((a - self.origin) / self.spacing).astype(int)
        last = np.ceil((b - self.origin) / self.spacing).astype(int) + 1
        z, y, x = (
            slice(int(max(f, 0)), int(max(min(e, n), 0)))
            for f, e, n in zip(first, last, self.shape, strict=True)
        )
        return (z, y, x)

    def axes(self, box: Box | None = None) -> tuple[F32, F32, F32]:
        """Coordinates x (1,1,nx), y (1,ny,1), z (nz,1,1) in mm, ready to broadcast."""
        z, y, x = (
            (o + s * np.arange(b.start, b.stop)).astype(np.float32)
            for o, s, b in zip(self.origin, self.spacing, box or self.whole, strict=True)
        )
        return x[None, None, :], y[None, :, None], z[:, None, None]


@dataclass
class Scene:
    """Shapes painted in order on a grid, later ones over earlier ones."""

    grid: Grid
    layers: list[tuple[str, Box, NDArray[np.uint8]]] = field(default_factory=list)

    @property
    def edge(self) -> float:
        """Width of a soft edge, mm."""
        return 1.2 * self.grid.spacing[2]

    def inside(self, distance: F32) -> F32:
        """Share of each voxel inside a shape, from its signed distance in mm (negative inside)."""
        return np.asarray(np.clip(0.5 - distance / self.edge, 0, 1), np.float32)

    def paint(self, tissue: str, cover: F32, box: Box | None = None) -> None:
        """Lay a tissue down; ``cover`` in 0..1, of the shape of the box."""
        self.layers.append((tissue, box or self.grid.whole, (cover * 255 + 0.5).astype(np.uint8)))

    def ellipsoid(
        self,
        tissue: str,
        centre: Point,
        radii: Point,
        turn: float = 0,
        bumps: F32 | None = None,
        where: F32 | None = None,
    ) -> None:
        """Ellipsoid, turned by degrees about z.

        ``bumps`` (mm, whole grid) moves its surface; ``where`` (0..1, whole grid) limits it.
        """
        reach = np.asarray(radii) + 4
        if turn:
            reach[:2] = reach[:2].max()
        box = self.grid.box(np.asarray(centre) - reach, np.asarray(centre) + reach)
        if any(s.stop <= s.start for s in box):
            return
        x, y, z = (a - c for a, c in zip(self.grid.axes(box), centre, strict=True))
        c, s = np.float32(np.cos(np.radians(turn))), np.float32(np.sin(np.radians(turn)))
        u, v = x * c + y * s, y * c - x * s
        r = np.sqrt((u / radii[0]) ** 2 + (v / radii[1]) ** 2 + (z / radii[2]) ** 2)
        distance: F32 = (r - 1) * np.float32(min(radii))
        if bumps is not None:
            distance = distance + bumps[box]
        cover = self.inside(distance)
        self.paint(tissue, cover if where is None else cover * where[box], box)

    def pair(
        self, tissue: str, centre: Point, radii: Point, turn: float = 0, **limits: F32 | None
    ) -> None:
        """Two ellipsoids, mirrored left and right."""
        x, y, z = centre
        self.ellipsoid(tissue, (x, y, z), radii, turn, **limits)
        self.ellipsoid(tissue, (-x, y, z), radii, -turn, **limits)

    def tube(
        self, tissue: str, points: ArrayLike, radii: ArrayLike, where: F32 | None = None
    ) -> None:
        """Round tube through points (n, 3), radius in mm (one, or one a point)."""
        p = np.asarray(points, np.float32)
        r = np.broadcast_to(np.asarray(radii, np.float32), len(p))
        for a, b, ra, rb in zip(p[:-1], p[1:], r[:-1], r[1:], strict=True):
            reach = max(ra, rb) + self.edge
            box = self.grid.box(np.minimum(a, b) - reach, np.maximum(a, b) + reach)
            if any(s.stop <= s.start for s in box):
                continue
            x, y, z = self.grid.axes(box)
            d = b - a
            t = np.clip(
                ((x - a[0]) * d[0] + (y - a[1]) * d[1] + (z - a[2]) * d[2])
                / max(float(d @ d), 1e-6),
                0,
                1,
            )
            gap = np.sqrt(
                (x - a[0] - t * d[0]) ** 2 + (y - a[1] - t * d[1]) ** 2 + (z - a[2] - t * d[2]) ** 2
            )
            cover = self.inside(gap - (ra + t * (rb - ra)))
            if ra < self.edge / 2:
                cover *= np.float32(max(ra / (self.edge / 2), 0.15))
            self.paint(tissue, cover if where is None else cover * where[box], box)

    def render(self, values: Mapping[str, float], skip: Collection[str] = ()) -> F32:
        """Volume (nz, ny, nx) where each tissue has the value given; ``"air"`` is the ground."""
        out = np.full(self.grid.shape, values["air"], np.float32)
        for tissue, box, cover in self.layers:
            if tissue in skip:
                continue
            part = out[box]
            part += cover * np.float32(1 / 255) * (np.float32(values[tissue]) - part)
        return out


def mirrored(points: ArrayLike) -> NDArray[np.float64]:
    """The same points on the other side of the body."""
    return np.asarray(points, float) * (-1, 1, 1)

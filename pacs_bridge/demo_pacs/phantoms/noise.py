"""Random fields: smooth value noise for tissues, band-limited noise for detectors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

#: Image or volume; computed in single precision wherever it is large.
F32 = NDArray[np.floating[Any]]


def rng(*names: object) -> np.random.Generator:
    """Generator seeded by names, independent of the order of calls."""
    return np.random.default_rng([ord(c) for c in "/".join(map(str, names))])


def _spline(n: int, cell: float) -> F32:
    """Cubic B-spline interpolation matrix, shape (n, cells)."""
    t = np.arange(n) / cell + 1
    i = np.floor(t).astype(int)
    u = (t - i).astype(np.float32)
    m = np.zeros((n, int(i[-1]) + 3), np.float32)
    weights = ((1 - u) ** 3, 3 * u**3 - 6 * u**2 + 4, -3 * u**3 + 3 * u**2 + 3 * u + 1, u**3)
    for k, w in enumerate(weights):
        m[np.arange(n), i - 1 + k] = w / 6
    return m


def smooth(shape: Sequence[int], cells: Sequence[float], gen: np.random.Generator) -> F32:
    """Smooth noise of zero mean and unit deviation.

    Parameters
    ----------
    shape
        Samples on each axis (2 or 3 axes).
    cells
        Size of a bump on each axis, in samples.
    gen
        Source of randomness.

    Returns
    -------
    ndarray of float32, of the given shape
    """
    bases = [_spline(n, c) for n, c in zip(shape, cells, strict=True)]
    out = gen.standard_normal([b.shape[1] for b in bases], dtype=np.float32)
    for axis in reversed(range(len(bases))):
        out = np.moveaxis(np.tensordot(bases[axis], out, axes=(1, axis)), 0, axis)
    out = np.ascontiguousarray(out)
    out -= out.mean()
    out /= out.std()
    return out


def fractal(
    shape: Sequence[int], cell: float, octaves: int, gen: np.random.Generator, gain: float = 0.55
) -> F32:
    """Sum of octaves of smooth noise, unit deviation; ``cell`` in samples."""
    out = np.zeros(shape, np.float32)
    for k in range(octaves):
        size = max(cell / 2**k, 1.5)
        out += gain**k * smooth(shape, [size] * len(shape), gen)
    return np.asarray(out / out.std())


def band(shape: tuple[int, int], low: float, high: float, gen: np.random.Generator) -> F32:
    """Gaussian noise kept between two frequencies (cycles a pixel), unit deviation."""
    spectrum = np.fft.rfft2(gen.standard_normal(shape, dtype=np.float32))
    fy, fx = np.fft.fftfreq(shape[0])[:, None], np.fft.rfftfreq(shape[1])[None, :]
    f2 = (fx * fx + fy * fy).astype(np.float32)
    spectrum *= np.exp(-f2 / (2 * high**2)) * (1 - np.exp(-f2 / (2 * low**2)))
    out = np.fft.irfft2(spectrum, s=shape).astype(np.float32)
    return np.asarray(out / out.std())


class Grain:
    """Detector noise drawn from a few planes, shifted and flipped: cheap and without visible repetition."""

    def __init__(
        self, shape: tuple[int, int], low: float, high: float, *names: object, planes: int = 5
    ) -> None:
        self._gen = rng("grain", *names)
        self._planes = [band(shape, low, high, self._gen) for _ in range(planes)]

    def plane(self) -> F32:
        """Next plane of noise, unit deviation."""
        gen = self._gen
        plane = self._planes[int(gen.integers(len(self._planes)))]
        plane = plane[:: int(gen.choice([-1, 1])), :: int(gen.choice([-1, 1]))]
        return np.roll(
            plane, (int(gen.integers(plane.shape[0])), int(gen.integers(plane.shape[1]))), (0, 1)
        )

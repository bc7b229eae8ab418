"""What a canvas shows, held against an independent rendering."""

import base64
import io
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from pydicom import dcmread

FILM = ".film canvas"
# Drawing waits for the next picture of the screen.
READ = """film => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(
  () => done(document.querySelector(film).toDataURL('image/png')))))"""


def canvas(page: Any, film: str = FILM) -> NDArray[np.uint8]:
    """Return what the canvas shows, ``(rows, columns)`` of red."""
    url = page.evaluate(READ, film)
    image = Image.open(io.BytesIO(base64.b64decode(url.split(",", 1)[1]))).convert("RGB")
    return np.asarray(image)[..., 0]


def decoded(program: str, path: Path, folder: Path) -> NDArray[np.float64]:
    """Return a slice in the unit of its rescale, decoded by DCMTK's `program`."""
    plain = folder / path.name
    subprocess.run([program, str(path), str(plain)], check=True, capture_output=True)
    head = dcmread(plain)
    return np.asarray(head.pixel_array * float(head.RescaleSlope) + float(head.RescaleIntercept))


def greys(stored: NDArray[Any], center: float, width: float, intercept: float) -> NDArray[np.float64]:
    """Window by the letter of PS3.3 C.11.2.1.2.1."""
    value = stored.astype(float) + intercept
    return np.clip(((value - (center - 0.5)) / (width - 1) + 0.5) * 255, 0, 255)


def fitted(grey: NDArray[np.float64], shape: tuple[int, ...]) -> NDArray[np.float64]:
    """Place an image in the middle of a black canvas, as large as fits."""
    scale = min(shape[1] / grey.shape[1], shape[0] / grey.shape[0])
    size = (round(grey.shape[1] * scale), round(grey.shape[0] * scale))
    small = Image.fromarray(grey.astype(np.uint8)).resize(size, Image.Resampling.BILINEAR)
    whole = Image.new("L", (shape[1], shape[0]))
    whole.paste(small, ((shape[1] - size[0]) // 2, (shape[0] - size[1]) // 2))
    return np.asarray(whole).astype(float)


def assert_shows(page: Any, grey: NDArray[np.float64], film: str = FILM) -> None:
    """Hold the canvas against an independent rendering; only interpolated edges may differ."""
    seen = canvas(page, film)
    difference = np.abs(seen.astype(float) - fitted(grey, seen.shape))
    assert difference.mean() < 2.0
    assert (difference > 24).mean() < 0.03

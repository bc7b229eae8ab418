"""Pictures that a page sends back to be printed: looked at, decoded within limits, written anew."""

import io
import warnings

from PIL import Image, UnidentifiedImageError

from appliance.domain.errors import Malformed

MOST_PIXELS = 16_000_000
FORMATS = ("PNG", "JPEG")


def rewritten(data: bytes) -> bytes:
    """Return the picture as a PNG of its pixels alone: grey where it is grey, else RGB; nothing else of it is kept.

    Raises
    ------
    Malformed
        ``pictures``: neither PNG nor JPEG, broken, or of more than `MOST_PIXELS`.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(data), formats=FORMATS) as opened:
                if not 0 < opened.width * opened.height <= MOST_PIXELS:
                    raise Malformed("pictures")
                plain = _plain(opened.convert("RGB"))
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombWarning) as exc:
        raise Malformed("pictures") from exc
    made = io.BytesIO()
    plain.save(made, "PNG")
    return made.getvalue()


def _plain(picture: Image.Image) -> Image.Image:
    red, green, blue = picture.split()
    return red if red.tobytes() == green.tobytes() == blue.tobytes() else picture

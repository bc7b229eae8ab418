"""MSH-18 *Character Set* (HL7 table 0211), read from the bytes before anything else can be."""

from appliance.domain.errors import Malformed

CODECS = {
    "ASCII": "ascii", "8859/1": "iso8859-1", "8859/2": "iso8859-2", "8859/15": "iso8859-15",
    "UNICODE UTF-8": "utf-8", "UTF-8": "utf-8",
}  # fmt: skip
"""Those in use in France; the others are refused rather than guessed."""


def codec_of(message: bytes, default: str) -> str:
    """Return the codec of MSH-18's first repetition, or of ``default`` when it is empty; raise `Malformed` ``charset``.

    Every separator is ASCII in all of these, so the field is found without decoding the rest.
    """
    line = message.lstrip(b"\r\n").partition(b"\r")[0].partition(b"\n")[0][:4096]
    fields = line.split(line[3:4] or b"|")
    repeat = line[5:6] or b"~"
    named = fields[17].split(repeat)[0].strip().decode("ascii", "replace").upper() if len(fields) > 17 else ""
    codec = CODECS.get(named or default)
    if codec is None:
        raise Malformed("charset")
    return codec


def decoded(message: bytes, codec: str) -> str:
    """Return the text; a letter that cannot be read is never replaced: raise `Malformed` ``charset``."""
    try:
        return message.decode(codec)
    except UnicodeDecodeError as exc:
        raise Malformed("charset") from exc

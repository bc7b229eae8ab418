"""What people typed: text fields of bounded length, never files."""

from aiohttp import web


class Form:
    """The fields of a posted form."""

    def __init__(self, fields: "dict[str, list[str]]") -> None:
        self._fields = fields

    def text(self, name: str, most: int = 256) -> str:
        """Return the field without outer blanks, cut at ``most`` characters; empty if absent."""
        return next(iter(self._fields.get(name, [])), "").strip()[:most]

    def secret(self, name: str, most: int = 256) -> str:
        """Return the field as typed, cut at ``most`` characters."""
        return next(iter(self._fields.get(name, [])), "")[:most]

    def number(self, name: str) -> int:
        """Return the number of a row, 0 for whatever is none."""
        text = self.text(name, 18)
        return int(text) if text.isascii() and text.isdecimal() else 0

    def __contains__(self, name: str) -> bool:
        """Whether the form has the field: a box that is ticked."""
        return name in self._fields

    def texts(self, name: str) -> list[str]:
        """Return every value of the field."""
        return self._fields.get(name, [])


async def form_of(request: web.Request) -> Form:
    """Return the posted form; uploaded files are left out."""
    fields: dict[str, list[str]] = {}
    for name, value in (await request.post()).items():
        if isinstance(value, str):
            fields.setdefault(name, []).append(value.replace("\0", ""))
    return Form(fields)

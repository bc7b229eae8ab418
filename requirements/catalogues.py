"""Compile the gettext catalogues that are newer than their compiled form. Run at set-up, never by the product."""

import sys
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po


def compiled(source: Path) -> bool:
    """Write the ``.mo`` beside ``source``; return False when it was up to date."""
    target = source.with_suffix(".mo")
    if target.exists() and target.stat().st_mtime_ns >= source.stat().st_mtime_ns:
        return False
    with source.open("rb") as text:
        catalogue = read_po(text)
    temporary = target.with_suffix(".tmp")
    with temporary.open("wb") as binary:
        write_mo(binary, catalogue)
    temporary.replace(target)
    return True


if __name__ == "__main__":
    for package in ("appliance", "webui", "tui"):
        for catalogue_file in sorted((Path(sys.argv[1]) / package).glob("**/LC_MESSAGES/*.po")):
            compiled(catalogue_file)

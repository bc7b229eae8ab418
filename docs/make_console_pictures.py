"""Draw the console's pages of a running demo as SVG: ``make_console_pictures.py SOCKET FOLDER``."""

import asyncio
import re
import sys
from pathlib import Path

from appliance.contract.client import AdminClient
from tui.app import Console

FONTS = re.compile(r"@font-face\s*\{.*?\}", re.DOTALL)
"""Fonts that a picture would fetch from elsewhere; the reader's own are good enough."""
SHOTS = {
    "console-overview": ("overview", ()),
    "console-pacs": ("nodes", ("t",)),
    "console-studies": ("studies", ()),
    "console-picture": ("studies", ("down", "p")),
    "console-codes": ("codes", ()),
    "console-issue": ("codes", ("n",)),
    "console-journal": ("journal", ()),
}


async def draw(socket: Path, folder: Path, name: str) -> None:
    """Draw one page to ``folder``."""
    first, keys = SHOTS[name]
    app = Console(AdminClient(socket), first=first)
    async with app.run_test(size=(120, 36)) as pilot:
        for key in ("", *keys):
            if key:
                await pilot.press(key)
            await app.workers.wait_for_complete()
            await pilot.pause(0.5)
        drawn = FONTS.sub("", app.export_screenshot(title="Négatoscope"))
        (folder / f"{name}.svg").write_text(drawn, encoding="utf-8")


async def main(socket: Path, folder: Path) -> None:
    """Draw every page."""
    for name in SHOTS:
        await draw(socket, folder, name)


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), Path(sys.argv[2])))

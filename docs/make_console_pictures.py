"""``python docs/make_console_pictures.py``: start the demo, draw the pages of its console as SVG."""

import asyncio
import re
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from appliance.contract.client import AdminClient  # noqa: E402
from tests.journeys import running  # noqa: E402
from tui.app import Console  # noqa: E402

PICTURES = ROOT / "docs" / "pictures"
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


async def main(socket: Path) -> None:
    """Draw every page."""
    for name in SHOTS:
        await draw(socket, PICTURES, name)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as state, running.demo(Path(state)) as demo:
        asyncio.run(main(Path(demo.ready["admin_socket"])))

"""What the demo remembers between two starts: passwords it made up, codes it was given. One file, mode 0600."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from appliance.supervisor import write_private


class Memory:
    """The file ``demo.json`` of the state folder; a missing or broken one is an empty one."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def read(self) -> dict[str, Any]:
        """Return everything remembered."""
        try:
            found = json.loads(self.path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return found if isinstance(found, dict) else {}

    def keep(self, **facts: Any) -> None:
        """Remember these too."""
        write_private(self.path, json.dumps({**self.read(), **facts}, ensure_ascii=False, indent=1).encode())

    def pacs_port(self) -> int:
        """Return the port of the built-in PACS last time, 0 for any."""
        return int(self.read().get("pacs_port", 0))

    def accounts(self) -> dict[str, Any]:
        """Return the accounts as the ready file says them."""
        found = self.read()
        return {"physician": found.get("physician"), "secretary": found.get("secretary")}

    def codes(self) -> list[dict[str, Any]]:
        """Return the codes as the ready file says them."""
        return [{k: v for k, v in code.items() if k != "expires_at"} for code in self.read().get("codes", [])]

    def seeded(self) -> str:
        """Return for which PACS the house was seeded; empty when it was not."""
        return str(self.read().get("seeded", ""))

    def codes_ended(self) -> bool:
        """Whether a code has expired since it was issued."""
        now = datetime.now(UTC)  # noqa: TID251
        return any(datetime.fromisoformat(code["expires_at"]) <= now for code in self.read().get("codes", []))

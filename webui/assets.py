"""Addresses of the static files and of the viewer's bundle; a version in the address lets browsers keep them."""

import json
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

STATIC = Path(__file__).parent / "static"
BUNDLE_ENTRY = "src/main.ts"


@dataclass(frozen=True, slots=True)
class Bundle:
    """Addresses of what the viewer's page loads."""

    script: str
    styles: tuple[str, ...]
    preloads: tuple[str, ...] = ()


class Assets:
    """Knows the static folder. Digests are kept by modification time: a rebuilt bundle is noticed."""

    def __init__(self, root: Path = STATIC) -> None:
        self.root = root
        self._digests: dict[str, tuple[int, str]] = {}

    def address(self, name: str) -> str:
        """Return the address of ``name`` with the version of its content; without one if it is missing."""
        version = self.version(name)
        return f"/static/{name}?v={version}" if version else f"/static/{name}"

    def version(self, name: str) -> str:
        """Return ten digits of the SHA-256 digest of the file, empty if it is missing."""
        path = self.root / name
        try:
            changed = path.stat().st_mtime_ns
        except OSError:
            return ""
        known = self._digests.get(name)
        if known is None or known[0] != changed:
            known = (changed, sha256(path.read_bytes()).hexdigest()[:10])
            self._digests[name] = known
        return known[1]

    def bundle(self) -> Bundle | None:
        """Return the viewer's bundle as Vite's manifest names it; None when it has not been built."""
        try:
            manifest = json.loads((self.root / "viewer/.vite/manifest.json").read_bytes())
        except (OSError, ValueError):
            return None
        entry = manifest.get(BUNDLE_ENTRY) or next(
            (part for part in manifest.values() if part.get("isEntry")), None
        )
        if entry is None:
            return None
        return Bundle(
            f"/static/viewer/{entry['file']}",
            tuple(f"/static/viewer/{name}" for name in entry.get("css", ())),
            tuple(f"/static/viewer/{manifest[name]['file']}" for name in entry.get("imports", ())),
        )

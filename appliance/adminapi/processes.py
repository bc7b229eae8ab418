"""The services that run on this machine, as proc(5) tells: siblings of this one."""

import os
from datetime import UTC, datetime
from pathlib import Path

from appliance.contract.overview import ServiceView

SERVICES = ("web", "bridge", "courier", "admin")


def services(proc: Path = Path("/proc")) -> tuple[ServiceView, ...]:
    """Return the four services in order; one that does not run here is ``absent``."""
    found: dict[str, ServiceView] = {}
    parent = str(os.getppid())
    for folder in proc.iterdir():
        if folder.name.isdigit() and (seen := _service(folder, parent, proc)):
            found.setdefault(seen.name, seen)
    return tuple(found.get(name) or ServiceView(name=name, state="absent") for name in SERVICES)


def _service(folder: Path, parent: str, proc: Path) -> ServiceView | None:
    try:
        words = (folder / "cmdline").read_bytes().decode(errors="replace").split("\0")
        fields = (folder / "stat").read_text().rpartition(") ")[2].split()
        pages = int((folder / "statm").read_text().split()[1])
        booted = _booted(proc)
    except (OSError, ValueError, IndexError):
        return None
    if "service" not in words or fields[1] != parent:
        return None
    name = words[words.index("service") + 1] if words.index("service") + 1 < len(words) else ""
    if name not in SERVICES:
        return None
    started = booted + int(fields[19]) / os.sysconf("SC_CLK_TCK")
    return ServiceView(
        name=name,
        state="up",
        since=datetime.fromtimestamp(started, UTC),
        memory_mib=pages * os.sysconf("SC_PAGE_SIZE") // 2**20,
        pid=int(folder.name),
    )


def _booted(proc: Path) -> float:
    for line in (proc / "stat").read_text().splitlines():
        if line.startswith("btime "):
            return float(line.split()[1])
    raise ValueError("btime")

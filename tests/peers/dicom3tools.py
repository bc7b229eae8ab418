"""An independent judge of what we write: David Clunie's dciodvfy."""

import subprocess
from pathlib import Path


def errors(judge: str, path: Path) -> list[str]:
    """What the judge holds against a file."""
    said = subprocess.run([judge, str(path)], capture_output=True, check=False).stderr.decode("utf-8", "replace")
    return [line for line in said.splitlines() if line.startswith("Error")]

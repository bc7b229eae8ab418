"""What is timed, each the same way on both sides. TCP_NODELAY=1 for all: Debian's DCMTK waits 40 ms an object else."""

import os
import re
import statistics
import subprocess
import time
import urllib.request
from collections.abc import Callable, Mapping
from pathlib import Path

NODELAY = {**os.environ, "TCP_NODELAY": "1", "TCP_BUFFER_LENGTH": "1048576"}


def c_store(files: list[Path], called: str, port: int, associations: int = 1) -> float:
    """Return instances a second of storescu, on so many associations at a time."""
    command = ["/usr/bin/storescu", "-aec", called, "--max-pdu", "131072", "127.0.0.1", str(port)]
    shares = [files[number::associations] for number in range(associations)]
    start = time.perf_counter()
    senders = [
        subprocess.Popen([*command, *map(str, share)], env=NODELAY, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        for share in shares
    ]
    told = [sender.communicate(timeout=300)[1] for sender in senders]
    seconds = time.perf_counter() - start
    if any(sender.returncode for sender in senders):
        raise RuntimeError(b"".join(told)[-500:])
    return len(files) / seconds


def megabytes(pid: int) -> float:
    """Return what memory a process has for itself and its share of what it shares (PSS), in MiB."""
    text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    found = re.search(r"^Pss:\s+(\d+) kB", text, re.MULTILINE)
    return int(found.group(1)) / 1024 if found else 0.0


def requests_a_second(
    urls: list[str], headers: Mapping[str, str], connections: int, folder: Path, query: str = ""
) -> float:
    """Return what wrk reaches in three seconds over the URLs in turn; ``{n}`` of the query is another each time."""
    script = folder / "paths.lua"
    paths = ",".join(f'"{re.sub(r"^http://[^/]+", "", url)}"' for url in urls)
    head = "".join(f'wrk.headers["{name}"] = "{value}"\n' for name, value in headers.items())
    script.write_text(
        f"{head}local paths = {{{paths}}}\nlocal i = 0\n"
        f"local query = '{query}'\n"
        "request = function() i = i + 1\n"
        "  return wrk.format('GET', paths[i % #paths + 1] .. query:gsub('{n}', 100 + i)) end\n"
        "done = function(s) if s.errors.status > 0 then io.write('BAD STATUS\\n') end end\n"
    )
    command = ["wrk", "-t1", f"-c{connections}", "-d3s", "-s", str(script), urls[0]]
    out = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    found = re.search(r"Requests/sec:\s+([\d.]+)", out)
    if found is None or "BAD STATUS" in out:
        raise RuntimeError(out)
    return float(found.group(1))


def seconds_of(url: str, headers: Mapping[str, str]) -> float:
    """Return how long one answer takes, whole body read."""
    request = urllib.request.Request(url, headers=dict(headers))
    start = time.perf_counter()
    with urllib.request.urlopen(request, timeout=60) as answer:
        answer.read()
    return time.perf_counter() - start


def interleaved(runs: int, ours: Callable[[int], float], theirs: Callable[[int], float]) -> tuple[float, float]:
    """Return the medians of both sides, run in turn so that a busy moment hits both."""
    pairs = [(ours(number), theirs(number)) for number in range(runs)]
    return statistics.median(p[0] for p in pairs), statistics.median(p[1] for p in pairs)

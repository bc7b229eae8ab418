"""The site of ``systemd/`` served by a real nginx on loopback: only ports, paths and names are the test's."""

import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.peers.authority import Pair
from tests.peers.dcmtk import free_port

SYSTEMD = Path(__file__).parent.parent.parent / "systemd"
MODULE = Path("/usr/lib/nginx/modules/ngx_stream_module.so")
HOST = "imagerie.hopital.example"


@dataclass(frozen=True)
class Front:
    """Where the site listens: 443 is ``port``."""

    port: int
    portal: int
    card: int
    plain: int


def written(folder: Path, tls: tuple[Pair, Pair], sockets: tuple[Path, Path], host: str = HOST) -> Front:
    """Write ``n.conf`` into the folder: the site and the stream, with the pairs of portal and card host."""
    front = Front(free_port(), free_port(), free_port(), free_port())
    changed = {
        "/etc/negatoscope/tls/portal.pem": str(tls[0].certificate), "/etc/negatoscope/tls/portal.key": str(tls[0].key),
        "/etc/negatoscope/tls/card.pem": str(tls[1].certificate), "/etc/negatoscope/tls/card.key": str(tls[1].key),
        "/run/negatoscope/web.sock": str(sockets[0]), "/run/negatoscope/card.sock": str(sockets[1]),
        "127.0.0.1:8443": f"127.0.0.1:{front.portal}", "127.0.0.1:8444": f"127.0.0.1:{front.card}",
        "    listen [::]:80;\n": "", "        listen [::]:443;\n": "",
        "listen 80;": f"listen 127.0.0.1:{front.plain};", "listen 443;": f"listen 127.0.0.1:{front.port};",
        HOST: host, HOST.replace(".", r"\."): host.replace(".", r"\."),
    }  # fmt: skip
    texts = [(SYSTEMD / name).read_text() for name in ("nginx-site.conf", "nginx-stream.conf")]
    for old, new in changed.items():
        assert any(old in text for text in texts), old
        texts = [text.replace(old, new) for text in texts]
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    paths = " ".join(f"{kind}_temp_path {folder / kind};" for kind in kinds)
    (folder / "n.conf").write_text(
        f"load_module {MODULE};\ndaemon off; master_process off; pid n.pid; error_log error.log info;\n"
        f"events {{ worker_connections 128; }}\nhttp {{ {paths}\n{texts[0]}\n}}\n{texts[1]}\n"
    )
    return front


@contextmanager
def running(program: str, folder: Path, front: Front) -> Iterator[Front]:
    """Run nginx on ``n.conf`` of the folder."""
    process = subprocess.Popen([program, "-p", str(folder), "-c", "n.conf"], stderr=subprocess.DEVNULL)
    try:
        end = time.monotonic() + 20
        while not _listens(front.port):
            if process.poll() is not None or time.monotonic() > end:
                raise AssertionError((folder / "error.log").read_text()[-2000:])
            time.sleep(0.05)
        yield front
    finally:
        process.terminate()
        process.wait(10)


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0

"""The built-in PACS as a child: ``python -m appliance.commands.demo.pacs FOLDER AET DESTINATION@HOST:PORT``.

The socket is inherited and listens already, so that a peer may call while the files are being read.
"""

import logging
import sys
from pathlib import Path

from appliance.config import logs
from appliance.config.runtime import inherited_sockets, say_ready
from pacs_bridge.demo_pacs.service import main


def _main(folder: str, aet: str, destination: str) -> int:
    logs.set_up("demo", "warning")
    logging.getLogger("pydicom").setLevel(logging.ERROR)
    ours, _, address = destination.partition("@")
    host, _, port = address.rpartition(":")
    (bound,) = inherited_sockets()
    say_ready()
    return main(Path(folder), aet, bound, {ours: (host, int(port))})


if __name__ == "__main__":
    raise SystemExit(_main(*sys.argv[1:4]))

"""``python -m bench.receiver FOLDER PORT``: the reception alone, without making anything durable.

Only to be compared with storescp, which syncs nothing either. Ready when the port answers; ends with its input.
"""

import argparse
import os
import sys
from pathlib import Path

from appliance.config.settings import Settings
from bench.retrieving import door
from tests.houses import new_house


def main() -> None:
    """Receive until the standard input ends."""
    parser = argparse.ArgumentParser(prog="bench.receiver", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("port", type=int)
    options = parser.parse_args()
    os.fsync = os.fdatasync = lambda _: None
    with new_house(Settings(state_dir=options.folder)) as house, door(house, options.port):
        sys.stdin.read()


if __name__ == "__main__":
    main()

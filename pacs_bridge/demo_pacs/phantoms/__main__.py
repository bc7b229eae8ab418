"""``python -m pacs_bridge.demo_pacs.phantoms OUT [--small]``: write the studies of the demo."""

from __future__ import annotations

import argparse
from datetime import date
from pathlib import Path
from time import process_time

from pacs_bridge.demo_pacs.phantoms import (
    angiogram,
    breast,
    make_reports,
    make_volumes,
    radiograph,
    sonogram,
    truth,
)
from pacs_bridge.demo_pacs.phantoms.catalog import Catalog


def generate(folder: Path, today: date, small: bool) -> dict[str, float]:
    """Write a set of studies.

    Parameters
    ----------
    folder
        Made if missing; studies are its sub-folders.
    today
        Day the studies are dated back from.
    small
        Head CT and its prior, chest, ultrasound, report and PDF only.

    Returns
    -------
    dict
        Processor seconds spent on each part.
    """
    catalog = Catalog(today)
    spent: dict[str, float] = {}
    mark = process_time()

    def lap(name: str) -> None:
        nonlocal mark
        now = process_time()
        spent[name], mark = round(now - mark, 2), now

    heads = make_volumes.head_ct(catalog, folder, full=not small)
    lap("head CT")
    make_reports.head_reports(catalog, folder, heads)
    lap("head reports")
    radiograph.write(catalog, folder)
    lap("chest radiograph")
    sonogram.write(catalog, folder)
    lap("ultrasound")
    peaks = None
    if not small:
        make_volumes.brain_mr(catalog, folder)
        lap("brain MR")
        trunk, peaks = make_volumes.trunk(catalog, folder)
        lap("trunk CT and PET-CT")
        make_reports.trunk_reports(catalog, folder, trunk, peaks)
        lap("trunk reports")
        breast.write(catalog, folder)
        lap("mammography")
        angiogram.write(catalog, folder)
        lap("angiography")
    truth.write(folder, peaks)
    return spent


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(prog="phantoms", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--small", action="store_true", help="the quick set only")
    parser.add_argument(
        "--today",
        type=date.fromisoformat,
        default=date.today(),
        help="day the studies are dated back from",
    )
    options = parser.parse_args()
    for name, seconds in generate(options.folder, options.today, options.small).items():
        print(f"{seconds:7.2f} s  {name}")


if __name__ == "__main__":
    main()

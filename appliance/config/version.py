"""Which version this is."""

from importlib.metadata import PackageNotFoundError, version


def running_version() -> str:
    """Return the version of what is installed, a dash from a bare checkout."""
    try:
        return version("negatoscope")
    except PackageNotFoundError:
        return "–"

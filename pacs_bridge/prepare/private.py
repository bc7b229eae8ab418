"""Private elements by their creator, whatever VR they came with."""

from pydicom.dataset import Dataset


def private_text(dataset: Dataset, creator: str, group: int, element: int) -> str:
    """Return the first value as text, empty when there is none."""
    try:
        value = dataset.private_block(group, creator)[element].value
    except (LookupError, ValueError, TypeError, AttributeError):
        return ""
    if isinstance(value, bytes):
        value = value.decode("latin-1").split("\\")
    first = value if isinstance(value, (str, int, float)) else next(iter(value), "")
    return str(first).strip("\0 ")

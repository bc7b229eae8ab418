"""The one table from error to C-STORE status (PS3.4 table B.2-1, PS3.7 annex C)."""

from typing import NamedTuple

from appliance.domain.errors import Fault, Malformed, Refused, TryLater, Unavailable


class Status(NamedTuple):
    """A DIMSE status and its (0000,0902) *Error Comment*, which never quotes data."""

    code: int
    comment: str = ""


SUCCESS = Status(0x0000)
COERCED = Status(0xB000, "coercion of data elements")
UNRECOGNIZED_OPERATION = Status(0x0211, "unrecognized operation")
PROCESSING_FAILURE = Status(0x0110, "processing failure")
OF_KIND: dict[type[Fault], Status] = {
    Malformed: Status(0xC000, "cannot understand"),
    Refused: Status(0x0124, "not authorized"),
    TryLater: Status(0xA700, "out of resources, try later"),
    Unavailable: Status(0xA700, "out of resources"),
}
OF_CAUSE: dict[str, Status] = {
    "sop_mismatch": Status(0xA900, "data set does not match SOP class or instance"),
    "sop_class": Status(0x0122, "SOP class not of this presentation context"),
    "too_large": Status(0xA700, "out of resources, object too large"),
    "wrong_instance": Status(0x0124, "instance not asked for"),
}


def status_of(error: BaseException) -> Status:
    """Return the status that tells the sender of `error`."""
    if not isinstance(error, Fault):
        return Status(0xA700, "out of resources") if isinstance(error, MemoryError) else PROCESSING_FAILURE
    if error.cause in OF_CAUSE:
        return OF_CAUSE[error.cause]
    kinds = (OF_KIND[kind] for kind in type(error).__mro__ if kind in OF_KIND)
    return next(kinds, PROCESSING_FAILURE)

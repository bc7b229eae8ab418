"""How the service says no, and the errors a caller of the socket sees: two, and no other."""

from typing import Literal

from pydantic import Field

from appliance.contract.wire import Scalar, Told

Kind = Literal["malformed", "refused", "try_later", "unavailable"]


class FaultView(Told):
    """A `Fault` of the domain on the wire: its kind, its cause, what a sentence needs."""

    kind: Kind
    cause: str
    facts: dict[str, Scalar] = Field(default_factory=dict)


class Unavailable(Exception):
    """No answer: ``no_socket``, ``permission``, ``no_answer``, ``timeout`` or ``not_ours``."""

    def __init__(self, cause: str) -> None:
        super().__init__(cause)
        self.cause = cause


class Refused(Exception):
    """The service answered, and said no."""

    def __init__(self, fault: FaultView) -> None:
        super().__init__(fault.cause)
        self.fault = fault

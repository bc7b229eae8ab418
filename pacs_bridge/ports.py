"""What the bridge needs of the house. `appliance.bootstrap` opens one; tests pass fakes."""

from typing import Protocol

from appliance.usecases.ports import Clock, Objects, ReceivedFile, UnitOfWork


class Receiving(Protocol):
    """The use case of an arriving instance."""

    def accept(self, file: ReceivedFile) -> object:
        """Make the row of a durable file; raise a `Fault` when it must not be acknowledged."""
        ...


class House(Protocol):
    """The use cases and adapters that the bridge uses."""

    @property
    def receiving(self) -> Receiving:
        """The use case of receiving."""
        ...

    @property
    def database(self) -> UnitOfWork:
        """Transactions."""
        ...

    @property
    def objects(self) -> Objects:
        """The object store."""
        ...

    @property
    def clock(self) -> Clock:
        """The time."""
        ...

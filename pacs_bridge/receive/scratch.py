"""The reception of a doctor's trial: nothing of it is kept, neither on the disk nor in the index."""

from appliance.domain.errors import TryLater
from pacs_bridge.receive.arrivals import Trial
from pacs_bridge.receive.negotiation import Context


class Scratch:
    """A `pacs_bridge.receive.session.Reception` that only looks.

    Parameters
    ----------
    ordered
        Whether the sender says that it serves the doctor's C-MOVE. One that does not say may be a modality that
        pushes the same instance at this moment: what is not kept is not acknowledged to it.
    """

    def __init__(self, trial: Trial, context: Context, *, ordered: bool) -> None:
        self._trial, self._context, self._ordered = trial, context, ordered

    def write(self, data: memoryview) -> None:
        """Let it pass."""

    def close(self) -> bool:
        """Tell the doctor; raise `TryLater` ``trial`` when the sender must keep it."""
        self._trial.syntaxes.update(self._context.proposed)
        self._trial.received.append(self._context.transfer_syntax)
        self._trial.heard.set()
        if not self._ordered:
            raise TryLater("trial")
        return False

    def discard(self) -> None:
        """Leave nothing behind: there is nothing."""

"""The console that a widget or a screen stands in, typed."""

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, cast

from textual.dom import DOMNode
from textual.message_pump import MessagePump

if TYPE_CHECKING:
    from tui.app import Console


class Here(MessagePump):
    """Anything in the console."""

    @property
    def console(self) -> "Console":
        """Return the application."""
        return cast("Console", self.app)


def start(node: DOMNode, job: Callable[[], Awaitable[object]], group: str, *, exclusive: bool = True) -> None:
    """Run ``job`` beside the screen; it ends with ``node``, and with the next of its group when exclusive.

    The function is handed over, not its coroutine: one that never runs would be reported as forgotten.
    """
    node.run_worker(cast("Any", job), group=group, exclusive=exclusive)

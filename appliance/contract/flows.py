"""The flow matrix on the wire."""

from typing import Literal

from appliance.contract.wire import Told

TopologyWord = Literal["one-box", "dmz-lan"]


class FlowView(Told):
    """One flow. ``source`` and ``destination`` are hosts of the settings, or places (``flow.at.…``)."""

    source: str
    destination: str
    protocol: str
    transport: str
    port: int | None
    direction: Literal["in", "out", "inside"]
    service: str
    purpose: str


class MatrixView(Told):
    """Every flow; ``remarks`` are words (``flow.remark.…``)."""

    topology: TopologyWord
    flows: tuple[FlowView, ...]
    remarks: tuple[str, ...] = ()

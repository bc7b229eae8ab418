"""``negatoscope doctor flows``: the table that a firewall team asks for."""

import json
from pathlib import Path

import typer

from appliance.commands.asking import table, tried, words
from appliance.contract.flows import FlowView, MatrixView, TopologyWord
from appliance.contract.words import Words


def command(topology: TopologyWord, reason: str, config: Path | None, *, as_json: bool) -> None:
    """Print the flows of the service that runs, else of the settings alone."""
    say = words()
    found = tried(lambda client: client.flows(topology), reason, config, as_json=as_json)
    if found is None:
        found = _of_settings(topology, config)
        typer.echo(say("said.flows_settings"), err=True)
    if as_json:
        typer.echo(json.dumps(_as_json(say, found), ensure_ascii=False, indent=2))
        return
    heads = ("flow_from", "flow_to", "protocol", "port", "direction", "purpose")
    table(heads, [_row(say, one) for one in found.flows])
    for remark in found.remarks:
        typer.echo(f"\n{say(f'flow.remark.{remark}')}")


def _of_settings(topology: TopologyWord, config: Path | None) -> MatrixView:
    from appliance.adminapi.flows import view
    from appliance.config.settings import load
    from appliance.domain.flows import Topology

    return view(load(config), None, Topology(topology))


def _row(say: Words, flow: FlowView) -> list[str]:
    return [
        _place(say, flow.source),
        _place(say, flow.destination),
        f"{flow.transport} {flow.protocol}",
        str(flow.port) if flow.port else say("flow.port_of_node"),
        say(f"flow.{flow.direction}"),
        say(f"flow.for.{flow.purpose}"),
    ]


def _place(say: Words, end: str) -> str:
    return say(f"flow.at.{end}") if say.has(f"flow.at.{end}") else end


def _as_json(say: Words, found: MatrixView) -> dict[str, object]:
    flows = [{**one.model_dump(mode="json"), "text": say(f"flow.for.{one.purpose}")} for one in found.flows]
    remarks = [{"remark": one, "text": say(f"flow.remark.{one}")} for one in found.remarks]
    return {"topology": found.topology, "flows": flows, "remarks": remarks}

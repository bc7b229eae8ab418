"""The steps in their order, what each needs, and how long each may take; sixty seconds in all.

::

    tcp -> tls -> association -> echo
            |           |------> find --> get, move --> syntaxes
            |                      '----> charsets
            |                                                          .---> charsets
            '---> http --> qido_studies --> qido_instances --> wado_metadata
                                                   '---------> wado_instance --> accept
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from appliance.domain.diagnosis import Finding, StepName, Verdict
from appliance.domain.errors import Unavailable
from appliance.domain.nodes import Method
from pacs_bridge.doctor import web_asking, web_fetching
from pacs_bridge.doctor.asking import association, echo, find
from pacs_bridge.doctor.case import LEAST_S, Case, Outcome, failed
from pacs_bridge.doctor.charsets import charsets
from pacs_bridge.doctor.fetching import get, move, syntaxes
from pacs_bridge.doctor.reaching import tcp, tls


@dataclass(frozen=True, slots=True)
class Step:
    """One step, the seconds it has, and the steps without which it makes no sense."""

    name: StepName
    act: Callable[[Case], Outcome]
    seconds: float
    needs: Sequence[StepName] = ()


STEPS = (
    Step(StepName.TCP, tcp, 5),
    Step(StepName.TLS, tls, 10, [StepName.TCP]),
    Step(StepName.ASSOCIATION, association, 10, [StepName.TLS]),
    Step(StepName.ECHO, echo, 8, [StepName.ASSOCIATION]),
    Step(StepName.FIND, find, 15, [StepName.ASSOCIATION]),
    Step(StepName.GET, get, 12, [StepName.FIND]),
    Step(StepName.MOVE, move, 20, [StepName.FIND]),
    Step(StepName.SYNTAXES, syntaxes, 5, [StepName.FIND]),
    Step(StepName.CHARSETS, charsets, 5, [StepName.FIND]),
)
WEB_STEPS = (
    *STEPS[:2],
    Step(StepName.HTTP, web_asking.http, 10, [StepName.TLS]),
    Step(StepName.QIDO_STUDIES, web_asking.studies, 15, [StepName.HTTP]),
    Step(StepName.QIDO_INSTANCES, web_asking.instances, 12, [StepName.QIDO_STUDIES]),
    Step(StepName.WADO_METADATA, web_fetching.metadata, 8, [StepName.QIDO_INSTANCES]),
    Step(StepName.WADO_INSTANCE, web_fetching.instance, 15, [StepName.QIDO_INSTANCES]),
    Step(StepName.ACCEPT, web_fetching.syntaxes, 12, [StepName.WADO_INSTANCE]),
    Step(StepName.CHARSETS, charsets, 5, [StepName.QIDO_STUDIES]),
)
_BLOCKED = frozenset({"after", "no_time"})


def examine(case: Case, told: Callable[[Sequence[Finding]], bool]) -> Sequence[Finding]:
    """Return a finding a step; ``told`` hears of each as it ends, and returns False to stop."""
    findings: list[Finding] = []
    for step in WEB_STEPS if case.node.method is Method.WADO else STEPS:
        findings.append(_one(step, case, findings))
        if not told(findings):
            break
    return findings


def _one(step: Step, case: Case, before: Sequence[Finding]) -> Finding:
    broken = next((one for one in before if one.name in step.needs and _blocks(one)), None)
    if broken is not None:
        return Finding(step.name, Verdict.SKIPPED, "after", facts={"step": _root(broken)})
    started = time.monotonic()
    case.end = min(started + step.seconds, case.whole_end)
    if case.left() < LEAST_S:
        return Finding(step.name, Verdict.SKIPPED, "no_time")
    outcome = _done(step, case)
    took_ms = None if outcome.verdict is Verdict.SKIPPED else round((time.monotonic() - started) * 1000)
    return Finding(step.name, outcome.verdict, outcome.cause, took_ms, dict(outcome.facts))


def _done(step: Step, case: Case) -> Outcome:
    try:
        return step.act(case)
    except Unavailable as away:
        return failed(case, away)


def _blocks(finding: Finding) -> bool:
    return finding.verdict is Verdict.FAIL or finding.cause in _BLOCKED


def _root(finding: Finding) -> str:
    """Return the step at which it all ended."""
    return str(finding.facts.get("step", finding.name)) if finding.cause == "after" else str(finding.name)

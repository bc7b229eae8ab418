"""The doctor of a PACS on the wire, and its steps in words."""

from typing import Literal

from pydantic import Field

from appliance.contract.wire import Level, Saying, Scalar, Told
from appliance.contract.words import Words

VerdictWord = Literal["ok", "warn", "fail", "skipped"]
LEVELS: dict[VerdictWord, Level] = {"ok": "ok", "warn": "warn", "fail": "bad", "skipped": "mute"}


class StepView(Told):
    """One step. ``cause`` is a stable word, empty when all is well.

    ``vendor`` is to be sent to the other side word for word.
    """

    name: str
    verdict: VerdictWord
    cause: str = ""
    ms: int | None = None
    facts: dict[str, Scalar] = Field(default_factory=dict)
    text: Saying
    advice: Saying | None = None
    vendor: Saying | None = None

    @property
    def level(self) -> Level:
        """How the verdict is shown."""
        return LEVELS[self.verdict]


class ExaminationView(Told):
    """How far the doctor is; ``cause`` says why it ended without all of its steps (``bridge``: nobody did it)."""

    id: int
    node: str
    ended: bool
    cause: str = ""
    steps: tuple[StepView, ...] = ()

    @property
    def failed(self) -> StepView | None:
        """The first step that failed."""
        return next((step for step in self.steps if step.verdict == "fail"), None)

    @property
    def ok(self) -> bool:
        """Whether it went to its end and nothing failed."""
        return self.ended and not self.cause and self.failed is None


def result_in_words(say: Words, step: StepView) -> str:
    """Return what a step found, with the status of DICOM where there was one."""
    facts = {name: "–" if value == "" else value for name, value in step.text.facts.items()}
    if "step" in facts:
        facts["step"] = say(f"doc.step.{facts['step']}")
    text = say(step.text.id, **facts)
    status = step.facts.get("status")
    return f"{text} ({status})" if step.cause and status else text

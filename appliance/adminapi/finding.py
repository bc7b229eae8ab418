"""One finding of the doctor: a word of the catalogue, and what to do when it is not well."""

from appliance.contract.overview import CheckView
from appliance.contract.wire import Level, Saying, Scalar


def check(name: str, level: Level, word: str, /, **facts: Scalar) -> CheckView:
    """Return the text ``check.WORD``, with the remedy ``check.WORD.do`` when something is to do."""
    remedy = Saying(id=f"check.{word}.do", facts=facts) if level in ("warn", "bad") else None
    return CheckView(name=name, level=level, text=Saying(id=f"check.{word}", facts=facts), remedy=remedy)

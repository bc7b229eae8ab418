"""A card by PKCS#11 in a process of its own.

Ending a module holds the interpreter until the card has answered, and the virtual card answers from the tests' own.
"""

import time
from collections.abc import Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from pathlib import Path
from typing import Any

from cps_card import pcsc, pkcs11
from cps_card.errors import CardError
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

Question = tuple[Any, ...]


class Aside:
    """Puts questions to a card in the process of the pool."""

    def __init__(self, module: Path, pool: ProcessPoolExecutor) -> None:
        self._module, self._pool = module, pool

    def ask(self, *questions: Question) -> list[Any]:
        """Return the answers to questions put to one opened card; what one raises is an answer too."""
        return self.start(*questions).result(20)

    def start(self, *questions: Question) -> "Future[list[Any]]":
        return self._pool.submit(asked, self._module, questions)


def asked(module: Path, questions: Sequence[Question]) -> list[Any]:
    try:
        with pkcs11.opened(module) as card:
            return [answered(card, name, *given) for name, *given in questions]
    except CardError as no:
        return [no]


def answered(card: pkcs11.TokenCard, name: str, *given: Any) -> Any:
    if name == "until_out":
        return until_out()
    options = given[-1] if given and isinstance(given[-1], dict) else {}
    try:
        answer = getattr(card, name)(*(one for one in given if one is not options), **options)
    except CardError as no:
        return no
    if isinstance(answer, x509.Certificate):
        return answer.public_bytes(Encoding.DER)
    if isinstance(answer, tuple):
        return {one.label: (one.is_authority, one.certificate.public_bytes(Encoding.DER)) for one in answer}
    return answer


def until_out() -> bool:
    for _ in range(250):
        if pcsc.readers()[0].state == "empty":
            return True
        time.sleep(0.02)
    return False

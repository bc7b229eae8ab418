"""Why settings are refused, in words, French first; a wrong value itself is never repeated: it may be a secret."""

import difflib
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import BaseModel

_FRENCH = {
    "int_parsing": "un nombre entier est attendu",
    "int_type": "un nombre entier est attendu",
    "bool_parsing": "true ou false est attendu",
    "bool_type": "true ou false est attendu",
    "string_type": "un texte entre guillemets est attendu",
    "greater_than_equal": "au moins {ge}",
    "less_than_equal": "au plus {le}",
    "enum": "l'un de {expected} est attendu",
    "literal_error": "l'un de {expected} est attendu",
    "missing": "cette clé est nécessaire",
    "string_pattern_mismatch": "ce texte n'a pas la forme attendue",
    "string_too_long": "au plus {max_length} caractères",
    "string_too_short": "au moins {min_length} caractère(s)",
    "ip_any_network": "un réseau est attendu, par exemple 10.0.0.0/8",
    "model_type": "une section [entre crochets] est attendue",
    "tuple_type": "une liste est attendue",
    "date_from_datetime_parsing": "une date est attendue, AAAA-MM-JJ",
}


class SettingsRefused(Exception):
    """The settings cannot be used; ``faults`` holds one line each."""

    def __init__(self, faults: Sequence[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = tuple(faults)


def sentence(error: Mapping[str, Any], model: type[BaseModel]) -> str:
    """Return one line for an error of pydantic."""
    path = tuple(str(part) for part in error["loc"])
    if error["type"] == "extra_forbidden":
        return unknown(path, model, shown=".".join(path)) or f"{'.'.join(path)} : clé inconnue / unknown key"
    french = _FRENCH.get(error["type"], "cette valeur ne convient pas").format_map(_Facts(error.get("ctx", {})))
    return f"{'.'.join(path)} : {french} / {error['msg']}"


def unknown(path: Sequence[str], model: type[BaseModel], *, shown: str) -> str | None:
    """Return the line about the first part of ``path`` that the model does not know, or None when it knows all."""
    here: Any = model
    for depth, part in enumerate(path):
        fields = getattr(here, "model_fields", None)
        if fields is None:
            return None
        if part not in fields:
            return _line(shown, part, [".".join([*path[:depth], name]) for name in fields], path[:depth])
        here = fields[part].annotation
    return None


def _line(shown: str, part: str, known: Sequence[str], above: Sequence[str]) -> str:
    near = difflib.get_close_matches(".".join([*above, part]), known, n=1, cutoff=0.5)
    if near:
        return f"{shown} : clé inconnue, vouliez-vous dire « {near[0]} » ? / unknown key, did you mean “{near[0]}”?"
    return f"{shown} : clé inconnue / unknown key ({', '.join(known)})"


class _Facts(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return "…"

"""Names of physicians as people say them."""


def spoken(name: str) -> str:
    """Return a PN (``FAMILY^Given^Middle^Prefix^Suffix``, PS3.5 6.2.1) in the order of speech."""
    parts = [*name.split("=")[0].split("^"), "", "", "", "", ""][:5]
    family, given, middle, prefix, suffix = (" ".join(part.split()) for part in parts)
    return " ".join(part for part in (prefix, given, middle, family, suffix) if part)

"""Where Pro Santé Connect is, and what this hospital is to it. Addresses: the two environments of the ANS."""

from dataclasses import dataclass, field

DISCOVERY = "/.well-known/wallet-openid-configuration"
"""Not the standard's name: Pro Santé Connect publishes its own."""
SCOPE = "openid scope_all"


@dataclass(frozen=True, slots=True)
class Preset:
    """An environment: the issuer, and where browsers are sent."""

    issuer: str
    authorize: str


PRESETS = {
    "production": Preset(
        "https://auth.esw.esante.gouv.fr/auth/realms/esante-wallet", "https://wallet.esw.esante.gouv.fr/auth"
    ),
    "sandbox": Preset(
        "https://auth.bas.psc.esante.gouv.fr/auth/realms/esante-wallet", "https://wallet.bas.psc.esante.gouv.fr/auth"
    ),
}


@dataclass(frozen=True, slots=True)
class Provider:
    """The provider as this hospital uses it.

    ``authentication`` is ``basic``, ``post`` or ``tls`` (then ``certificate``: files of the certificate and its key).
    ``acr_asked`` goes into the question, ``acr_accepted`` are the levels that may come back. ``proxy`` is the
    hospital's, empty for none. ``authorities``: a PEM file of those believed about it, empty for the system's.
    """

    issuer: str
    authorize: str
    client_id: str
    redirect: str
    secret: str = field(default="", repr=False)
    authentication: str = "basic"
    acr_asked: str = "eidas1"
    acr_accepted: frozenset[str] = frozenset({"eidas1", "eidas2", "eidas3"})
    proxy: str = ""
    certificate: tuple[str, str] | None = None
    authorities: str = ""

"""The provider that the settings name."""

import ssl

from appliance.config.sections import Psc
from appliance.config.settings import Settings
from appliance.domain.errors import Unavailable
from appliance.oidc.provider import PRESETS, Preset, Provider


def provider_of(settings: Settings) -> Provider | None:
    """Return Pro Santé Connect as the settings have it, None when off; raise `Unavailable` ``psc_certificate``."""
    psc = settings.psc
    if not psc.environment:
        return None
    place = PRESETS.get(psc.environment) or Preset(psc.issuer, psc.authorize)
    return Provider(
        issuer=place.issuer,
        authorize=place.authorize,
        client_id=psc.client_id,
        redirect=psc.redirect_url,
        secret=psc.client_secret.get_secret_value(),
        authentication=psc.authentication,
        acr_asked=psc.acr_asked,
        acr_accepted=frozenset(psc.acr_accepted),
        proxy=settings.outbound_proxy,
        certificate=_certificate(psc) if psc.authentication == "tls" else None,
    )


def _certificate(psc: Psc) -> ssl.SSLContext:
    """Return the TLS side of ``tls_client_auth`` (RFC 8705): the system's authorities, our certificate."""
    context = ssl.create_default_context()
    try:
        context.load_cert_chain(str(psc.certificate), str(psc.key))
    except (OSError, ssl.SSLError) as exc:
        raise Unavailable("psc_certificate") from exc
    return context

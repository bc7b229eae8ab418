"""The provider that the settings name."""

from appliance.config.settings import Settings
from appliance.oidc.provider import PRESETS, Preset, Provider


def provider_of(settings: Settings) -> Provider | None:
    """Return Pro Santé Connect as the settings have it, None when off."""
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
        certificate=(str(psc.certificate), str(psc.key)) if psc.authentication == "tls" else None,
        authorities=str(psc.provider_ca or ""),
    )

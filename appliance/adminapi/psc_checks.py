"""The doctor's look at Pro Santé Connect: settings and files from here, the line by a job of the courier."""

from datetime import timedelta
from urllib.parse import urlsplit

from appliance.adminapi.door import Desk
from appliance.adminapi.finding import check
from appliance.config import tls
from appliance.contract.overview import CheckView
from appliance.contract.wire import Scalar
from appliance.domain.errors import Unavailable
from appliance.domain.jobs import JobKind
from appliance.domain.psc_line import PscLine
from appliance.oidc.provider import Provider
from appliance.oidc.setup import provider_of

WAIT_S = 15.0
ENDS_SOON = timedelta(days=30)
RETURN = "/login/psc/return"


def psc(desk: Desk) -> list[CheckView]:
    """Return what is known of this way in, and what keeps physicians out of it."""
    provider = provider_of(desk.settings)
    if provider is None:
        return [check("psc", "info", "psc.off")]
    files = _files(desk)
    usable = all(one.level != "bad" for one in files)
    return [_environment(desk), *_redirect(provider), *files, *([_line(desk, provider)] if usable else [])]


def _environment(desk: Desk) -> CheckView:
    """The e-CPS is the State's: the hospital homologates nothing, as long as it is not the one of tests."""
    name = desk.settings.psc.environment
    if name == "production":
        return check("psc", "ok", "psc.production")
    return check("psc", "warn", "psc.tests", name=name)


def _redirect(provider: Provider) -> list[CheckView]:
    if provider.redirect.startswith("https://") and urlsplit(provider.redirect).path == RETURN:
        return []
    return [check("psc", "bad", "psc.redirect", url=provider.redirect, path=RETURN)]


def _files(desk: Desk) -> list[CheckView]:
    settings = desk.settings.psc
    wrong = tls.certificate_faults("provider_ca", settings.provider_ca) if settings.provider_ca is not None else []
    if settings.authentication != "tls" or settings.certificate is None or settings.key is None:
        return [*_wrong(wrong), check("psc", "info", "psc.secret", name=settings.authentication)]
    wrong += tls.pair_faults(settings.certificate, settings.key, ("certificate", "key"))
    return _wrong(wrong) or [_dated(desk)]


def _wrong(faults: list[tls.TlsFault]) -> list[CheckView]:
    return [
        check("psc", "bad", f"tls.{one.word}", key=f"psc.{one.key}", file=one.file, why=one.why) for one in faults
    ]


def _dated(desk: Desk) -> CheckView:
    path, now = desk.settings.psc.certificate, desk.house.clock.now()
    until = tls.valid_until(path) if path is not None else now
    if until <= now:
        return check("psc", "bad", "psc.cert_ended", until=until.isoformat())
    word, soon = ("psc.cert_ends", True) if until - now < ENDS_SOON else ("psc.cert_ready", False)
    return check("psc", "warn" if soon else "ok", word, until=until.isoformat())


def _line(desk: Desk, provider: Provider) -> CheckView:
    try:
        seen = PscLine(**desk.house.queue.ask(JobKind.PSC, "psc", {}, wait_s=WAIT_S))
    except Unavailable as away:
        return check("psc", "bad", "psc.unasked", cause=away.cause)
    facts: dict[str, Scalar] = {
        "host": urlsplit(provider.issuer).hostname or "", "wanted": provider.issuer, "issuer": seen.issuer,
        "status": seen.status, "cause": seen.reason, "names": ", ".join(seen.unsafe), "s": abs(seen.ahead_s or 0),
        "proxy": provider.proxy,
    }  # fmt: skip
    if fault := seen.fault(provider.issuer):
        return check("psc", "bad", f"psc.{fault}", **facts)
    return check("psc", "ok", "psc.answers" if seen.ahead_s is not None else "psc.answers_undated", **facts)

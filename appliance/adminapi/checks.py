"""The doctor: what can be checked from inside, honestly; what was not tried is not said to be well."""

from datetime import datetime, timedelta

from aiohttp import web

from appliance.adminapi.door import Desk, told, work
from appliance.adminapi.finding import check
from appliance.adminapi.overview import FULL, NEARLY_FULL, room, standing
from appliance.adminapi.psc_checks import psc
from appliance.config import tls
from appliance.contract.overview import CheckView
from appliance.contract.wire import Slice
from appliance.domain.errors import Refused, Unavailable
from appliance.domain.journal import Actor
from appliance.domain.methods import HOMOLOGATED, Method
from appliance.trust.cards import Standing

ENDS_SOON = timedelta(days=30)
"""Time to ask the hospital's authority for another certificate."""
routes = web.RouteTableDef()


@routes.get("/v1/doctor", allow_head=False)
async def doctor(request: web.Request) -> web.Response:
    """Every check, the bad ones with what to do."""

    def verb(desk: Desk, _: Actor) -> Slice[CheckView]:
        several = (
            *_services(desk), *_nodes(desk), *_tls(desk), *_cards(desk), *psc(desk), *_feed(desk), *_identities(desk),
        )  # fmt: skip
        found = (*several, _chain(desk), _disk(desk), _objects(desk), _mail(desk), *_methods(desk))
        return Slice[CheckView](items=found, total=len(found))

    return told(await work(request, verb))


def _services(desk: Desk) -> list[CheckView]:
    return [
        check("service", "ok", "service.up", name=one.name)
        if one.state == "up"
        else check("service", "bad", "service.absent", name=one.name)
        for one in standing(desk)
    ]


def _nodes(desk: Desk) -> list[CheckView]:
    nodes = desk.house.nodes.listed()
    if not nodes:
        return [check("pacs", "warn", "pacs.none")]
    return [_node(desk, node.name) for node in nodes]


def _node(desk: Desk, name: str) -> CheckView:
    try:
        said = desk.house.nodes.echo(name)
    except Unavailable as away:
        return check("pacs", "bad", "pacs.unasked", name=name, cause=away.cause)
    if said.get("ok"):
        return check("pacs", "ok", "pacs.answers", name=name)
    return check("pacs", "bad", "pacs.silent", name=name, cause=str(said.get("cause") or ""))


def _tls(desk: Desk) -> list[CheckView]:
    dicom = desk.settings.dicom
    wrong = tls.faults(dicom)
    if wrong:
        return [
            check("tls", "bad", f"tls.{one.word}", key=f"dicom.{one.key}", file=one.file, why=one.why) for one in wrong
        ]
    if dicom.tls_certificate is None:
        return []
    until, now = tls.valid_until(dicom.tls_certificate), desk.house.clock.now()
    if until <= now:
        return [check("tls", "bad", "tls.ended", until=until.isoformat())]
    if until - now < ENDS_SOON:
        return [check("tls", "warn", "tls.ends", until=until.isoformat())]
    return [check("tls", "ok", "tls.ready", until=until.isoformat())]


def _cards(desk: Desk) -> list[CheckView]:
    card, now = desk.settings.card, desk.house.clock.now()
    if not card.public_url:
        return [check("card", "info", "card.off")]
    try:
        known = desk.house.card_trust.standing(now)
    except Refused:
        return [check("card", "bad", "card.unreadable", folder=str(desk.settings.authorities_dir))]
    if not known:
        return [check("card", "bad", "card.nobody", folder=str(desk.settings.authorities_dir))]
    asked = [check("card", "info", "card.ocsp", mode=card.ocsp)] if card.ocsp != "off" else []
    return [*(_list(one, now) for one in known), *asked]


def _list(one: Standing, now: datetime) -> CheckView:
    until = one.until.isoformat() if one.until else ""
    if one.cause:
        return check("card", "bad", f"list.{one.cause}", name=one.authority, until=until)
    if one.half_over(now):
        return check("card", "warn", "list.half", name=one.authority, until=until)
    return check("card", "ok", "list.fresh", name=one.authority, until=until)


def _feed(desk: Desk) -> list[CheckView]:
    there = desk.settings.dicom.bridge == "elsewhere"
    if not there and not desk.settings.hl7.enabled:
        return [check("hl7", "info", "hl7.off")]
    rejected, last = desk.house.feed.standing()
    if there and last is None:
        return []  # whether it takes messages is in its own settings
    heard = (
        check("hl7", "ok", "hl7.heard", at=last.isoformat())
        if last is not None
        else check("hl7", "warn", "hl7.silent", port=desk.settings.hl7.port)
    )
    return [heard, check("hl7", "warn", "hl7.rejected", n=rejected)] if rejected else [heard]


def _identities(desk: Desk) -> list[CheckView]:
    waiting = desk.house.identity.count()
    found = [check("identity", "warn", "identity.waiting", n=waiting)] if waiting else []
    reports = desk.house.attaching.count()
    return [*found, check("reports", "warn", "reports.waiting", n=reports)] if reports else found


def _chain(desk: Desk) -> CheckView:
    verdict = desk.house.segments.verify()
    if verdict.broken_at is None:
        return check("journal", "ok", "journal.whole", n=verdict.records)
    return check("journal", "bad", "journal.broken", number=verdict.broken_at)


def _disk(desk: Desk) -> CheckView:
    disk = room(desk)
    if not disk.total_bytes:
        return check("storage", "info", "storage.bucket", place=disk.place)
    share = disk.used_bytes / max(1, disk.total_bytes)
    if share <= NEARLY_FULL:
        return check("storage", "ok", "storage.room", percent=round(share * 100))
    return check("storage", "bad" if share > FULL else "warn", "storage.full", percent=round(share * 100))


def _objects(desk: Desk) -> CheckView:
    try:
        desk.house.objects.put("doctor/trial", b"trial")
        same = desk.house.objects.read("doctor/trial") == b"trial"
        desk.house.objects.delete("doctor/trial")
    except Unavailable:
        same = False
    if same:
        return check("objects", "ok", "objects.write")
    if desk.settings.objects.kind == "folder":
        return check("objects", "bad", "objects.refused")
    return check("objects", "bad", "objects.bucket", place=desk.settings.objects_place)


def _mail(desk: Desk) -> CheckView:
    if desk.settings.mail.host:
        return check("mail", "info", "mail.set", host=desk.settings.mail.host)
    return check("mail", "warn", "mail.none")


def _methods(desk: Desk) -> list[CheckView]:
    """Return what the hospital's homologation says of each way of entering that needs one."""
    policy = desk.house.sign_in.policy.methods
    missing = policy.unreferenced()
    found = []
    for means in HOMOLOGATED:
        method = policy.named.get(means, Method())
        if not method.enabled:
            found.append(check("method", "info", "method.off", name=means.value))
        elif means in missing:
            found.append(check("method", "warn", "method.not_homologated", name=means.value))
        else:
            since = method.since.isoformat() if method.since else ""
            facts = {"name": means.value, "reference": method.reference, "since": since}
            found.append(check("method", "ok", "method.homologated", **facts))
    return found

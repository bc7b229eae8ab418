"""The statement itself, in the order of PS3.2: every table comes from the code that does the work."""

from collections.abc import Iterator, Sequence

from pydicom.uid import UID

from appliance.config.tls import CIPHERS
from appliance.contract.setup import SetupView
from appliance.contract.words import Words
from appliance.dicom import key_selections, measurement_reports
from appliance.paper.documents import Block, Document, Heading, Paragraph, Table
from pacs_bridge import conformance as bridge
from pacs_bridge.conformance import Named
from webui.dicomweb.capabilities import media_of, template
from webui.dicomweb.described import ROOT
from webui.dicomweb.query import MOST_RESULTS
from webui.dicomweb.routes import routes

MADE = ((measurement_reports.SOP_CLASS, "TID 1500"), (key_selections.SOP_CLASS, "TID 2010"))
"""Documents that we make ourselves, with their template."""
SERVICES = {**dict.fromkeys(("studies", "series", "instances"), "QIDO-RS"), "wado": "WADO-URI"}
"""By the last word of a path; every other resource is of WADO-RS."""


def statement(setup: SetupView, say: Words) -> Document:
    """Return the statement of a set-up."""
    parts = (
        _overview, _entity, _storage, _query, _retrieval, _sending, _web, _security, _configuration, _characters,
    )  # fmt: skip
    title = say("conf.title", hospital=setup.hospital)
    blocks: list[Block] = [Heading(1, title), Paragraph(say("conf.intro", version=setup.version))]
    for part in parts:
        blocks += part(setup, say)
    return Document(title, say.language, blocks)


def web_resources() -> Sequence[tuple[str, str]]:
    """Return service and path of every resource of DICOMweb, those that are read first."""
    under = [(route.method, template(route.path)) for route in routes() if route.path.startswith(ROOT + "/")]
    read = [(SERVICES.get(path.rsplit("/", 1)[-1], "WADO-RS"), path) for method, path in under if method == "GET"]
    return read + [("STOW-RS", path) for method, path in under if method == "POST"]


def _overview(_setup: SetupView, say: Words) -> Iterator[Block]:
    yes, no = say("conf.yes"), say("conf.no")
    yield Heading(2, say("conf.overview"))
    yield Paragraph(say("conf.overview.text"))
    rows = [
        ("Verification", yes, yes),
        ("Storage", yes, yes),
        ("Study Root Query/Retrieve – FIND", yes, no),
        ("Study Root Query/Retrieve – MOVE", yes, no),
        ("Study Root Query/Retrieve – GET", yes, no),
        ("Storage Commitment Push Model", yes, no),
        ("MPPS, Modality Worklist, Print", no, no),
    ]
    yield Table((say("conf.service"), "SCU", "SCP"), rows, (70, 15, 15))
    yield Paragraph(say("conf.overview.web"))


def _entity(setup: SetupView, say: Words) -> Iterator[Block]:
    acceptor, requestor = bridge.PDU_BYTES
    uid, version = bridge.IMPLEMENTATION
    yield Heading(2, say("conf.entity"))
    yield Paragraph(say("conf.entity.text"))
    rows = [
        (say("conf.aets"), ", ".join(setup.aets)),
        ("Application Context Name", "1.2.840.10008.3.1.1.1"),
        ("Implementation Class UID", uid),
        ("Implementation Version Name", version),
        (say("conf.pdu"), f"{acceptor} / {requestor}"),
        (say("conf.associations"), f"{setup.max_associations} / {setup.max_per_peer}"),
        (say("conf.async"), say("conf.no")),
        (say("conf.waits"), say("conf.waits.text", **_waits())),
    ]
    yield Table((say("conf.parameter"), say("conf.value")), rows, (40, 60))


def _waits() -> dict[str, int]:
    asked, taken = bridge.WAITS, bridge.LIMITS
    return {
        "connect": round(asked.connect_s),
        "associate": round(asked.associate_s),
        "response": round(asked.response_s),
        "idle": round(taken.idle_s),
    }


def _storage(setup: SetupView, say: Words) -> Iterator[Block]:
    yield Heading(2, say("conf.storage"))
    yield Paragraph(say("conf.storage.policy.configured" if setup.configured_only else "conf.storage.policy.loopback"))
    yield Paragraph(say("conf.storage.strict" if setup.strict else "conf.storage.lenient"))
    yield Paragraph(say("conf.storage.rule"))
    yield Heading(3, say("conf.storage.classes"))
    yield _named(say, bridge.accepted_classes())
    yield Heading(3, say("conf.syntaxes"))
    yield _named(say, bridge.accepted_syntaxes())
    yield Heading(3, say("conf.statuses"))
    rows = [(f"0x{one.code:04X}", one.comment or "success") for one in bridge.store_statuses()]
    yield Table((say("conf.status"), say("conf.meaning")), rows, (20, 80))
    yield Paragraph(say("conf.storage.kept", gib=bridge.LIMITS.object_bytes >> 30))


def _query(setup: SetupView, say: Words) -> Iterator[Block]:
    yield Heading(2, say("conf.query"))
    yield Paragraph(say("conf.query.text", most=bridge.FIND_MOST, seconds=round(bridge.FIND_WHOLE_S)))
    yield _contexts(say)
    rows = [(level, ", ".join(keys)) for level, keys in bridge.KEYS.items()]
    yield Table((say("conf.level"), say("conf.keys")), rows, (15, 85))
    yield Paragraph(say("conf.query.matched", keys=", ".join(bridge.MATCHED)))
    if setup.charsets:
        yield Paragraph(say("conf.query.charsets", charsets=", ".join(setup.charsets)))


def _contexts(say: Words) -> Table:
    syntaxes = ", ".join(f"{one.name} ({one.uid})" for one in bridge.request_syntaxes())
    rows = [(one.name, one.uid, syntaxes, "SCU") for one in bridge.requested_services()]
    return Table((say("conf.class"), "UID", say("conf.syntaxes"), say("conf.role")), rows, (30, 24, 38, 8))


def _retrieval(_setup: SetupView, say: Words) -> Iterator[Block]:
    yield Heading(2, say("conf.retrieval"))
    yield Paragraph(say("conf.retrieval.move", uids=bridge.UIDS))
    yield Paragraph(say("conf.retrieval.get", most=bridge.CONTEXTS))
    yield Heading(3, say("conf.retrieval.classes"))
    yield _named(say, bridge.retrieved_classes())
    yield Heading(3, say("conf.syntaxes"))
    yield _named(say, bridge.retrieved_syntaxes())


def _sending(_setup: SetupView, say: Words) -> Iterator[Block]:
    yield Heading(2, say("conf.sending"))
    yield Paragraph(say("conf.sending.text", most=bridge.STORE_CONTEXTS))
    waits = {"hear": round(bridge.HEAR_S), "hours": bridge.REPORT_HOURS}
    yield Paragraph(say("conf.sending.commit", objects=bridge.COMMITTED, **waits))
    yield Paragraph(say("conf.sending.find"))
    syntaxes = ", ".join(f"{one.name} ({one.uid})" for one in bridge.commitment_syntaxes())
    commitment = bridge.commitment_service()
    rows = [(commitment.name, commitment.uid, syntaxes, "SCU")]
    yield Table((say("conf.class"), "UID", say("conf.syntaxes"), say("conf.role")), rows, (30, 24, 38, 8))
    yield Heading(3, say("conf.sending.made"))
    yield Paragraph(say("conf.sending.made.text"))
    made = [(UID(uid).name, uid, template) for uid, template in MADE]
    yield Table((say("conf.class"), "UID", "PS3.16"), made, (50, 35, 15))
    yield Heading(3, say("conf.sending.statuses"))
    statuses = [(f"0x{one.code:04X}", one.comment or "success") for one in bridge.report_statuses()]
    yield Table((say("conf.status"), say("conf.meaning")), statuses, (20, 80))


def _web(setup: SetupView, say: Words) -> Iterator[Block]:
    yield Heading(2, "7. DICOMweb")
    yield Paragraph(say("conf.web.text", most=MOST_RESULTS, url=setup.public_url or "–"))
    yield Paragraph(say(f"conf.web.downloads.{setup.downloads}"))
    rows = [
        (service, path, "application/dicom" if service == "STOW-RS" else ", ".join(media_of(path)))
        for service, path in web_resources()
    ]
    yield Table((say("conf.service"), say("conf.resource"), say("conf.media")), rows, (12, 54, 34))


def _security(setup: SetupView, say: Words) -> Iterator[Block]:
    yield Heading(2, say("conf.security"))
    if setup.tls_port is None:
        yield Paragraph(say("conf.security.plain"))
    else:
        wanted = say("conf.yes" if setup.client_certificates else "conf.no")
        yield Paragraph(say("conf.security.tls", port=setup.tls_port, wanted=wanted))
    yield Paragraph(say("conf.security.client", ciphers=CIPHERS))


def _configuration(setup: SetupView, say: Words) -> Iterator[Block]:
    yield Heading(2, say("conf.configuration"))
    rows = [
        (say("conf.aets"), ", ".join(setup.aets), "dicom.aet, dicom.aliases, pacs --our-aet"),
        (say("conf.port"), str(setup.dicom_port), "dicom.port"),
        (say("conf.tls_port"), str(setup.tls_port or "–"), "dicom.tls_port"),
        (say("conf.callers"), "configured" if setup.configured_only else "any_loopback", "dicom.known_callers"),
        (say("conf.policy"), "strict" if setup.strict else "lenient", "dicom.node_policy"),
        (say("conf.nodes"), say("conf.nodes.text"), "negatoscope pacs add"),
    ]
    yield Table((say("conf.parameter"), say("conf.value"), say("conf.where")), rows, (36, 36, 28))


def _characters(_setup: SetupView, say: Words) -> Iterator[Block]:
    yield Heading(2, say("conf.characters"))
    yield Paragraph(say("conf.characters.text"))
    yield Paragraph(", ".join(bridge.character_sets()))


def _named(say: Words, found: Sequence[Named]) -> Table:
    return Table((say("conf.name"), "UID"), [(one.name, one.uid) for one in found], (62, 38))

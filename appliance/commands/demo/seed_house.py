"""Run as a child once the services answer: the secretary, the PACS node and the codes, through the admin socket.

``python -m appliance.commands.demo.seed_house CONFIG MEMORY AET HOST PORT synthetic|real``
"""

import asyncio
import sys
import time
from pathlib import Path
from typing import Any

from appliance.commands.demo.memory import Memory
from appliance.config.settings import load
from appliance.contract.client import AdminClient
from appliance.contract.codes import CodeView, IssueAsked
from appliance.contract.faults import Refused, Unavailable
from appliance.contract.nodes import NodeAsked
from appliance.contract.people import StaffAsked

LOGIN = "accueil"
PATIENTS = ("F-100201", "F-100204", "F-100205")
"""Of the small set of made-up exams: head CT with its prior, chest, ultrasound."""
NODES = {True: "demo", False: "pacs"}
PATIENCE_S = 40.0


async def seed(client: AdminClient, memory: Memory, node: NodeAsked, *, synthetic: bool) -> None:
    """Make what is missing; the built-in PACS and a real one each have a name of their own."""
    secretary = memory.read().get("secretary") or await _secretary(client)
    memory.keep(secretary=secretary)
    await _node(client, node)
    codes = [_told(await _issued(client, patient)) for patient in PATIENTS] if synthetic else []
    kind = "synthetic" if synthetic else "real"
    memory.keep(codes=codes, seeded=f"{node.aet}@{node.host}:{node.port} {kind}")
    if node.name == NODES[True]:
        memory.keep(pacs_port=node.port)


async def _secretary(client: AdminClient) -> dict[str, str]:
    """Return the secretary's secrets; new ones when the file that held them is lost."""
    if any(member.login == LOGIN for member in (await client.staff()).items):
        secrets = await client.reset_staff(LOGIN, seeded=True)
    else:
        secrets = await client.add_staff(StaffAsked(login=LOGIN, name="Accueil Imagerie", role="desk", seeded=True))
    return {"login": secrets.login, "password": secrets.password, "totp_secret": secrets.totp_secret}


async def _node(client: AdminClient, wanted: NodeAsked) -> None:
    for known in (await client.nodes()).items:
        if known.name == wanted.name:
            if (known.aet, known.host, known.port) != (wanted.aet, wanted.host, wanted.port):
                await client.edit_node(known.name, wanted)
            return
        if known.name in NODES.values():
            await client.remove_node(known.name)
    await client.add_node(wanted)


async def _issued(client: AdminClient, patient: str) -> CodeView:
    """Issue as soon as the PACS answers: it reads its files while the services start."""
    question = IssueAsked(patient_id=patient, comment="Démonstration")
    end = time.monotonic() + PATIENCE_S
    while True:
        try:
            return await client.issue(question)
        except (Refused, Unavailable):
            if time.monotonic() >= end:
                raise
            await asyncio.sleep(0.3)


def _told(code: CodeView) -> dict[str, Any]:
    year, month, day = (code.patient.birth_date or "--").split("-")
    return {
        "code": code.code,
        "birth_date": f"{day}/{month}/{year}",
        "given_name": code.patient.given_names[0] if code.patient.given_names else "",
        "study_uids": [study.uid for study in code.studies],
        "expires_at": code.expires_at.isoformat(),
    }


async def _main(config: str, memory: str, aet: str, host: str, port: str, kind: str) -> None:
    synthetic, built_in = kind == "synthetic", aet == "DEMOPACS"
    settings = load(Path(config))
    node = NodeAsked(
        name=NODES[built_in],
        aet=aet,
        host=host,
        port=int(port),
        method="move" if built_in else "get",
        our_aet=settings.dicom.aet,
        charset="ISO_IR 192",
        facility=settings.brand.name,
        allowed_senders=(aet,),
    )
    async with AdminClient(settings.admin_socket, reason="demo", language=settings.languages.default) as client:
        await seed(client, Memory(Path(memory)), node, synthetic=synthetic)


if __name__ == "__main__":
    asyncio.run(_main(*sys.argv[1:7]))

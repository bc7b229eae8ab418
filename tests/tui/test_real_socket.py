"""The console on the real socket of a real house: ask a node, issue, see a picture, revoke."""

import json
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from appliance.bootstrap import House
from appliance.contract.client import AdminClient
from appliance.domain.identifiers import series_uid, sop_uid, study_uid
from appliance.imaging.encode import encoded, offset_table
from appliance.usecases.ports import InstanceFacts, Page, PreparedInstance, ReceivedFile
from tests.appliance.adminapi.conftest import a_study, house, served, settings  # noqa: F401 - fixtures
from tests.tui.test_console import settled, text
from tui.app import Console

STUDY, SERIES, SOP = study_uid("1.2.3.1"), series_uid("1.2.3.1.1"), sop_uid("1.2.3.1.1.1")


@pytest.fixture
def prepared(house: House) -> House:  # noqa: F811
    """A CT image received and prepared: noise, one dark sample, a bright square."""
    pixels = np.random.default_rng(1).integers(0, 80, (64, 64)).astype(np.int16)
    pixels[0, 0] = -1024
    pixels[16:32, 16:32] = 3000
    frame = encoded(pixels)
    facts = InstanceFacts(SOP, "1.2.840.10008.5.1.4.1.1.2", "1.2.840.10008.1.2.1", SERIES, STUDY,
                          a_study(STUDY).traits, "CT", 1, 2, "Crâne 1 mm")  # fmt: skip
    with house.database.writing() as work:
        file = ReceivedFile("received/x", 10, b"\0" * 32, b"\1" * 32, facts, "PACS")
        work.instances.add(file, house.clock.now())
        made = PreparedInstance(SOP, work.instances.by_uid(SOP).version, 1, 64, 64, "prepared/x.frames",
                                offset_table([len(frame)]))  # fmt: skip
        work.instances.prepared(made)
    house.objects.put("prepared/x.frames", frame)
    image = {"sop_uid": SOP, "frame": 1, "slope": 1.0, "intercept": 0.0, "unit": "HU",
             "windows": [{"center": 40, "width": 80, "name": "CRANE"}]}  # fmt: skip
    house.objects.put(f"prepared/{STUDY}/{SERIES}/series.json", json.dumps({"images": [image]}).encode())
    return house


async def test_the_picture_holds_the_stored_values(prepared: House, served: Path) -> None:  # noqa: F811
    async with AdminClient(served) as client:
        body, facts = await client.picture(STUDY, SERIES, 1)
    samples = np.asarray(Image.open(BytesIO(body)), dtype=np.float64) * facts.slope + facts.intercept
    assert samples[20, 20] == 3000
    assert samples[0, 0] == -1024
    assert (facts.unit, facts.total, facts.windows[0].center) == ("HU", 1, 40.0)
    looks = prepared.journal.listed(Page(), "", "access")[0]
    assert [record.event.verb for record in looks] == ["exam.picture"]


async def test_from_a_new_node_to_a_revoked_code(prepared: House, served: Path) -> None:  # noqa: F811
    app = Console(AdminClient(served))
    async with app.run_test(size=(120, 36)) as pilot:

        async def typed(*keys: str) -> str:
            for key in keys:
                await pilot.press(key)
                await settled(pilot)
            return text(app)

        await settled(pilot)
        assert "le service web ne tourne pas" in text(app)
        fields = (*"radio", "tab", "tab", *"PACS", "tab", *"127.0.0.1", "tab", "ctrl+s")
        assert "radio enregistré" in await typed("2", "n", *fields)
        assert "LEFÈVRE Anne-Charlotte" in await typed("3", "slash", *"1.2.3.1", "enter")
        seen = await typed("p")
        assert "LEFÈVRE Anne-Charlotte" in seen
        assert "image 1/1" in seen
        assert seen.count("▀") > 20
        await typed("escape", "2", "x", *"radio", "enter")
        seen = await typed("4", "n", *"F-100201", "enter")
        assert "14/03/1961" in seen
        assert "Code émis" in await typed("ctrl+s")
        seen = await typed("escape")
        assert "Valide" in seen
        share = (await app.link.codes()).items[0].share_id[:8]
        assert "Révoqué" in await typed("x", *[_key(c) for c in share], "enter")
        assert "code révoqué" in await typed("7")
        assert "Chaîne entière" in await typed("v")


def _key(char: str) -> str:
    return {"-": "minus", "_": "underscore"}.get(char, char)

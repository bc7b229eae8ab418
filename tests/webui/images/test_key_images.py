"""Key images of the hospital in the JSON that the viewer starts from."""

import json

from tests.webui.images.conftest import SERIES, STUDY, sop


async def test_selections_among_the_objects_are_told_with_the_exam(client, scene):
    key = f"prepared/{STUDY}/{STUDY}.{SERIES[-1]}00/series.json"
    before = scene.house.objects.read(key)
    chosen = {"sop_uid": "1.2", "title": "Of Interest", "description": "<i>", "images": [[sop(1), 1], [sop(2), None]]}
    scene.house.objects.put(key, json.dumps(json.loads(before) | {"selections": [chosen]}).encode())
    try:
        answer = await client.get(f"/viewer-api/studies?study={STUDY}")
        told = (await answer.json())["studies"][0]["key_images"]
    finally:
        scene.house.objects.put(key, before)
    assert told == [
        {"sop_uid": uid, "frame": frame, "title": "Of Interest", "description": "<i>", "made_by": "hospital"}
        for uid, frame in ((sop(1), 1), (sop(2), None))
    ]

"""The OpenAPI document is that of the routes, whole and consistent in itself."""

import re
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from webui.dicomweb.capabilities import template
from webui.dicomweb.openapi import PATH
from webui.dicomweb.routes import routes


def told_and_routed() -> tuple[set[tuple[str, str]], web.Application]:
    app, found = web.Application(), set()
    app.add_routes(routes())
    for route in app.router.routes():
        path = route.resource.canonical if route.resource is not None else ""
        if route.method in ("GET", "POST") and path != PATH:
            found.add((route.method.lower(), template(path)))
    return found, app


async def document() -> tuple[dict[str, Any], set[tuple[str, str]]]:
    routed, app = told_and_routed()
    async with TestClient(TestServer(app)) as client:
        answer = await client.get(PATH)
        assert answer.status == 200
        return await answer.json(), routed


async def test_every_route_is_told_and_nothing_else() -> None:
    told, routed = await document()
    assert told["openapi"].startswith("3.1")
    methods = {(method, path) for path, item in told["paths"].items() for method in item if method != "parameters"}
    assert methods == routed


async def test_the_document_is_consistent() -> None:
    told, _ = await document()
    ids = []
    for path, item in told["paths"].items():
        assert {one["name"] for one in item.get("parameters", [])} == set(re.findall(r"\{(\w+)\}", path))
        for operation in (item[method] for method in item if method != "parameters"):
            ids.append(operation["operationId"])
            assert all(answer["description"] for answer in operation["responses"].values())
            names = [one["name"] for one in operation.get("parameters", [])]
            assert len(names) == len(set(names))
    assert len(ids) == len(set(ids))
    for reference in re.findall(r"'\$ref': '#/components/schemas/(\w+)'", str(told)):
        assert reference in told["components"]["schemas"]
    for scheme in {name for one in told["security"] for name in one}:
        assert scheme in told["components"]["securitySchemes"]

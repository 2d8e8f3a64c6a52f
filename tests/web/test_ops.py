import pytest

from proxy.core import jsons
from proxy.web.ops import About, Readiness
from tests.support.rawclient import RawClient, request
from tests.support.webapp import application
from tests.support.webserver import serving


async def asked(path, readiness=None):
    app = application(readiness=readiness)
    async with serving(app) as (address, _), await RawClient.connect(address) as client:
        return await client.ask(request("GET", path, host="localhost:9"))


@pytest.mark.parametrize("path", ["/livez", "/livez/", "/readyz"])
async def test_a_server_that_can_serve_is_alive_and_ready(path):
    response = await asked(path)

    assert (response.status, response.json()) == (200, {"status": "ok"})


async def test_a_server_without_a_target_is_not_ready_and_says_why():
    response = await asked("/readyz", Readiness(lambda: False))

    assert response.status == 503
    assert response.json()["reasons"] == ["no target is configured"]


async def test_a_draining_server_is_alive_but_not_ready():
    readiness = Readiness(lambda: True)
    readiness.drain()
    ready, live = await asked("/readyz", readiness), await asked("/livez", readiness)

    assert (ready.status, ready.json()["reasons"]) == (503, ["shutting down"])
    assert live.status == 200


async def test_the_hint_says_what_this_is_and_gives_a_line_to_try():
    hint = (await asked("/")).json()

    assert (hint["name"], hint["version"]) == ("firstbyte", "1.2.3")
    assert hint["base_url"] == "http://localhost:9/v1"
    assert "POST /v1/chat/completions" in hint["serves"]
    assert "GET /v1/models/{id}" in hint["serves"]
    assert hint["try"].startswith("curl -N http://localhost:9/v1/chat/completions ")


async def test_the_ops_listener_says_what_this_is_and_what_it_serves():
    said = []

    async def send(message):
        said.append(message)

    await About("1.2.3", ["GET /livez"])({}, None, send)

    assert jsons.decode_object(said[1]["body"]) == {
        "name": "firstbyte",
        "version": "1.2.3",
        "serves": ["GET /livez"],
    }

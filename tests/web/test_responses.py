from contextlib import asynccontextmanager

import pytest

from proxy.config.schema import Auth, StaticKey
from proxy.core import jsons
from proxy.core.secret import Secret
from proxy.gate.admit import Gate
from proxy.store.memory import MemoryStore
from proxy.surfaces.responses import Responses
from proxy.web.conversations import Conversations
from tests.support.rawclient import RawClient, post, request
from tests.support.webapp import application
from tests.support.webserver import serving

ANSWER = {"id": "resp_1", "object": "response", "status": "completed", "output": []}
GATE = Gate(
    Auth(
        required=True,
        keys=(
            StaticKey(Secret("fb-blue"), team="blue"),
            StaticKey(Secret("fb-red"), team="red"),
        ),
    )
)
BLUE = "authorization: Bearer fb-blue"
RED = "authorization: Bearer fb-red"
PLACE = "/v1/responses/resp_1"


@asynccontextmanager
async def kept():
    """A connection to a proxy where team blue has one response."""
    conversations = Conversations(MemoryStore(), 10_000)
    asked = Responses().parse(b'{"model":"chat","input":"Hello"}')
    await conversations.keep("team:blue", asked, jsons.encode(ANSWER))
    app = application(gate=GATE, conversations=conversations)
    async with serving(app) as (address, _), await RawClient.connect(address) as client:
        yield client


async def test_a_kept_response_is_read_as_it_was_answered():
    async with kept() as client:
        response = await client.ask(request("GET", PLACE, BLUE))

    assert (response.status, response.json()) == (200, ANSWER)
    assert response.header("content-type") == "application/json"


@pytest.mark.parametrize("path", [f"{PLACE}/", "/responses/resp_1", "/v1/v1/responses/resp_1"])
async def test_it_is_found_however_the_path_is_written(path):
    async with kept() as client:
        assert (await client.ask(request("GET", path, BLUE))).json() == ANSWER


async def test_what_it_was_asked_with_is_listed():
    async with kept() as client:
        response = await client.ask(request("GET", f"{PLACE}/input_items?order=asc&limit=1", BLUE))
    (item,) = response.json()["data"]

    assert (item["role"], item["content"]) == ("user", [{"type": "input_text", "text": "Hello"}])
    assert response.json()["has_more"] is False


async def test_a_page_that_there_cannot_be_is_a_400():
    async with kept() as client:
        response = await client.ask(request("GET", f"{PLACE}/input_items?limit=0", BLUE))

    assert (response.status, response.error["param"]) == (400, "limit")


async def test_a_deleted_response_is_gone():
    async with kept() as client:
        deleted = await client.ask(request("DELETE", PLACE, BLUE))
        after = await client.ask(request("GET", PLACE, BLUE))

    assert deleted.json() == {"id": "resp_1", "object": "response", "deleted": True}
    assert (after.status, after.error["code"]) == (404, "response_not_found")


async def test_what_is_over_cannot_be_cancelled():
    async with kept() as client:
        response = await client.ask(post(f"{PLACE}/cancel", b"", BLUE))

    assert (response.status, response.error["type"]) == (400, "invalid_request_error")
    assert "synchronous" in response.error["message"]


async def test_a_conversation_is_not_compacted_and_no_response_is_looked_for():
    async with kept() as client:
        response = await client.ask(post("/v1/responses/compact", b"{}", BLUE))
        nowhere = await client.ask(request("GET", "/v1/nowhere", BLUE))

    assert (response.status, response.error["code"]) == (404, "unknown_url")
    assert "compacted" in response.error["message"]
    assert "compact" not in nowhere.error["message"]


@pytest.mark.parametrize(("stream", "status"), [("true", 400), ("false", 200), ("1", 400)])
async def test_it_is_not_streamed_again(stream, status):
    async with kept() as client:
        response = await client.ask(request("GET", f"{PLACE}?stream={stream}", BLUE))

    assert response.status == status


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", PLACE),
        ("DELETE", PLACE),
        ("GET", f"{PLACE}/input_items"),
        ("POST", f"{PLACE}/cancel"),
    ],
)
async def test_another_team_finds_nothing_and_nobody_anything_without_a_key(method, path):
    async with kept() as client:
        kind = ("content-type: application/json",)
        theirs = await client.ask(request(method, path, RED, *kind))
        nobodys = await client.ask(request(method, path, *kind))
        still = await client.ask(request("GET", PLACE, BLUE))

    assert (theirs.status, theirs.error["code"]) == (404, "response_not_found")
    assert nobodys.status == 401
    assert still.status == 200

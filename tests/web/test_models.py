import pytest

from proxy.config.schema import Auth, StaticKey
from proxy.core.secret import Secret
from proxy.gate.admit import Gate
from proxy.web.models import ModelCard
from tests.support.rawclient import RawClient, request
from tests.support.webapp import application
from tests.support.webserver import serving

CARDS = (
    ModelCard("chat", "firstbyte", "the usual"),
    ModelCard("openai/gpt-5", "openai"),
    ModelCard("local/org/model:7b", "local"),
)
KEYED = Gate(Auth(required=True, keys=(StaticKey(Secret("fb-key"), allowed_models=("chat",)),)))


async def asked(path, *headers, gate=None):
    app = application(cards=CARDS, gate=gate)
    async with serving(app) as (address, _), await RawClient.connect(address) as client:
        return await client.ask(request("GET", path, *headers))


async def test_the_list_has_every_model_in_order_in_the_openai_shape():
    response = await asked("/v1/models?limit=1000")

    assert response.status == 200
    assert response.json()["object"] == "list"
    assert [model["id"] for model in response.json()["data"]] == [card.id for card in CARDS]
    assert response.json()["data"][0] == {
        "id": "chat",
        "object": "model",
        "created": 1700000000,
        "owned_by": "firstbyte",
        "description": "the usual",
    }
    assert "description" not in response.json()["data"][1]


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("/v1/models/chat", "chat"),
        ("/v1/models/chat/", "chat"),
        ("/models/openai/gpt-5", "openai/gpt-5"),
        ("/v1/models/openai%2Fgpt-5", "openai/gpt-5"),
        ("/v1/v1/models/local/org/model:7b", "local/org/model:7b"),
    ],
)
async def test_one_model_is_found_by_its_name_slashes_and_all(path, found):
    response = await asked(path)

    assert (response.status, response.json()["id"]) == (200, found)


async def test_an_unknown_model_is_openais_404():
    response = await asked("/v1/models/nothing")

    assert response.status == 404
    assert response.error["code"] == "model_not_found"
    assert "'nothing'" in response.error["message"]


async def test_a_key_sees_only_what_it_may_use_and_the_rest_is_not_there():
    header = "authorization: Bearer fb-key"
    listed = await asked("/v1/models", header, gate=KEYED)
    hidden = await asked("/v1/models/openai/gpt-5", header, gate=KEYED)
    absent = await asked("/v1/models/openai/gpt-9", header, gate=KEYED)

    assert [model["id"] for model in listed.json()["data"]] == ["chat"]
    assert hidden.status == 404
    assert hidden.error["message"].replace("gpt-5", "gpt-9") == absent.error["message"]


VERSION = "anthropic-version: 2023-06-01"


async def ids(query):
    listed = (await asked(f"/v1/models{query}", VERSION)).json()
    return [model["id"] for model in listed["data"]], listed["has_more"]


async def test_anthropics_clients_get_anthropics_list():
    response = await asked("/v1/models?limit=1000", VERSION)

    assert response.json() == {
        "data": [
            {
                "type": "model",
                "id": "chat",
                "display_name": "the usual",
                "created_at": "2023-11-14T22:13:20Z",
            },
            {
                "type": "model",
                "id": "openai/gpt-5",
                "display_name": "openai/gpt-5",
                "created_at": "2023-11-14T22:13:20Z",
            },
            {
                "type": "model",
                "id": "local/org/model:7b",
                "display_name": "local/org/model:7b",
                "created_at": "2023-11-14T22:13:20Z",
            },
        ],
        "has_more": False,
        "first_id": "chat",
        "last_id": "local/org/model:7b",
    }


@pytest.mark.parametrize(
    ("query", "expected", "more"),
    [
        ("", ["chat", "openai/gpt-5", "local/org/model:7b"], False),
        ("?limit=2", ["chat", "openai/gpt-5"], True),
        ("?limit=1&after_id=chat", ["openai/gpt-5"], True),
        ("?after_id=openai%2Fgpt-5", ["local/org/model:7b"], False),
        ("?after_id=local/org/model:7b", [], False),
        ("?limit=1&before_id=local/org/model:7b", ["openai/gpt-5"], True),
        ("?before_id=openai/gpt-5", ["chat"], False),
        ("?before_id=chat", [], False),
    ],
)
async def test_the_list_is_read_in_pages_in_both_directions(query, expected, more):
    assert await ids(query) == (expected, more)


async def test_an_empty_page_has_no_first_and_no_last():
    listed = (await asked("/v1/models?before_id=chat", VERSION)).json()

    assert (listed["first_id"], listed["last_id"]) == (None, None)


@pytest.mark.parametrize(
    ("query", "word"),
    [
        ("?limit=0", "limit"),
        ("?limit=1001", "limit"),
        ("?limit=-1", "limit"),
        ("?limit=99999", "limit"),
        ("?limit=%C2%B2", "limit"),
        ("?after_id=nothing", "after_id"),
        ("?before_id=chat&after_id=chat", "before_id"),
    ],
)
async def test_a_page_that_cannot_be_is_anthropics_400(query, word):
    response = await asked(f"/v1/models{query}", VERSION)

    assert response.status == 400
    assert response.json()["type"] == "error"
    assert response.error["type"] == "invalid_request_error"
    assert word in response.error["message"]


async def test_one_model_in_anthropics_shape_and_an_unknown_one():
    found = await asked("/v1/models/openai/gpt-5", VERSION)
    absent = await asked("/v1/models/nothing", VERSION)

    assert (found.json()["type"], found.json()["id"]) == ("model", "openai/gpt-5")
    assert (absent.status, absent.error["type"]) == (404, "not_found_error")


async def test_a_key_sees_only_what_it_may_use_in_anthropics_list_too():
    listed = await asked("/v1/models", VERSION, "x-api-key: fb-key", gate=KEYED)

    assert [model["id"] for model in listed.json()["data"]] == ["chat"]

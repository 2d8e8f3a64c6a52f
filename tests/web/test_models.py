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

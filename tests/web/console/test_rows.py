"""The page is for everybody; whatever it shows or does asks for the admin key."""

from proxy.config.schema import Auth, Config, Server
from proxy.core.secret import Secret
from proxy.gate.admit import Gate
from proxy.watch.recent import Recent
from proxy.web.admin import AdminKey
from proxy.web.answer import answer_json
from proxy.web.authentication import Authentication
from proxy.web.console.rooms import Listener, Rooms
from proxy.web.console.rows import rows
from proxy.web.feed import Feed
from proxy.web.models import ModelCard, Models
from proxy.web.routes import Credential, Keepers, build
from tests.support.rawclient import RawClient, post, request
from tests.support.webapp import Cards
from tests.support.webserver import serving

KEY = "fb-admin-0123456789"
RIGHT = f"authorization: Bearer {KEY}"


async def chat(scope, _receive, send):
    await answer_json(send, 200, {"headers": [name.decode() for name, _ in scope["headers"]]})


def table():
    memory = Recent()
    models = Models(Cards([ModelCard("mock/echo", "mock")]), 1)
    rooms = Rooms(
        memory=memory,
        feed=Feed(memory),
        config=Config,
        listener=lambda: Listener("127.0.0.1", 8080, tls=False),
        chat=chat,
        models=Authentication(models, Gate(Auth())),
        version="1.2.3",
    )
    return rows(rooms)


async def asked(data, key=KEY):
    keepers = Keepers(Gate(Auth(required=True)), AdminKey(lambda: Secret(key), on_loopback=True))
    app = build(table(), keepers, Server(), "here")
    async with serving(app) as (address, _), await RawClient.connect(address) as client:
        return await client.ask(data)


def test_only_the_page_itself_is_for_everybody():
    open_to_all = {row.path for row in table() if row.credential is Credential.NONE}
    behind_the_key = {row.path for row in table() if row.credential is Credential.ADMIN}

    assert open_to_all == {"/console", "/console/{name}"}
    assert behind_the_key == {row.path for row in table()} - open_to_all
    assert {row.method for row in table() if row.credential is Credential.NONE} == {"GET"}


async def test_every_other_route_refuses_who_has_no_admin_key():
    for row in table():
        if row.credential is Credential.ADMIN:
            data = post(row.path) if row.method == "POST" else request(row.method, row.path)

            assert (await asked(data)).status == 401, row.line


async def test_models_can_be_called_with_the_admin_key_which_goes_no_further():
    answered = await asked(post("/console/v1/chat/completions", b"{}", RIGHT))
    models = await asked(request("GET", "/console/v1/models", RIGHT))

    assert answered.status == 200
    assert "authorization" not in answered.json()["headers"]
    assert [each["id"] for each in models.json()["data"]] == ["mock/echo"]


async def test_no_foreign_page_can_call_a_model():
    foreign = await asked(
        post("/console/v1/chat/completions", b"{}", "origin: https://evil.example"), key=""
    )

    assert foreign.status == 403

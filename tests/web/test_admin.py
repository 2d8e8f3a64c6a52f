import pytest

from proxy.config.renewal import Reloaded
from proxy.config.schema import Auth, Server
from proxy.core.secret import Secret
from proxy.gate.admit import Gate
from proxy.watch.scrape import Scrape
from proxy.web.admin import AdminKey, RestCard, TargetCard
from proxy.web.operations import ops_rows
from proxy.web.ops import Readiness
from proxy.web.routes import Credential, Keepers, build, spellings
from tests.support.rawclient import RawClient, post, request
from tests.support.webserver import on_each_loop, serving

CARD = TargetCard("p/m", "half_open", 2, "overloaded")
KEY = Secret("fb-admin-0123456789")
RIGHT = f"authorization: Bearer {KEY.reveal()}"


class House:
    workers = 3

    def __init__(self, reloaded=None, cards=(CARD,)):
        self.cards = cards
        self.reloaded = reloaded or Reloaded("firstbyte.yaml", warnings=("mind the gap",))
        self.asked = 0

    def targets(self):
        return self.cards

    async def reload(self):
        self.asked += 1
        return self.reloaded


def table(house):
    readiness = Readiness(lambda: True)
    return ops_rows(app=house, numbers=Scrape(), readiness=readiness, version="1.2.3")


def application(house=None, *, key=KEY, host="127.0.0.1"):
    keepers = Keepers(
        Gate(Auth(required=True)), AdminKey(lambda: key, on_loopback=host != "0.0.0.0")
    )
    return build(table(house or House()), keepers, Server(host=host), "here")


async def asked(data, **more):
    app = application(**more)
    async with serving(app) as (address, _), await RawClient.connect(address) as client:
        return await client.ask(data)


def call(row, path, *headers):
    return (post if row.method == "POST" else request)(
        *((path, b"{}", *headers) if row.method == "POST" else (row.method, path, *headers))
    )


@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0"])
@pytest.mark.parametrize("row", table(House()), ids=lambda row: row.line)
@on_each_loop
async def test_each_route_asks_for_the_admin_key_where_its_row_says_under_every_spelling(row, host):
    wrong = (
        (),
        ("authorization: Bearer fb-wrong",),
        (f"authorization: Basic {KEY.reveal()}",),
        (f"x-api-key: {KEY.reveal()}",),
        (RIGHT, RIGHT),
        (RIGHT, "authorization: Bearer fb-wrong"),
        ("authorization: Bearer \xff\xfe",),
    )
    async with serving(application(host=host)) as (address, _):
        for path in spellings(row.path):
            for headers in (*wrong, (RIGHT,)):
                async with await RawClient.connect(address) as client:
                    response = await client.ask(call(row, path, *headers))
                refused = row.credential is Credential.ADMIN and headers != (RIGHT,)

                assert response.status == (401 if refused else 200), (path, headers)


def test_every_admin_route_asks_for_the_admin_key_and_nothing_else_is_asked_of_probes():
    demanded = {row.path: row.credential for row in table(House())}

    assert demanded == {
        "/livez": Credential.NONE,
        "/metrics": Credential.NONE,
        "/readyz": Credential.NONE,
        "/": Credential.NONE,
        "/admin/targets": Credential.ADMIN,
        "/admin/reload": Credential.ADMIN,
    }


@pytest.mark.parametrize(("host", "status"), [("127.0.0.1", 200), ("0.0.0.0", 403)])
@pytest.mark.parametrize("headers", [(), ("authorization: Bearer ",), ("authorization: Bearer x",)])
async def test_without_a_key_the_admin_api_is_open_on_loopback_and_shut_elsewhere(
    host, status, headers
):
    for data in (request("GET", "/admin/targets", *headers), post("/admin/reload", b"", *headers)):
        response = await asked(data, key=Secret(""), host=host)

        assert response.status == status
        if status == 403:
            assert "auth.admin_key" in response.error["message"]


async def test_a_web_page_cannot_reach_it():
    for data in (
        request("GET", "/admin/targets", host="evil.example"),
        post("/admin/reload", b"{}", "origin: https://evil.example"),
    ):
        assert (await asked(data, key=Secret(""))).status == 403
    assert (await asked(request("POST", "/admin/reload", body=b""))).status == 415


async def test_targets_are_told_with_circuit_calls_and_last_failure():
    response = await asked(request("GET", "/admin/targets", RIGHT))

    assert response.json() == {
        "object": "list",
        "data": [
            {
                "target": "p/m",
                "circuit": "half_open",
                "in_flight": 2,
                "last_failure": "overloaded",
                "resting": None,
            }
        ],
        "workers": 3,
    }


async def test_what_of_a_target_rests_is_told_with_its_time_and_why():
    house = House(cards=[TargetCard("p/m", "closed", 0, None, RestCard("key", 287.44, "auth"))])
    response = await asked(request("GET", "/admin/targets", RIGHT), house=house)

    (told,) = response.json()["data"]
    assert told["resting"] == {"part": "key", "seconds": 287.4, "kind": "auth"}


async def test_a_reload_tells_where_from_and_what_to_mind():
    house = House()
    response = await asked(post("/admin/reload", b"", RIGHT), house=house)

    assert (response.status, house.asked) == (200, 1)
    assert response.json() == {
        "status": "reloaded",
        "source": "firstbyte.yaml",
        "warnings": ["mind the gap"],
    }


async def test_a_reload_that_cannot_be_is_a_422_with_every_problem():
    house = House(Reloaded(problems=("f:1:1: a: wrong", "f:2:1: b: wrong too")))
    response = await asked(post("/admin/reload", b"", RIGHT), house=house)

    assert (response.status, response.error["code"]) == (422, "invalid_configuration")
    assert response.json()["problems"] == ["f:1:1: a: wrong", "f:2:1: b: wrong too"]
    assert "b: wrong too" in response.error["message"]
    assert response.error["request_id"] == response.header("x-request-id")


async def test_a_refused_operator_causes_nothing():
    house = House()
    await asked(post("/admin/reload", b""), house=house)

    assert house.asked == 0

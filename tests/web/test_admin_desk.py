import pytest

from proxy.core import jsons
from proxy.web.routes import Credential
from tests.support.rawclient import RawClient, request
from tests.support.tenants import ADMIN, Office, ops_application, ops_table
from tests.support.webserver import on_each_loop, serving

RIGHT = f"authorization: Bearer {ADMIN}"
JSON = "content-type: application/json"


async def asked(app, method, path, body=None, *headers):
    data = request(method, path, *headers, JSON, body=b"" if body is None else jsons.encode(body))
    async with serving(app) as (address, _), await RawClient.connect(address) as client:
        return await client.ask(data, method=method)


@pytest.mark.parametrize("place", Office().desk.places, ids=lambda p: f"{p.method} {p.path}")
@on_each_loop
async def test_each_place_asks_for_the_admin_key(place):
    app = ops_application(Office().desk.places)
    path = place.path.replace("{id}", "acme")
    for headers in ((), ("authorization: Bearer fb-wrong",), (f"x-api-key: {ADMIN}",)):
        response = await asked(app, place.method, path, {}, *headers)

        assert response.status == 401, headers
    admitted = await asked(app, place.method, path, {}, RIGHT)

    assert admitted.status in (200, 400, 404)


def test_every_place_of_the_desk_is_a_row_for_operators():
    places = Office().desk.places
    rows = {(row.method, row.path): row.credential for row in ops_table(places)}

    assert {(place.method, place.path) for place in places} <= set(rows)
    assert all(
        credential is Credential.ADMIN
        for (_, path), credential in rows.items()
        if path.startswith("/admin")
    )


async def test_a_team_lives_its_life_over_http():
    app = ops_application(Office().desk.places)
    made = await asked(app, "POST", "/admin/teams", {"id": "acme"}, RIGHT)
    key = await asked(app, "POST", "/admin/keys/", {"team_id": "acme"}, RIGHT)
    given = await asked(app, "POST", "/admin/teams/acme/credits", {"amount": 3}, RIGHT)
    changed = await asked(app, "PATCH", "/admin/teams/acme", {"jobs_only": True}, RIGHT)
    listed = await asked(app, "GET", "/admin/keys?team_id=acme&limit=1", None, RIGHT)
    gone = await asked(app, "DELETE", "/admin/teams/acme", None, RIGHT)
    after = await asked(app, "GET", "/admin/teams/acme", None, RIGHT)

    answers = [made, key, given, changed, listed, gone]
    assert [answer.status for answer in answers] == [200] * 6
    assert changed.json()["credits"]["remaining"] == 3
    assert listed.json()["data"][0]["id"] == key.json()["id"]
    assert key.json()["key"].encode() not in b"".join(a.body for a in (listed, changed, gone))
    assert all(answer.header("cache-control") == "no-store" for answer in answers)
    assert (after.status, after.error["code"]) == (404, "team_not_found")


@pytest.mark.parametrize(
    ("body", "status", "param"),
    [
        (b'{"id": "a b"}', 400, "id"),
        (b'{"idd": "ab"}', 400, "idd"),
        (b"[]", 400, None),
        (b"{", 400, None),
        (b"", 400, None),
        (b'{"name": "' + b"x" * 300_000 + b'"}', 413, None),
    ],
)
async def test_a_wrong_body_is_refused_by_field(body, status, param):
    app = ops_application(Office().desk.places)
    data = request("POST", "/admin/teams", RIGHT, JSON, body=body)
    async with serving(app) as (address, _), await RawClient.connect(address) as client:
        response = await client.ask(data)

    assert (response.status, response.error["param"]) == (status, param)
    assert response.error["request_id"] == response.header("x-request-id")

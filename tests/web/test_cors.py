import pytest

from proxy.config.schema import Auth, StaticKey
from proxy.core.secret import Secret
from proxy.gate.admit import Gate
from proxy.web.cors import Cors
from proxy.web.peer import WIRE
from proxy.web.stamp import Stamp
from tests.support.rawclient import RawClient, post, request
from tests.support.webapp import application
from tests.support.webserver import serving

PAGE = "https://app.example"
ORIGINS = (PAGE, "tauri://localhost")
KEYED = Gate(Auth(required=True, keys=(StaticKey(Secret("fb-key")),)))
CHAT = "/v1/chat/completions"
ASKS = "access-control-request-method: POST"


async def asked(data, *, origins=ORIGINS, method="GET", **more):
    app = application(origins=origins, **more)
    async with serving(app) as (address, _), await RawClient.connect(address) as client:
        return await client.ask(data, method=method)


def cors(response):
    return {name: value for name, value in response.headers if name.startswith("access-control")}


@pytest.mark.parametrize("origin", ORIGINS)
async def test_a_configured_page_may_call_and_read_everything_but_with_no_cookies(origin):
    response = await asked(post(CHAT, b"{}", f"origin: {origin}"))

    assert response.status == 200
    assert cors(response) == {
        "access-control-allow-origin": origin,
        "access-control-expose-headers": "*",
    }
    assert response.header("vary") == "origin"


async def test_a_page_may_read_an_answer_that_is_written_in_one_piece():
    async def app(scope, receive, send):
        stamp = Stamp(send, [(b"x-request-id", b"1")], scope[WIRE])
        assert stamp.answer(200, [(b"content-length", b"2")], b"ok")

    async with (
        serving(Cors(app, ORIGINS)) as (address, _),
        await RawClient.connect(address) as client,
    ):
        response = await client.ask(post(CHAT, b"{}", f"origin: {PAGE}"))

    assert response.header("access-control-allow-origin") == PAGE
    assert (response.header("vary"), response.header("x-request-id")) == ("origin", "1")


async def test_a_browser_that_asks_first_is_told_yes_without_a_key():
    wanted = "authorization,content-type,x-stainless-os"
    response = await asked(
        request(
            "OPTIONS",
            CHAT,
            f"origin: {PAGE}",
            ASKS,
            f"access-control-request-headers: {wanted}",
        ),
        gate=KEYED,
        method="OPTIONS",
    )

    assert response.status == 204
    assert cors(response) == {
        "access-control-allow-origin": PAGE,
        "access-control-allow-methods": "GET, POST, PATCH, DELETE",
        "access-control-allow-headers": wanted,
        "access-control-max-age": "7200",
    }
    assert response.header("vary") == "origin"


async def test_the_call_itself_still_needs_the_key_and_the_page_may_read_why():
    response = await asked(post(CHAT, b"{}", f"origin: {PAGE}"), gate=KEYED)

    assert response.status == 401
    assert response.header("access-control-allow-origin") == PAGE


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (request("GET", "/nowhere", f"origin: {PAGE}"), 404),
        (request("POST", CHAT, f"origin: {PAGE}", body=b"x"), 415),
        (request("GET", "/", f"origin: {PAGE}", host="evil.example"), 403),
    ],
)
async def test_a_page_may_read_refusals(data, status):
    response = await asked(data)

    assert response.status == status
    assert response.header("access-control-allow-origin") == PAGE
    assert response.header("x-request-id")


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "https://app.example.evil", "HTTPS://APP.EXAMPLE", "null"]
)
@pytest.mark.parametrize("method", ["POST", "OPTIONS"])
async def test_another_page_is_refused_on_loopback_and_told_nothing(origin, method):
    headers = (f"origin: {origin}", ASKS, "content-type: application/json")
    response = await asked(request(method, CHAT, *headers, body=b"{}"), method=method)

    assert response.status == 403
    assert cors(response) == {}
    assert response.header("vary") == "origin"


async def test_beyond_loopback_another_page_may_not_read_the_answer():
    data = post(CHAT, b"{}", "origin: https://evil.example", host="proxy.example")
    response = await asked(data, host="0.0.0.0")

    assert response.status == 200
    assert cors(response) == {}


async def test_two_origins_are_none():
    response = await asked(post(CHAT, b"{}", f"origin: {PAGE}", f"origin: {PAGE}"))

    assert cors(response) == {}


async def test_who_is_no_browser_sees_no_difference_but_vary():
    response = await asked(post(CHAT))

    assert (response.status, cors(response)) == (200, {})
    assert response.header("vary") == "origin"


async def test_without_configuration_no_answer_speaks_of_origins():
    response = await asked(post(CHAT, b"{}", "origin: http://localhost"), origins=())

    assert response.status == 200
    assert (cors(response), response.header("vary")) == ({}, None)


async def test_a_page_of_the_internet_may_reach_this_machine_where_it_is_configured():
    headers = (f"origin: {PAGE}", ASKS, "access-control-request-private-network: true")
    response = await asked(request("OPTIONS", CHAT, *headers), method="OPTIONS")

    assert response.header("access-control-allow-private-network") == "true"


@pytest.mark.parametrize("names", ["x" * 5000, "a;b", "a: b"])
async def test_what_are_no_header_names_is_not_said_back(names):
    headers = (f"origin: {PAGE}", ASKS, f"access-control-request-headers: {names}")
    response = await asked(request("OPTIONS", CHAT, *headers), method="OPTIONS")

    assert response.status == 204
    assert response.header("access-control-allow-headers") is None


async def test_what_is_not_http_passes_untouched():
    seen = []

    async def app(scope, receive, send):
        seen.append((scope, receive, send))

    await Cors(app, ORIGINS)({"type": "lifespan"}, "r", "s")

    assert seen == [({"type": "lifespan"}, "r", "s")]

import re

import pytest

from proxy.config.schema import Auth, Server, StaticKey
from proxy.core.clock import SystemClock
from proxy.core.errors import Kind
from proxy.core.facts import Outcome
from proxy.core.secret import Secret
from proxy.gate.admit import Gate
from proxy.web.admin import AdminKey
from proxy.web.books import Accounts, Books
from proxy.web.routes import Credential, Keepers, Row, build, lines, spellings
from tests.support.rawclient import RawClient, post, request
from tests.support.webapp import application, table
from tests.support.webserver import on_each_loop, serving

KEYED = Gate(Auth(required=True, keys=(StaticKey(Secret("fb-key"), team="acme"),)))
KEEPERS = Keepers(KEYED, AdminKey(lambda: Secret("fb-admin"), on_loopback=False))
TABLE = table(gate=KEYED)
CHAT = "/v1/chat/completions"
INVALID = "invalid_request_error"


async def asked(data, *, method="GET", **more):
    app = application(**more)
    async with serving(app) as (address, _), await RawClient.connect(address) as client:
        return await client.ask(data, method=method)


def call(row, path, *headers):
    if row.method == "POST":
        return post(path, b"{}", *headers)
    return request(row.method, path, *headers)


def paths_of(row):
    return [re.sub(r"\{id(:path)?\}", "chat", path) for path in spellings(row.path)]


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row.line)
@on_each_loop
async def test_each_route_demands_what_its_row_says_under_every_spelling(row):
    async with serving(application(gate=KEYED)) as (address, _):
        for path in paths_of(row):
            async with await RawClient.connect(address) as client:
                bare = await client.ask(call(row, path))
            async with await RawClient.connect(address) as client:
                wrong = await client.ask(call(row, path, "authorization: Bearer fb-wrong"))
            async with await RawClient.connect(address) as client:
                right = await client.ask(call(row, path, "authorization: Bearer fb-key"))

            needs = row.credential is not Credential.NONE
            assert (bare.status == 401) is (wrong.status == 401) is needs, path
            assert right.status in (200, 404), path
            if needs:
                assert bare.error["message"] == wrong.error["message"]


def test_only_probes_and_the_hint_need_no_credential():
    free = [row.path for row in TABLE if row.credential is Credential.NONE]

    assert free == ["/livez", "/readyz", "/"]


def test_a_row_that_says_nothing_needs_a_credential():
    assert Row("GET", "/x", None).credential is Credential.REQUIRED


@pytest.mark.parametrize(
    "path",
    [
        "/v1/chat/completions",
        "/v1/chat/completions/",
        "/chat/completions",
        "/chat/completions/",
        "/v1/v1/chat/completions",
        "/v1/v1/chat/completions/",
        "/cursor/v1/chat/completions",
        "/cursor/chat/completions/",
        "//v1/chat/completions",
        "/v1//chat/completions",
        "/v1//v1/chat/completions",
        "//chat/completions",
        "/cursor/v1//chat/completions",
        "/v1/chat%2Fcompletions?beta=true",
    ],
)
async def test_a_path_is_served_however_the_base_url_was_mistyped(path):
    response = await asked(post(path))

    assert (response.status, response.json()["size"]) == (200, 2)


@pytest.mark.parametrize(
    "path", ["/v1/files", "/v1/v1/v1/models", "///v1/models", "/V1/models", "/v1/chat", "/%00"]
)
async def test_a_path_that_is_not_there_is_a_404_whatever_its_body_would_be(path):
    response = await asked(request("POST", path, "content-type: text/plain", body=b"x"))

    assert (response.status, response.error["code"]) == (404, "unknown_url")


@pytest.mark.parametrize(
    "path", ["/v1/files", "/v1/v1/v1/models", "///v1/models", "/V1/models", "/v1/chat", "/%00"]
)
async def test_any_other_path_is_an_openai_404_that_lists_what_is_served(path):
    response = await asked(request("GET", path))

    assert (response.status, response.error["code"]) == (404, "unknown_url")
    assert response.error["type"] == "invalid_request_error"
    for line in lines(TABLE):
        if line != "GET /":
            assert line in response.error["message"]


@pytest.mark.parametrize(
    ("method", "path", "allow"),
    [
        ("GET", CHAT, "POST, OPTIONS"),
        ("DELETE", "/v1/models", "GET, HEAD, OPTIONS"),
        ("PROPFIND", "/livez", "GET, HEAD, OPTIONS"),
        ("PUT", CHAT, "POST, OPTIONS"),
        ("PATCH", CHAT, "POST, OPTIONS"),
        ("PUT", "/v1/models", "GET, HEAD, OPTIONS"),
        ("POST", "/v1/models", "GET, HEAD, OPTIONS"),
        ("POST", "/v1/models/a/b", "GET, HEAD, OPTIONS"),
        ("PATCH", "/v1/responses/resp_1/", "GET, DELETE, HEAD, OPTIONS"),
    ],
)
async def test_a_wrong_method_is_a_405_that_says_the_right_ones(method, path, allow):
    response = await asked(request(method, path))

    assert (response.status, response.error["code"]) == (405, "method_not_allowed")
    assert response.header("allow") == allow


async def test_a_websocket_is_refused_cleanly_so_that_its_client_falls_back():
    handshake = ("connection: Upgrade", "upgrade: websocket", "sec-websocket-key: x")
    response = await asked(request("GET", "/v1/responses", *handshake))

    assert (response.status, response.error["code"]) == (426, "websocket_not_supported")
    assert response.header("upgrade") == "HTTP/1.1"


@pytest.mark.parametrize(
    ("data", "status", "kind"),
    [
        (request("POST", "/v1/messages", "content-type: text/plain", body=b"{}"), 415, INVALID),
        (request("GET", "/messages/nothing"), 404, "not_found_error"),
        (
            request("GET", "/v1/models", "anthropic-version: 2023-06-01"),
            401,
            "authentication_error",
        ),
        (request("GET", "/v1/files", "anthropic-version: 2023-06-01"), 404, "not_found_error"),
        (request("GET", "/v1/messages", host="evil.example"), 403, "permission_error"),
    ],
)
async def test_anthropics_clients_are_refused_in_anthropics_shape(data, status, kind):
    response = await asked(data, gate=KEYED)

    body = response.json()
    assert response.status == status
    assert (body["type"], body["error"]["type"]) == ("error", kind)
    assert body["error"]["message"]
    assert body["request_id"] == response.header("request-id") == response.header("x-request-id")


async def test_openais_paths_keep_openais_shape_whoever_asks():
    response = await asked(request("GET", CHAT, "anthropic-version: 2023-06-01"))

    assert (response.status, response.error["code"]) == (405, "method_not_allowed")
    assert response.header("request-id") is None


@pytest.mark.parametrize("path", ["/", "/livez", "/v1/models"])
async def test_a_head_request_has_the_answers_head_and_no_body(path):
    async with serving(application()) as (address, _), await RawClient.connect(address) as client:
        whole = await client.ask(request("GET", path))
        head = await client.ask(request("HEAD", path), method="HEAD")
        after = await client.ask(request("GET", path))

    assert head.status == whole.status == after.status == 200
    assert head.header("content-length") == whole.header("content-length")


async def test_options_says_the_methods_and_opens_nothing():
    response = await asked(request("OPTIONS", CHAT), gate=KEYED)

    assert (response.status, response.header("allow")) == (204, "POST, OPTIONS")
    assert not [name for name, _ in response.headers if name.startswith("access-control")]


@pytest.mark.parametrize("chunked", [False, True])
@on_each_loop
async def test_a_body_over_the_limit_is_a_413(chunked):
    body = b"x" * 1001
    if chunked:
        head = request("POST", CHAT, "content-type: application/json", "transfer-encoding: chunked")
        data = head + b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body)
    else:
        data = post(CHAT, body)
    response = await asked(data)

    assert (response.status, response.error["code"]) == (413, "request_too_large")


@pytest.mark.parametrize("headers", [[], ["content-length: 1001"], ["content-encoding: gzip"]])
async def test_a_body_that_nobody_would_read_does_not_hide_the_wrong_method(headers):
    response = await asked(request("PUT", CHAT, *headers))

    assert (response.status, response.error["code"]) == (405, "method_not_allowed")


async def test_a_body_under_a_path_with_a_name_in_it_is_held_to_the_rule():
    response = await asked(request("POST", "/v1/responses/resp_1/cancel", body=b"{}"))

    assert (response.status, response.error["code"]) == (415, "unsupported_media_type")


async def test_a_413_comes_before_the_body():
    head = request("POST", CHAT, "content-type: application/json", "content-length: 1001")

    assert (await asked(head)).status == 413


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        (["content-type: text/plain"], 415),
        ([], 415),
        (["content-type: application/json", "content-encoding: gzip"], 415),
        (["content-type: application/json", "origin: https://evil.example"], 403),
        (["content-type: application/json", "via: 1.1 firstbyte-here"], 508),
        (["content-type: application/json", "via: 1.1 firstbyte-there"], 200),
        (["content-type: application/json", "origin: http://localhost"], 200),
    ],
)
async def test_the_guard_stands_before_every_route(headers, status):
    response = await asked(request("POST", CHAT, *headers, body=b"{}"))

    assert response.status == status
    assert response.header("x-request-id")


REFUSED = [
    (request("POST", "{}", "content-type: text/plain", body=b"{}"), 415, Kind.INVALID_REQUEST),
    (request("POST", "{}", "content-encoding: gzip", body=b"{}"), 415, Kind.INVALID_REQUEST),
    (post("{}", b"{}", "origin: https://evil.example"), 403, Kind.FORBIDDEN),
    (post("{}", b"{}", host="evil.example"), 403, Kind.FORBIDDEN),
    (post("{}", b"x" * 1001), 413, Kind.TOO_LARGE),
    (post("{}", b"{}", "via: 1.1 firstbyte-here"), 508, Kind.MISCONFIGURED),
]


@pytest.mark.parametrize("row", [row for row in TABLE if row.surface], ids=lambda row: row.surface)
@pytest.mark.parametrize(("data", "status", "kind"), REFUSED)
async def test_a_call_that_the_guard_refuses_is_written_down_under_every_spelling(
    row, data, status, kind
):
    told = []
    app = application(books=Books(Accounts(told.append, lambda *_: None), SystemClock()))
    async with serving(app) as (address, _):
        for path in paths_of(row):
            async with await RawClient.connect(address) as client:
                response = await client.ask(data.replace(b" {} ", b" %b " % path.encode(), 1))

            ended = told.pop()
            assert (response.status, ended.status, ended.kind) == (status, status, kind)
            assert (ended.surface, ended.outcome) == (row.surface, Outcome.REFUSED)
            assert ended.call == response.header("x-request-id")
            assert ended.bytes_out == len(response.body)
    assert told == []


@pytest.mark.parametrize("path", ["/", "/v1/models", "/nowhere"])
async def test_what_is_refused_and_no_call_is_not_written_down(path):
    told = []
    books = Books(Accounts(told.append, lambda *_: None), SystemClock())

    assert (await asked(request("GET", path, host="evil.example"), books=books)).status == 403
    assert (await asked(request("GET", CHAT, host="evil.example"), books=books)).status == 403
    assert (await asked(post(CHAT), books=books)).status == 200
    assert told == []


@pytest.mark.parametrize("path", ["/", "/livez", "/v1/models", "/nowhere"])
async def test_a_rebound_name_reaches_nothing_on_loopback(path):
    response = await asked(request("GET", path, host="evil.example"))

    assert (response.status, response.error["code"]) == (403, "host_not_allowed")


async def test_beyond_loopback_any_host_and_origin_may_ask():
    data = request("GET", "/v1/models", "origin: https://app.example", host="proxy.example")

    assert (await asked(data, host="0.0.0.0")).status == 200


async def test_the_request_id_of_a_call_is_told_inside_and_outside():
    response = await asked(post(CHAT, b"{}", "x-request-id: call-7"))

    assert response.header("x-request-id") == response.json()["id"] == "call-7"


def test_the_order_of_the_table_does_not_matter_to_building_it():
    assert callable(build(tuple(reversed(TABLE)), KEEPERS, Server(), "here"))

import logging

from proxy.core.errors import Kind, ProxyError
from proxy.web.answer import answer
from proxy.web.guard import Envelope, Guard
from proxy.web.refusal import Refusal
from proxy.web.request_id import request_id_of
from tests.support.rawclient import RawClient, request
from tests.support.webserver import on_each_loop, serving


async def asked(app, *headers, method="GET"):
    async with serving(app) as (address, _), await RawClient.connect(address) as client:
        return await client.ask(request(method, "/", *headers), method=method)


async def tell_id(scope, _, send):
    await answer(send, 200, request_id_of(scope).encode())


async def crash(*_):
    raise RuntimeError("the secret plan")


def raising(error):
    async def app(*_):
        raise error

    return app


@on_each_loop
async def test_the_callers_request_id_is_taken_and_told():
    response = await asked(Envelope(tell_id), "x-request-id: call-1")

    assert response.body == b"call-1"
    assert [v for name, v in response.headers if name == "x-request-id"] == ["call-1"]


@on_each_loop
async def test_an_ill_formed_request_id_is_replaced():
    response = await asked(Envelope(tell_id), "x-request-id: a b")

    assert response.body.startswith(b"req_")
    assert response.header("x-request-id") == response.body.decode()


@on_each_loop
async def test_each_call_on_a_connection_has_an_id_of_its_own():
    async with (
        serving(Envelope(tell_id)) as (address, _),
        await RawClient.connect(address) as client,
    ):
        ids = {(await client.ask(request())).body for _ in range(3)}

    assert len(ids) == 3


async def test_only_the_first_message_of_an_answer_is_touched():
    sent = []
    body = {"type": "http.response.body", "body": b"x", "more_body": True}

    async def app(_, __, send):
        await send({"type": "http.response.start", "status": 200})
        for _ in range(3):
            await send(body)

    async def send(message):
        sent.append(message)

    await Envelope(app)({"type": "http", "path": "/", "headers": []}, None, send)

    assert all(message is body for message in sent[1:])
    assert len(sent) == 4


async def test_the_applications_own_message_is_not_changed():
    start = {"type": "http.response.start", "status": 200, "headers": []}

    async def app(_, __, send):
        await send(start)

    async def send(_):
        pass

    await Envelope(app)({"type": "http", "path": "/", "headers": []}, None, send)

    assert start["headers"] == []


async def test_an_unexpected_failure_is_a_500_on_the_wire_and_a_traceback_in_the_log(caplog):
    response = await asked(Envelope(crash), "x-request-id: call-1")

    assert response.status == 500
    assert response.error["request_id"] == "call-1"
    assert response.error["type"] == "server_error"
    assert b"secret plan" not in response.body
    assert b"Traceback" not in response.body
    (record,) = caplog.records
    assert record.levelno == logging.ERROR
    assert "call-1" in record.getMessage()
    assert "the secret plan" in caplog.text


async def test_after_a_500_the_connection_serves_on():
    async def app(scope, receive, send):
        await (crash if scope["path"] == "/crash" else tell_id)(scope, receive, send)

    async with serving(Envelope(app)) as (address, _), await RawClient.connect(address) as client:
        first = await client.ask(request("GET", "/crash"))
        second = await client.ask(request("GET", "/"))

    assert (first.status, second.status) == (500, 200)


async def test_a_failure_after_the_first_byte_can_only_cut_the_answer(caplog):
    async def app(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"half", "more_body": True})
        await crash()

    response = await asked(Envelope(app))

    assert (response.status, response.body, response.complete) == (200, b"half", False)
    assert "the secret plan" in caplog.text


async def test_a_named_failure_that_no_surface_caught_keeps_its_name():
    response = await asked(Envelope(raising(ProxyError(Kind.UNKNOWN_MODEL, "no such model"))))

    assert response.status == 404
    assert response.error["code"] == "model_not_found"


async def test_nobody_is_told_anything_after_the_caller_left():
    sent = []

    async def send(message):
        sent.append(message)

    app = raising(ProxyError(Kind.CANCELLED, "left"))
    await Envelope(app)({"type": "http", "path": "/", "headers": []}, None, send)

    assert sent == []


async def test_what_is_not_http_passes_untouched():
    seen = []

    async def app(scope, *_):
        seen.append(scope)

    scope = {"type": "lifespan"}
    await Envelope(Guard(app, [crash]))(scope, None, None)

    assert seen == [{"type": "lifespan"}]


async def test_the_first_rule_that_refuses_answers():
    asked_rules = []

    def rule(name, refusal):
        def ask(_):
            asked_rules.append(name)
            return refusal

        return ask

    no = Refusal(415, "first", "no")
    rules = [rule("a", None), rule("b", no), rule("c", Refusal(403, "second", "no"))]
    response = await asked(Envelope(Guard(crash, rules)))

    assert (response.status, response.error["code"]) == (415, "first")
    assert response.error["request_id"] == response.header("x-request-id")
    assert asked_rules == ["a", "b"]


async def test_what_no_rule_refuses_gets_in_and_nobody_is_turned_away():
    turned_away = []
    guard = Guard(tell_id, [lambda _: None], lambda *told: turned_away.append(told))
    response = await asked(Envelope(guard))

    assert (response.status, turned_away) == (200, [])


async def test_whoever_is_turned_away_is_told_of_under_the_id_of_the_call():
    told = []
    no = Refusal(415, "first", "no")
    guard = Guard(
        crash, [lambda _: no], lambda scope, why: told.append((request_id_of(scope), why))
    )
    response = await asked(Envelope(guard), "x-request-id: call-1")

    assert told == [("call-1", no)]
    assert response.header("x-request-id") == "call-1"

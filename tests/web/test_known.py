import httptools
import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.web.known import KNOWN, MAX_AWAITED, MAX_HEADS, KnownHeads
from tests.support.rawclient import RawClient
from tests.support.webserver import serving

HEAD = b"POST /v1/x?a=1 HTTP/1.1\r\nhost: a\r\nContent-Length: %d\r\nx-tail: t\r\n\r\n"


def request(body, head=HEAD):
    return head % len(body) + body


def parsed(data):
    """The scope of one request as the parser reads it, and its body."""

    class Reader:
        def __init__(self):
            self.scope = {"type": "http", "method": "POST", "headers": [], "client": ("a", 1)}
            self.body = b""

        def on_url(self, url):
            self.scope["raw_path"] = url

        def on_header(self, name, value):
            self.scope["headers"].append((name.lower(), value))

        def on_body(self, body):
            self.body += body

    reader = Reader()
    httptools.HttpRequestParser(reader).feed_data(data)
    return reader.scope, reader.body


def taught(*datas):
    heads = KnownHeads()
    for data in datas:
        heads.learn(data, parsed(data)[0])
    return heads


def test_a_head_that_comes_again_is_known_with_its_new_length():
    again = taught(request(b"x" * 120)).find(request(b"hello"))

    assert again is not None
    assert again.body == b"hello"
    assert again.headers == parsed(request(b"hello"))[0]["headers"]
    assert again.known.scope == {"type": "http", "method": "POST", "raw_path": b"/v1/x?a=1"}


def test_without_its_body_a_request_is_what_its_head_says():
    again = taught(request(b"hello")).find(request(b"hello"))
    shorter = again.without_body()

    assert shorter.body == b""
    assert shorter.scope() == again.scope()


def test_what_the_connection_says_is_not_kept_with_the_head():
    again = taught(request(b"hello")).find(request(b"hello"))

    assert again is not None
    assert "client" not in again.known.scope


def test_one_call_does_not_change_the_headers_of_another():
    heads = taught(request(b"x" * 120))

    one, other = heads.find(request(b"1")), heads.find(request(b"22"))
    assert one is not None
    assert other is not None
    assert one.headers[1] == (b"content-length", b"1")
    assert other.headers[1] == (b"content-length", b"2")


def test_a_longer_body_than_the_rules_have_seen_goes_to_them():
    assert taught(request(b"12")).find(request(b"123")) is None


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"POST / HTTP/1.1\r\n",
        request(b"hello")[:-1],
        request(b"hello") + b"G",
        request(b"hello").replace(b"x-tail", b"X-Tail"),
        request(b"hello").replace(b": 5", b": +5"),
        request(b"hello").replace(b": 5", b":  5"),
        request(b"hello").replace(b": 5", b": 5 "),
        request(b"hello").replace(b": 5", b": "),
        request(b"hello").replace(b": 5", b": 00000000005"),
        request(b"hello").replace(b"\r\n\r\n", b"\n\n"),
    ],
    ids=lambda data: data[-40:].decode(),
)
def test_what_differs_by_a_byte_or_is_not_whole_is_left_to_the_parser(data):
    assert taught(request(b"x" * 120)).find(data) is None


@given(data=st.data())
def test_what_is_known_is_what_the_parser_would_have_read(data):
    heads = taught(request(b"x" * 500), request(b"x" * 500, HEAD.replace(b"Content", b"content")))
    sent = bytearray(request(b"y" * data.draw(st.integers(0, 600))))
    for _ in range(data.draw(st.integers(0, 2))):
        at = data.draw(st.integers(0, len(sent) - 1))
        sent[at : at + 1] = data.draw(st.sampled_from([b"", b"0", b"1", b"\r", b"\n", b":", b" "]))

    again, known = heads.find(bytes(sent)), heads.find(request(b"")).known

    assert known.again(bytes(sent)) == (again if again is None or again.known is known else None)
    if again is not None:
        scope, body = parsed(bytes(sent))
        assert (again.headers, again.body) == (scope["headers"], body)


@pytest.mark.parametrize(
    "head",
    [
        b"POST / HTTP/1.1\r\nhost: a\r\n\r\n",
        b"POST / HTTP/1.1\r\nhost: a\r\nx-content-length: %d\r\n\r\n",
        b"POST / HTTP/1.1\r\nx-content-length: %d\r\ncontent-length:5\r\n\r\n",
        b"POST / HTTP/1.1\r\nx-length: %d\r\ncontent-length: 5\r\n\r\n",
        b"POST / HTTP/1.1\r\nx: " + b"a" * 4096 + b"\r\ncontent-length: %d\r\n\r\n",
    ],
)
def test_a_head_whose_length_cannot_be_told_for_sure_is_not_learned(head):
    data = (head % 5 if b"%d" in head else head) + b"hello"
    heads, scope = KnownHeads(), {"headers": [(b"content-length", b"5")]}
    heads.learn(data, scope)

    assert heads.find(data) is None
    assert KNOWN not in scope


def test_a_head_with_two_lengths_is_not_learned():
    heads = KnownHeads()
    heads.learn(request(b"hello"), {"headers": [(b"content-length", b"5")] * 2})

    assert heads.find(request(b"hello")) is None


def test_callers_who_never_say_the_same_twice_fill_no_memory():
    heads = KnownHeads()
    for at in range(MAX_HEADS + 1):
        data = request(b"hello", HEAD.replace(b": t", b": t%d" % at))
        heads.learn(data, parsed(data)[0])

    assert heads.find(request(b"hello", HEAD.replace(b": t", b": t0"))) is None
    assert heads.find(request(b"hello", HEAD.replace(b": t", b": t%d" % MAX_HEADS))) is not None


async def test_calls_with_a_known_head_are_served_like_the_first_of_them():
    seen = []

    async def app(scope, receive, send):
        message = await receive()
        seen.append((KNOWN in scope, dict(scope["headers"])[b"content-length"], message["body"]))
        headers = [(b"content-length", b"2")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"ok"})

    async with serving(app) as (address, _), await RawClient.connect(address) as client:
        for body in (b"hello", b"you", b"", b"longer than before", b"short"):
            answer = await client.ask(request(body))
            assert (answer.status, answer.body) == (200, b"ok")

    assert [body for *_, body in seen] == [b"hello", b"you", b"", b"longer than before", b"short"]
    assert [int(length) for _, length, _ in seen] == [len(body) for *_, body in seen]


async def test_a_client_may_say_another_head_each_time():
    seen = []

    async def app(scope, receive, send):
        body = (await receive())["body"]
        seen.append((dict(scope["headers"])[b"x-tail"], body))
        headers = [(b"content-length", b"0")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b""})

    tails = [b"t", b"t", b"u", b"u", b"t", b"u", b"v", b"t"]
    async with serving(app) as (address, _), await RawClient.connect(address) as client:
        for tail in tails:
            await client.ask(request(b"to " + tail, HEAD.replace(b": t", b": " + tail)))

    assert seen == [(tail, b"to " + tail) for tail in tails]


async def test_a_pipelined_request_with_a_known_head_waits_for_its_turn():
    async def app(_scope, receive, send):
        body = (await receive())["body"]
        headers = [(b"content-length", b"%d" % len(body))]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    async with serving(app) as (address, _), await RawClient.connect(address) as client:
        await client.ask(request(b"hello"))
        first = await client.ask(request(b"one") + request(b"two"))
        second = await client.ask(b"")

    assert (first.body, second.body) == (b"one", b"two")


def test_a_request_is_arriving_whose_head_is_known_and_whose_body_is_not_all_here():
    heads = taught(request(b"x" * 120))
    whole = request(b"y" * 120)
    head = whole[: -len(b"y" * 120)]

    assert not heads.is_arriving(head)

    heads.find(whole).known.is_let_in = True

    assert heads.is_arriving(head)
    assert heads.is_arriving(whole[:-1])
    assert heads.find(whole[:-1]) is None
    assert not heads.is_arriving(whole)
    assert not heads.is_arriving(whole + b"z")
    assert not heads.is_arriving(head[:-1])
    assert not heads.is_arriving(head.replace(b"120", b"121"))
    assert not KnownHeads().is_arriving(head)


def test_no_more_than_a_little_is_waited_for():
    long = b"x" * (MAX_AWAITED + 1)
    heads, whole = taught(request(long)), request(long)

    heads.find(whole).known.is_let_in = True

    assert not heads.is_arriving(whole[:-1])

import httpx
import pytest

from proxy.upstream.request import head_of


def lines(request, length):
    head = head_of(request, length)
    assert head.endswith(b"\r\n\r\n")
    return head[:-4].split(b"\r\n")


def test_a_head_is_written_in_the_order_given():
    request = httpx.Request(
        "POST",
        "http://host:81/v1/x?a=b c",
        headers=[("Host", "host:81"), ("X-Two", "2"), ("a", "")],
        stream=httpx.ByteStream(b"{}"),
    )

    assert lines(request, 2) == [
        b"POST /v1/x?a=b%20c HTTP/1.1",
        b"Host: host:81",
        b"X-Two: 2",
        b"a: ",
        b"content-length: 2",
    ]


@pytest.mark.parametrize(
    ("method", "length", "framed"),
    [("GET", 0, False), ("HEAD", 0, False), ("GET", 3, True), ("POST", 0, True), ("PUT", 0, True)],
)
def test_a_length_is_given_where_a_body_is_or_could_be(method, length, framed):
    request = httpx.Request(method, "http://[::1]:81/", stream=httpx.ByteStream(b""))

    assert (b"content-length: %d" % length in lines(request, length)) == framed
    assert lines(request, length)[1] == b"host: [::1]:81"


def test_framing_of_others_is_replaced_by_ours():
    request = httpx.Request(
        "POST",
        "http://host/",
        headers={"transfer-encoding": "chunked", "Content-Length": "99"},
        stream=httpx.ByteStream(b"abc"),
    )

    assert lines(request, 3)[1:] == [b"host: host", b"content-length: 3"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        (b"x", b"a\r\nevil: 1"),
        (b"x", b"a\nevil: 1"),
        (b"x", b"a\rb"),
        (b"x", b"a\0b"),
        (b"x\r\nevil", b"1"),
        (b"x y", b"1"),
        (b"x:", b"1"),
        (b"", b"1"),
    ],
)
def test_no_header_can_add_another(name, value):
    request = httpx.Request(
        "POST", "http://host/", headers=[(name, value)], stream=httpx.ByteStream(b"")
    )
    with pytest.raises(httpx.LocalProtocolError) as caught:
        head_of(request, 0)

    assert "evil" not in str(caught.value)


@pytest.mark.parametrize("method", ["GET /", "", "GÉT", "A\r\nB"])
def test_no_method_can_say_more_than_itself(method):
    request = httpx.Request(method, "http://host/", stream=httpx.ByteStream(b""))
    with pytest.raises(httpx.LocalProtocolError):
        head_of(request, 0)

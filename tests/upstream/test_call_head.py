import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy import __version__
from proxy.core.errors import Kind, ProxyError
from proxy.core.shape import HttpCall, SettledHeaders
from proxy.upstream.call_head import address_of, head_of_call, sendable

URL = "http://api.test:81/v1/chat?a=b"
TRACE = (("traceparent", "00-0-0-01"),)
OPENING = (
    "POST /v1/chat?a=b HTTP/1.1\r\nhost: api.test:81\r\n"
    f"user-agent: firstbyte/{__version__}\r\naccept-encoding: identity\r\n"
).encode()

names = st.sampled_from(["x-a", "x-b", "host", "content-length", "te", "x y", "", "x:", "é"])
values = st.text(st.sampled_from("abc \t\r\n\0é…%:"), max_size=6)
lines = st.lists(st.tuples(names, values), max_size=4).map(tuple)


def head(call):
    return head_of_call(call, address_of(call.url))


def head_or_refusal(call):
    try:
        return head(call)
    except httpx.LocalProtocolError:
        return None


def test_a_head_says_whom_it_is_for_then_what_the_call_says_then_the_length():
    call = HttpCall(URL, (("x-a", "1"), ("Host", "x"), ("host", "evil"), ("x-b", "é")), b"{}")

    assert head(call) == (OPENING + b"x-a: 1\r\nHost: x\r\nx-b: \xe9\r\ncontent-length: 2\r\n\r\n")


@pytest.mark.parametrize(
    ("method", "body", "end"),
    [
        ("POST", b"", b"content-length: 0\r\n\r\n"),
        ("GET", b"", b"identity\r\n\r\n"),
        ("PUT", b"abc", b"content-length: 3\r\n\r\n"),
    ],
)
def test_a_body_that_is_expected_has_its_length_told(method, body, end):
    said = head(HttpCall(URL, (), body, method=method))

    assert said.startswith(method.encode() + b" /v1")
    assert said.endswith(end)


@given(lines, lines)
def test_a_head_is_the_same_however_its_headers_are_handed_over(trace, headers):
    plain = head_or_refusal(HttpCall(URL, (*trace, *headers), b"{}"))
    settled = SettledHeaders(headers)
    for _ in range(2):
        assert head_or_refusal(HttpCall(URL, settled, b"{}", trace=trace)) == plain
        assert head_or_refusal(HttpCall(URL, headers, b"{}", trace=trace)) == plain


@given(lines, lines)
def test_nothing_in_a_header_adds_a_line(trace, headers):
    call = HttpCall(URL, SettledHeaders(headers), b"{}", trace=trace)
    said = head_or_refusal(call)

    if said is not None:
        rest = said.removeprefix(OPENING).removesuffix(b"content-length: 2\r\n\r\n")
        told = [line.decode("latin-1") for line in rest.split(b"\r\n")[:-1]]
        assert told == [f"{name}: {value}" for name, value in sendable(call)]
        assert not {name for name, _ in sendable(call)} & {"host", "content-length", "te"}


def test_settled_headers_are_put_into_bytes_once():
    settled = SettledHeaders((("x-a", "1"),))
    head(HttpCall(URL, settled, b"{}"))
    settled.written = b"x-a: kept\r\n"

    assert b"x-a: kept\r\n" in head(HttpCall(URL, settled, b"{}", trace=TRACE))


@pytest.mark.parametrize("method", ["PO ST", "", "GET\r\nx: y"])
def test_a_method_that_is_no_token_is_refused(method):
    with pytest.raises(httpx.LocalProtocolError, match="method"):
        head(HttpCall(URL, (), b"", method=method))


@pytest.mark.parametrize("url", ["http://api.test:port/", "http://api.test/\0", "http://\udcff/"])
def test_what_is_no_url_is_a_fault_of_the_configuration(url):
    with pytest.raises(ProxyError) as caught:
        address_of(url)

    assert caught.value.kind is Kind.MISCONFIGURED


def test_an_address_of_another_scheme_has_no_origin():
    assert address_of("ftp://api.test/").origin is None
    assert address_of(URL).origin == ("http", "api.test", 81)

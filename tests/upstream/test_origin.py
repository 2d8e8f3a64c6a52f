import httpx
import pytest

from proxy.upstream.origin import Origin


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("http://host/x", ("http", "host", 80)),
        ("https://HOST:8443/x", ("https", "host", 8443)),
        ("https://host:443", ("https", "host", 443)),
        ("http://[::1]:81/", ("http", "::1", 81)),
        ("https://bücher.example/", ("https", "xn--bcher-kva.example", 443)),
    ],
)
def test_an_origin_is_scheme_host_and_port(url, origin):
    assert Origin.of(httpx.URL(url)) == origin


@pytest.mark.parametrize("url", ["ftp://host/", "/path", "http://", "file:///etc/passwd", ""])
def test_only_http_with_a_host_has_an_origin(url):
    with pytest.raises(httpx.UnsupportedProtocol):
        Origin.of(httpx.URL(url))

import pytest

from proxy.web import head

HOST = (b"host", b"localhost")
CHUNKED = (b"transfer-encoding", b"Chunked")


@pytest.mark.parametrize(
    ("target", "version", "headers", "fault"),
    [
        (b"/", "1.1", [HOST], None),
        (b"/a?b=//c", "1.0", [HOST], None),
        (b"/", "1.1", [HOST, CHUNKED], None),
        (b"", "1.1", [HOST], head.NOT_ORIGIN_FORM),
        (b"*", "1.1", [HOST], head.NOT_ORIGIN_FORM),
        (b"http://a/", "1.1", [HOST], head.NOT_ORIGIN_FORM),
        (b"/a#b", "1.1", [HOST], head.NOT_ORIGIN_FORM),
        (b"/", "1.1", [], head.BAD_HOST),
        (b"/", "1.1", [HOST, HOST], head.BAD_HOST),
        (b"/", "1.1", [(b"host", b"a b")], head.BAD_HOST),
        (b"/", "1.0", [HOST, CHUNKED], head.BAD_CODING),
        (b"/", "1.1", [HOST, CHUNKED, CHUNKED], head.BAD_CODING),
        (b"/", "1.1", [HOST, (b"transfer-encoding", b"gzip, chunked")], head.BAD_CODING),
    ],
)
def test_a_head_is_judged_by_its_target_its_host_and_its_coding(target, version, headers, fault):
    assert head.fault_in(target, version, headers) is fault


def test_a_path_and_a_target_have_limits_of_their_own():
    assert not head.too_long(b"/" * 2048 + b"?" + b"q" * 6143)
    assert head.too_long(b"/" * 2049)
    assert head.too_long(b"/?" + b"q" * 8191)


def test_without_its_upgrade_a_head_keeps_everything_else():
    headers = [
        HOST,
        (b"connection", b"Upgrade, close, HTTP2-Settings"),
        (b"upgrade", b"h2c"),
        (b"http2-settings", b"AA"),
        (b"content-length", b"3"),
    ]

    assert head.without_upgrade(b"POST", b"/a?b", "1.1", headers) == (
        b"POST /a?b HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-length: 3\r\n\r\n"
    )


def test_a_connection_header_of_nothing_but_the_upgrade_goes_with_it():
    headers = [(b"connection", b"upgrade"), (b"upgrade", b"websocket"), HOST]

    assert (
        head.without_upgrade(b"GET", b"/", "1.0", headers)
        == b"GET / HTTP/1.0\r\nhost: localhost\r\n\r\n"
    )

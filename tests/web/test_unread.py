from types import SimpleNamespace

from proxy.web.parser import new_parser
from proxy.web.unread import scope_of

HEADERS = [(b"host", b"h")]


def reading(data, url=b"", headers=HEADERS):
    parser = new_parser(SimpleNamespace())
    parser.feed_data(data)
    return SimpleNamespace(parser=parser, url=url, headers=headers)


def test_what_was_read_of_a_head_is_known():
    scope = scope_of(reading(b"POST /a%20b?c HTTP", b"/a%20b?c"), has_begun=True)

    assert (scope["method"], scope["path"], scope["headers"]) == ("POST", "/a b", HEADERS)
    assert scope["query_string"] == b"c"


def test_before_the_target_nothing_is_known_of_a_head():
    scope = scope_of(reading(b"PO", headers=[]), has_begun=True)

    assert (scope["method"], scope["path"], scope["headers"]) == ("", "", [])


def test_what_stands_there_of_the_request_before_is_not_taken_for_this_one():
    scope = scope_of(reading(b"GET /old HTTP/1.1\r\n", b"/old"), has_begun=False)

    assert (scope["method"], scope["path"], scope["headers"]) == ("", "", [])

import pytest

from proxy.web.parser import new_parser


class Heard:
    def __init__(self):
        self.urls = []

    def on_url(self, url):
        self.urls.append(url)


@pytest.mark.parametrize("connection", ["keep-alive", "close"])
def test_a_request_behind_the_last_of_a_connection_does_not_take_its_answer(connection):
    heard = Heard()
    last = b"GET /a HTTP/1.1\r\nhost: a\r\nconnection: %b\r\n\r\n" % connection.encode()
    new_parser(heard).feed_data(last + b"GET /b HTTP/1.1\r\nhost: a\r\n\r\n")

    assert heard.urls[0] == b"/a"

from proxy.core import jsons
from proxy.web.answer import answer, answer_json, refuse
from proxy.web.refusal import Refusal


class Told:
    def __init__(self):
        self.messages = []

    async def __call__(self, message):
        self.messages.append(message)

    @property
    def head(self):
        return dict(self.messages[0]["headers"])


async def test_an_answer_says_its_length():
    told = Told()
    await answer(told, 200, b"four", [(b"x-a", b"b")])

    assert told.head == {b"x-a": b"b", b"content-length": b"4"}
    assert told.messages[1] == {"type": "http.response.body", "body": b"four"}


async def test_a_204_says_no_length():
    told = Told()
    await answer(told, 204, b"")

    assert told.head == {}


async def test_a_json_answer_says_its_type():
    told = Told()
    await answer_json(told, 200, {"a": 1})

    assert told.head[b"content-type"] == b"application/json"
    assert told.messages[1]["body"] == b'{"a":1}'


async def test_a_refusal_sends_its_headers_and_the_error_object():
    told = Told()
    scope = {"type": "http", "path": "/v1/chat", "headers": [(b"x-request-id", b"req_1")]}
    await refuse(told, Refusal(405, "c", "m", headers=(("allow", "GET"),)), scope)

    assert told.messages[0]["status"] == 405
    assert told.head[b"allow"] == b"GET"
    assert jsons.decode(told.messages[1]["body"])["error"]["request_id"] == "req_1"

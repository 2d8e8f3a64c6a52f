"""The chat surface reads plain calls in one look, and gives what came whole as it came."""

from proxy.codecs.openai.whole_stream import whole_stream
from proxy.core.whole_answer import WholeAnswer
from proxy.surfaces.chat.texts import read_plain
from proxy.surfaces.chat.whole_answer import answer_as_it_came
from proxy.surfaces.chat.whole_stream import as_it_came
from proxy.web.plain import Plain
from tests.support.whole_streams import DONE, events

CHAT = Plain(read_plain, answer_as_it_came, as_it_came)
BODY = b'{"model":"m","stream":true,"messages":[{"role":"user","content":"hi"}]}'


def test_a_plain_call_is_read_and_its_stream_given_as_it_came():
    pieces = events()
    request = CHAT.read(BODY, ())
    said = CHAT.pieces(request, whole_stream(pieces))

    assert (request.model, request.stream) == ("m", True)
    assert b"".join(said) == b"".join([*pieces[:-2], DONE])


def test_a_call_that_is_not_plain_is_not_read():
    assert CHAT.read(b'{"model":"m","messages":[],"tools":[{}]}', ()) is None


def test_a_whole_answer_is_given_as_it_came():
    assert CHAT.body(WholeAnswer(b'{"id":"c1"}', "m", None, None)) == b'{"id":"c1"}'

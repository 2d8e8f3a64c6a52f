"""A whole answer goes on as it came, but for one whose ids are for others to shorten."""

from proxy.core.state import MARK
from proxy.core.whole_answer import WholeAnswer
from proxy.surfaces.chat.whole_answer import answer_as_it_came


def test_an_answer_is_given_byte_for_byte():
    body = b'{"id":"c1", "model":"m"}'

    assert answer_as_it_came(WholeAnswer(body, "m", None, None)) is body


def test_an_answer_with_packed_ids_is_not_for_here():
    body = b'{"id":"c1%b","model":"m"}' % MARK.encode()

    assert answer_as_it_came(WholeAnswer(body, "m", None, None)) is None

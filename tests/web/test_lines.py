"""The lines of a head are those that the endpoint would have sent."""

import pytest

from proxy.core.errors import Tried
from proxy.core.price import Usd
from proxy.upstream.answer_head import AnswerHead
from proxy.web.call import Call
from proxy.web.cycle import rendered
from proxy.web.headers import head_of, head_of_whole
from proxy.web.lines import lines_of_stream, lines_of_whole
from proxy.web.request_id import HEADER
from proxy.web.stream import HEAD

THEIRS = {"date": "now", "x-ratelimit-remaining-tokens": "9", "openai-processing-ms": "31"}


def call(target="a/m", **more):
    one = Call("req-1", 2.0, "chat")
    one.target = target
    one.tried = (Tried(target or "", None, None, None, 3.0),)
    one.upstream_ms = 3.25
    if target is not None:
        one.committed(target, 2.5)
    for name, value in more.items():
        setattr(one, name, value)
    return one


@pytest.mark.parametrize("passed", [{}, {"date": "now"}, THEIRS])
@pytest.mark.parametrize(
    "one",
    [
        call(),
        call("é/m"),
        call("a/" + "m" * 5000),
        call(None),
        call(cost=Usd("0.0012")),
        call(dropped=("seed", "top_k")),
    ],
)
def test_they_are_what_the_endpoint_says(one, passed):
    own = (HEADER, b"req-1")
    whole = rendered([*head_of_whole(one, 2.5, passed, 12), own])
    streamed = rendered([*HEAD, *head_of(one, "", 2.5, passed)[1:], own])

    head = AnswerHead([(name.encode(), value.encode()) for name, value in passed.items()])
    assert lines_of_whole(one, 2.5, head, 12) == whole
    assert lines_of_stream(one, 2.5, head) == streamed

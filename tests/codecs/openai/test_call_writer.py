import json
from dataclasses import replace

import pytest

from proxy.codecs.openai.call_writer import writer_for
from proxy.codecs.openai.request import encode
from proxy.core.secret import Secret
from proxy.core.shape import Quirks, Target
from proxy.surfaces.chat.parse import parse

TARGET = Target("p", "served", "openai", "http://provider.test/v1")
MESSAGES = [{"role": "user", "content": "a"}]


def asked(**members):
    return parse(json.dumps({"model": "asked", "messages": MESSAGES, **members}).encode())


@pytest.mark.parametrize(
    ("request_", "target"),
    [
        (asked(tools=[{"type": "function", "function": {"name": "f"}}]), TARGET),
        (asked(max_tokens=3), TARGET),
        (asked(stream=True, stream_options={}), TARGET),
        (asked(), replace(TARGET, params={"temperature": 1})),
        (asked(n=2), replace(TARGET, quirks=Quirks(drop=frozenset({"n"})))),
        (asked(n=2), replace(TARGET, quirks=Quirks(rename={"n": "m"}))),
        (asked(), replace(TARGET, quirks=Quirks(clamp={"temperature": (0, 1)}))),
        (asked(), replace(TARGET, quirks=Quirks(reasoning_replay="none"))),
        (asked(stream=True), replace(TARGET, quirks=Quirks(stream_options=False))),
    ],
)
def test_what_needs_more_than_a_name_is_not_written(request_, target):
    assert writer_for(target).write(request_) is None


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("key", [None, Secret("k")])
@pytest.mark.parametrize("headers", [(), (("accept", "x"), ("authorization", "own"))])
def test_a_call_that_is_written_has_the_place_and_the_headers_of_any_call(stream, key, headers):
    target = replace(TARGET, api_key=key, headers=headers)
    request = replace(asked(stream=stream), forward=(("via", "1.1 a"), ("accept", "y")))
    call, by_all_steps = writer_for(target).write(request), encode(request, target)

    assert (call.url, call.headers) == (by_all_steps.url, by_all_steps.headers)
    assert json.loads(call.body) == json.loads(by_all_steps.body)


def test_a_target_has_one_writer_and_the_next_configuration_another():
    same = replace(TARGET)
    other = replace(TARGET, params={"temperature": 1})

    assert writer_for(same) is writer_for(TARGET)
    assert writer_for(other) is not writer_for(TARGET)


def test_a_callers_own_key_is_not_remembered():
    theirs = replace(TARGET, api_key=Secret("theirs"), passthrough=True)

    assert writer_for(theirs) is not writer_for(theirs)

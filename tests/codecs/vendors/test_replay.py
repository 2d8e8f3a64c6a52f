import json

import pytest

from proxy.codecs.vendors.replay import REPLAY, maker_of
from proxy.core.shape import Quirks
from proxy.core.state import pack
from tests.support.written import call_of, target

CALL = {"id": "c", "type": "function", "function": {"name": "f", "arguments": "{}"}}
DETAILS = [{"type": "reasoning.text", "text": "t", "signature": "s", "index": 0}]
USER = {"role": "user", "content": "a"}


def said(content="b", **more):
    return {"role": "assistant", "content": content, **more}


def sent(policy, *messages, model="anthropic/claude"):
    to = target(model, quirks=Quirks(reasoning_replay=policy))
    return json.loads(call_of({"messages": list(messages)}, to).body)["messages"]


THOUGHT = said(reasoning_content="t", reasoning_details=DETAILS)
PLAIN = said(reasoning_content="t")


@pytest.mark.parametrize(
    ("policy", "message", "native"),
    [
        ("", THOUGHT, THOUGHT),
        ("none", THOUGHT, said()),
        ("none", said(reasoning="t"), said()),
        ("reasoning_content", THOUGHT, PLAIN),
        ("reasoning", THOUGHT, said(reasoning="t")),
        ("reasoning", said(), said()),
        ("tags", THOUGHT, said("<think>t</think>b")),
        ("tags", said(None, reasoning_content="t"), said("<think>t</think>")),
        ("tags", said([{"type": "text", "text": "b"}], reasoning_content="t"), said([{"type": "text", "text": "<think>t</think>"}, {"type": "text", "text": "b"}])),
        ("tags", said(reasoning_content=""), said()),
        ("details", THOUGHT, said(reasoning_details=DETAILS)),
        ("details", PLAIN, said(reasoning="t")),
        ("details", said(reasoning_details=[]), said(reasoning_details=[])),
        ("split", THOUGHT, said(reasoning_details=DETAILS)),
        ("split", PLAIN, said(reasoning_details=[{"type": "reasoning.text", "text": "t"}])),
        ("split", said(), said()),
        ("cerebras", PLAIN, said(reasoning="t")),
        ("deepseek", said(tool_calls=[CALL]), said(tool_calls=[CALL], reasoning_content="")),
        ("deepseek", said(tool_calls=[CALL], reasoning_content="t"), said(tool_calls=[CALL], reasoning_content="t")),
        ("deepseek", THOUGHT, PLAIN),
    ],
)  # fmt: skip
def test_reasoning_goes_back_as_the_vendor_wants_it(policy, message, native):
    assert sent(policy, USER, message) == [USER, native]


def test_glm_at_cerebras_wants_tags():
    assert sent("cerebras", PLAIN, model="zai-glm-4.7") == [said("<think>t</think>b")]


def test_details_come_back_out_of_the_ids_of_tool_calls():
    maker = maker_of(target("anthropic/claude"))
    packed = {**CALL, "id": pack("c", maker, DETAILS)}
    messages = [
        said(None, tool_calls=[packed]),
        {"role": "tool", "tool_call_id": packed["id"], "content": ""},
    ]
    native = [
        said(None, tool_calls=[CALL], reasoning_details=DETAILS),
        {"role": "tool", "tool_call_id": "c", "content": ""},
    ]

    assert sent("details", *messages) == native


@pytest.mark.parametrize(
    "calls", [[3], [{"id": 4}], [{**CALL, "id": pack("c", "other", DETAILS)}], 5]
)
def test_details_of_another_maker_stay_out(calls):
    messages = sent("details", said(None, tool_calls=calls), model="anthropic/claude")

    assert "reasoning_details" not in messages[0]


def test_every_policy_leaves_what_has_no_reasoning():
    for policy in REPLAY:
        assert sent(policy, USER, said(), 3) == [USER, said(), 3]

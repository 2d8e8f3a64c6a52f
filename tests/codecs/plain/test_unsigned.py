import copy

import pytest

from proxy.codecs.plain.unsigned import is_refused, unsigned
from proxy.core.errors import Kind, ProxyError
from proxy.core.shape import ChatRequest
from proxy.core.state import pack

USER = {"role": "user", "content": "Hi"}
CALL = {"id": "fc1", "type": "function", "function": {"name": "tide", "arguments": "{}"}}
PICTURE = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}
EXTRA = {"extra_content": {"google": {"thought_signature": "c2ln"}}}
BARE = {"role": "assistant", "content": None, "tool_calls": [CALL], "images": [PICTURE]}


def signed():
    mark = pack("fc1", "gemini/m", [{"thought_signature": "c2ln"}])
    return {
        **BARE,
        "tool_calls": [{**CALL, **EXTRA, "id": mark}],
        "images": [{**PICTURE, **EXTRA}],
        "thinking_blocks": [{"type": "thinking", "signature": "s"}],
        "reasoning_details": [{"type": "reasoning.encrypted", "data": "s"}],
    }


def test_all_that_was_signed_is_left_out():
    request = ChatRequest(body={"messages": [USER, signed(), USER], "n": 1}, raw=b"{}")
    before = copy.deepcopy(request.body)
    bare = unsigned(request)

    assert bare.body == {"messages": [USER, BARE, USER], "n": 1}
    assert bare.raw == b""
    assert request.body == before


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"messages": "x"},
        {"messages": [USER, BARE, 7]},
        {"messages": [{"role": "assistant", "tool_calls": [7], "images": 7}]},
    ],
)
def test_a_request_without_signatures_has_no_other_form(body):
    assert unsigned(ChatRequest(body=body)) is None


@pytest.mark.parametrize(
    ("status", "message", "refused"),
    [
        (400, "Corrupted thought signature.", True),
        (400, "Corrupted thought.", False),
        (500, "Corrupted thought signature.", False),
        (None, "Corrupted thought signature.", False),
    ],
)
def test_a_refusal_is_known_by_its_words(status, message, refused):
    failure = ProxyError(Kind.INVALID_REQUEST, message, status=status)

    assert is_refused(failure, "thought", "signature") is refused

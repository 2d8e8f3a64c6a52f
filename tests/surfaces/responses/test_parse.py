import json

import pytest

from proxy.core.errors import Kind, ProxyError
from proxy.core.shape import CallOptions
from proxy.surfaces.responses.parse import not_kept, parse

HI = [{"role": "user", "content": "hi"}]


def read(body):
    return parse(json.dumps(body).encode())


def refused(body):
    with pytest.raises(ProxyError) as caught:
        parse(body if isinstance(body, bytes) else json.dumps(body).encode())
    assert caught.value.kind is Kind.INVALID_REQUEST
    return caught.value


def test_a_call_is_said_as_chat_beside_its_own_bytes():
    raw = (
        b'{"model": "m", "input": "hi", "instructions": "Be brief.", "stream": true, "top_p": 0.5}'
    )
    request = parse(raw, (("x-client", "codex"),))

    assert request.body == {
        "model": "m",
        "stream": True,
        "top_p": 0.5,
        "messages": [{"role": "developer", "content": "Be brief."}, *HI],
    }
    assert request.raw is raw
    assert (request.dialect, request.model, request.stream) == ("responses", "m", True)
    assert request.include_usage
    assert request.wants_thinking_blocks
    assert request.forward == (("x-client", "codex"),)
    assert request.only_native == ""


def test_what_is_said_to_us_is_read_and_goes_no_further():
    ours = {"report": True, "previous_response_id": "resp_1"}
    request = read({"models": ["a", "b"], "input": "hi", "firstbyte": ours})

    assert request.models == ("a", "b")
    assert request.options == CallOptions(report=True)
    assert request.body == {"messages": HI}
    assert request.echo["previous_response_id"] == "resp_1"
    assert request.model == ""


def test_null_is_the_same_as_nothing():
    names = (
        "model",
        "stream",
        "tools",
        "reasoning",
        "instructions",
        "prompt",
        "firstbyte",
        "top_k",
    )

    assert read({"input": "hi", **dict.fromkeys(names)}).body == {"messages": HI}


def test_a_response_that_is_not_kept_is_not_found():
    error = refused({"input": "hi", "previous_response_id": "resp_1"})

    assert str(error) == "Previous response with id 'resp_1' not found."
    assert (error.param, error.code) == ("previous_response_id", "previous_response_not_found")
    assert str(not_kept("x" * 99)) == f"Previous response with id '{'x' * 64}' not found."


def test_what_only_the_provider_has_is_left_to_one_that_speaks_this_api():
    request = read({"input": "hi", "prompt": {"id": "pmpt_1"}, "tools": [{"type": "mcp"}]})

    assert request.only_native == (
        "Only a target with a Responses API of its own takes 'prompt' (a prompt that is kept there), "
        "'tools[0].type' (a tool of type 'mcp')."
    )
    assert request.body == {"messages": HI}


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "The request body is empty. Send one JSON object."),
        (b"[]", "The request body is an array. Send one JSON object."),
        ({"input": "hi", "models": "a"}, "Invalid type for 'models': expected an array of strings"),
        ({"input": "hi", "firstbyte": []}, "Invalid type for 'firstbyte': expected an object"),
        ({"model": "m"}, "Missing required parameter: 'input'."),
        (
            {"input": "hi", "firstbyte": {"previous_response_id": 1}},
            "Invalid type for 'firstbyte.previous_response_id': expected a string",
        ),
    ],
)
def test_a_body_that_is_none_is_told_why(body, said):
    assert str(refused(body)).startswith(said)

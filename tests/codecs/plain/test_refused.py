import copy
import json
import re
from unittest.mock import patch

import pytest

from proxy.codecs import faults
from proxy.codecs.plain.refused import LIMITS, refused, told, wish, without
from proxy.core.shape import ChatRequest, HttpCall, Quirks, Target

SENT = ("stream_options", "temperature", "user", "store", "seed", "stream", "presence_penalty")


def target(**details):
    return Target("p", "m", "openai", "http://x", **details)


def said(message, **more):
    return {"error": {"message": message, "type": "invalid_request_error", **more}}


def names(answer, *sent, status=400, asked=None, params=None, stream=True):
    body = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
    failure = faults.fault(status, {}, body)
    members = dict.fromkeys(("model", "messages", *(sent or SENT)), 1)
    call = HttpCall("http://x", (), json.dumps(members).encode())
    request = ChatRequest(members if asked is None else asked, stream=stream)
    return set(refused(failure, request, call, target(params=params or {})))


PYDANTIC = "[{'type': 'extra_forbidden', 'loc': ('body', 'stream_options'), 'msg': 'Extra inputs are not permitted', 'input': {'temperature': True}}]"
SERDE = (
    b"Failed to read the body: unknown field `stream_options`, expected one of `model`, `stream`"
)


@pytest.mark.parametrize(
    "answer",
    [
        said("Unrecognized request argument supplied: stream_options"),
        said("No such thing.", param="stream_options", code="unknown_parameter"),
        said("Unknown parameter: 'stream_options.include_usage'."),
        said("Not permitted.", param="stream_options.include_usage"),
        said("Extra inputs are not permitted, field: 'stream_options', value: {}"),
        said("Additional properties are not allowed ('stream_options' was unexpected)"),
        said('Unknown name "stream_options": Cannot find field.'),
        said("We do not support parameters: ['stream_options'], for model=x."),
        said("streamOptions isn't supported by this model"),
        said("stream_options: not a valid parameter"),
        {"object": "error", "message": PYDANTIC, "type": "BadRequestError", "code": 400},
        {
            "detail": [
                {
                    "type": "extra_forbidden",
                    "loc": ["body", "stream_options"],
                    "msg": "Extra inputs are not permitted",
                }
            ]
        },
        SERDE,
    ],
)
def test_a_field_that_a_server_does_not_know_is_found_in_its_words(answer):
    assert names(answer) == {"stream_options"}
    assert names(answer, status=422) == {"stream_options"}


@pytest.mark.parametrize(
    ("answer", "name"),
    [
        (said("invalid temperature: only 1 is allowed for this model"), "temperature"),
        (said("`temperature` is deprecated for this model."), "temperature"),
        (said("`temperature` may only be set to 1 while thinking"), "temperature"),
        (
            said(
                "Unsupported value: 'temperature' does not support 0.2 with this model. Only the default (1) value is supported.",
                param="temperature",
                code="unsupported_value",
            ),
            "temperature",
        ),
        (
            {
                "code": "Client specified an invalid argument",
                "error": "Model g does not support parameter presencePenalty.",
            },
            "presence_penalty",
        ),
        (said("property 'store' is unsupported, did you mean 'stream'?"), "store"),
        (said("Unrecognized request argument supplied: user"), "user"),
        (said("body.seed: Extra inputs are not permitted"), "seed"),
        (said("seed: Extra inputs are not permitted"), "seed"),
    ],
)
def test_so_is_a_setting_that_is_fixed_and_one_with_an_everyday_name(answer, name):
    assert names(answer) == {name}


@pytest.mark.parametrize(
    "message",
    [
        "Requests with max_tokens > 4096 must have stream=true",
        "This model only support stream mode, please enable the stream parameter.",
        "This model requires streaming.",
        "Streaming is required for this model",
        "Non-streaming mode is not supported here",
    ],
)
def test_a_model_that_only_streams_is_asked_for_a_stream(message):
    answer = said(message, param="max_tokens")

    assert names(answer, "max_tokens", stream=False) == {"stream"}
    assert "stream" not in names(answer, "max_tokens")


def test_several_fields_go_at_once():
    answer = said("We do not support parameters: ['store', 'user'] here")

    assert names(answer) == {"store", "user"}


@pytest.mark.parametrize(
    "answer",
    [
        said("temperature must be between 0 and 1", param="temperature"),
        said("Unknown value for 'store'", param="store"),
        said("Not supported", param="seed", code="invalid_value"),
        said("This model does not support user messages"),
        said("The user may not store this"),
        said("'stream' and 'seed' are not supported together"),
        said("Unknown parameter: 'messages[0].seed'.", param="messages[0].seed"),
        said("Unsupported parameter: 'stop'", param="stop"),
        said("Please leave stream_options alone"),
        said("stream_options needs a stream"),
        said("it failed"),
        said("Model not supported"),
        said("stream_options is not supported", code="context_length_exceeded"),
    ],
)
def test_what_is_not_sure_or_not_of_such_fields_alone_is_the_callers_to_hear(answer):
    assert names(answer) == set()


@pytest.mark.parametrize("name", ["x(", "[", "x-tra", "(?P<x>", "*", "\\"])
def test_a_field_of_any_name_is_no_pattern(name):
    known = said("Unknown parameter: 'seed'.")
    both = said(f"Unknown parameters: 'seed', '{name}'.")

    assert names(known, "seed", name) == {"seed"}
    assert names(both, "seed", name) == set()


def test_a_field_whose_name_would_be_a_costly_pattern_is_looked_for_at_once():
    costly = ["(" * depth + "_+" + ")+" * depth + "$" for depth in range(1, 30)]

    assert names(said("seed is unknown: " + "_" * 1000 + "!"), "seed", *costly) == set()


def test_no_pattern_is_made_of_what_a_caller_sent():
    many = [f"my_field_{at}" for at in range(2000)]
    with patch.object(re, "compile", side_effect=AssertionError("a pattern was made")):
        found = names(said("Unknown parameter: 'seed'."), "seed", *many)

    assert found == {"seed"}


@pytest.mark.parametrize("status", [401, 404, 429, 500])
def test_only_a_refusal_of_the_request_is_read(status):
    assert names(said("Unknown parameter: 'stream_options'."), status=status) == set()


@pytest.mark.parametrize("name", ["n", "tools", "tool_choice", "response_format", "stop"])
def test_what_the_answer_would_be_another_one_without_stays(name):
    answer = said(f"Unsupported parameter: '{name}'", param=name, code="unsupported_parameter")

    assert names(answer, name) == set()


def test_a_value_that_another_could_stand_for_is_not_left_out():
    answer = said(
        "Unsupported value: 'low' is not supported with this model. Supported values are: 'medium'.",
        param="verbosity",
        code="unsupported_value",
    )

    assert names(answer, "verbosity") == set()


def test_an_effort_that_is_no_level_of_a_model_is_the_callers_to_hear():
    answer = said(
        "Unsupported value: 'reasoning_effort' does not support 'none' with this model.",
        param="reasoning_effort",
        code="unsupported_value",
    )

    assert names(answer, "reasoning_effort") == set()


@pytest.mark.parametrize(
    ("message", "gone"),
    [
        ("reasoning_effort 'xhigh' is not supported by this model", set()),
        ("Unsupported reasoning_effort: XHIGH", set()),
        ("reasoning_effort is not supported by this model", {"reasoning_effort"}),
        (
            "Extra inputs are not permitted, field: 'reasoning_effort', value: 'xhigh'",
            {"reasoning_effort"},
        ),
        (
            "[{'loc': ('body', 'reasoning_effort'), 'msg': 'Extra inputs are not permitted', 'input': 'xhigh'}]",
            {"reasoning_effort"},
        ),
    ],
)
def test_one_callers_word_takes_the_field_from_nobody(message, gone):
    asked = {"model": "m", "messages": [], "reasoning_effort": "xhigh"}
    failure = faults.fault(400, {}, json.dumps(said(message)).encode())
    call = HttpCall("http://x", (), json.dumps(asked).encode())

    assert refused(failure, ChatRequest(asked), call, target()) == gone


@pytest.mark.parametrize(
    ("answer", "gone"),
    [
        (said("Unknown parameter: 'stream_options.include_obfuscation'."), set()),
        (said("No such thing.", param="stream_options.include_obfuscation", code="unknown_parameter"), set()),
        (said("Unknown parameter: 'stream_options.include_usage'."), {"stream_options"}),
        (said("Unknown parameter: 'stream_options'."), {"stream_options"}),
        (
            said("[{'loc': ('body', 'stream_options'), 'msg': 'Extra inputs are not permitted', 'input': {'include_obfuscation': False}}]"),
            {"stream_options"},
        ),
        (
            said("Extra inputs are not permitted, field: 'stream_options', value: {'include_obfuscation': False}"),
            {"stream_options"},
        ),
    ],
)  # fmt: skip
def test_what_one_caller_put_into_a_field_takes_it_from_nobody(answer, gone):
    asked = {"stream_options": {"include_usage": True, "include_obfuscation": False}}

    assert names(answer, asked=asked) == gone


def test_whole_answers_are_not_what_is_refused_with_options_of_streams():
    assert names(said("stream_options requires stream=true"), stream=False) == set()


def test_an_effort_goes_where_it_is_not_known_and_not_where_tools_are_in_its_way():
    unknown = said("Unsupported parameter: 'reasoning_effort' is not supported", code="x")
    beside = said("Function tools with reasoning_effort are not supported for m")

    assert names(unknown, "reasoning_effort") == {"reasoning_effort"}
    assert names(beside, "reasoning_effort", "tools") == set()


@pytest.mark.parametrize(("name", "other"), LIMITS.items())
def test_a_limit_is_refused_by_its_name_and_not_for_its_size(name, other):
    wrong = said(f"Unsupported parameter: '{name}'. Use '{other}' instead.", param=name)
    large = said(f"{name} is too large: 9. This model supports at most 8.", param=name)

    assert names(wrong, name) == {name}
    assert names(large, name) == set()


def test_what_we_added_goes_and_a_callers_own_word_for_it_stays():
    answer = said("chat_template_kwargs: Extra inputs are not permitted")

    assert names(answer, "chat_template_kwargs", asked={"reasoning_effort": "low"}) == {
        "chat_template_kwargs"
    }
    assert names(answer, "chat_template_kwargs") == set()


def test_what_the_operator_set_stays_but_for_the_name_of_a_limit():
    params = {"temperature": 1, "max_tokens": 5}

    assert names(said("Unknown parameter: 'temperature'"), params=params) == set()
    assert names(
        said("Unknown parameter: 'max_tokens'", param="max_tokens"), "max_tokens", params=params
    ) == {"max_tokens"}


def test_a_target_without_fields_is_written_to_without_them():
    before = target(quirks=Quirks(rename={"seed": "random_seed"}, drop=frozenset({"store"})))
    kept = copy.deepcopy(before)
    after = without(before, {"stream_options", "user"})

    assert before == kept
    assert after.quirks.drop == {"store", "user"}
    assert after.quirks.rename == {"seed": "random_seed"}
    assert not after.quirks.stream_options
    assert without(before, {"user"}).quirks.stream_options


def test_of_two_names_of_a_limit_the_other_one_is_written():
    compatible = target(quirks=Quirks(rename={"max_completion_tokens": "max_tokens", "a": "b"}))
    newer = without(compatible, {"max_tokens"})
    older = without(newer, {"max_completion_tokens"})

    assert newer.quirks.rename == {"a": "b", "max_tokens": "max_completion_tokens"}
    assert older.quirks.rename == {"a": "b", "max_completion_tokens": "max_tokens"}
    assert not newer.quirks.drop


def test_a_target_that_only_streams_is_asked_for_streams_after_its_other_edits():
    quirks = without(target(quirks=Quirks(request=("no_names",))), {"stream"}).quirks

    assert (quirks.request, quirks.drop) == (("no_names", "streamed"), frozenset())


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("user", "user"),
        ("max_tokens", "max_tokens (max_completion_tokens in its place)"),
        ("stream", "whole answers (streams in their place)"),
    ],
)
def test_the_log_says_what_goes_in_the_place_of_what_was_refused(name, words):
    assert told(name) == words


@pytest.mark.parametrize(
    ("name", "body", "word"),
    [
        ("chat_template_kwargs", {"reasoning_effort": "low"}, "reasoning_effort"),
        ("enable_thinking", {"thinking": {"type": "enabled"}}, "thinking"),
        ("enable_thinking", {}, None),
        ("separate_reasoning", {"reasoning_effort": "low"}, None),
    ],
)
def test_a_wish_has_the_callers_own_word(name, body, word):
    assert wish(name, body) == word

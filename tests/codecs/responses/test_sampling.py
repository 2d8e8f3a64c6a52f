import pytest

from proxy.core.errors import Kind
from tests.support.replies import ALWAYS, PLAIN, STRANGER, THINKER, complaint, dropped, native

SCHEMA = {"type": "object", "properties": {"n": {"type": "integer"}}}
ENCRYPTED = ["reasoning.encrypted_content"]
LOGPROBS = ["message.output_text.logprobs"]


@pytest.mark.parametrize(
    ("body", "limit"),
    [
        ({"max_tokens": 100}, 100),
        ({"max_completion_tokens": 100, "max_tokens": 50}, 100),
        ({"max_completion_tokens": 4}, 16),
    ],
)
def test_the_limit_has_one_name_and_a_least_value(body, limit):
    assert native(body)["max_output_tokens"] == limit


def test_sampling_keeps_its_names():
    body = native({"temperature": 1.5, "top_p": 0.5})

    assert (body["temperature"], body["top_p"]) == (1.5, 0.5)


def test_log_probabilities_are_included_by_name():
    body = native({"logprobs": True, "top_logprobs": 3})

    assert (body["include"], body["top_logprobs"]) == (LOGPROBS, 3)
    assert "include" not in native({"logprobs": False})


@pytest.mark.parametrize(("model", "body"), [(THINKER, {"reasoning_effort": "high"}), (ALWAYS, {})])
def test_a_model_that_thinks_is_drawn_from_in_its_own_way(model, body):
    drawn = {"temperature": 0, "top_p": 0.5, "logprobs": True, "top_logprobs": 3}
    written = native({**body, **drawn}, model)

    assert written["include"] == ENCRYPTED
    assert not drawn.keys() & written.keys()
    assert dropped({**body, **drawn}, model) == (
        "temperature",
        "top_p",
        "top_logprobs",
        "logprobs",
    )


def test_a_model_that_does_not_think_now_is_drawn_from_as_asked():
    body = native({"reasoning_effort": "none", "temperature": 0}, THINKER)

    assert body["temperature"] == 0
    assert body["reasoning"] == {"effort": "none"}


def test_a_model_that_we_do_not_know_is_drawn_from_as_asked():
    body = native({"reasoning_effort": "high", "temperature": 0}, STRANGER)

    assert body["temperature"] == 0
    assert body["include"] == ENCRYPTED


def test_who_asks_for_reasoning_is_shown_it():
    body = native({"reasoning_effort": "high"}, THINKER)

    assert body["reasoning"] == {"effort": "high", "summary": "auto"}


def test_a_reasoning_object_is_nearly_the_native_one():
    given = {"effort": "low", "summary": "detailed", "max_tokens": 9}
    body = native({"reasoning": given}, THINKER)

    assert body["reasoning"] == {"effort": "low", "summary": "detailed"}
    assert dropped({"reasoning": given}, THINKER) == ("reasoning",)
    assert dropped({"reasoning": {"effort": "low"}}, THINKER) == ()


@pytest.mark.parametrize(
    ("model", "include"),
    [(PLAIN, None), (STRANGER, None), (THINKER, ENCRYPTED), (ALWAYS, ENCRYPTED)],
)
def test_encrypted_reasoning_is_asked_of_models_that_have_it(model, include):
    body = native({}, model)

    assert (body.get("include"), body["store"]) == (include, False)
    assert "reasoning" not in body


def test_what_else_is_to_be_included_is_said_once():
    given = ["web_search_call.action.sources", *ENCRYPTED, 7]

    assert native({"include": given}, THINKER)["include"] == given[:2]


@pytest.mark.parametrize(
    ("given", "form"),
    [
        ({"type": "text"}, {"type": "text"}),
        ({"type": "json_object"}, {"type": "json_object"}),
        (
            {"type": "json_schema", "json_schema": {"name": "n", "schema": SCHEMA}},
            {"type": "json_schema", "name": "n", "schema": SCHEMA, "strict": False},
        ),
        (
            {
                "type": "json_schema",
                "json_schema": {"name": "n", "schema": SCHEMA, "strict": True, "description": "d"},
            },
            {
                "type": "json_schema",
                "name": "n",
                "description": "d",
                "schema": SCHEMA,
                "strict": True,
            },
        ),
    ],
)
def test_the_answers_form_is_flat(given, form):
    assert native({"response_format": given})["text"] == {"format": form}


def test_verbosity_stands_beside_the_form():
    body = native({"verbosity": "low", "response_format": {"type": "json_object"}})

    assert body["text"] == {"format": {"type": "json_object"}, "verbosity": "low"}


def test_the_user_is_who_two_newer_fields_name():
    assert native({"user": "u1"}) | {"input": []} == {
        "model": PLAIN,
        "input": [],
        "store": False,
        "safety_identifier": "u1",
        "prompt_cache_key": "u1",
    }
    named = native({"user": "u1", "safety_identifier": "s", "prompt_cache_key": "k"})
    assert (named["safety_identifier"], named["prompt_cache_key"]) == ("s", "k")


def test_nothing_is_stored_unless_that_is_asked_for():
    assert native({"store": True})["store"] is True
    assert native({"store": False})["store"] is False


def test_padding_may_be_declined():
    options = {"include_usage": True, "include_obfuscation": False}

    assert native({"stream_options": options}, stream=True)["stream_options"] == {
        "include_obfuscation": False
    }
    assert "stream_options" not in native({"stream_options": {"include_usage": True}}, stream=True)
    assert "stream_options" not in native({"stream_options": options})
    assert "stream_options" not in native({"stream_options": 7}, stream=True)


def test_one_answer_in_text_is_what_there_is():
    assert native({"n": 1, "modalities": ["text"]}).keys() == {"model", "input", "store"}
    assert native({"modalities": []}).keys() == {"model", "input", "store"}


@pytest.mark.parametrize(
    ("body", "kind", "param"),
    [
        ({"max_tokens": "9"}, Kind.INVALID_REQUEST, "max_completion_tokens"),
        ({"max_completion_tokens": True}, Kind.INVALID_REQUEST, "max_completion_tokens"),
        ({"temperature": "hot"}, Kind.INVALID_REQUEST, "temperature"),
        ({"top_p": True}, Kind.INVALID_REQUEST, "top_p"),
        ({"reasoning_effort": 3}, Kind.INVALID_REQUEST, "reasoning_effort"),
        ({"reasoning": "high"}, Kind.INVALID_REQUEST, "reasoning"),
        ({"response_format": "json"}, Kind.INVALID_REQUEST, "response_format"),
        ({"response_format": {"type": "grammar"}}, Kind.UNSUPPORTED, "response_format.type"),
        (
            {"response_format": {"type": "json_schema"}},
            Kind.INVALID_REQUEST,
            "response_format.json_schema",
        ),
        ({"user": 7}, Kind.INVALID_REQUEST, "user"),
        ({"include": "all"}, Kind.INVALID_REQUEST, "include"),
        ({"n": 2}, Kind.UNSUPPORTED, "n"),
        ({"modalities": ["text", "audio"]}, Kind.UNSUPPORTED, "modalities"),
    ],
)
def test_what_has_no_form_is_complained_of_by_its_name(body, kind, param):
    error = complaint(body)

    assert (error.kind, error.param) == (kind, param)


@pytest.mark.parametrize(
    ("model", "body", "effort"),
    [
        (THINKER, {"thinking": {"type": "enabled", "budget_tokens": 2_000}}, "low"),
        (ALWAYS, {"thinking": {"type": "adaptive"}}, "medium"),
        (ALWAYS, {"thinking": {"type": "enabled"}, "reasoning_effort": "high"}, "high"),
        (ALWAYS, {"thinking": {"type": "disabled"}}, None),
        (ALWAYS, {"thinking": {}}, None),
        (PLAIN, {"thinking": {"type": "disabled"}}, None),
    ],
)
def test_thinking_is_an_effort_where_nobody_said_one(model, body, effort):
    assert native(body, model).get("reasoning", {}).get("effort") == effort
    assert "thinking" not in dropped(body, model)


@pytest.mark.parametrize("model", [PLAIN, STRANGER])
def test_thinking_is_dropped_for_models_that_cannot_be_told(model):
    body = {"thinking": {"type": "enabled", "budget_tokens": 2_000}}

    assert "reasoning" not in native(body, model)
    assert "thinking" in dropped(body, model)

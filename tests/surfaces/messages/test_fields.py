import pytest

from proxy.core.errors import ProxyError
from proxy.surfaces.messages.fields import MAX_USER, write_fields


def written(**sent):
    chat = {}
    write_fields(chat, sent)
    return chat


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({"model": "m"}, {"model": "m"}),
        ({"max_tokens": 9}, {"max_tokens": 9}),
        ({"max_tokens": 0}, {"max_tokens": 1}),
        ({"stream": True}, {"stream": True}),
        ({"temperature": 0.5, "top_p": 1}, {"temperature": 0.5, "top_p": 1}),
        ({"top_k": 5}, {"top_k": 5}),
        ({"stop_sequences": ["a", " "]}, {"stop": ["a", " "]}),
        ({"stop_sequences": []}, {}),
        ({"metadata": {"user_id": "u"}}, {"user": "u"}),
        ({"metadata": {"user_id": None}}, {}),
        ({"service_tier": "auto"}, {"service_tier": "auto"}),
        ({"service_tier": "standard_only"}, {"service_tier": "default"}),
        (
            {"thinking": {"type": "enabled", "budget_tokens": 2000}},
            {"thinking": {"type": "enabled", "budget_tokens": 2000}},
        ),
        ({"output_config": {"effort": "low"}}, {"reasoning_effort": "low"}),
        ({"temperature": None, "tools": None, "metadata": None}, {}),
        ({"a_new_field": 1, "speed": None, "mcp_servers": []}, {}),
        (
            {"context_management": {"edits": []}, "speed": "fast"},
            {"speed": "fast"},
        ),
    ],
)
def test_a_field_says_in_chat_what_it_said(sent, said):
    assert written(**sent) == said


def test_the_choice_is_read_after_the_tools_wherever_it_stands():
    tool = {"name": "tide", "input_schema": {"type": "object"}}

    assert written(tool_choice={"type": "any"}, tools=[tool])["tool_choice"] == "required"


def test_a_long_user_id_becomes_a_digest_that_tells_users_apart():
    one, other = (written(metadata={"user_id": "u" * 200 + end})["user"] for end in "ab")

    assert len(one) == len(other) == MAX_USER
    assert one != other


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({"model": 5}, "model: Input should be a valid string"),
        ({"max_tokens": -1}, "max_tokens: Input should be greater than or equal to 0"),
        ({"max_tokens": "9"}, "max_tokens: Input should be a valid integer"),
        ({"stream": "yes"}, "stream: Input should be a valid boolean"),
        ({"temperature": "hot"}, "temperature: Input should be a valid number"),
        ({"top_k": 1.5}, "top_k: Input should be a valid integer"),
        ({"stop_sequences": "a"}, "stop_sequences: Input should be a valid list"),
        ({"stop_sequences": ["a", 5]}, "stop_sequences.1: Input should be a valid string"),
        ({"metadata": 5}, "metadata: Input should be a valid dictionary"),
        ({"metadata": {"user_id": 5}}, "metadata.user_id: Input should be a valid string"),
        ({"service_tier": 5}, "service_tier: Input should be a valid string"),
        ({"thinking": "on"}, "thinking: Input should be a valid dictionary"),
        ({"thinking": {}}, "thinking.type: Field required"),
        ({"tools": {}}, "tools: Input should be a valid list"),
    ],
)
def test_a_value_out_of_form_is_refused_with_its_place(sent, said):
    with pytest.raises(ProxyError) as caught:
        written(**sent)

    assert caught.value.message == said

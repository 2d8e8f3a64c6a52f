"""Tools with names that a provider refuses, through the whole proxy: every API's own SDK, whole and streamed."""

import anthropic
import pytest

from tests.support.house import house as house
from tests.support.sdks import client as client

LONG = "mcp__plugin_harbour_almanac_for_pilots__harbour__tide_table_of_one_single_port"
DOTTED = "harbour.wind"
ASKED = [{"role": "user", "content": "Tide at Cork?"}]
SCHEMA = {
    "type": "object",
    "properties": {"port": {"type": "string"}},
    "required": ["port"],
    "additionalProperties": False,
}
TOOLS = [
    {"type": "function", "function": {"name": name, "parameters": SCHEMA}}
    for name in (LONG, DOTTED)
]
# One target that speaks OpenAI's chat, one that speaks Anthropic's protocol, and one behind three that fail.
WAYS = ["chat", "native", "cascade"]


def answered(client, *, stream, **fields):
    if not stream:
        return client.chat.completions.create(**fields).choices[0]
    with client.chat.completions.stream(**fields) as events:
        return events.get_final_completion().choices[0]


@pytest.mark.parametrize("name", [LONG, DOTTED])
@pytest.mark.parametrize("model", WAYS)
@pytest.mark.parametrize("stream", [True, False])
def test_a_tool_of_any_name_is_called_and_answered(house, client, model, stream, name):
    fields = {"model": model, "tools": TOOLS}
    chosen = {"type": "function", "function": {"name": name}}
    with house.recording() as calls:
        first = answered(client, stream=stream, messages=ASKED, tool_choice=chosen, **fields)
        message = first.message
        result = {"role": "tool", "tool_call_id": message.tool_calls[0].id, "content": "14:20"}
        history = [*ASKED, message.model_dump(exclude_none=True, exclude={"parsed"}), result]
        second = answered(client, stream=stream, messages=history, **fields)

    assert [call.function.name for call in message.tool_calls] == [name]
    assert first.finish_reason == "tool_calls"
    assert "14:20" in second.message.content
    # The simulated providers refuse such a name as theirs do.
    assert len(calls) >= 2
    assert not any(DOTTED in str(call.body) for call in calls)


@pytest.mark.parametrize("stream", [True, False])
def test_a_caller_of_messages_may_have_longer_names_than_openai(house, stream):
    tools = [{"name": LONG, "input_schema": SCHEMA}]
    fields = {"model": "chat", "max_tokens": 99, "messages": ASKED, "tools": tools}
    root = house.root
    with anthropic.Anthropic(base_url=root, api_key="unused", max_retries=0) as client:
        if stream:
            with client.messages.stream(**fields) as events:
                answer = events.get_final_message()
        else:
            answer = client.messages.create(**fields)

    assert [block.name for block in answer.content if block.type == "tool_use"] == [LONG]


@pytest.mark.parametrize("stream", [True, False])
def test_so_may_a_caller_of_responses(client, stream):
    tools = [{"type": "function", "name": DOTTED, "parameters": SCHEMA, "strict": False}]
    fields = {"model": "native", "input": ASKED, "tools": tools}
    if stream:
        with client.responses.stream(**fields) as events:
            answer = events.get_final_response()
    else:
        answer = client.responses.create(**fields)

    assert [each.name for each in answer.output if each.type == "function_call"] == [DOTTED]

"""OpenAI's own SDK for Python against the whole proxy, over real sockets: everything beyond chat, which
`test_whole_proxy.py` has."""

import base64
import struct
import subprocess
import sys

import openai
import pytest
from pydantic import BaseModel

from proxy.core import jsons
from tests.support.house import house as house
from tests.support.sdks import client as client
from tests.support.turns import HANGS

TEXT = "Hello from the other side"
TIDE = {
    "type": "function",
    "name": "tide",
    "parameters": {
        "type": "object",
        "properties": {"port": {"type": "string"}},
        "required": ["port"],
        "additionalProperties": False,
    },
    "strict": True,
}
# One target that speaks OpenAI's chat, one that speaks Anthropic's protocol, and one behind three that fail.
WAYS = ["chat", "native", "cascade"]


class Tide(BaseModel):
    port: str
    height: int


# Responses.


@pytest.mark.parametrize("model", WAYS)
def test_a_response(client, model):
    response = client.responses.create(model=model, input=TEXT)

    assert response.status == "completed"
    assert response.output_text.strip() == TEXT
    assert response.usage.total_tokens == response.usage.input_tokens + response.usage.output_tokens


@pytest.mark.parametrize("model", WAYS)
def test_a_streamed_response(client, model):
    with client.responses.stream(model=model, input=TEXT) as stream:
        events = list(stream)
        final = stream.get_final_response()

    kinds = [event.type for event in events]
    assert kinds[:2] == ["response.created", "response.in_progress"]
    assert kinds[-1] == "response.completed"
    assert [event.sequence_number for event in events] == list(range(len(events)))
    deltas = [event.delta for event in events if event.type == "response.output_text.delta"]
    assert "".join(deltas) == final.output_text
    assert final.output_text.strip() == TEXT
    assert final.usage.total_tokens > 0


@pytest.mark.parametrize("model", ["chat", "native"])
def test_a_response_in_a_form(client, model):
    response = client.responses.parse(model=model, input=TEXT, text_format=Tide)

    assert isinstance(response.output_parsed, Tide)


@pytest.mark.parametrize("model", ["chat", "native"])
@pytest.mark.parametrize("stream", [True, False])
def test_tools_of_responses_over_two_turns(client, model, stream):
    asked = [{"role": "user", "content": "Tide at Cork?"}]
    if stream:
        with client.responses.stream(model=model, input=asked, tools=[TIDE]) as events:
            first = events.get_final_response()
    else:
        first = client.responses.create(model=model, input=asked, tools=[TIDE])
    (call,) = [item for item in first.output if item.type == "function_call"]
    assert call.name == "tide"
    assert "port" in jsons.decode_object(call.arguments.encode())

    said = [item.model_dump(exclude_none=True, mode="json") for item in first.output]
    result = {"type": "function_call_output", "call_id": call.call_id, "output": "high at 14:20"}
    second = client.responses.create(model=model, input=[*asked, *said, result], tools=[TIDE])

    assert "14:20" in second.output_text


@pytest.mark.parametrize("model", ["chat", "native"])
@pytest.mark.parametrize("stream", [True, False])
def test_a_response_goes_on_from_one_that_is_kept(client, model, stream):
    first = client.responses.create(model=model, input="Tide at Cork?", tools=[TIDE])
    (call,) = [item for item in first.output if item.type == "function_call"]
    result = {"type": "function_call_output", "call_id": call.call_id, "output": "high at 14:20"}
    further = {"previous_response_id": first.id, "input": [result], "tools": [TIDE]}
    if stream:
        with client.responses.stream(model=model, **further) as events:
            second = events.get_final_response()
    else:
        second = client.responses.create(model=model, **further)
    third = client.responses.create(model=model, previous_response_id=second.id, input="Once more?")

    assert "14:20" in second.output_text
    assert second.previous_response_id == first.id
    assert third.output_text.strip()


def test_a_kept_response_can_be_read_again_and_deleted(client):
    kept = client.responses.create(model="chat", input=TEXT)
    read = client.responses.retrieve(kept.id)
    items = client.responses.input_items.list(kept.id).data
    client.responses.delete(kept.id)

    assert read.output_text == kept.output_text
    assert items[0].content[0].text == TEXT
    with pytest.raises(openai.NotFoundError):
        client.responses.retrieve(kept.id)


def test_a_response_that_is_not_to_be_kept_is_not(client):
    gone = client.responses.create(model="chat", input=TEXT, store=False)

    with pytest.raises(openai.NotFoundError):
        client.responses.retrieve(gone.id)
    with pytest.raises(openai.BadRequestError) as caught:
        client.responses.create(model="chat", input=TEXT, previous_response_id=gone.id)
    assert caught.value.code == "previous_response_not_found"
    assert caught.value.param == "previous_response_id"


def test_the_tokens_of_a_response_are_counted_before_it_is_asked_for(client):
    counted = client.responses.input_tokens.count(model="chat", input=TEXT)

    assert counted.object == "response.input_tokens"
    assert 4 <= counted.input_tokens <= 40


@pytest.mark.parametrize("stream", [True, False])
def test_a_failed_response_raises_with_the_attempts(house, client, stream):
    house.known_to_nobody("spoilt", "fail-500", "overloaded")

    with pytest.raises(openai.InternalServerError) as caught:
        client.responses.create(
            model="gpt/spoilt-fail-500",
            input=TEXT,
            stream=stream,
            extra_body={"models": ["claude/spoilt-overloaded"]},
        )

    assert caught.value.status_code == 502
    assert [a["code"] for a in caught.value.body["attempts"]] == ["server_error", "overloaded"]


@pytest.mark.parametrize("model", ["cut", "cut-native"])
def test_a_cut_response_raises(client, model):
    stream = client.responses.create(model=model, input=TEXT, stream=True)

    with pytest.raises(openai.APIError, match=r".+"):
        list(stream)


# Completions.


@pytest.mark.parametrize("model", WAYS)
def test_a_completion(client, model):
    answer = client.completions.create(model=model, prompt=TEXT, max_tokens=50)

    assert answer.object == "text_completion"
    assert answer.choices[0].text.strip() == TEXT
    assert answer.choices[0].finish_reason == "stop"
    assert answer.usage.total_tokens > 0


@pytest.mark.parametrize("model", WAYS)
def test_a_streamed_completion(client, model):
    stream = client.completions.create(
        model=model, prompt=TEXT, stream=True, stream_options={"include_usage": True}
    )
    chunks = list(stream)

    text = "".join(choice.text for chunk in chunks for choice in chunk.choices)
    assert text.strip() == TEXT
    assert chunks[-1].usage.total_tokens > 0


# Embeddings.


def test_vectors_come_as_numbers_whichever_form_travels(client):
    # The SDK asks for base64 by itself and unpacks it.
    packed = client.embeddings.create(model="chat", input=["a", "b"])
    plain = client.embeddings.create(model="chat", input=["a", "b"], encoding_format="float")

    assert [item.index for item in packed.data] == [0, 1]
    for ours, theirs in zip(packed.data, plain.data, strict=True):
        assert ours.embedding == pytest.approx(theirs.embedding, abs=1e-6)
    assert packed.usage.total_tokens > 0


def test_vectors_can_be_had_as_they_travel_and_in_a_size(client):
    raw = client.embeddings.with_raw_response.create(
        model="mock/echo", input="a", dimensions=4, encoding_format="base64"
    )
    packed = base64.b64decode(jsons.decode_object(raw.content)["data"][0]["embedding"])

    assert len(struct.unpack("<4f", packed)) == 4
    assert raw.headers["x-firstbyte-target"] == "mock/echo"


def test_vectors_fail_over(client):
    raw = client.embeddings.with_raw_response.create(
        model="gpt/fail-500", input="a", extra_body={"models": ["gpt/echo"]}
    )

    assert raw.headers["x-firstbyte-cascade"].endswith("gpt/echo=served")


def test_vectors_of_who_has_none_are_a_400(client):
    with pytest.raises(openai.BadRequestError, match="no embeddings"):
        client.embeddings.create(model="native", input="a")


# Models.


def test_models_are_listed_and_found(client):
    names = [model.id for model in client.models.list()]

    assert {"chat", "native", "gpt/echo", "mock/echo"} <= set(names)
    assert client.models.retrieve("gpt/echo").owned_by == "gpt"
    with pytest.raises(openai.NotFoundError):
        client.models.retrieve("nothing/like-it")


# The lines that `firstbyte snippets` prints.


@pytest.mark.parametrize("tool", ["openai-python", "anthropic-python"])
def test_the_python_that_we_print_runs_as_it_is(house, tool):
    program = house.snippet(tool, "chat")
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=HANGS, check=False
    )

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.strip() == "Hello"


def test_the_shell_line_that_we_print_runs_as_it_is(house):
    line = house.snippet("curl", "chat")
    done = subprocess.run(
        ["sh", "-c", line], capture_output=True, text=True, timeout=HANGS, check=True
    )

    assert '"content":"Hello"' in done.stdout
    assert done.stdout.rstrip().endswith("data: [DONE]")

import pytest

from proxy.codecs.cohere.answer import MAX_BLOCKS, Answer
from proxy.core.errors import Kind, ProxyError

DOCUMENT = {"type": "document", "id": "doc:0"}
DONE = {"finish_reason": "COMPLETE"}


def answer():
    made = Answer(7, "m", 1000)
    made.begin({"id": "c14"})
    return made


def delta(chunks):
    [chunk] = chunks
    return chunk["choices"][0]["delta"]


def test_an_answer_opens_once_with_its_id():
    made = Answer(7, "m", 1000)
    [role] = made.begin({"id": "c14"})

    assert role["choices"][0]["delta"] == {"role": "assistant", "content": ""}
    assert (role["id"], role["created"], role["model"]) == ("c14", 7, "m")
    assert made.begin({"id": "other"}) == []


@pytest.mark.parametrize("value", [{}, {"id": 5}, {"id": ""}])
def test_an_id_that_is_not_said_is_made_up_the_same_each_time(value):
    [one], [two] = Answer(7, "m", 9).begin(value), Answer(8, "m", 9).begin(value)

    assert one["id"] == two["id"]
    assert one["id"].startswith("chatcmpl-")


def test_text_thoughts_and_plans_have_their_places():
    made = answer()

    assert delta(made.block(0, {"type": "thinking", "thinking": "a"})) == {"reasoning_content": "a"}
    assert delta(made.plan("b")) == {"reasoning_content": "b"}
    assert delta(made.block(1, {"type": "text", "text": "c"})) == {"content": "c"}
    assert made.block(2, "x") == made.say(None) == made.say({"text": 5}) == made.plan(5) == []


def test_log_probabilities_go_with_their_text():
    [chunk] = answer().say({"text": "a"}, {"text": "a", "logprobs": [-1]})

    assert chunk["choices"][0]["logprobs"]["content"][0]["logprob"] == -1


def test_citations_point_into_the_content_as_a_whole():
    made = answer()
    made.block(0, {"type": "thinking", "thinking": "long thoughts"})
    made.block(1, {"type": "text", "text": "one "})
    made.block(2, {"type": "text", "text": "two"})
    cited = {"start": 0, "end": 3, "sources": [DOCUMENT], "content_index": 2}

    [note] = delta(made.cite(cited))["annotations"]
    assert (note["start_index"], note["end_index"]) == (4, 7)
    assert made.cite({}) == []


def test_blocks_have_a_bound():
    made = answer()
    for at in range(MAX_BLOCKS):
        made.block(at, {"type": "text"})
    with pytest.raises(ProxyError) as caught:
        made.block(MAX_BLOCKS, {"type": "text"})

    assert caught.value.kind is Kind.MALFORMED


def test_an_end_closes_calls_and_counts():
    made = answer()
    made.calls.start(0, {"id": "c", "function": {"name": "f"}})
    usage = {"tokens": {"input_tokens": 3, "output_tokens": 2}}
    arguments, finish, counted = made.end({**DONE, "usage": usage})

    assert delta([arguments])["tool_calls"][0]["function"] == {"arguments": "{}"}
    assert finish["choices"][0]["finish_reason"] == "tool_calls"
    assert counted["usage"]["total_tokens"] == 5


def test_an_end_alone_is_an_answer_that_says_nothing():
    role, finish = Answer(7, "m", 9).end(DONE)

    assert role["choices"][0]["delta"]["role"] == "assistant"
    assert finish["choices"][0]["finish_reason"] == "stop"


def test_an_end_may_be_a_failure():
    with pytest.raises(ProxyError, match="no luck"):
        answer().end({"finish_reason": "ERROR", "error": "no luck"})


def test_arguments_cut_by_the_limit_are_no_failure():
    made = answer()
    made.calls.start(0, {"function": {"name": "f", "arguments": "{"}})

    assert made.end({"finish_reason": "MAX_TOKENS"})[-1]["choices"][0]["finish_reason"] == "length"

    broken = answer()
    broken.calls.start(0, {"function": {"name": "f", "arguments": "{"}})
    with pytest.raises(ProxyError) as caught:
        broken.end(DONE)
    assert caught.value.kind is Kind.MALFORMED

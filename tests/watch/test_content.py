"""What was said in a call, as the log writes it."""

from pathlib import Path

import jsonschema
import pytest

from proxy.core import jsons
from proxy.core.content import Content
from proxy.watch.content import MAX_SHOWN, line, sentences

SCHEMA = jsons.decode_object(
    (Path(__file__).resolve().parents[2] / "docs" / "log-content.schema.json").read_bytes()
)
REQUEST = {
    "model": "m",
    "messages": [{"role": "system", "content": "be brief"}, {"role": "user", "content": "hi"}],
}
CALL = {"id": "c", "type": "function", "function": {"name": "look", "arguments": '{"a":1}'}}
ANSWER = [{"index": 0, "message": {"role": "assistant", "content": "ho"}, "finish_reason": "stop"}]


def content(request=REQUEST, answer=ANSWER, is_cut=False):
    return Content("req_1", "chat", 5.12345, request, answer, is_cut)


@pytest.mark.parametrize(
    "said", [content(), content(answer=None), content('{"model', is_cut=True)], ids=str
)
def test_a_line_is_what_its_schema_says(said):
    record = jsons.decode_object(line(said))
    jsonschema.Draft202012Validator(SCHEMA).validate(record)

    assert (record["at"], record["event"], record["request_id"]) == (5.123, "content", "req_1")
    assert (record["request"], record["answer"]) == (said.request, said.answer)
    assert record.get("is_cut", False) == said.is_cut


def test_a_line_has_no_end_within():
    assert b"\n" not in line(content({"prompt": "a\nb"}))


@pytest.mark.parametrize(
    ("request_", "shown"),
    [
        (REQUEST, "hi"),
        ({"input": "from Responses"}, "from Responses"),
        (
            {"input": [{"role": "user", "content": [{"type": "input_text", "text": "parts"}]}]},
            "parts",
        ),
        ({"input": [{"type": "function_call_output", "output": "12 degrees"}]}, "12 degrees"),
        ({"prompt": ["a", "b"]}, "b"),
        ({"prompt": "complete me"}, "complete me"),
        ('{"model":"m","mess', '{"model":"m","mess'),
        ({"model": "m"}, "(nothing)"),
        ({"input": 7}, "(nothing)"),
    ],
)
def test_at_a_terminal_what_was_said_last_is_shown(request_, shown):
    assert sentences(content(request_))[0] == f"  asked: {shown}"


def test_at_a_terminal_an_answer_is_its_words_and_its_calls():
    message = {"content": "ho", "reasoning_content": "hm", "tool_calls": [CALL]}

    assert sentences(content(answer=[{"message": message}]))[1] == '  said:  hm ho look({"a":1})'
    assert sentences(content(answer=None))[1] == "  said:  (nothing)"


def test_nothing_that_is_said_acts_on_a_terminal():
    asked, _ = sentences(content({"prompt": "a\x1b[2Jb\nc\u2028d\r"}))

    assert asked == "  asked: a [2Jb c d "


def test_what_is_shown_is_short():
    asked, _ = sentences(content({"prompt": "a" * 10_000}))

    assert len(asked) == len("  asked: ") + MAX_SHOWN
    assert asked.endswith("a…")

import json

import pytest

from proxy.core.errors import ProxyError
from proxy.surfaces.messages.count import (
    FILE,
    IMAGE,
    PER_MESSAGE,
    TOOLS,
    count_tokens,
    parse_count,
)

PDF = {"type": "base64", "media_type": "application/pdf", "data": "A" * 64_000}


def counted(content, **sent):
    body = {"model": "m", "messages": [{"role": "user", "content": content}], **sent}
    return count_tokens(parse_count(json.dumps(body).encode()))


def of_block(block):
    return counted([block]) - counted("")


def test_a_request_need_not_say_how_long_an_answer_may_be():
    assert counted("Hi") == PER_MESSAGE + 1

    with pytest.raises(ProxyError, match="messages: Field required"):
        parse_count(b"{}")


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        # By published tokenizers, at the least and at twice that.
        ("The tide at Cork turns at twenty past two in the afternoon. " * 20, 260),
        ("def tide(port: str) -> float:\n    return table[port]['high']\n" * 20, 320),
        ("潮は午後二時二十分に変わります。" * 20, 240),
    ],
)
def test_text_counts_more_than_tokenizers_make_of_it_and_not_twice_as_much(text, tokens):
    assert tokens <= counted(text) <= 2 * tokens


def test_every_part_of_a_prompt_counts():
    tool = {"name": "tide", "input_schema": {"type": "object"}}
    search = {"type": "web_search_20250305", "name": "web_search"}
    call = {"type": "tool_use", "id": "t", "name": "tide", "input": {"port": "x" * 350}}
    thought = {"type": "thinking", "thinking": "x" * 350, "signature": "s"}
    turns = [{"role": "assistant", "content": [thought, call]}]
    schema = {"format": {"type": "json_schema", "schema": {"title": "x" * 350}}}

    assert counted([{"type": "text", "text": "x" * 350}] * 2) == counted("") + 200
    assert counted("", system="x" * 350) == counted("") + 100 + PER_MESSAGE
    assert counted("", tools=[tool]) > counted("") + TOOLS
    assert counted("", tools=[search]) > counted("") + TOOLS
    assert counted("", messages=turns) > 200
    assert counted("", output_config=schema) > counted("") + 100


@pytest.mark.parametrize(
    ("block", "tokens"),
    [
        ({"type": "image", "source": {"type": "url", "url": "https://x.test/a"}}, IMAGE),
        ({"type": "image", "source": {"type": "file", "file_id": "f"}}, IMAGE),
        ({"type": "document", "source": PDF}, 4_002),
        ({"type": "document", "source": {"type": "file", "file_id": "f"}}, FILE),
        ({"type": "document", "source": {"type": "text", "data": "x" * 3_500}}, 1_006),
        ({"type": "document", "source": PDF, "citations": {"enabled": True}}, 4_003),
        (
            {
                "type": "search_result",
                "source": "s",
                "title": "",
                "content": [{"type": "text", "text": "x" * 3_500}],
                "more": None,
            },
            1_006,
        ),
    ],
)
def test_what_is_no_text_counts_by_its_size(block, tokens):
    assert of_block(block) == pytest.approx(tokens, abs=2)

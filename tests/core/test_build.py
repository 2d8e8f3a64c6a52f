from proxy.core.build import Builder
from proxy.core.usage import Usage


def test_every_chunk_of_an_answer_has_the_same_head():
    build = Builder(1700000000, "chatcmpl-1", "m")
    chunks = [
        build.role(),
        build.text("a"),
        build.reasoning("b"),
        build.refusal("c"),
        build.tool_open(0, "call_1", "f"),
        build.tool_arguments(0, "{}"),
        build.finish("stop"),
        build.usage(Usage(1, 2)),
        build.choice({"index": 0, "delta": {}}),
        build.silent(),
    ]
    heads = {(c["id"], c["object"], c["created"], c["model"]) for c in chunks}

    assert heads == {("chatcmpl-1", "chat.completion.chunk", 1700000000, "m")}


def test_a_role_opens_a_choice():
    assert Builder(1).role(2)["choices"] == [
        {"index": 2, "delta": {"role": "assistant", "content": ""}, "finish_reason": None}
    ]


def test_a_tool_call_opens_with_id_type_and_name():
    build = Builder(1)
    [opened] = build.tool_open(1, "call_1", "f")["choices"]
    [grown] = build.tool_arguments(1, "{}")["choices"]

    assert opened["delta"]["tool_calls"] == [
        {
            "index": 1,
            "id": "call_1",
            "type": "function",
            "function": {"name": "f", "arguments": ""},
        }
    ]
    assert grown["delta"]["tool_calls"] == [{"index": 1, "function": {"arguments": "{}"}}]


def test_text_reasoning_and_refusal_have_their_own_members():
    build = Builder(1)
    deltas = [
        chunk["choices"][0]["delta"]
        for chunk in (build.text("a"), build.reasoning("b"), build.refusal("c"))
    ]

    assert deltas == [{"content": "a"}, {"reasoning_content": "b"}, {"refusal": "c"}]


def test_a_finish_has_an_empty_delta():
    assert Builder(1).finish("length", 1)["choices"] == [
        {"index": 1, "delta": {}, "finish_reason": "length"}
    ]


def test_usage_stands_beside_no_choice():
    chunk = Builder(1).usage(Usage(1, 2))

    assert chunk["choices"] == []
    assert chunk["usage"]["total_tokens"] == 3


def test_a_whole_answer_has_one_choice_and_its_usage():
    build = Builder(1, "id", "m")
    message = {"role": "assistant", "content": "a"}

    assert build.completion(message, "stop", Usage(1, 2)) == {
        "id": "id",
        "object": "chat.completion",
        "created": 1,
        "model": "m",
        "choices": [{"index": 0, "message": message, "logprobs": None, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3},
    }
    assert build.completion(message, "stop", None)["usage"] is None


def test_a_custom_call_opens_with_id_type_and_name():
    build = Builder(1)
    [opened] = build.custom_open(0, "call_1", "sh")["choices"]
    [grown] = build.custom_input(0, "ls")["choices"]

    assert opened["delta"]["tool_calls"] == [
        {"index": 0, "id": "call_1", "type": "custom", "custom": {"name": "sh", "input": ""}}
    ]
    assert grown["delta"]["tool_calls"] == [{"index": 0, "custom": {"input": "ls"}}]


def test_texts_that_came_together_are_one_chunk_that_knows_them():
    build = Builder(1)

    assert build.texts(["a", "", "b"]) == [{**build.text("ab"), "pieces": ["a", "b"]}]
    assert build.texts(["", "a"]) == [build.text("a")]
    assert build.texts(["", ""]) == []

import pytest

from proxy.codecs.gemini.replay import NO_SIGNATURE, image_signature, packed, text_signature
from proxy.core.errors import Kind, ProxyError
from tests.support.google import FLASH, call, contents, native

OLD = "gemini-2.5-flash"
MAKER = f"gemini/{FLASH}"
USER = {"role": "user", "content": "Tide?"}


def said(*texts):
    return [{"text": text} for text in texts]


def turn(role, *parts):
    return {"role": role, "parts": list(parts)}


def asks(*calls, **more):
    """An assistant's message with calls, each (id, name, arguments)."""
    made = [
        {"id": mark, "type": "function", "function": {"name": name, "arguments": arguments}}
        for mark, name, arguments in calls
    ]
    return {"role": "assistant", "content": None, "tool_calls": made, **more}


def result(mark, content, **more):
    return {"role": "tool", "tool_call_id": mark, "content": content, **more}


def function_call(name, args, **more):
    return {"functionCall": {"name": name, "args": args, **more}}


def function_response(name, response, **more):
    return {"functionResponse": {"name": name, "response": response, **more}}


@pytest.mark.parametrize(
    ("messages", "system", "written"),
    [
        ([USER], None, [turn("user", *said("Tide?"))]),
        (
            [
                {"role": "system", "content": "Be brief."},
                {"role": "developer", "content": "Be kind."},
                USER,
            ],
            said("Be brief.", "Be kind."),
            [turn("user", *said("Tide?"))],
        ),
        (
            [
                USER,
                {"role": "system", "content": "Hurry."},
                {"role": "assistant", "content": "14:20"},
                USER,
            ],
            None,
            [
                turn("user", *said("Tide?", "<system-reminder>\nHurry.\n</system-reminder>")),
                turn("model", *said("14:20")),
                turn("user", *said("Tide?")),
            ],
        ),
        ([USER, USER], None, [turn("user", *said("Tide?", "Tide?"))]),
        (
            [
                USER,
                {"role": "assistant", "content": "a"},
                {"role": "assistant", "refusal": "b"},
                USER,
            ],
            None,
            [
                turn("user", *said("Tide?")),
                turn("model", *said("a", "b")),
                turn("user", *said("Tide?")),
            ],
        ),
        (
            [{"role": "assistant", "content": "Hello."}, USER],
            None,
            [
                turn("user", *said(".")),
                turn("model", *said("Hello.")),
                turn("user", *said("Tide?")),
            ],
        ),
        (
            [USER, {"role": "assistant", "content": ""}, USER],
            None,
            [turn("user", *said("Tide?", "Tide?"))],
        ),
        ([{"role": "system", "content": "Speak."}], None, [turn("user", *said("Speak."))]),
        ([{"role": "user", "content": ""}], None, [turn("user", *said("."))]),
        ([], None, [turn("user", *said("."))]),
    ],
)
def test_turns_alternate_and_begin_with_the_user(messages, system, written):
    made = native(messages=messages)

    assert made.get("systemInstruction") == (system and {"parts": system})
    assert made["contents"] == written


def test_a_conversation_with_calls():
    messages = [
        USER,
        asks(("fc1", "tide", '{"port": "Cork"}'), ("fc2", "wind", ""), content="I look."),
        result("fc2", "SW 5"),
        result("fc1", '{"high": "14:20"}'),
        {"role": "user", "content": "Thanks."},
    ]

    assert contents(messages) == [
        turn("user", *said("Tide?")),
        turn(
            "model",
            *said("I look."),
            {**function_call("tide", {"port": "Cork"}, id="fc1"), "thoughtSignature": NO_SIGNATURE},
            function_call("wind", {}, id="fc2"),
        ),
        turn(
            "user",
            function_response("tide", {"high": "14:20"}, id="fc1"),
            function_response("wind", {"output": "SW 5"}, id="fc2"),
            *said("Thanks."),
        ),
    ]


@pytest.mark.parametrize(
    ("content", "response"),
    [
        ('{"a": [1]}', {"a": [1]}),
        ("[1, 2]", {"output": [1, 2]}),
        ("7", {"output": "7"}),
        ("plain text", {"output": "plain text"}),
        ("", {"output": ""}),
        ("lone \ud800", {"output": "lone \ud800"}),
        ([{"type": "text", "text": '{"a"'}, {"type": "text", "text": ": 1}"}], {"a": 1}),
    ],
)
def test_a_result_is_always_an_object(content, response):
    [_, _, last] = contents([USER, asks(("fc1", "tide", "{}")), result("fc1", content)])

    assert last["parts"] == [function_response("tide", response, id="fc1")]


def test_a_result_that_is_an_error_says_so():
    [_, _, last] = contents([USER, asks(("fc1", "tide", "{}")), result("fc1", "{}", is_error=True)])

    assert last["parts"] == [function_response("tide", {"error": "{}"}, id="fc1")]


def test_images_of_a_result_stand_inside_it_where_the_model_can():
    image = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}
    link = {"type": "image_url", "image_url": {"url": "https://x.test/a.png"}}
    messages = [USER, asks(("fc1", "tide", "{}")), result("fc1", [image, link])]
    inside = {"inlineData": {"mimeType": "image/png", "data": "AAAA"}}
    beside = {"fileData": {"mimeType": "image/png", "fileUri": "https://x.test/a.png"}}
    empty = {"output": ""}

    assert contents(messages)[-1]["parts"] == [
        function_response("tide", empty, id="fc1", parts=[inside]),
        beside,
    ]
    assert contents(messages, OLD)[-1]["parts"] == [
        function_response("tide", empty, id="fc1"),
        inside,
        beside,
    ]


def test_calls_that_were_not_answered_are_answered():
    [_, _, last] = contents(
        [USER, asks(("fc1", "a", "{}"), ("call_2", "b", "{}")), result("fc1", "{}"), USER]
    )

    assert last["parts"] == [
        function_response("a", {}, id="fc1"),
        function_response("b", {"error": "No result"}),
        *said("Tide?"),
    ]
    [_, _, last] = contents([USER, asks(("fc1", "a", "{}"))])
    assert last["parts"] == [function_response("a", {"error": "No result"}, id="fc1")]


def test_ids_of_other_makers_are_left_out_on_both_sides():
    [_, model, last] = contents([USER, asks(("call_1", "a", "{}")), result("call_1", "{}")], OLD)

    assert model["parts"] == [function_call("a", {})]
    assert last["parts"] == [function_response("a", {})]


def test_a_signature_goes_back_to_its_maker_on_the_very_call():
    first, second = packed("fc1", MAKER, "CsQB"), "fc2"
    messages = [
        USER,
        asks((first, "a", "{}"), (second, "b", "{}")),
        result(first, "{}"),
        result(second, "{}"),
    ]
    [_, model, _] = contents(messages)

    assert model["parts"] == [
        {**function_call("a", {}, id="fc1"), "thoughtSignature": "CsQB"},
        function_call("b", {}, id="fc2"),
    ]


@pytest.mark.parametrize(
    ("model", "signature"),
    [("gemini-3-pro", NO_SIGNATURE), (OLD, None), ("gemini-4-argon", NO_SIGNATURE)],
)
def test_a_foreign_signature_is_replaced_where_one_must_be(model, signature):
    mark = packed("fc1", MAKER, "CsQB")
    [_, turned, _] = contents([USER, asks((mark, "a", "{}")), result(mark, "{}")], model)

    assert turned["parts"][0].get("thoughtSignature") == signature


def test_a_signature_from_google_s_own_surface_is_taken():
    message = asks(("fc1", "a", "{}"))
    message["tool_calls"][0]["extra_content"] = {"google": {"thought_signature": "CsQB"}}
    [_, turned, _] = contents([USER, message, result("fc1", "{}")])

    assert turned["parts"][0]["thoughtSignature"] == "CsQB"


def test_the_signature_of_a_text_goes_back_with_it():
    block = text_signature("CsQB", MAKER)
    message = {"role": "assistant", "content": "14:20", "thinking_blocks": [block]}
    [_, turned, _] = contents([USER, message, USER])

    assert turned["parts"] == [{"text": "14:20", "thoughtSignature": "CsQB"}]
    assert contents([USER, {**message, "content": ""}, USER]) == [
        turn("user", *said("Tide?", "Tide?"))
    ]


def shows(**more):
    """An assistant's message with an image, as our own answers have it."""
    image = {"index": 0, "type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}
    return {"role": "assistant", "content": "Look", "images": [{**image, **more}]}


PNG = {"inlineData": {"mimeType": "image/png", "data": "AAAA"}}


@pytest.mark.parametrize(
    ("model", "extra", "signature"),
    [
        (FLASH, image_signature("c2ln", MAKER), {"thoughtSignature": "c2ln"}),
        (FLASH, image_signature("c2ln", "vertex/other"), {"thoughtSignature": NO_SIGNATURE}),
        (FLASH, None, {"thoughtSignature": NO_SIGNATURE}),
        (OLD, None, {}),
    ],
)
def test_images_that_an_answer_gave_go_back_with_their_signatures(model, extra, signature):
    messages = [USER, shows(**({"extra_content": extra} if extra else {})), USER]
    _, answered, _ = contents(messages, model=model)

    assert answered == turn("model", *said("Look"), {**PNG, **signature})


def test_a_custom_tool_is_called_with_its_one_property():
    called = {"id": "fc1", "type": "custom", "custom": {"name": "shell", "input": "ls"}}
    message = {"role": "assistant", "tool_calls": [called]}
    [_, turned, _] = contents([USER, message, result("fc1", "a.txt")], OLD)

    assert turned["parts"] == [function_call("shell", {"freeform_input": "ls"}, id="fc1")]


def test_arguments_may_be_an_object_already():
    [_, turned, _] = contents([USER, asks(("fc1", "a", {"b": 1})), result("fc1", "")], OLD)

    assert turned["parts"] == [function_call("a", {"b": 1}, id="fc1")]


def test_a_model_without_system_instructions_is_told_in_the_first_turn():
    messages = [{"role": "system", "content": "Be brief."}, USER]
    made = native("gemma-3-27b-it", messages=messages)

    assert "systemInstruction" not in made
    assert made["contents"] == [turn("user", *said("Be brief.", "Tide?"))]


def test_a_model_s_last_turn_is_gone_on_with_by_older_models_only():
    messages = [USER, {"role": "assistant", "content": "At"}]

    assert contents(messages)[-1] == turn("model", *said("At"))
    with pytest.raises(ProxyError, match="does not go on") as caught:
        call("gemini-4-argon", messages=messages)
    assert caught.value.kind is Kind.UNSUPPORTED
    assert caught.value.param == "messages[1]"


@pytest.mark.parametrize(
    ("messages", "param"),
    [
        ("x", "messages"),
        ([7], "messages[0]"),
        ([{"role": "ghost"}], "messages[0].role"),
        ([{"role": "user", "content": 7}], "messages[0].content"),
        ([USER, {"role": "assistant", "tool_calls": 7}], "messages[1].tool_calls"),
        ([USER, {"role": "assistant", "tool_calls": [7]}], "messages[1].tool_calls[0]"),
        ([USER, {"role": "assistant", "tool_calls": [{}]}], "messages[1].tool_calls[0].function"),
        ([USER, asks(("fc1", "a", "{"))], "messages[1].tool_calls[0].function.arguments"),
        ([USER, asks(("fc1", "a", "[]"))], "messages[1].tool_calls[0].function.arguments"),
        ([USER, asks(("fc1", "a", 7))], "messages[1].tool_calls[0].function.arguments"),
        ([USER, result("fc1", "")], "messages[1].tool_call_id"),
        ([USER, {**shows(), "images": 7}], "messages[1].images"),
        ([USER, {**shows(), "images": [7]}], "messages[1].images[0]"),
        ([USER, shows(image_url={"url": "data:"})], "messages[1].images[0].image_url.url"),
        (
            [USER, asks(("fc1", "a", "")), result("fc1", ""), result("fc1", "")],
            "messages[3].tool_call_id",
        ),
    ],
)
def test_what_cannot_be_written_is_refused_with_its_place(messages, param):
    with pytest.raises(ProxyError) as caught:
        call(messages=messages)

    assert caught.value.param == param
    assert caught.value.kind is Kind.INVALID_REQUEST

import json

import pytest

from proxy.codecs.openai import OpenAI
from proxy.codecs.openai.foreign import encode_for
from proxy.core.errors import Kind, ProxyError
from proxy.core.fold import fold
from proxy.core.secret import Secret
from proxy.core.shape import ChatRequest, Quirks, Target

ASKED = [{"role": "user", "content": "a"}]
HOME = "https://api.openai.com/v1"
MARK = {"cache_control": {"type": "ephemeral"}}
TOOL = {"type": "function", "function": {"name": "f", "parameters": {}}}
CUSTOM = {"type": "custom", "custom": {"name": "patch"}}
THINKING = {"type": "enabled", "budget_tokens": 5_000}
DATA = "data:text/plain;base64,aGk="


def target(model="m", base="http://provider.test/v1", *, protocol="openai", **more):
    quirks = Quirks(**{name: more.pop(name) for name in ("takes", "request") if name in more})
    return Target("provider", model, protocol, base, quirks=quirks, **more)


def asked(dialect="messages", **body):
    return ChatRequest(body={"messages": ASKED, **body}, dialect=dialect, translated=True)


def sent(to, dialect="messages", **body):
    call = encode_for(asked(dialect, **body), to)
    return json.loads(call.body), call.dropped


def said(message, to=None):
    return sent(to or target(), messages=[message])[0]["messages"][0]


def test_a_chat_callers_request_goes_on_as_it_is():
    body = {"messages": [{"role": "user", "content": [{"type": "odd", **MARK}]}], "odd": 1}
    call = encode_for(ChatRequest(body=body), target())

    assert json.loads(call.body) == {**body, "model": "m"}


def test_what_chat_does_not_have_stays_here_and_is_named():
    to = target(takes=frozenset({"top_k"}), params={"own": 1})
    body, dropped = sent(to, top_k=3, odd=1, stop=["x"], web_search_options={})

    assert body == {"messages": ASKED, "model": "m", "top_k": 3, "own": 1, "stop": ["x"]}
    assert dropped == ("odd", "web_search_options")


@pytest.mark.parametrize("model", ["gpt-4o-search-preview", "sonar-pro"])
def test_a_model_that_always_searches_is_told_how(model):
    assert sent(target(model), web_search_options={})[0]["web_search_options"] == {}


def test_a_model_that_always_searches_is_told_what_chat_can_say():
    options = {"search_context_size": "low", "max_uses": 2, "required": True}
    body, dropped = sent(target("sonar-pro"), web_search_options=options)

    assert body["web_search_options"] == {"search_context_size": "low"}
    assert dropped == ("web_search_options.max_uses",)


def test_a_vendor_whose_search_is_a_tool_gets_it_as_one():
    where = {"type": "approximate", "approximate": {"city": "Cork"}}
    wishes = {"blocked_domains": ["a.test"], "user_location": where, "max_uses": 2}
    to = target(request=("openrouter_search",))
    body, dropped = sent(to, tools=[TOOL], web_search_options=wishes)
    place = {"type": "approximate", "city": "Cork"}
    parameters = {"excluded_domains": ["a.test"], "user_location": place}

    assert body["tools"] == [TOOL, {"type": "openrouter:web_search", "parameters": parameters}]
    assert dropped == ("web_search_options.max_uses",)
    assert sent(to, web_search_options={})[0]["tools"] == [{"type": "openrouter:web_search"}]
    assert "tools" not in sent(to)[0]


def test_headers_of_another_api_stay_here_unless_the_target_wants_them():
    version = ("anthropic-version", "1")
    request = ChatRequest(
        body={"messages": ASKED},
        translated=True,
        forward=(version, ("anthropic-beta", "b"), ("x-request-id", "i")),
    )
    to = target(headers=(version,), api_key=Secret("k"))
    names = [name for name, _ in encode_for(request, to).headers]

    assert "anthropic-beta" not in names
    assert {"anthropic-version", "x-request-id", "authorization"} <= set(names)


@pytest.mark.parametrize(
    ("to", "body", "written", "dropped"),
    [
        (target(), {"thinking": THINKING}, {}, ("thinking",)),
        (target(), {"thinking": {"type": "disabled"}}, {}, ()),
        (target(), {"thinking": {}}, {}, ()),
        (
            target(request=("effort_levels",)),
            {"thinking": THINKING},
            {"reasoning_effort": "medium"},
            (),
        ),
        (
            target(request=("effort_levels",)),
            {"thinking": {"type": "disabled"}},
            {"reasoning_effort": "none"},
            (),
        ),
        (
            target(request=("effort_levels",)),
            {"thinking": THINKING, "reasoning_effort": "low"},
            {"reasoning_effort": "low"},
            (),
        ),
        (
            target(takes=frozenset({"thinking"})),
            {"thinking": {**THINKING, "display": "omitted"}},
            {"thinking": THINKING},
            (),
        ),
        (
            target(takes=frozenset({"thinking"})),
            {"thinking": {"type": "adaptive"}},
            {"thinking": {"type": "enabled"}},
            (),
        ),
        (
            target(takes=frozenset({"thinking"})),
            {"thinking": {"type": "disabled"}},
            {"thinking": {"type": "disabled"}},
            (),
        ),
        (target("gpt-5.1", HOME), {"thinking": THINKING}, {"reasoning_effort": "medium"}, ()),
        (target("gpt-5", HOME), {"thinking": {"type": "disabled"}}, {}, ()),
        (target("gpt-4o", HOME), {"thinking": THINKING}, {}, ("thinking",)),
        (target("unheard-of", HOME), {"thinking": THINKING}, {}, ("thinking",)),
    ],
)
def test_thinking_is_what_the_target_has_for_it(to, body, written, dropped):
    assert sent(to, **body) == ({"messages": ASKED, "model": to.model, **written}, dropped)


@pytest.mark.parametrize(
    ("model", "body", "written"),
    [
        ("gpt-4o", {"reasoning_effort": "low", "verbosity": "low", "top_p": 0.5}, {"top_p": 0.5}),
        ("o3", {"temperature": 0.5, "stop": "x", "seed": 1}, {"seed": 1}),
        ("gpt-5.1", {"temperature": 0.5}, {"temperature": 0.5}),
        (
            "gpt-5.1",
            {"temperature": 0.5, "reasoning_effort": "none"},
            {"temperature": 0.5, "reasoning_effort": "none"},
        ),
        ("o3", {"reasoning_effort": "low"}, {"reasoning_effort": "low"}),
        (
            "gpt-5.1",
            {"temperature": 0.5, "reasoning_effort": "max"},
            {"reasoning_effort": "high"},
        ),
    ],
)
def test_openais_models_are_asked_for_nothing_that_they_refuse(model, body, written):
    assert sent(target(model, HOME), **body)[0] == {"messages": ASKED, "model": model, **written}


def test_what_the_target_itself_is_to_be_told_stays():
    to = target("o3", HOME, params={"temperature": 1, "reasoning_effort": "max"})

    assert sent(to)[0]["temperature"] == 1
    assert sent(to)[0]["reasoning_effort"] == "max"


@pytest.mark.parametrize(
    ("model", "dialect", "limit"),
    [
        ("gpt-4o-mini", "messages", 16_384),
        ("gpt-4o-mini", "responses", 64_000),
        ("gpt-4.1", "messages", 32_768),
        ("gpt-4-turbo", "messages", 4_096),
        ("gpt-4", "messages", 8_192),
        ("gpt-5.1", "messages", 64_000),
    ],
)
def test_a_limit_that_an_api_insists_on_is_within_the_models(model, dialect, limit):
    body, _ = sent(target(model, HOME), dialect, max_tokens=64_000)

    assert body.get("max_tokens", body.get("max_completion_tokens")) == limit


def test_a_limit_within_the_models_stays():
    assert sent(target("gpt-4o", HOME), max_tokens=10)[0]["max_tokens"] == 10


@pytest.mark.parametrize(
    ("message", "written"),
    [
        (
            {"role": "user", "content": [{"type": "text", "text": "a", **MARK}]},
            {"role": "user", "content": "a"},
        ),
        (
            {"role": "assistant", "content": "a", "reasoning_content": "b", "thinking_blocks": []},
            {"role": "assistant", "content": "a"},
        ),
        (
            {"role": "tool", "tool_call_id": "i", "content": "a", "is_error": True, **MARK},
            {"role": "tool", "tool_call_id": "i", "content": "a"},
        ),
        ({"role": "user", "content": []}, {"role": "user", "content": []}),
        (
            {
                "role": "user",
                "content": [{"type": "file", "file": {"filename": "a.txt", "file_data": DATA}}],
            },
            {"role": "user", "content": "a.txt:\nhi"},
        ),
        (
            {"role": "user", "content": [{"type": "file", "file": {"file_data": DATA}}]},
            {"role": "user", "content": "hi"},
        ),
    ],
)
def test_messages_hold_what_chat_has(message, written):
    assert said(message) == written


def test_openais_own_cache_marks_are_for_openai_alone():
    part = {"type": "text", "text": "a", "prompt_cache_breakpoint": {"mode": "explicit"}}
    message = {"role": "user", "content": [{**part, **MARK}, {"type": "text", "text": "b"}]}
    plain = {"role": "user", "content": [{"type": "text", "text": text} for text in "ab"]}

    assert said(message) == plain
    assert said(message, target("gpt-4o", HOME))["content"][0] == part


def test_a_refusal_is_text_for_all_but_openai():
    refused = {"role": "assistant", "content": None, "refusal": "no"}

    assert said(refused) == {"role": "assistant", "content": "no"}
    assert said({**refused, "content": "a"}) == {"role": "assistant", "content": "a\n\nno"}
    assert said(refused, target("gpt-4o", HOME)) == refused


@pytest.mark.parametrize(("mode", "choice"), [("required", "required"), ("auto", "auto")])
def test_a_choice_of_several_tools_is_a_shorter_list_for_all_but_openai(mode, choice):
    other = {"type": "function", "function": {"name": "g"}}
    named = [
        {"type": "function", "function": {"name": "f"}},
        {"type": "custom", "custom": {"name": "patch"}},
    ]
    allowed = {"type": "allowed_tools", "allowed_tools": {"mode": mode, "tools": named}}
    given = {"tools": [TOOL, other, CUSTOM], "tool_choice": allowed}
    body, _ = sent(target(), "responses", **given)

    assert [tool["function"]["name"] for tool in body["tools"]] == ["f", "patch"]
    assert body["tool_choice"] == choice

    body, _ = sent(target("gpt-5", HOME), "responses", **given)

    assert (body["tools"], body["tool_choice"]) == (given["tools"], allowed)


@pytest.mark.parametrize("named", [[], [None], [{"type": "function", "function": {"name": "h"}}]])
@pytest.mark.parametrize(("mode", "left_out"), [("required", ("tool_choice",)), ("auto", ())])
def test_where_no_tool_may_be_called_there_are_none(named, mode, left_out):
    """An empty list is refused; so came who may use only a search, which is told elsewhere."""
    allowed = {"type": "allowed_tools", "allowed_tools": {"mode": mode, "tools": named}}
    given = {"tools": [TOOL, CUSTOM], "tool_choice": allowed, "parallel_tool_calls": False}
    body, dropped = sent(target(), "responses", **given)

    assert body == {"messages": ASKED, "model": "m"}
    assert dropped == left_out


PICTURE = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}


def test_images_that_an_answer_gave_have_no_form_in_chat():
    user = {"role": "user", "content": "a"}
    shown = {"role": "assistant", "content": None, "images": [PICTURE]}
    body, _ = sent(target(), messages=[user, shown, {**shown, "content": "b"}, user])

    assert body["messages"] == [user, {"role": "assistant", "content": "b"}, user]


def test_files_that_are_no_text_stay_files():
    file = {"type": "file", "file": {"file_data": "data:application/pdf;base64,AA=="}}

    assert said({"role": "user", "content": [file]})["content"] == [file]


@pytest.mark.parametrize(
    ("name", "told"),
    [("Tides of 2026, v1.2", "Tides of 2026, v1.2.pdf"), ("A.PDF", "A.PDF"), (None, None)],
)
def test_a_file_that_stays_one_is_named_with_its_ending(name, told):
    data = "data:application/pdf;base64,AA=="

    def file(name):
        return {"type": "file", "file": {"filename": name, "file_data": data}, "cache_control": {}}

    to = target(takes=frozenset({"cache_control"}))
    message = {"role": "user", "content": [file(name)]}

    assert said(message, to)["content"] == [file(told)]


@pytest.mark.parametrize("file", [{"file_id": "file_1"}, 7, {"filename": "a", "file_data": "AA"}])
def test_a_file_that_is_elsewhere_or_says_not_what_it_is_stays_as_it_is(file):
    part = {"type": "file", "file": file}

    assert said({"role": "user", "content": [part]})["content"] == [part]


@pytest.mark.parametrize(
    ("base", "detail"), [("http://provider.test/v1", "high"), (HOME, "original")]
)
def test_a_detail_that_only_openai_knows_is_for_its_models_alone(base, detail):
    image = {
        "type": "image_url",
        "image_url": {"url": "https://a.test/b.png", "detail": "original"},
    }
    message = {"role": "user", "content": [{"type": "text", "text": "a"}, image]}

    assert said(message, target("gpt-6", base))["content"][1]["image_url"]["detail"] == detail


def test_marks_go_to_those_who_take_them():
    to = target(takes=frozenset({"cache_control"}))
    part = {"type": "text", "text": "a", **MARK}
    file = {"type": "file", "file": {"file_data": DATA}, **MARK}

    assert said({"role": "user", "content": [part]}, to)["content"] == [part]
    assert said({"role": "user", "content": [file]}, to)["content"] == [
        {"type": "text", "text": "hi", **MARK}
    ]


def test_reasoning_goes_back_where_the_vendors_row_says_how():
    quirks = Quirks(reasoning_replay="reasoning_content")
    to = Target("provider", "m", "openai", "http://provider.test/v1", quirks=quirks)
    message = {"role": "assistant", "content": "a", "reasoning_content": "b"}

    assert said(message, to) == message


def test_a_part_of_another_apis_own_is_refused_with_its_place():
    parts = [{"type": "text", "text": "a"}, {"type": "document", "source": {}}]
    with pytest.raises(ProxyError) as caught:
        said({"role": "user", "content": parts})

    assert caught.value.kind is Kind.UNSUPPORTED
    assert caught.value.param == "messages[0].content[1]"


def test_a_picture_that_a_tool_gave_is_told_by_the_user():
    picture = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AA=="}}
    messages = [
        {"role": "assistant", "content": None, "tool_calls": [{"id": "i", **TOOL}]},
        {"role": "tool", "tool_call_id": "i", "content": [picture]},
    ]
    _, result, told = sent(target(), messages=messages)[0]["messages"]

    assert isinstance(result["content"], str)
    assert told["content"][1] == picture


def test_messages_that_are_none_are_the_providers_affair():
    assert sent(target(), messages=[3])[0]["messages"] == [3]


@pytest.mark.parametrize(
    ("to", "native"),
    [
        (target("gpt-5", HOME), True),
        (target("gpt-4o", HOME), False),
        (target("gpt-5"), False),
        (
            target(
                "mine",
                "https://r.openai.azure.com",
                protocol="azure",
                options={"base_model": "gpt-5"},
            ),
            True,
        ),
    ],
)
def test_custom_tools_are_functions_where_a_model_does_not_have_them(to, native):
    body, _ = sent(to, "responses", tools=[TOOL, CUSTOM], tool_choice=CUSTOM)
    kind = "custom" if native else "function"

    assert [tool["type"] for tool in body["tools"]] == ["function", kind]
    assert body["tool_choice"]["type"] == kind


# What comes back.


def sse(*deltas, finish="tool_calls"):
    chunks = [{"index": 0, "delta": delta, "finish_reason": None} for delta in deltas]
    chunks.append({"index": 0, "delta": {}, "finish_reason": finish})
    frames = [{"id": "c", "object": "chat.completion.chunk", "choices": [c]} for c in chunks]
    data = b"".join(b"data: " + json.dumps(frame).encode() + b"\n\n" for frame in frames)
    return data + b"data: [DONE]\n\n"


def calling(name, *pieces):
    opened = {"index": 0, "id": "i", "type": "function", "function": {"name": name}}
    more = [{"index": 0, "function": {"arguments": piece}} for piece in pieces]
    return sse(*({"tool_calls": [call]} for call in (opened, *more)))


@pytest.mark.parametrize(("translated", "kind"), [(True, "custom"), (False, "function")])
def test_a_streamed_call_of_one_is_a_custom_call_again(translated, kind):
    request = ChatRequest(body={"tools": [CUSTOM]}, translated=translated, stream=True)
    stream = OpenAI().stream(request, target(), created=1)
    data = calling("patch", '{"freeform_', 'input":"x"}')
    (call,) = fold([*stream.feed(data), *stream.finish()])["choices"][0]["message"]["tool_calls"]

    assert call["type"] == kind
    if translated:
        assert call["custom"] == {"name": "patch", "input": "x"}


def test_a_whole_call_of_one_is_a_custom_call_again():
    function = {"name": "patch", "arguments": '{"freeform_input":"x"}'}
    message = {
        "role": "assistant",
        "tool_calls": [{"id": "i", "type": "function", "function": function}],
    }
    choice = {"index": 0, "message": message, "finish_reason": "tool_calls"}
    whole = OpenAI().decode(200, {}, json.dumps({"choices": [choice]}).encode(), created=1)
    (call,) = whole["choices"][0]["message"]["tool_calls"]

    assert (call["type"], call["custom"]["input"]) == ("custom", "x")

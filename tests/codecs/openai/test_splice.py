import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.codecs.openai.call_writer import writer_for
from proxy.codecs.openai.codec import OpenAI
from proxy.codecs.openai.request import encode
from proxy.codecs.openai.splice import _FAR, _has_quotes
from proxy.core.shape import Quirks, Target
from proxy.surfaces.chat.parse import parse

TARGET = Target("p", "served", "openai", "http://provider.test/v1")
MESSAGES = [{"role": "user", "content": "a"}]

WORDS = st.text(alphabet='a"\\model:,{} \n', max_size=12) | st.sampled_from(
    ['"', '""', '"model"', '"model":"x"', 'say "model', '"messages"', "model"]
)
MEMBERS = st.lists(
    st.one_of(
        st.tuples(st.just("model"), st.sampled_from(["asked", "a/b", 'q"uote', "", "é"])),
        st.tuples(st.just("temperature"), st.floats(0, 2)),
        st.tuples(st.just("stream"), st.booleans()),
        st.tuples(st.just("stop"), WORDS),
        st.tuples(st.just("user"), WORDS),
        st.tuples(st.just("max_tokens"), st.integers(1, 9)),
        st.tuples(
            st.just("stream_options"),
            st.sampled_from([{}, {"include_usage": True}, {"include_usage": False}]),
        ),
        st.tuples(
            st.just("messages"),
            st.lists(
                st.fixed_dictionaries(
                    {"role": st.sampled_from(["user", "assistant"]), "content": WORDS}
                ),
                min_size=1,
                max_size=3,
            ),
        ),
    ),
    max_size=6,
)


NAMED = (json.dumps, json.dumps, lambda name: f'"\\u{ord(name[0]):04x}{name[1:]}"')
"""Ways to write a member's name: one of them hides it."""


@st.composite
def bodies(draw):
    """A body as somebody might write it: in any order, with any white space, with members twice."""
    members = [*draw(MEMBERS), ("messages", MESSAGES)]
    between = draw(st.sampled_from(["", " ", "\n  "]))
    escaped = draw(st.booleans())
    texts = [
        f"{between}{draw(st.sampled_from(NAMED))(name)}{between}:{between}{json.dumps(value, ensure_ascii=escaped)}{between}"
        for name, value in draw(st.permutations(members))
    ]
    return ("{" + ",".join(texts) + "}" + between).encode()


def splice(request, target):
    """The body as it is cut; None where it is not."""
    call = writer_for(target).write(request)
    return None if call is None else call.body


def by_all_steps(request, target):
    """What is written without two cuts."""
    return json.loads(encode(replace(request, only_texts=False), target).body)


@given(bodies(), st.sampled_from([Quirks(), Quirks(rename={"max_tokens": "m"})]))
def test_what_is_cut_says_what_all_steps_would_have_said(body, quirks):
    request, target = parse(body), replace(TARGET, quirks=quirks)
    cut = splice(request, target)

    if cut is not None:
        pairs = json.loads(cut, object_pairs_hook=list)
        assert len(pairs) == len(dict(pairs))
        assert json.loads(cut) == by_all_steps(request, target)


def test_but_for_the_name_of_the_model_the_bytes_are_the_callers():
    body = b'{ "messages":[ {"role":"user","content":"\\u00e9 \\"model\\": \\/"} ] , "model" : "asked","top_p":0.50 }\n'

    assert splice(parse(body), TARGET) == body.replace(b'"asked"', b'"served"')
    assert OpenAI().encode(parse(body), TARGET).body == splice(parse(body), TARGET)


def test_quotes_in_texts_are_told_from_those_around_them():
    body = b'{"messages":[{"role":"user","content":"a \\"quote\\" \\\\"}],"model":"asked","stop":["\\"","b"],"user":"c"}'

    assert splice(parse(body), TARGET) == body.replace(b'"asked"', b'"served"')


def test_a_stream_asks_for_its_usage():
    body = b'{"model":"asked","messages":[{"role":"user","content":"}"}],"stream":true}'

    assert splice(parse(body), TARGET) == (
        b'{"model":"served","messages":[{"role":"user","content":"}"}],"stream":true,'
        b'"stream_options":{"include_usage":true}}'
    )


@pytest.mark.parametrize(
    "body",
    [
        b'{"model":"a","model":"b","messages":[{"role":"user","content":"c"}]}',
        b'{"model":"a","messages":[{"role":"user","content":"c"}],"messages":[{"role":"user","content":"d"}]}',
        b'{"m\\u006fdel":"a","messages":[{"role":"user","content":"say \\"model"}]}',
        b'{"m\\u006fdel":"a","messages":[{"role":"user","content":"model"}]}',
        b'{"model":"\\u0061","messages":[{"role":"user","content":"c"}]}',
        b'{"model":"a","\\u006dodel":"b","messages":[{"role":"user","content":"c"}]}',
        b'{"mode\\u006C":"a","model":"b","messages":[{"role":"user","content":"c"}]}',
        b'{"model":"a","messages":[{"role":"user","content":"c"}],"m\\u0065ssages":[{"role":"user","content":"d"}]}',
        b'{"model":"a","service_tier":"b","service\\u005ftier":"c","messages":[{"role":"user","content":"c"}]}',
        b'{"model":"a","s\\u0074ore":true,"store":false,"messages":[{"role":"user","content":"c"}]}',
        b'\xef\xbb\xbf{"model":"a","messages":[{"role":"user","content":"c"}]}',
        b'{"messages":[{"role":"user","content":"c"}]}',
        b'{"model":"a","messages":[{"role":"user","content":"\\u0022\\u0022"}],"n":1,"n":2}',
        b'{"model":"a","messages":[{"role":"user","content":"\\u0022"}]}',
        b'{"model":"a","messages":[{"role":"user","content":"c","content":"d"}]}',
        b'{"messages":[{"role":"user","content":"c"}],"m\\u006fdel":"a","user":"model"}',
    ],
    ids=repr,
)
def test_where_the_place_is_not_sure_nothing_is_cut(body):
    assert splice(parse(body), TARGET) is None


@given(bodies(), st.integers(0, 40))
def test_quotes_are_counted_alike_whether_they_are_near_or_far(body, more):
    near, far = body, body.replace(b'"', b'"' + b" " * _FAR)
    count = body.count(b'"')

    for each in (near, far):
        assert _has_quotes(each, count)
        assert _has_quotes(each, more) is (more == count)


def test_a_long_body_is_cut_as_a_short_one():
    text = "a" * 100_000
    body = json.dumps({"model": "asked", "messages": [{"role": "user", "content": text}]}).encode()
    twice = body[:-1] + b',"n":1,"n":2}'

    assert splice(parse(body), TARGET) == body.replace(b'"asked"', b'"served"')
    assert splice(parse(twice), TARGET) is None


def test_a_body_with_fewer_quotes_than_were_read_is_not_cut():
    assert not _has_quotes(b" " * 2 * _FAR, 1)


@pytest.mark.parametrize("member", [{"user": 'a"b'}, {"stop": ['"', "c"]}, {"user": "plain"}])
def test_quotes_are_counted_wherever_a_caller_may_write_one(member):
    said = {"model": "asked", "messages": MESSAGES, **member}
    call = OpenAI().encode(parse(json.dumps(said).encode()), TARGET)

    assert json.loads(call.body) == {**said, "model": "served"}
    assert writer_for(TARGET).write(parse(json.dumps(said).encode())) is not None


def test_options_that_ask_for_usage_stay_as_they_came():
    said = b'{"model":"asked","stream":true,"stream_options":{"include_usage":true},"messages":%b}'
    body = said % json.dumps(MESSAGES).encode()

    assert splice(parse(body), TARGET) == body.replace(b"asked", b"served")


@pytest.mark.parametrize(
    "options", [b"{}", b'{"include_usage":false}', b'{"include_usage":false,"include_usage":true}']
)
def test_options_that_do_not_ask_for_it_plainly_are_for_others(options):
    said = b'{"model":"asked","stream":true,"stream_options":%b,"messages":%b}'

    assert splice(parse(said % (options, json.dumps(MESSAGES).encode())), TARGET) is None


@pytest.mark.parametrize(
    "said",
    [
        {"user": 'u"', "prompt_cache_key": "k", "safety_identifier": "s", "service_tier": "flex"},
        {"verbosity": "low", "reasoning_effort": "high", "stop": ["a", 'b"']},
        {"stop": "a", "temperature": 1, "top_p": 0.5, "seed": 7, "store": False, "n": 1},
        {"stream": True, "stream_options": {"include_usage": True}},
    ],
    ids=str,
)
def test_every_member_of_a_call_of_texts_may_be_in_it(said):
    body = json.dumps({"model": "asked", "messages": MESSAGES, **said}).encode()
    request = parse(body)

    assert request.only_texts
    assert writer_for(TARGET).write(request) is not None

import random
import re

import pytest

from proxy.core import jsons
from proxy.core.long_ids import MAX_BACK, is_shortened, lengthened, named_in, shortened
from proxy.core.state import MARK, MAX_ID, pack, seal

MAKER = "gemini/gemini-3-pro"


def noise(length, seed=7):
    letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+/"
    return "".join(random.Random(seed).choices(letters, k=length))


def long_id(own="call_1", seed=7, size=9_000):
    return pack(own, MAKER, [{"thought_signature": noise(size, seed)}])


def body_with(*ids):
    calls = [{"id": each, "type": "function"} for each in ids]
    results = [{"role": "tool", "tool_call_id": each} for each in ids]
    return jsons.encode({"messages": [{"role": "assistant", "tool_calls": calls}, *results]})


@pytest.mark.parametrize("member", ["id", "call_id"])
@pytest.mark.parametrize("colon", [":", ": "])
def test_a_long_id_goes_out_short_and_comes_back_long(member, colon):
    given = long_id()
    data = f'data: {{"{member}"{colon}"{given}"}}\n\n'.encode()

    out, taken = shortened(data)
    short = re.search(r'"(call_1[^"]*)"', out.decode())[1]
    body = body_with(short, "call_2")

    assert re.fullmatch(r"call_1--fb2-[A-Za-z0-9_-]{22}", short)
    assert named_in(body) == tuple(taken)
    assert lengthened(body, taken) == body_with(given, "call_2")


def test_every_member_that_holds_an_id_comes_back():
    given = long_id()
    out, taken = shortened(jsons.encode({"id": given}))
    short = jsons.decode(out)["id"]
    body = {"id": short, "call_id": short, "tool_call_id": short, "tool_use_id": short}

    back = jsons.decode(lengthened(jsons.encode(body), taken))

    assert back == dict.fromkeys(body, given)


def test_the_same_state_has_the_same_name_and_another_has_another():
    first, taken = shortened(jsons.encode([{"id": long_id()}, {"call_id": long_id()}]))
    second, more = shortened(jsons.encode([{"id": long_id(seed=8)}]))

    assert len(taken) == 1
    assert len({**taken, **more}) == 2
    assert first.count(next(iter(taken)).encode()) == 2
    assert next(iter(more)).encode() in second


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b'data: {"content":"hi"}\n\n',
        jsons.encode({"id": "call_1"}),
        jsons.encode({"id": long_id(size=1_000)}),
        jsons.encode({"content": long_id()}),
        jsons.encode({"arguments": jsons.encode({"id": long_id()}).decode()}),
        jsons.encode({"encrypted_content": seal([{"signature": noise(9_000)}])}),
        jsons.encode({"id": seal([{"signature": noise(9_000)}])}),
    ],
)
def test_anything_else_goes_out_as_it_is(data):
    assert shortened(data) == (data, {})


def test_an_id_may_be_as_long_as_callers_hold():
    fits = "i" * (MAX_ID - len(MARK) - 100) + MARK + "A" * 100

    assert shortened(jsons.encode({"id": fits}))[1] == {}
    assert shortened(jsons.encode({"id": "i" + fits}))[1] != {}


def test_the_providers_own_id_may_be_odd():
    given = long_id('a"b\\c')
    out, taken = shortened(jsons.encode({"id": given}))

    assert jsons.decode(out)["id"].startswith('a"b\\c--fb2-')
    assert jsons.decode(lengthened(out, taken)) == {"id": given}


def test_an_id_whose_note_is_gone_is_the_providers_own():
    out, _ = shortened(jsons.encode({"id": long_id()}))

    assert named_in(out)
    assert lengthened(out, {}) == b'{"id":"call_1"}'


def test_a_body_that_names_nothing_is_the_very_bytes():
    body = body_with("call_1", long_id(size=1_000))

    assert not is_shortened(body)
    assert lengthened(body, {"x": b"y"}) is body
    assert named_in(body) == ()


def test_names_that_come_last_stand_at_the_end():
    bodies = [shortened(jsons.encode({"id": long_id(seed=seed)})) for seed in (1, 2)]
    (first, one), (second, two) = bodies

    assert named_in(first + second) == (*one, *two)
    assert named_in(first + second + first) == (*two, *one)


def test_a_body_grows_no_further_than_it_may():
    name = "A" * 22
    body = jsons.encode([{"id": f"call_{at}--fb2-{name}"} for at in range(5)])
    state = b"A" * (MAX_BACK // 3)

    back = jsons.decode(lengthened(body, {name: state}))

    assert [MARK in each["id"] for each in back] == [True, True, True, False, False]

"""Calls for vectors as dialogues with scripted targets: one call or many, in order, all of them or none."""

import asyncio
import random

import pytest

from proxy.codecs.embeddings.answer import NUMBERS
from proxy.codecs.embeddings.carrier import carriers
from proxy.core import jsons
from proxy.core.errors import Kind
from proxy.core.long_arrays import STEP
from proxy.core.shape import ChatRequest, Target
from proxy.engine.batch import AT_ONCE, Embedder
from proxy.engine.cascade import Cascade, Committed
from proxy.route.health import Health
from tests.support.embedding import rows
from tests.support.script import JSON, Act, Scene, ScriptedUpstream, Wait, fails, plan, told
from tests.support.virtual import LoopClock

pytestmark = pytest.mark.virtual_time

CODECS = carriers(["openai", "ollama", "vertex", "anthropic"])
OPTIONS = {"project": "p", "location": "l"}


def one_by_one(name, **details):
    """A target that takes one input in each call."""
    model = "intfloat/multilingual-e5-small-maas"
    return Target(name, model, "vertex", f"http://{name}", options=OPTIONS, **details)


def listed(*numbers, tokens=3, **more):
    data = [
        {"object": "embedding", "index": at, "embedding": [number]}
        for at, number in enumerate(numbers)
    ]
    usage = {"prompt_tokens": tokens, "total_tokens": tokens}
    body = {"object": "list", "data": data, "model": "m-1", "usage": usage, **more}
    return Act(headers=JSON, body=[jsons.encode(body)])


def embedded(number, tokens=2, delay=0.0, **headers):
    """What a target that takes one input answers."""
    body = {"embedding": {"values": [number]}, "usageMetadata": {"promptTokenCount": tokens}}
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Act(headers={**JSON, **named}, body=[Wait(delay), jsons.encode(body)])


def asks(*texts, **body):
    whole = {"model": "vectors", "input": list(texts), **body}
    return ChatRequest(whole, raw=jsons.encode(whole), dialect="embeddings", model="vectors")


async def perform(upstream, the_plan, request, deadline=None):
    """Run a plan and say what came of it; the answer is in `chunks`."""
    scene = Scene(log=upstream.log)
    loop = asyncio.get_running_loop()
    began = loop.time()
    rng = random.Random(0)
    health = Health(rng.random)
    cascade = Cascade(Embedder(CODECS, upstream, LoopClock(), health), rng, scene.facts.append)
    async with cascade.open(the_plan, request, "call-1", deadline) as outcome:
        if isinstance(outcome, Committed):
            attempt = outcome.lane.attempt
            scene.chunks = attempt.whole()
            scene.usage = attempt.usage
            scene.text = attempt.headers.get("x-ratelimit-remaining", "")
            scene.late = attempt.dropped
        else:
            scene.error = outcome.error
        scene.tried = [told(tried) for tried in outcome.run.tried]
    scene.seconds = loop.time() - began
    return scene


async def test_a_call_that_fits_is_one_call_and_keeps_the_providers_bytes():
    upstream = ScriptedUpstream(a=[listed(0.5, 1.5)])
    scene = await perform(upstream, plan("a"), asks("one", "two"))

    assert rows(scene.chunks["vectors"]) == ((0.5,), (1.5,))
    assert scene.chunks["native"]["dialect"] == "embeddings/float"
    assert scene.usage.prompt == scene.usage.total == 3
    assert scene.log == ["a asked", "a closed"]
    assert jsons.decode(upstream.calls[0].body) == {"model": "m", "input": ["one", "two"]}


async def test_a_call_that_does_not_fit_is_several_calls_in_the_order_of_the_inputs():
    acts = [embedded(float(n), delay=10.0 - n) for n in range(6)]
    upstream = ScriptedUpstream(a=acts)
    request = asks(*"abcdef", user="u")
    scene = await perform(upstream, plan("a", targets={"a": one_by_one("a")}), request)
    texts = [jsons.decode(call.body)["content"]["parts"][0]["text"] for call in upstream.calls]

    assert texts == list("abcdef")
    assert rows(scene.chunks["vectors"]) == tuple((float(n),) for n in range(6))
    assert scene.usage.prompt == scene.chunks["usage"]["prompt_tokens"] == 12
    assert "native" not in scene.chunks
    assert scene.tried == ["a/intfloat/multilingual-e5-small-maas=served"]
    assert scene.late == ("user",)


async def test_the_first_part_goes_alone_and_the_others_a_few_at_a_time():
    acts = [embedded(float(n), delay=1.0) for n in range(2 * AT_ONCE + 1)]
    upstream = ScriptedUpstream(a=acts)
    scene = await perform(upstream, plan("a", targets={"a": one_by_one("a")}), asks(*"abcdefghi"))

    assert scene.log[:3] == ["a asked", "a closed", "a asked"]
    assert scene.log[2 : 2 + AT_ONCE] == ["a asked"] * AT_ONCE
    assert scene.seconds == 3.0


async def test_where_the_first_part_fails_the_others_are_not_asked_for():
    upstream = ScriptedUpstream(a=[fails(500)], b=[listed(1.0, 2.0, 3.0)])
    scene = await perform(
        upstream, plan("a", "b", targets={"a": one_by_one("a")}), asks("one", "two", "three")
    )

    assert scene.log == ["a asked", "a closed", "b asked", "b closed"]
    assert rows(scene.chunks["vectors"]) == ((1.0,), (2.0,), (3.0,))


async def test_where_a_later_part_fails_the_whole_request_moves_on():
    acts = [embedded(1.0), embedded(2.0, delay=9.0), fails(503), embedded(4.0, delay=9.0)]
    upstream = ScriptedUpstream(a=acts, b=[listed(1.0, 2.0, 3.0, 4.0)])
    scene = await perform(upstream, plan("a", "b", targets={"a": one_by_one("a")}), asks(*"abcd"))

    assert scene.tried == ["a/intfloat/multilingual-e5-small-maas=overloaded", "b/m=served"]
    assert sorted(scene.log[2:-2]) == ["a asked"] * 3 + ["a closed"] + ["a cut off"] * 2
    assert scene.log[-2:] == ["b asked", "b closed"]
    assert jsons.decode(upstream.calls[-1].body)["input"] == list("abcd")


async def test_what_was_used_before_a_failure_is_not_told_as_the_answers():
    upstream = ScriptedUpstream(a=[embedded(1.0), fails(500)], b=[listed(1.0, 2.0, tokens=5)])
    scene = await perform(
        upstream, plan("a", "b", targets={"a": one_by_one("a")}), asks("one", "two")
    )

    assert scene.usage.total == 5


@pytest.mark.parametrize("numbers", [(0.5,), (0.5, 1.5, 2.5)])
async def test_fewer_or_more_vectors_than_inputs_are_no_answer(numbers):
    upstream = ScriptedUpstream(a=[listed(*numbers)])
    scene = await perform(upstream, plan("a"), asks("one", "two"))

    assert scene.error.attempts[0].kind is Kind.MALFORMED
    assert f"{len(numbers)} vectors for 2 inputs" in scene.error.message


async def test_all_parts_together_may_not_be_longer_than_an_answer():
    who = one_by_one("a", max_answer=100)
    body = {"embedding": {"values": [1] * 15}}
    acts = [Act(headers=JSON, body=[jsons.encode(body)]) for _ in range(2)]
    scene = await perform(
        ScriptedUpstream(a=acts), plan("a", targets={"a": who}), asks("one", "two")
    )

    assert scene.error.attempts[0].kind is Kind.OVERSIZED


async def test_a_protocol_without_embeddings_is_passed_over_without_a_call():
    claude = Target("a", "claude", "anthropic", "http://a")
    upstream = ScriptedUpstream(b=[listed(1.0)])
    scene = await perform(upstream, plan("a", "b", targets={"a": claude}), asks("one"))

    assert scene.tried == ["a/claude=unsupported", "b/m=served"]
    assert scene.log == ["b asked", "b closed"]


async def test_where_nobody_has_embeddings_the_caller_is_told_so():
    claude = Target("a", "claude", "anthropic", "http://a")
    scene = await perform(ScriptedUpstream(), plan("a", targets={"a": claude}), asks("one"))

    assert scene.error.kind is Kind.UNSUPPORTED
    assert "has no embeddings" in scene.error.message


async def test_each_part_has_the_patience_of_the_first_and_all_have_the_calls_time():
    acts = [embedded(1.0, delay=50.0), embedded(2.0, delay=50.0), embedded(3.0, delay=50.0)]
    the_plan = plan("a", "b", targets={"a": one_by_one("a")}, total=600.0)
    served = await perform(ScriptedUpstream(a=[*acts], b=[]), the_plan, asks("one", "two", "three"))
    hurried = await perform(
        ScriptedUpstream(a=[embedded(1.0, delay=50.0), embedded(2.0, delay=50.0)], b=[]),
        the_plan,
        asks("one", "two"),
        deadline=80.0,
    )

    assert (served.seconds, served.error) == (100.0, None)
    assert hurried.seconds == 80.0
    assert hurried.error.attempts[0].kind is Kind.TOTAL_TIMEOUT


async def test_a_stream_in_the_place_of_vectors_is_no_answer():
    act = Act(body=[b'data: {"object":"list"}\n\n'])
    scene = await perform(ScriptedUpstream(a=[act]), plan("a"), asks("one"))

    assert scene.error.attempts[0].kind is Kind.MALFORMED


async def test_the_headers_of_the_last_answer_are_told():
    acts = [embedded(1.0, x_ratelimit_remaining="9"), embedded(2.0, x_ratelimit_remaining="8")]
    scene = await perform(
        ScriptedUpstream(a=acts), plan("a", targets={"a": one_by_one("a")}), asks("one", "two")
    )

    assert scene.text == "8"


async def test_parts_whose_tokens_nobody_counts_have_no_usage():
    body = {"embedding": {"values": [1.0]}}
    act = Act(headers=JSON, body=[jsons.encode(body)])
    scene = await perform(
        ScriptedUpstream(a=[act]), plan("a", targets={"a": one_by_one("a")}), asks("one")
    )

    assert scene.usage is None


async def test_a_caller_who_leaves_ends_every_call_that_is_under_way():
    acts = [embedded(1.0), *[embedded(2.0, delay=100.0) for _ in range(4)]]
    upstream = ScriptedUpstream(a=acts)
    the_plan = plan("a", targets={"a": one_by_one("a")})
    task = asyncio.ensure_future(perform(upstream, the_plan, asks(*"abcde")))
    await asyncio.sleep(1.0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    assert upstream.log.count("a asked") == 5
    assert upstream.log.count("a cut off") == 4


async def test_others_have_turns_while_a_long_answer_is_read():
    turns = 0
    body = jsons.encode({"embeddings": [[0.125] * 1024] * 300, "model": "m-1"})
    upstream = ScriptedUpstream(a=[Act(headers=JSON, body=[body])])
    target = Target("a", "m", "ollama", "http://a")
    doing = perform(upstream, plan("a", targets={"a": target}), asks(*["x"] * 300))
    task = asyncio.ensure_future(doing)
    while not task.done():
        turns += 1
        await asyncio.sleep(0)

    assert len(task.result().chunks["vectors"]) == 300
    assert turns > len(body) // STEP + 300 * 1024 // NUMBERS

"""The handler over bare ASGI messages: what goes out, in which order, and what is told when it has ended."""

import asyncio
import gc
import random
from dataclasses import replace
from decimal import Decimal

import pytest

from proxy.codecs.openai import OpenAI
from proxy.config.schema import Alias, Auth, Config, Live, Provider, StaticKey, TargetRef
from proxy.core import jsons
from proxy.core.errors import Kind
from proxy.core.facts import AnswerBegan, CallEnded, Outcome
from proxy.core.secret import Secret
from proxy.core.shape import ChatRequest
from proxy.engine.cascade import Cascade
from proxy.engine.lane import Lane
from proxy.gate.admit import Gate
from proxy.gate.intake import Intake
from proxy.gate.load import Load
from proxy.route.health import Health
from proxy.route.plan import Planner
from proxy.surfaces.chat import Chat
from proxy.web.admission import Admission
from proxy.web.books import Accounts
from proxy.web.inference import Inference
from tests.support.script import (
    DONE,
    ROLE,
    STOP,
    Act,
    ScriptedUpstream,
    Wait,
    chunk,
    fails,
    says,
    whole,
)
from tests.support.virtual import LoopClock

pytestmark = pytest.mark.virtual_time

HEADERS = ((b"host", b"localhost"), (b"content-type", b"application/json"))


class Caller:
    """One call over bare ASGI; `leave` drops the connection."""

    def __init__(self, body, headers=()):
        data = body if isinstance(body, bytes) else jsons.encode(body)
        self.scope = {
            "type": "http",
            "method": "POST",
            "path": "/v1/chat/completions",
            "headers": [*HEADERS, *headers],
        }
        self._inbox = [{"type": "http.request", "body": data, "more_body": False}]
        self._left = asyncio.Event()
        self.sent = []

    async def receive(self):
        if self._inbox:
            return self._inbox.pop(0)
        await self._left.wait()
        return {"type": "http.disconnect"}

    async def send(self, message):
        self.sent.append(message)

    def trickle(self, size):
        """Send so many bytes of the body and then wait."""
        body = self._inbox[0]["body"].ljust(size)[:size]
        self._inbox = [{"type": "http.request", "body": body, "more_body": True}]

    def leave(self):
        self._left.set()

    @property
    def status(self):
        return self.sent[0]["status"]

    @property
    def headers(self):
        return {name.decode(): value.decode() for name, value in self.sent[0]["headers"]}

    @property
    def body(self):
        return b"".join(message.get("body", b"") for message in self.sent[1:])

    @property
    def json(self):
        return jsons.decode_object(self.body)

    @property
    def complete(self):
        return bool(self.sent) and not self.sent[-1].get("more_body", False)


def asking(stream=True, **more):
    return {
        "model": "chat",
        "messages": [{"role": "user", "content": "hi"}],
        "stream": stream,
        **more,
    }


LAST = chunk(
    usage={"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5}, service_tier="priority"
)


class House:
    """An endpoint over scripted targets."""

    def __init__(
        self, *, auth=None, load=None, live=None, max_body=10_000, cost=None, intake=None, **acts
    ):
        self.upstream = ScriptedUpstream(**acts)
        self.facts = []
        self.cost, self.priced = cost, []
        providers = {name: Provider(name, "", "openai", f"http://{name}") for name in acts}
        cascade = tuple(TargetRef(name, "m") for name in acts)
        live = live or Live()
        asked = Alias("shown", cascade, model_in_answer="asked", live=live)
        config = Config(
            providers=providers, models={"chat": Alias("chat", cascade, live=live), "shown": asked}
        )
        clock = LoopClock()
        planner = Planner(config)
        self.endpoint = Inference(
            Chat(),
            Admission(
                Gate(auth or Auth()), load or Load(100, 10, 1.0), max_body, intake or Intake()
            ),
            lambda: planner,
            Cascade(
                {"openai": OpenAI()},
                self.upstream,
                clock,
                random.Random(0),
                self.tell,
                Health(random.Random(0).random),
            ),
            clock,
            Accounts(self.tell, self.price),
            via="1.1 firstbyte-test",
        )

    def tell(self, fact):
        self.facts.append(fact)

    def price(self, *answer):
        self.priced.append(answer)
        return self.cost

    async def serve(self, caller):
        await self.endpoint(caller.scope, caller.receive, caller.send)
        return caller

    @property
    def ended(self):
        (fact,) = [fact for fact in self.facts if isinstance(fact, CallEnded)]
        return fact


async def test_a_stream_goes_out_with_the_head_that_clients_rely_on():
    house = House(a=[fails(503)], b=[says("hel", "lo")])

    caller = await house.serve(Caller(asking()))

    assert caller.status == 200
    assert caller.headers["content-type"] == "text/event-stream; charset=utf-8"
    assert caller.headers["cache-control"] == "no-cache"
    assert caller.headers["x-accel-buffering"] == "no"
    assert caller.headers["x-firstbyte-target"] == "b/m"
    assert caller.headers["x-firstbyte-attempts"] == "2"
    assert caller.headers["x-firstbyte-cascade"] == "a/m=overloaded, b/m=served"
    assert caller.headers["server-timing"].startswith("proxy;dur=")
    assert caller.body.endswith(b"data: [DONE]\n\n")
    assert b'"hel"' in caller.body
    assert caller.complete


async def test_the_head_waits_for_the_first_output():
    slow_start = Act(body=[ROLE, Wait(5.0), *says("hi").body])
    house = House(a=[slow_start])
    caller = Caller(asking())

    task = asyncio.ensure_future(house.serve(caller))
    await asyncio.sleep(4.9)
    before = list(caller.sent)
    await task

    assert before == []
    assert caller.status == 200


async def test_a_whole_answer_goes_out_at_once():
    house = House(a=[whole("hello")])

    caller = await house.serve(Caller(asking(stream=False)))

    assert caller.headers["content-type"] == "application/json"
    assert int(caller.headers["content-length"]) == len(caller.body)
    assert caller.json["choices"][0]["message"]["content"] == "hello"
    assert len(caller.sent) == 2


async def test_the_name_that_was_asked_for_may_stand_in_the_answer():
    house = House(a=[whole("hello")])

    caller = await house.serve(Caller(asking(stream=False, model="shown")))

    assert caller.json["model"] == "shown"


async def test_a_cut_stream_ends_in_an_error_event_and_no_done():
    house = House(a=[Act(body=[ROLE, chunk({"content": "half"})])])

    caller = await house.serve(Caller(asking()))

    last = caller.body.rstrip().rsplit(b"\n\n", 1)[-1]
    assert (
        jsons.decode_object(last.removeprefix(b"data: "))["error"]["code"] == "upstream_truncated"
    )
    assert b"[DONE]" not in caller.body
    assert caller.complete
    assert (house.ended.outcome, house.ended.kind) == (Outcome.CUT, Kind.TRUNCATED)


async def test_when_all_fail_the_attempts_are_listed():
    house = House(a=[fails(503)], b=[fails(529, retry_after="7")])

    caller = await house.serve(Caller(asking()))

    assert caller.status == 503
    assert caller.headers["retry-after"] == "7"
    assert caller.headers["x-firstbyte-cascade"] == "a/m=overloaded, b/m=overloaded"
    assert [a["target"] for a in caller.json["error"]["attempts"]] == ["a/m", "b/m"]
    assert house.ended.outcome is Outcome.FAILED


@pytest.mark.parametrize("stream", [True, False])
@pytest.mark.parametrize(
    ("act", "outcome"),
    [
        (fails(400), Outcome.REFUSED),
        (fails(400, "context_length_exceeded"), Outcome.REFUSED),
        (fails(404), Outcome.FAILED),
        (fails(401), Outcome.FAILED),
        (fails(429), Outcome.FAILED),
    ],
)
async def test_what_a_caller_does_wrong_is_refused_also_where_it_is_a_target_that_says_so(
    stream, act, outcome
):
    house = House(a=[act])
    await house.serve(Caller(asking(stream=stream)))

    assert house.ended.outcome is outcome
    assert [tried.target for tried in house.ended.attempts] == ["a/m"]


async def test_what_a_caller_does_wrong_is_refused_on_a_warm_wire_too():
    house = House(a=[replace(fails(400), before_head=[Wait(40.0)])], live=LIVELY)
    await house.serve(Caller(asking()))

    assert (house.ended.outcome, house.ended.status) == (Outcome.REFUSED, 200)


async def test_a_bad_request_is_refused_before_any_target_is_asked():
    house = House(a=[whole()])

    caller = await house.serve(Caller(b"{nope"))

    assert caller.status == 400
    assert house.upstream.log == []
    assert (house.ended.outcome, house.ended.kind) == (Outcome.REFUSED, Kind.INVALID_REQUEST)


async def test_a_body_over_the_limit_is_refused():
    house = House(a=[whole()], max_body=100)

    caller = await house.serve(Caller(b" " * 101))

    assert caller.status == 413


async def test_a_key_is_asked_for_where_keys_are_required():
    keys = Auth(required=True, keys=(StaticKey(Secret("k" * 20), allowed_models=("chat",)),))
    house = House(auth=keys, a=[whole()])

    without = await house.serve(Caller(asking(stream=False)))
    house.facts.clear()
    with_key = await house.serve(
        Caller(asking(stream=False), [(b"authorization", b"Bearer " + b"k" * 20)])
    )

    assert (without.status, with_key.status) == (401, 200)


async def test_a_key_may_use_only_what_it_lists():
    keys = Auth(required=True, keys=(StaticKey(Secret("k" * 20), allowed_models=("shown",)),))
    house = House(auth=keys, a=[whole()])

    caller = await house.serve(Caller(asking(), [(b"x-api-key", b"k" * 20)]))

    assert caller.status == 403


@pytest.mark.parametrize("stream", [True, False])
@pytest.mark.parametrize("act", [Act(before_head=[Wait(1e6)]), Act(body=[ROLE, Wait(1e6)])])
async def test_a_caller_who_leaves_before_the_first_byte_stops_everything(stream, act):
    house = House(a=[act], b=[says("hi")])
    caller = Caller(asking(stream=stream))
    task = asyncio.ensure_future(house.serve(caller))
    await asyncio.sleep(1.0)

    caller.leave()
    await task

    assert caller.sent == []
    assert "b asked" not in house.upstream.log
    assert house.ended.outcome is Outcome.CANCELLED
    assert house.ended.status == 499
    assert house.ended.duration_ms == pytest.approx(1000.0, abs=1)
    assert [(a.target, a.kind) for a in house.ended.attempts] == [("a/m", Kind.CANCELLED)]
    assert house.ended.overhead_ms is None


async def test_the_last_fact_tells_what_a_stream_moved_and_what_was_our_own_part_of_its_time():
    house = House(a=[Act(body=[Wait(2.0), *says("hel", "lo").body, LAST])], cost=Decimal(1))
    caller = Caller(asking())
    size = len(caller._inbox[0]["body"])

    await house.serve(caller)
    told = house.ended
    (began,) = [fact for fact in house.facts if isinstance(fact, AnswerBegan)]

    assert (told.bytes_in, told.bytes_out) == (size, len(caller.body))
    assert told.ttft_ms == pytest.approx(2000.0, abs=1)
    assert told.overhead_ms == pytest.approx(0.0, abs=1)
    assert (began.stream, began.trace) == (True, told.trace)
    assert [(run.target, run.usage.completion, run.cost) for run in told.runs] == [("a/m", 2, 1)]
    assert told.served == "m-1"
    assert told.attempts[0].began == pytest.approx(told.began)


async def test_a_caller_who_sends_its_body_slowly_is_no_part_of_our_time():
    house = House(a=[whole()])
    caller = Caller(asking(stream=False))
    take = caller.receive

    async def receive():
        await asyncio.sleep(3.0)
        return await take()

    caller.receive = receive
    await house.serve(caller)

    assert house.ended.ttft_ms == pytest.approx(3000.0, abs=1)
    assert house.ended.overhead_ms == pytest.approx(0.0, abs=1)
    assert (house.ended.bytes_out, house.ended.runs[0].target) == (len(caller.body), "a/m")


async def test_calls_under_way_are_counted_while_they_are():
    house = House(a=[Act(before_head=[Wait(1e6)])])
    caller = Caller(asking())
    task = asyncio.ensure_future(house.serve(caller))
    await asyncio.sleep(1.0)
    during = house.endpoint.in_flight
    caller.leave()
    await task

    assert (house.endpoint.name, during, house.endpoint.in_flight) == ("chat", 1, 0)


async def test_a_caller_who_leaves_mid_stream_closes_the_upstream():
    house = House(a=[Act(body=[chunk({"content": "x"}), Wait(1e6)])])
    caller = Caller(asking())
    task = asyncio.ensure_future(house.serve(caller))
    await asyncio.sleep(1.0)

    caller.leave()
    await task

    assert house.upstream.log[-1] == "a cut off"
    assert (house.ended.outcome, house.ended.target) == (Outcome.CANCELLED, "a/m")


EARLY = chunk({"role": "assistant", "content": ""}, usage={"prompt_tokens": 9})


@pytest.mark.parametrize("recover", ["off", "restart"])
async def test_a_caller_who_leaves_leaves_what_was_told_of_usage(recover):
    words = [chunk({"content": "x"}) for _ in range(5)]
    house = House(a=[Act(body=[EARLY, *words, Wait(1e6)])], live=Live(recover=recover), cost=2)
    caller = Caller(asking())
    task = asyncio.ensure_future(house.serve(caller))
    await asyncio.sleep(1.0)
    caller.leave()
    await task
    told = house.ended

    assert (told.outcome, told.usage.prompt, told.cost_usd) == (Outcome.CANCELLED, 9, 2)
    assert told.usage.completion == told.bytes_out // 150 > 0
    assert [run.is_guess for run in told.runs] == [True]


async def test_what_was_told_of_usage_before_a_cut_is_accounted_for():
    half = Act(body=[EARLY, chunk({"content": "1, 2, 3, 4, "})])
    house = House(a=[half], b=[says("2")], live=Live(recover="user_turn"))
    cut = House(a=[half])

    await house.serve(Caller(asking()))
    await cut.serve(Caller(asking()))

    assert [(run.usage.wire(), run.is_guess) for run in house.ended.runs] == [
        ({"prompt_tokens": 9, "completion_tokens": 3, "total_tokens": 12}, True),
        ({"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5}, False),
    ]
    assert (cut.ended.outcome, cut.ended.usage.prompt) == (Outcome.CUT, 9)


def remembered(words):
    """The requests in memory that say these."""
    requests = [each for each in gc.get_objects() if isinstance(each, ChatRequest)]
    return [each for each in requests if words in each.raw or words in repr(each.body).encode()]


@pytest.mark.parametrize(
    ("live", "is_kept"),
    [(Live(), False), (Live(recover="restart"), True), (Live(recover="prefill"), True)],
)
async def test_what_was_asked_is_forgotten_when_some_of_the_answer_is_out(live, is_kept):
    words = f"a prompt {live.recover}".encode()
    act = Act(body=[Wait(2.0), chunk({"content": "x"}), Wait(2.0), STOP, DONE])
    house = House(live=live, a=[act])
    asked = asking(messages=[{"role": "user", "content": words.decode()}], tools=[])
    task = asyncio.ensure_future(house.serve(Caller(asked)))
    await asyncio.sleep(1.0)
    before = len(remembered(words))
    await asyncio.sleep(2.0)
    after = len(remembered(words))
    caller = await task

    assert (before, after) == (1, 1 if is_kept else 0)
    assert caller.body.endswith(DONE)
    assert house.ended.outcome is Outcome.SERVED


async def test_what_was_asked_may_be_set_otherwise_by_the_call():
    words = b"a prompt of one who wants it whole"
    act = Act(body=[chunk({"content": "x"}), Wait(2.0), STOP, DONE])
    house = House(a=[act])
    asked = asking(
        messages=[{"role": "user", "content": words.decode()}], firstbyte={"recover": "restart"}
    )
    task = asyncio.ensure_future(house.serve(Caller(asked)))
    await asyncio.sleep(1.0)
    kept = len(remembered(words))
    await task

    assert kept == 1


async def test_a_task_that_is_cancelled_from_outside_stays_cancelled():
    house = House(a=[Act(before_head=[Wait(1e6)])])
    task = asyncio.ensure_future(house.serve(Caller(asking())))
    await asyncio.sleep(1.0)

    task.cancel()
    await asyncio.wait([task])

    assert task.cancelled()
    assert house.ended.outcome is Outcome.CANCELLED


async def test_a_bug_is_told_and_raised():
    house = House(a=[whole()])

    def broken(*_, **__):
        raise RuntimeError("a bug")

    house.endpoint._surface.whole = broken
    with pytest.raises(RuntimeError, match="a bug"):
        await house.serve(Caller(asking(stream=False)))

    assert (house.ended.outcome, house.ended.kind) == (Outcome.FAILED, Kind.INTERNAL)


@pytest.mark.parametrize("stream", [True, False])
async def test_a_bug_behind_an_answer_that_is_out_does_not_make_it_a_failure(stream, monkeypatch):
    async def broken(_):
        raise RuntimeError("a bug")

    house = House(a=[says("hi")] if stream else [whole()])
    monkeypatch.setattr(Lane, "aclose", broken)
    with pytest.raises(RuntimeError, match="a bug"):
        await house.serve(Caller(asking(stream=stream)))

    assert (house.ended.outcome, house.ended.kind, house.ended.status) == (
        Outcome.SERVED,
        None,
        200,
    )


async def test_every_call_ends_in_one_fact():
    house = House(a=[fails(503)], b=[says("hi")])

    await house.serve(Caller(asking()))

    ended = house.ended
    assert (ended.surface, ended.alias, ended.asked, ended.target) == (
        "chat",
        "chat",
        "chat",
        "b/m",
    )
    assert (ended.outcome, ended.status, ended.stream) == (Outcome.SERVED, 200, True)
    assert ended.usage.total == 5
    assert [t.target for t in ended.attempts] == ["a/m", "b/m"]
    assert [type(fact) for fact in house.facts].count(AnswerBegan) == 1


async def test_report_adds_what_happened_to_the_answer():
    house = House(a=[fails(503), fails(503)], b=[whole("hi"), says("hi")])
    asked = {"firstbyte": {"report": True}}

    body = await house.serve(Caller(asking(stream=False, **asked)))
    house.facts.clear()
    stream = await house.serve(Caller(asking(**asked)))

    told = body.json["firstbyte"]
    assert told["target"] == "b/m"
    assert [a["code"] for a in told["attempts"]] == ["overloaded", "served"]
    assert told["usage"]["total_tokens"] == 5
    assert b'"firstbyte":{"target":"b/m"' in stream.body


async def test_a_whole_answer_says_what_it_cost():
    house = House(cost=Decimal("0.00001250"), a=[whole(service_tier="flex")])

    caller = await house.serve(Caller(asking(stream=False, firstbyte={"report": True})))

    assert caller.headers["x-firstbyte-cost-usd"] == "0.00001250"
    assert caller.json["firstbyte"]["cost_usd"] == 0.0000125
    assert house.ended.cost_usd == Decimal("0.0000125")
    assert set(house.priced) == {("a/m", "m-1", house.ended.usage, "flex")}


async def test_a_stream_says_what_it_cost_when_it_is_known():
    tiered = Act(body=[ROLE, chunk({"content": "hi"}), STOP, LAST, DONE])
    house = House(cost=Decimal("0.5"), a=[tiered])

    caller = await house.serve(Caller(asking(firstbyte={"report": True})))

    assert "x-firstbyte-cost-usd" not in caller.headers
    assert b'"cost_usd":0.5' in caller.body
    assert house.ended.cost_usd == Decimal("0.5")
    assert set(house.priced) == {("a/m", "m-1", house.ended.usage, "priority")}


async def test_a_cost_that_is_not_known_is_null_and_no_header():
    house = House(cost=None, a=[whole()])

    caller = await house.serve(Caller(asking(stream=False, firstbyte={"report": True})))

    assert "x-firstbyte-cost-usd" not in caller.headers
    assert caller.json["firstbyte"]["cost_usd"] is None
    assert house.ended.cost_usd is None


async def test_an_answer_that_names_no_model_is_priced_by_its_target():
    house = House(cost=None, a=[whole(model=None, service_tier=None)])

    await house.serve(Caller(asking(stream=False)))

    assert {answer[:2] for answer in house.priced} == {("a/m", "m")}


async def test_what_nobody_served_costs_nothing_that_is_known():
    house = House(cost=Decimal(1), a=[fails(503)])

    await house.serve(Caller(asking()))

    assert house.priced == []
    assert house.ended.cost_usd is None


async def test_only_allowed_headers_travel_and_each_request_carries_our_mark():
    house = House(a=[whole()])
    headers = [
        (b"anthropic-beta", b"b1"),
        (b"cookie", b"secret"),
        (b"authorization", b"Bearer mine"),
        (b"x-forwarded-for", b"1.2.3.4"),
    ]

    await house.serve(Caller(asking(stream=False), headers))

    sent = dict(house.upstream.calls[0].headers)
    assert sent["anthropic-beta"] == "b1"
    assert sent["via"] == "1.1 firstbyte-test"
    assert not {"cookie", "authorization", "x-forwarded-for"} & set(sent)


PARENT = f"00-{'a' * 32}-{'b' * 16}-01".encode()


async def test_a_provider_hears_the_caller_s_trace_and_our_span_in_it():
    house = House(a=[fails(503)], b=[whole()])
    headers = [(b"traceparent", PARENT), (b"tracestate", b"v=1")]

    await house.serve(Caller(asking(stream=False), headers))
    trace = house.ended.trace

    assert (trace.id, trace.parent, trace.state) == ("a" * 32, "b" * 16, "v=1")
    for made in house.upstream.calls:
        sent = dict(made.lines)
        assert sent["traceparent"] == f"00-{trace.id}-{trace.span}-01"
        assert sent["tracestate"] == "v=1"


@pytest.mark.parametrize("value", [b"", b"garbage", PARENT.upper(), PARENT + b"\xff", b"0" * 55])
async def test_a_trace_that_cannot_be_read_begins_anew_and_refuses_nobody(value):
    house = House(a=[whole()])

    caller = await house.serve(Caller(asking(stream=False), [(b"traceparent", value)]))
    trace = house.ended.trace

    assert caller.status == 200
    assert trace.parent == ""
    sent = dict(house.upstream.calls[0].lines)
    assert sent["traceparent"] == f"00-{trace.id}-{trace.span}-00"


async def test_where_a_request_has_been_travels_on_before_our_mark():
    house = House(a=[whole()])
    been = [(b"via", b"1.1 edge, 1.1 firstbyte-other"), (b"via", b"1.0 inner")]

    await house.serve(Caller(asking(stream=False), been))

    marks = [value for name, value in house.upstream.calls[0].headers if name == "via"]
    assert marks == ["1.1 edge, 1.1 firstbyte-other, 1.0 inner, 1.1 firstbyte-test"]


async def test_a_providers_rate_limit_headers_pass_and_no_others():
    act = whole()
    act.headers = {**act.headers, "x-ratelimit-remaining-tokens": "9", "set-cookie": "a=b"}
    house = House(a=[act])

    caller = await house.serve(Caller(asking(stream=False)))

    assert caller.headers["x-ratelimit-remaining-tokens"] == "9"
    assert "set-cookie" not in caller.headers


@pytest.mark.parametrize(
    ("name", "value", "seconds"),
    [
        (b"x-stainless-read-timeout", b"20", 20.0),
        (b"x-stainless-timeout", b"30.5", 30.5),
        (b"x-request-timeout-ms", b"1500", 1.5),
        (b"x-stainless-timeout", b"nan", 600.0),
        (b"x-stainless-timeout", b"-1", 600.0),
        (b"x-stainless-timeout", b"soon", 600.0),
    ],
)
async def test_what_an_sdk_announces_bounds_its_wait(name, value, seconds):
    house = House(a=[Act(before_head=[Wait(1e6)])])

    caller = await house.serve(Caller(asking(stream=False), [(name, value)]))

    assert caller.status == 504
    assert house.ended.duration_ms == pytest.approx(seconds * 1000, abs=1)


async def test_a_strange_model_name_cannot_break_a_header():
    house = House(a=[whole()])
    name = "a/m\r\nx-evil: 1\u2603"

    caller = await house.serve(Caller(asking(stream=False, model=name)))

    assert caller.headers["x-firstbyte-target"] == "a/m??x-evil: 1?"
    assert "x-evil" not in caller.headers


LIVELY = Live(warm_after=30.0, heartbeat=15.0)


def comments(caller):
    return [m["body"] for m in caller.sent[1:] if m.get("body", b"").startswith(b":")]


async def test_a_long_wait_is_kept_warm_with_comments_that_name_the_attempt():
    late_start = Act(body=[Wait(70.0), *says("hi").body])
    house = House(a=[fails(503)], b=[late_start], live=LIVELY)
    caller = Caller(asking())

    await house.serve(caller)

    assert caller.status == 200
    assert comments(caller) == [b": waiting for b/m (attempt 2)\n\n"] * 3
    assert caller.body.endswith(b"data: [DONE]\n\n")
    assert b'"firstbyte":{"target":"b/m"' in caller.body


async def test_the_cascade_still_works_while_the_wire_is_warm():
    hangs = Act(body=[Wait(1e6)])
    house = House(a=[hangs], b=[says("hi")], live=LIVELY)

    caller = await house.serve(Caller(asking()))

    assert [a.target for a in house.ended.attempts] == ["a/m", "b/m"]
    assert b'"hi"' in caller.body
    assert set(comments(caller)) == {b": waiting for a/m (attempt 1)\n\n"}


async def test_a_final_failure_on_a_warm_wire_is_an_error_event():
    broken = Act(status=503, before_head=[Wait(40.0)])
    house = House(a=[broken], live=LIVELY)

    caller = await house.serve(Caller(asking()))

    assert caller.status == 200
    assert b'"error"' in caller.body
    assert b"[DONE]" not in caller.body
    assert caller.complete
    assert (house.ended.outcome, house.ended.status) == (Outcome.FAILED, 200)


async def test_a_pause_after_the_first_byte_is_kept_warm_too():
    act = Act(body=[ROLE, chunk({"content": "a"}), Wait(40.0), *says("b").body])
    house = House(a=[act], live=LIVELY)

    caller = await house.serve(Caller(asking()))

    assert comments(caller) == [b": still here\n\n"] * 2


async def test_what_speaks_needs_no_comments():
    words = [item for _ in range(40) for item in (Wait(10.0), chunk({"content": "x"}))]
    house = House(a=[Act(body=[chunk({"content": "x"}), *words, *says("y").body])], live=LIVELY)

    caller = await house.serve(Caller(asking()))

    assert comments(caller) == []


async def test_comments_come_in_good_time_for_a_caller_who_says_how_long_it_waits():
    act = Act(body=[Wait(25.0), *says("hi").body])
    house = House(a=[act], live=LIVELY)

    caller = await house.serve(Caller(asking(), [(b"x-stainless-read-timeout", b"10")]))

    assert len(comments(caller)) >= 4
    assert b'"hi"' in caller.body


@pytest.mark.parametrize("announced", [b"0.001", b"1e-9", b"999", b"1000"])
async def test_who_announces_next_to_no_patience_gets_two_comments_a_second_and_no_more(announced):
    house = House(a=[Act(body=[Wait(5.2), *says("hi").body])], live=LIVELY)

    caller = await house.serve(Caller(asking(), [(b"x-request-timeout-ms", announced)]))

    assert len(comments(caller)) == 10
    assert b'"hi"' in caller.body


@pytest.mark.parametrize("announced", [b"0.001", b"500"])
async def test_a_whole_answer_has_the_time_that_was_announced_however_short(announced):
    house = House(a=[Act(before_head=[Wait(1e6)])])

    caller = await house.serve(Caller(asking(stream=False), [(b"x-request-timeout-ms", announced)]))

    assert caller.status == 504
    assert house.ended.duration_ms <= 500


async def test_who_comes_when_all_is_full_is_refused_in_the_surfaces_shape():
    full = Load(0, 0, 1.0)
    house = House(a=[whole()], load=full)

    caller = await house.serve(Caller(asking()))

    assert caller.status == 503
    assert caller.headers["retry-after"] == "1"
    assert (house.ended.kind, house.ended.outcome) == (Kind.SATURATED, Outcome.REFUSED)
    assert house.upstream.log == []


async def test_bodies_that_are_on_their_way_in_have_a_budget_together():
    intake = Intake(500)
    house = House(a=[whole(), whole()], intake=intake)
    slow = Caller(asking(stream=False))
    slow.trickle(400)
    task = asyncio.ensure_future(house.serve(slow))
    await asyncio.sleep(0.1)
    held = intake.held

    refused = await house.serve(Caller(asking(stream=False, user="u" * 100)))
    slow.leave()
    await task
    served = await house.serve(Caller(asking(stream=False, user="u" * 100)))

    assert held == 400
    assert (refused.status, refused.headers["retry-after"]) == (503, "1")
    assert (served.status, intake.held) == (200, 0)


@pytest.mark.parametrize("body", [b"no json", asking(stream=False)])
async def test_a_body_is_counted_no_more_once_it_is_parsed(body):
    intake = Intake()
    house = House(a=[Act(before_head=[Wait(50.0)])], intake=intake)
    caller = Caller(body)
    task = asyncio.ensure_future(house.serve(caller))
    await asyncio.sleep(1)

    held = intake.held
    caller.leave()
    await task

    assert held == 0


async def test_a_caller_who_leaves_the_queue_leaves_it():
    load = Load(1, 5, 60.0)
    house = House(a=[Act(before_head=[Wait(1e6)])], load=load)
    first, second = Caller(asking()), Caller(asking())
    tasks = [asyncio.ensure_future(house.serve(c)) for c in (first, second)]
    await asyncio.sleep(1)

    second.leave()
    await asyncio.sleep(1)

    assert (load.in_flight, load.queued) == (1, 0)
    first.leave()
    await asyncio.wait(tasks)
    assert load.in_flight == 0


async def test_when_the_server_may_wait_no_longer_a_stream_ends_in_an_error_event():
    house = House(a=[Act(body=[chunk({"content": "x"}), Wait(1e6)])])
    caller = Caller(asking())
    task = asyncio.ensure_future(house.serve(caller))
    await asyncio.sleep(1)

    house.endpoint.presence.dismiss(Kind.DRAINING, "this server is shutting down")
    await task

    assert b"shutting_down" in caller.body
    assert b"[DONE]" not in caller.body
    assert caller.complete
    assert house.upstream.log[-1] == "a cut off"


async def test_when_the_server_may_wait_no_longer_an_unbegun_call_is_a_503():
    house = House(a=[Act(before_head=[Wait(1e6)])])
    caller = Caller(asking(stream=False))
    task = asyncio.ensure_future(house.serve(caller))
    await asyncio.sleep(1)

    house.endpoint.presence.dismiss(Kind.DRAINING, "this server is shutting down")
    await task

    assert caller.status == 503
    assert caller.json["error"]["code"] == "shutting_down"


async def test_a_target_that_was_passed_over_is_told_and_not_counted():
    house = House(a=[fails(500)] * 5, b=[says("hi")] * 6)
    for _ in range(5):
        await house.serve(Caller(asking()))

    caller = await house.serve(Caller(asking()))

    assert caller.headers["x-firstbyte-cascade"] == "a/m=circuit_open, b/m=served"
    assert caller.headers["x-firstbyte-attempts"] == "1"


async def test_a_recovered_stream_says_so_and_is_told_as_served_by_the_last():
    half = Act(body=[ROLE, chunk({"content": "1, "})])
    house = House(a=[half], b=[says("2")], live=Live(recover="user_turn"))

    caller = await house.serve(Caller(asking()))

    assert b'"fallback_attempts":["a/m"]' in caller.body
    assert caller.body.endswith(b"data: [DONE]\n\n")
    assert (house.ended.outcome, house.ended.target) == (Outcome.SERVED, "b/m")


async def test_recovery_may_be_asked_for_in_the_call():
    half = Act(body=[ROLE, chunk({"content": "1, "})])
    house = House(a=[half], b=[says("2")])

    caller = await house.serve(Caller(asking(firstbyte={"recover": "restart"})))

    assert b'"restarted":true' in caller.body


class Served(Caller):
    """A caller as a server tells of it: gone as soon as it has its answer; or something else happens then."""

    def then(self):
        self.leave()

    async def send(self, message):
        await super().send(message)
        if message["type"] == "http.response.body" and not message.get("more_body"):
            self.then()


def late_end(act):
    """HTTP ends a moment after the protocol."""
    act.body.append(Wait(0.05))
    return act


@pytest.mark.parametrize("stream", [True, False])
async def test_a_caller_who_has_its_answer_does_not_cost_the_connection(stream):
    house = House(a=[late_end(says("hi"))])

    caller = await house.serve(Served(asking(stream=stream)))

    assert house.upstream.log[-1] == "a closed"
    assert (house.ended.outcome, house.ended.status) == (Outcome.SERVED, 200)
    assert caller.complete


@pytest.mark.parametrize("stream", [True, False])
async def test_the_place_is_free_when_the_answer_is_out_before_the_connection_is_tidied_up(stream):
    load = Load(1, 0, 1.0)
    house = House(a=[late_end(says("hi"))], load=load)
    caller, seen = Served(asking(stream=stream)), []
    loop = asyncio.get_running_loop()
    caller.then = lambda: loop.call_later(
        0.01, lambda: seen.append((load.in_flight, len(house.facts)))
    )

    await house.serve(caller)

    assert seen == [(0, len(house.facts) - 1)]
    assert load.in_flight == 0


@pytest.mark.parametrize("stream", [True, False])
async def test_an_answer_that_is_out_is_not_refused_when_the_server_stops(stream):
    house = House(a=[late_end(says("hi"))])
    caller = Served(asking(stream=stream))
    loop = asyncio.get_running_loop()
    dismiss = house.endpoint.presence.dismiss
    caller.then = lambda: loop.call_later(0.01, dismiss, Kind.DRAINING, "shutting down")

    await house.serve(caller)

    assert [message.get("more_body", False) for message in caller.sent[1:]].count(False) == 1
    assert house.ended.outcome is Outcome.SERVED


async def test_usage_and_cost_of_every_run_are_summed_and_split():
    half = Act(body=[ROLE, chunk({"content": "1, "}), chunk(usage={"prompt_tokens": 3})])
    house = House(cost=Decimal("0.5"), a=[half], b=[says("2")], live=Live(recover="user_turn"))

    caller = await house.serve(Caller(asking(firstbyte={"report": True})))

    assert house.ended.cost_usd == Decimal("1.0")
    assert house.ended.usage.prompt == 6
    assert b'"runs":[{"target":"a/m","usage":{"prompt_tokens":3' in caller.body
    assert caller.body.count(b'"cost_usd":0.5') == 2


async def test_a_sum_with_an_unknown_part_is_unknown():
    half = Act(body=[ROLE, chunk({"content": "1, "}), chunk(usage={"prompt_tokens": 3})])
    house = House(cost=None, a=[half], b=[says("2")], live=Live(recover="user_turn"))

    await house.serve(Caller(asking()))

    assert house.ended.cost_usd is None

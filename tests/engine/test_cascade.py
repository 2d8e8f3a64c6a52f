"""The verdict table as dialogues: what the targets do, what the caller sees, who was asked in which order."""

import asyncio
import random

import pytest

from proxy.core import jsons
from proxy.core.errors import Kind, ProxyError
from proxy.core.facts import AttemptFailed
from proxy.core.shape import Quirks
from proxy.engine.cascade import Progress
from proxy.route.circuit import State
from proxy.route.health import Health
from tests.support.script import (
    DONE,
    JSON,
    ROLE,
    STOP,
    USAGE,
    Act,
    ScriptedUpstream,
    Wait,
    asks,
    chunk,
    event,
    fails,
    perform,
    plan,
    refuses,
    says,
    slow,
    target,
    told,
    whole,
)

pytestmark = pytest.mark.virtual_time

HELLO = says("hel", "lo")


async def test_the_first_target_that_speaks_serves():
    scene = await perform(ScriptedUpstream(a=[HELLO]), plan("a", "b"))

    assert scene.text == "hello"
    assert scene.tried == ["a/m=served"]
    assert scene.log == ["a asked", "committed", "a closed"]


@pytest.mark.parametrize(
    ("act", "kind"),
    [
        (refuses(), Kind.CONNECT),
        (refuses(Kind.RESET), Kind.RESET),
        (refuses(Kind.CONNECT_TIMEOUT), Kind.CONNECT_TIMEOUT),
        (fails(401), Kind.AUTH),
        (fails(402), Kind.QUOTA),
        (fails(403), Kind.PERMISSION),
        (fails(404), Kind.NOT_FOUND),
        (fails(301), Kind.MISCONFIGURED),
        (fails(408), Kind.UPSTREAM_TIMEOUT),
        (fails(429), Kind.RATE_LIMIT),
        (fails(429, code="insufficient_quota"), Kind.QUOTA),
        (fails(500), Kind.SERVER_ERROR),
        (fails(502), Kind.SERVER_ERROR),
        (fails(503), Kind.OVERLOADED),
        (fails(504), Kind.UPSTREAM_TIMEOUT),
        (fails(529), Kind.OVERLOADED),
        (
            Act(body=[event({"error": {"message": "busy", "type": "overloaded_error"}})]),
            Kind.OVERLOADED,
        ),
        (
            Act(
                body=[
                    ROLE,
                    event({"error": {"message": "slow down", "code": "rate_limit_exceeded"}}),
                ]
            ),
            Kind.RATE_LIMIT,
        ),
        (
            Act(headers=JSON, body=[b'{"error":{"message":"boom","type":"server_error"}}']),
            Kind.SERVER_ERROR,
        ),
        (Act(body=[]), Kind.EMPTY),
        (Act(body=[DONE]), Kind.EMPTY),
        (Act(body=[ROLE, DONE]), Kind.EMPTY),
        (Act(body=[ROLE, USAGE, DONE]), Kind.EMPTY),
        (Act(body=[ROLE]), Kind.TRUNCATED),
        (Act(body=[ROLE, ProxyError(Kind.RESET, "reset")]), Kind.RESET),
        (Act(body=[b"data: {not json}\n\n"]), Kind.MALFORMED),
        (Act(body=[b"data: \xff\xfe\n\n"]), Kind.MALFORMED),
        (
            Act(headers={"content-type": "text/html"}, body=[b"<html><title>Oops</title>"]),
            Kind.MALFORMED,
        ),
        (Act(headers=JSON, body=[b'{"choices": [']), Kind.MALFORMED),
    ],
)
async def test_a_target_that_fails_before_it_speaks_is_never_noticed(act, kind):
    scene = await perform(ScriptedUpstream(a=[act], b=[HELLO]), plan("a", "b"))

    assert scene.text == "hello"
    assert scene.error is None
    assert scene.tried == [f"a/m={kind.value}", "b/m=served"]
    assert scene.log.index("b asked") > scene.log.index("a asked")
    assert scene.seconds == pytest.approx(0.0)


@pytest.mark.parametrize("status", [400, 413, 422, 418])
async def test_the_request_itself_is_answered_to_the_caller_at_once(status):
    act = fails(status, message="messages[0] is wrong", type_="invalid_request_error")

    scene = await perform(ScriptedUpstream(a=[act], b=[HELLO]), plan("a", "b"))

    assert scene.error.message == "messages[0] is wrong"
    assert scene.error.status == status
    assert scene.log == ["a asked", "a closed"]
    assert [tried.target for tried in scene.error.attempts] == ["a/m"]


async def test_fallback_on_lets_a_context_that_is_too_long_go_on():
    act = fails(400, code="context_length_exceeded", type_="invalid_request_error")
    upstream = ScriptedUpstream(a=[act], b=[HELLO])

    scene = await perform(upstream, plan("a", "b", fallback_on={Kind.CONTEXT_LENGTH}))

    assert scene.tried == ["a/m=context_length", "b/m=served"]


async def test_silence_after_the_role_moves_on_when_the_first_byte_clock_runs_out():
    quiet = Act(body=[ROLE, Wait(1e6)])
    limits = {"a": slow(first_byte_timeout=8.0)}

    scene = await perform(ScriptedUpstream(a=[quiet], b=[HELLO]), plan("a", "b", limits=limits))

    assert scene.tried == ["a/m=first_byte_timeout", "b/m=served"]
    assert scene.seconds == pytest.approx(8.0)
    assert scene.log[:3] == ["a asked", "a cut off", "b asked"]


async def test_pings_comments_roles_and_usage_move_no_clock_and_do_not_commit():
    chatter = []
    for _ in range(50):
        chatter += [Wait(1.0), b": keep-alive\n\n", USAGE, chunk({"content": ""})]
    limits = {"a": slow(first_byte_timeout=8.0)}

    scene = await perform(
        ScriptedUpstream(a=[Act(body=[ROLE, *chatter])], b=[HELLO]), plan("a", "b", limits=limits)
    )

    assert scene.tried == ["a/m=first_byte_timeout", "b/m=served"]
    assert scene.seconds == pytest.approx(8.0)


async def test_a_slow_head_is_bounded_by_the_same_clock():
    limits = {"a": slow(first_byte_timeout=5.0)}
    upstream = ScriptedUpstream(a=[Act(before_head=[Wait(1e6)])], b=[HELLO])

    scene = await perform(upstream, plan("a", "b", limits=limits))

    assert scene.tried == ["a/m=first_byte_timeout", "b/m=served"]
    assert scene.seconds == pytest.approx(5.0)


async def test_a_timeout_is_never_tried_again_at_the_same_target():
    limits = {"a": slow(first_byte_timeout=5.0, retries=3)}
    upstream = ScriptedUpstream(a=[Act(before_head=[Wait(1e6)])], b=[HELLO])

    scene = await perform(upstream, plan("a", "b", limits=limits))

    assert scene.log.count("a asked") == 1


async def test_the_last_target_gets_the_rest_of_the_time():
    late = Act(body=[Wait(300.0), *HELLO.body])
    limits = {name: slow(first_byte_timeout=8.0) for name in "ab"}
    upstream = ScriptedUpstream(a=[Act(body=[Wait(1e6)])], b=[late])

    scene = await perform(upstream, plan("a", "b", limits=limits))

    assert scene.text == "hello"
    assert scene.seconds == pytest.approx(308.0)


async def test_a_first_byte_time_written_on_the_last_target_holds_there_too():
    limits = {"a": slow(first_byte_timeout=8.0, first_byte_written=True)}

    scene = await perform(ScriptedUpstream(a=[Act(body=[Wait(1e6)])]), plan("a", limits=limits))

    assert scene.error.kind is Kind.FIRST_BYTE_TIMEOUT
    assert scene.error.meaning.status == 504
    assert scene.seconds == pytest.approx(8.0)


async def test_reasoning_gets_more_time_for_its_first_byte():
    thinker = Act(body=[Wait(200.0), *HELLO.body])
    upstream = ScriptedUpstream(a=[thinker])

    scene = await perform(upstream, plan("a", "b"), asks(reasoning_effort="high"))

    assert scene.tried == ["a/m=served"]


async def test_the_whole_call_is_bounded():
    hangs = Act(body=[Wait(1e6)])
    limits = {name: slow(first_byte_timeout=50.0) for name in "abc"}
    upstream = ScriptedUpstream(a=[hangs], b=[hangs], c=[hangs])

    scene = await perform(upstream, plan("a", "b", "c", limits=limits, total=70.0))

    assert scene.seconds == pytest.approx(70.0)
    assert scene.log.count("c asked") == 0
    assert scene.error.meaning.status == 504


async def test_no_attempt_starts_with_less_than_a_second_left():
    hangs = Act(body=[Wait(1e6)])
    limits = {"a": slow(first_byte_timeout=9.5)}

    scene = await perform(
        ScriptedUpstream(a=[hangs], b=[HELLO]), plan("a", "b", limits=limits, total=10.0)
    )

    assert scene.log == ["a asked", "a cut off"]
    assert scene.error.kind is Kind.FIRST_BYTE_TIMEOUT


async def test_what_the_caller_announces_bounds_the_wait():
    scene = await perform(ScriptedUpstream(a=[Act(body=[Wait(1e6)])]), plan("a"), deadline=30.0)

    assert scene.seconds == pytest.approx(30.0)
    assert scene.error.kind is Kind.TOTAL_TIMEOUT


async def test_a_stream_that_speaks_lives_longer_than_the_total_time():
    words = []
    for _ in range(100):
        words += [Wait(30.0), chunk({"content": "x"})]

    scene = await perform(
        ScriptedUpstream(a=[Act(body=[ROLE, *words, STOP, DONE])]), plan("a", total=60.0)
    )

    assert scene.text == "x" * 100
    assert scene.late is None


async def test_retries_at_the_same_target_wait_with_jitter_then_move_on():
    limits = {"a": slow(retries=2)}
    upstream = ScriptedUpstream(a=[fails(500), fails(503), fails(529)], b=[HELLO])

    scene = await perform(upstream, plan("a", "b", limits=limits))

    assert scene.tried == [
        "a/m=server_error",
        "a/m=overloaded",
        "a/m=overloaded",
        "b/m=served",
    ]
    assert 0 < scene.seconds < 0.15


async def test_a_target_whose_circuit_has_opened_is_not_tried_again():
    health = Health(lambda: 0.5)
    limits = {"a": slow(retries=2)}
    upstream = ScriptedUpstream(a=[fails(503)] * 6, b=[HELLO] * 3)

    for _ in range(3):
        scene = await perform(upstream, plan("a", "b", limits=limits), health=health)

    assert upstream.log.count("a asked") == 5
    assert scene.tried == ["a/m=circuit_open", "b/m=served"]


async def test_when_nobody_is_fit_each_call_asks_once():
    health = Health(lambda: 0.5)
    limits = {"a": slow(retries=2)}
    upstream = ScriptedUpstream(a=[fails(503)] * 20)

    asked = []
    for _ in range(4):
        before = upstream.log.count("a asked")
        await perform(upstream, plan("a", limits=limits), health=health)
        asked.append(upstream.log.count("a asked") - before)

    assert asked == [3, 2, 1, 1]


async def test_a_short_retry_after_is_waited_for_at_the_same_target():
    limits = {"a": slow(retries=1)}
    upstream = ScriptedUpstream(a=[fails(429, retry_after="3"), HELLO], b=[])

    scene = await perform(upstream, plan("a", "b", limits=limits))

    assert scene.tried == ["a/m=rate_limit", "a/m=served"]
    assert scene.seconds == pytest.approx(3.0)


async def test_a_long_retry_after_moves_on_at_once():
    limits = {"a": slow(retries=1)}
    upstream = ScriptedUpstream(a=[fails(429, retry_after="60")], b=[HELLO])

    scene = await perform(upstream, plan("a", "b", limits=limits))

    assert scene.tried == ["a/m=rate_limit", "b/m=served"]
    assert scene.seconds == pytest.approx(0.0)


async def test_no_retry_is_waited_for_that_could_not_start_in_time():
    limits = {"a": slow(retries=1)}
    upstream = ScriptedUpstream(a=[fails(429, retry_after="5")])

    scene = await perform(upstream, plan("a", limits=limits, total=5.5))

    assert scene.error.kind is Kind.RATE_LIMIT
    assert scene.seconds == pytest.approx(0.0)


async def test_max_attempts_bounds_a_call():
    limits = {"a": slow(retries=9)}
    upstream = ScriptedUpstream(a=[fails(500)] * 9)

    scene = await perform(upstream, plan("a", limits=limits, max_attempts=3))

    assert scene.log.count("a asked") == 3
    assert scene.error.kind is Kind.SERVER_ERROR


async def test_further_tries_leave_attempts_for_those_who_were_not_asked_yet():
    limits = {name: slow(retries=2) for name in "ab"}
    upstream = ScriptedUpstream(a=[fails(500)] * 3, b=[fails(500)] * 3, c=[HELLO])

    scene = await perform(upstream, plan("a", "b", "c", limits=limits))

    assert scene.text == "hello"
    assert [name[0] for name in scene.tried] == ["a", "a", "b", "c"]


async def test_when_all_fail_every_attempt_is_listed_with_the_least_hint():
    upstream = ScriptedUpstream(
        a=[fails(429, retry_after="30")], b=[fails(429, retry_after="12")], c=[fails(429)]
    )

    scene = await perform(upstream, plan("a", "b", "c"))

    assert scene.error.kind is Kind.RATE_LIMIT
    assert scene.error.retry_after == 12.0
    assert [(t.target, t.kind, t.status) for t in scene.error.attempts] == [
        ("a/m", Kind.RATE_LIMIT, 429),
        ("b/m", Kind.RATE_LIMIT, 429),
        ("c/m", Kind.RATE_LIMIT, 429),
    ]


async def test_a_refused_key_is_a_bad_gateway_where_it_was_the_only_cause():
    scene = await perform(ScriptedUpstream(a=[fails(401)]), plan("a"))

    assert (scene.error.kind, scene.error.meaning.status) == (Kind.AUTH, 502)


async def test_a_callers_own_key_that_is_refused_is_told_as_it_is():
    own = {"a": target("a", passthrough=True)}
    upstream = ScriptedUpstream(a=[fails(401, message="bad key")], b=[HELLO])

    scene = await perform(upstream, plan("a", "b", targets=own))

    assert (scene.error.kind, scene.error.meaning.status) == (Kind.UNAUTHENTICATED, 401)
    assert scene.error.message == "bad key"
    assert scene.log.count("b asked") == 0


async def test_a_cut_stream_ends_in_an_error_and_is_never_tried_again():
    cut = Act(body=[ROLE, chunk({"content": "half"})])

    scene = await perform(ScriptedUpstream(a=[cut], b=[HELLO]), plan("a", "b"))

    assert scene.text == "half"
    assert scene.late.kind is Kind.TRUNCATED
    assert "b asked" not in scene.log


async def test_an_error_event_after_output_is_told_with_its_class():
    broken = Act(
        body=[
            chunk({"content": "half"}),
            event({"error": {"message": "busy", "code": "overloaded"}}),
        ]
    )

    scene = await perform(ScriptedUpstream(a=[broken], b=[HELLO]), plan("a", "b"))

    assert scene.late.kind is Kind.OVERLOADED
    assert "b asked" not in scene.log


async def test_a_stalled_stream_is_ended_by_the_idle_clock():
    stalled = Act(body=[chunk({"content": "half"}), Wait(1e6)])
    limits = {"a": slow(idle_timeout=20.0)}

    scene = await perform(ScriptedUpstream(a=[stalled]), plan("a", limits=limits))

    assert scene.late.kind is Kind.IDLE_TIMEOUT
    assert scene.seconds == pytest.approx(20.0)
    assert scene.log[-1] == "a cut off"


async def test_comments_do_not_keep_a_stalled_stream_alive():
    stalled = Act(body=[chunk({"content": "half"})] + [Wait(1.0), b": ping\n\n"] * 100)
    limits = {"a": slow(idle_timeout=20.0)}

    scene = await perform(ScriptedUpstream(a=[stalled]), plan("a", limits=limits))

    assert scene.late.kind is Kind.IDLE_TIMEOUT
    assert scene.seconds == pytest.approx(20.0)


async def test_events_without_output_move_the_idle_clock_but_not_the_output_clock():
    busy = Act(body=[chunk({"content": "half"})] + [Wait(10.0), chunk({})] * 100)
    limits = {"a": slow(idle_timeout=20.0, output_idle_timeout=65.0)}

    scene = await perform(ScriptedUpstream(a=[busy]), plan("a", limits=limits))

    assert scene.late.kind is Kind.IDLE_TIMEOUT
    assert "output_idle_timeout" in scene.late.message
    assert scene.seconds == pytest.approx(65.0)


async def test_after_the_finish_usage_has_two_seconds_to_come():
    lingers = Act(body=[chunk({"content": "hi"}), STOP, Wait(1.5), USAGE, Wait(1e6)])

    scene = await perform(ScriptedUpstream(a=[lingers]), plan("a"))

    assert (scene.text, scene.late) == ("hi", None)
    assert scene.usage.total == 5
    assert scene.seconds < 4.0


async def test_a_finish_in_every_event_ends_nothing_before_the_last():
    stamped = [[chunk({"content": word}, "stop"), Wait(1.5)] for word in "abc"]
    act = Act(body=[*(piece for pair in stamped for piece in pair), DONE])

    scene = await perform(ScriptedUpstream(a=[act]), plan("a"))

    assert (scene.text, scene.late) == ("abc", None)


async def test_a_reset_after_the_finish_is_nothing():
    act = Act(body=[chunk({"content": "hi"}), STOP, ProxyError(Kind.RESET, "reset")])

    scene = await perform(ScriptedUpstream(a=[act]), plan("a"))

    assert (scene.text, scene.late) == ("hi", None)


async def test_a_reset_before_the_finish_is_told():
    act = Act(body=[chunk({"content": "hi"}), ProxyError(Kind.RESET, "reset")])

    scene = await perform(ScriptedUpstream(a=[act]), plan("a"))

    assert scene.late.kind is Kind.RESET


async def test_done_ends_a_stream_whose_connection_stays_open():
    scene = await perform(ScriptedUpstream(a=[Act(body=[*HELLO.body, Wait(1e6)])]), plan("a"))

    assert (scene.text, scene.late) == ("hello", None)
    assert scene.seconds < 0.5


async def test_a_unary_call_takes_the_same_way():
    upstream = ScriptedUpstream(a=[fails(503)], b=[whole("hello")])

    scene = await perform(upstream, plan("a", "b"), asks(stream=False))

    assert scene.text == "hello"
    assert scene.tried == ["a/m=overloaded", "b/m=served"]
    assert scene.usage.total == 5


async def test_a_whole_answer_to_a_streaming_caller_is_streamed():
    scene = await perform(ScriptedUpstream(a=[whole("hello")]), plan("a"))

    assert (scene.text, scene.late) == ("hello", None)


async def test_a_stream_in_reply_to_a_unary_call_is_folded():
    scene = await perform(ScriptedUpstream(a=[HELLO]), plan("a"), asks(stream=False))

    assert scene.text == "hello"


async def test_a_stream_without_a_content_type_is_known_by_its_bytes():
    act = Act(headers={}, body=[b"\n\n", *HELLO.body])

    scene = await perform(ScriptedUpstream(a=[act]), plan("a"))

    assert scene.text == "hello"


async def test_a_whole_answer_has_its_first_byte_clock_on_the_first_byte_of_the_body():
    trickles = whole("hello")
    body = trickles.body[0]
    trickles.body = [b"\n", Wait(7.0), body[:10], Wait(50.0), body[10:]]
    limits = {"a": slow(first_byte_timeout=8.0)}

    scene = await perform(
        ScriptedUpstream(a=[trickles]), plan("a", "b", limits=limits), asks(stream=False)
    )

    assert scene.text == "hello"


async def test_blank_lines_that_keep_a_unary_wait_alive_move_no_clock():
    trickles = whole("hello")
    trickles.body = [Wait(1.0), b"\n"] * 60 + trickles.body
    limits = {"a": slow(first_byte_timeout=8.0)}

    scene = await perform(
        ScriptedUpstream(a=[trickles], b=[whole("b")]),
        plan("a", "b", limits=limits),
        asks(stream=False),
    )

    assert scene.tried == ["a/m=first_byte_timeout", "b/m=served"]


async def test_a_stream_in_reply_to_a_unary_call_has_its_first_byte_clock_on_its_first_output():
    pings = Act(body=[ROLE, *[Wait(1.0), b": ping\n\n", ROLE] * 60, *HELLO.body])
    limits = {"a": slow(first_byte_timeout=8.0)}

    scene = await perform(
        ScriptedUpstream(a=[pings], b=[whole("b")]),
        plan("a", "b", limits=limits),
        asks(stream=False),
    )

    assert scene.tried == ["a/m=first_byte_timeout", "b/m=served"]
    assert scene.seconds == pytest.approx(8.0)


async def test_a_stream_in_reply_to_a_unary_call_may_take_its_time_after_its_first_output():
    slowly = Act(body=[ROLE, chunk({"content": "hel"}), Wait(50.0), *says("lo").body])
    limits = {"a": slow(first_byte_timeout=8.0)}

    scene = await perform(
        ScriptedUpstream(a=[slowly]), plan("a", "b", limits=limits), asks(stream=False)
    )

    assert (scene.text, scene.tried) == ("hello", ["a/m=served"])


async def test_a_stream_that_says_nothing_is_no_answer_to_a_unary_call_either():
    nothing = Act(body=[ROLE, b"data: [DONE]\n\n"])

    scene = await perform(
        ScriptedUpstream(a=[nothing], b=[whole("b")]), plan("a", "b"), asks(stream=False)
    )

    assert scene.tried == ["a/m=empty", "b/m=served"]


async def test_a_whole_answer_that_trickles_is_bounded_by_the_total_time():
    trickles = whole("hello")
    trickles.body = [bytes([b]) for byte in trickles.body[0] for b in (byte,)]
    trickles.body = [item for byte in trickles.body for item in (byte, Wait(1.0))]

    scene = await perform(
        ScriptedUpstream(a=[trickles], b=[whole("b")]),
        plan("a", "b", total=20.0),
        asks(stream=False),
    )

    assert scene.error.kind is Kind.TOTAL_TIMEOUT
    assert scene.seconds == pytest.approx(20.0)


async def test_an_answer_over_the_cap_is_refused():
    small = {"a": target("a", max_answer=300)}
    upstream = ScriptedUpstream(a=[whole("x" * 1000)], b=[whole("b")])

    scene = await perform(upstream, plan("a", "b", targets=small), asks(stream=False))

    assert scene.tried == ["a/m=oversized", "b/m=served"]


async def test_a_provider_that_never_speaks_cannot_fill_the_memory():
    endless = Act(body=[chunk({})] * 5000)

    scene = await perform(ScriptedUpstream(a=[endless], b=[HELLO]), plan("a", "b"))

    assert scene.tried == ["a/m=malformed", "b/m=served"]


async def test_an_error_page_of_any_length_does_not_hide_the_status():
    page = Act(status=500, headers=JSON, body=[ProxyError(Kind.OVERSIZED, "too long")])

    scene = await perform(ScriptedUpstream(a=[page], b=[HELLO]), plan("a", "b"))

    assert scene.tried == ["a/m=server_error", "b/m=served"]


async def test_a_bug_in_one_codec_does_not_take_the_call_down(caplog):
    broken = {"a": target("a", params={"not-json": object()})}

    scene = await perform(ScriptedUpstream(a=[HELLO], b=[HELLO]), plan("a", "b", targets=broken))

    assert scene.tried == ["a/m=internal", "b/m=served"]
    assert "a/m" in caplog.text


async def test_every_failed_attempt_is_a_fact():
    scene = await perform(ScriptedUpstream(a=[fails(401)], b=[fails(503)]), plan("a", "b"))

    told = [(f.target, f.kind, f.moved_on) for f in scene.facts if isinstance(f, AttemptFailed)]
    assert told == [("a/m", Kind.AUTH, True), ("b/m", Kind.OVERLOADED, False)]


@pytest.mark.parametrize("act", [Act(before_head=[Wait(1e6)]), Act(body=[ROLE, Wait(1e6)])])
async def test_a_caller_who_leaves_stops_everything(act):
    upstream = ScriptedUpstream(a=[act], b=[HELLO])
    task = asyncio.ensure_future(perform(upstream, plan("a", "b")))
    await asyncio.sleep(1)

    task.cancel()
    await asyncio.wait([task])

    assert task.cancelled()
    assert "b asked" not in upstream.log
    assert ("a cut off" in upstream.log) == (not act.before_head)


async def test_the_try_that_a_caller_left_is_told_after_those_before_it():
    progress = Progress()
    upstream = ScriptedUpstream(a=[fails(503)], b=[Act(before_head=[Wait(1e6)])])
    task = asyncio.ensure_future(perform(upstream, plan("a", "b"), progress=progress))
    await asyncio.sleep(1)
    task.cancel()
    await asyncio.wait([task])

    assert [told(tried) for tried in progress.tried] == ["a/m=overloaded", "b/m=cancelled"]


FIVE_KEYS = {f"a{key}": target("a", credential=f"{key}") for key in range(5)}


@pytest.mark.parametrize(
    ("act", "tried"),
    [
        (refuses(), ["a/m=connect", "b/m=served"]),
        (fails(503), ["a/m=overloaded", "b/m=served"]),
        (Act(before_head=[Wait(1e6)]), ["a/m=first_byte_timeout", "b/m=served"]),
        (fails(429), [*["a/m=rate_limit"] * 3, "b/m=served"]),
    ],
)
async def test_the_keys_of_a_target_that_is_down_do_not_use_up_what_is_the_next_ones(act, tried):
    upstream = ScriptedUpstream(a=[act] * 5, b=[HELLO])

    scene = await perform(upstream, plan(FIVE_KEYS, "b", targets=FIVE_KEYS))

    assert (scene.text, scene.tried) == ("hello", tried)


async def test_a_key_in_reserve_is_somebody_to_move_on_to():
    upstream = ScriptedUpstream(a=[fails(503), HELLO], b=[fails(503)])

    scene = await perform(upstream, plan(FIVE_KEYS, "b", targets=FIVE_KEYS))

    told = [(f.target, f.moved_on) for f in scene.facts if isinstance(f, AttemptFailed)]
    assert scene.tried == ["a/m=overloaded", "b/m=overloaded", "a/m=served"]
    assert told == [("a/m", True), ("b/m", True)]


def resting(kind, times=1):
    """Health records in which `b` is left alone."""
    health = Health(random.Random(0).random)
    now = asyncio.get_running_loop().time()
    for _ in range(times):
        entry = health.enter(target("b"), now)
        health.failed(entry, ProxyError(kind, "no", status=500), now)
        health.ended(entry)
    return health


PARTICULAR = {"a": target("a", quirks=Quirks(request=("alternate",)))}
"""Its codec refuses a conversation that ends with an answer."""
BEGUN = [{"role": "user", "content": "hi"}, {"role": "assistant", "content": "he"}]


async def test_whom_its_codec_cannot_ask_is_passed_over_and_costs_no_attempt():
    the_plan = plan("a", "b", max_attempts=1, targets=PARTICULAR)

    scene = await perform(ScriptedUpstream(b=[HELLO]), the_plan, asks(messages=BEGUN))

    assert (scene.text, scene.tried) == ("hello", ["a/m=unsupported", "b/m=served"])
    assert scene.facts == []


async def test_where_the_only_one_that_is_well_cannot_be_asked_one_that_rests_is():
    health = resting(Kind.RESET, times=5)
    the_plan = plan("a", "b", targets=PARTICULAR)

    scene = await perform(
        ScriptedUpstream(b=[HELLO]), the_plan, asks(messages=BEGUN), health=health
    )

    assert (scene.text, scene.tried) == ("hello", ["a/m=unsupported", "b/m=served"])


async def test_where_nobody_can_be_asked_nobody_was():
    scene = await perform(ScriptedUpstream(), plan("a", targets=PARTICULAR), asks(messages=BEGUN))

    assert scene.error.kind is Kind.UNSUPPORTED
    assert [tried.skipped for tried in scene.error.attempts] == [True]


@pytest.mark.parametrize("stream", [True, False])
async def test_what_a_provider_says_inside_a_200_is_its_own_word_and_has_its_status(stream):
    said = {"error": {"message": "no", "type": "x", "code": "unsupported_value"}}
    act = Act(body=[event(said)]) if stream else Act(headers=JSON, body=[jsons.encode(said)])
    upstream = ScriptedUpstream(a=[act], b=[HELLO])

    scene = await perform(upstream, plan("a", "b"), asks(stream=stream))

    assert scene.error.kind is Kind.UNSUPPORTED
    assert [tried.status for tried in scene.error.attempts] == [200]
    assert "b asked" not in scene.log


async def test_who_rests_for_longer_takes_no_time_from_the_one_before_it():
    slowly = Act(body=[Wait(100.0), *HELLO.body])

    scene = await perform(ScriptedUpstream(a=[slowly]), plan("a", "b"), health=resting(Kind.AUTH))

    assert (scene.text, scene.tried) == ("hello", ["a/m=served"])


async def test_who_is_well_again_by_then_is_asked_in_time():
    slowly = Act(body=[Wait(100.0), *HELLO.body])
    upstream = ScriptedUpstream(a=[slowly], b=[says("b")])

    scene = await perform(upstream, plan("a", "b"), health=resting(Kind.RESET, times=5))

    assert scene.tried == ["a/m=first_byte_timeout", "b/m=served"]


async def test_the_last_attempt_of_a_call_has_the_rest_of_its_time():
    slowly = Act(body=[Wait(100.0), *HELLO.body])
    upstream = ScriptedUpstream(a=[fails(503)], b=[slowly])

    scene = await perform(upstream, plan("a", "b", "c", max_attempts=2))

    assert scene.tried == ["a/m=overloaded", "b/m=served"]


async def test_a_call_that_nobody_left_is_told_by_its_way_alone():
    progress = Progress()
    await perform(ScriptedUpstream(a=[fails(503)], b=[HELLO]), plan("a", "b"), progress=progress)

    assert progress.tried == ()
    assert (progress.target, progress.attempt) == ("b/m", 2)


async def test_a_call_that_ends_while_it_waits_to_try_again_says_what_was_tried():
    upstream = ScriptedUpstream(a=[fails(503, retry_after="5")])
    progress, limits = Progress(), {"a": slow(retries=1)}

    going = perform(upstream, plan("a", "b", limits=limits), progress=progress)
    task = asyncio.ensure_future(going)
    await asyncio.sleep(1.0)
    task.cancel()
    await asyncio.wait([task])

    assert [told(tried) for tried in progress.tried] == ["a/m=overloaded"]


async def test_a_long_prompt_gets_more_time_for_its_first_byte():
    words = "word " * 120_000
    late = Act(body=[Wait(9.0), *HELLO.body])
    limits = {"a": slow(first_byte_timeout=5.0, first_byte_per_100k_tokens=5.0)}
    prompt = [{"role": "user", "content": words}]

    short = await perform(ScriptedUpstream(a=[late], b=[HELLO]), plan("a", "b", limits=limits))
    long = await perform(
        ScriptedUpstream(a=[late], b=[HELLO]), plan("a", "b", limits=limits), asks(messages=prompt)
    )

    assert short.tried[0] == "a/m=first_byte_timeout"
    assert long.tried == ["a/m=served"]


@pytest.mark.parametrize("act", [whole("hello"), HELLO])
async def test_silence_in_the_middle_of_a_whole_answer_moves_on(act):
    half = Act(headers=act.headers, body=[b"".join(act.body)[:150], Wait(1e6)])
    limits = {"a": slow(idle_timeout=5.0)}
    upstream = ScriptedUpstream(a=[half], b=[whole("b")])

    scene = await perform(upstream, plan("a", "b", limits=limits), asks(stream=False))

    assert scene.tried == ["a/m=idle_timeout", "b/m=served"]
    assert scene.seconds == pytest.approx(5.0)


async def test_pings_after_the_finish_prolong_nothing():
    pings = [item for _ in range(100) for item in (Wait(0.5), b": ping\n\n")]
    lingers = Act(body=[chunk({"content": "hi"}), STOP, *pings])

    scene = await perform(ScriptedUpstream(a=[lingers]), plan("a"))

    assert (scene.text, scene.late) == ("hi", None)
    assert scene.seconds < 2.6


async def test_a_stream_in_reply_to_a_unary_call_ends_with_its_last_event():
    open_ended = Act(body=[*HELLO.body, Wait(1e6)])

    scene = await perform(ScriptedUpstream(a=[open_ended]), plan("a"), asks(stream=False))

    assert scene.text == "hello"
    assert scene.seconds < 0.5


async def test_an_error_whose_body_never_ends_is_told_by_its_status():
    hangs = fails(503)
    hangs.body = [b"{", Wait(1e6)]

    scene = await perform(ScriptedUpstream(a=[hangs], b=[HELLO]), plan("a", "b"))

    assert scene.tried == ["a/m=overloaded", "b/m=served"]
    assert scene.seconds == pytest.approx(2.0)


async def test_whole_json_under_the_head_of_a_stream_is_whole_json():
    act = whole("hello")
    act.headers = {"content-type": "text/event-stream"}

    scene = await perform(ScriptedUpstream(a=[act]), plan("a"))

    assert scene.text == "hello"


async def test_no_target_is_asked_for_a_caller_who_waits_less_than_a_second():
    scene = await perform(ScriptedUpstream(a=[HELLO]), plan("a"), deadline=0.005)

    assert (scene.error.kind, scene.log) == (Kind.TOTAL_TIMEOUT, [])


@pytest.mark.parametrize(("patience", "opens"), [(1.5, False), (8.0, True)])
async def test_a_caller_in_a_hurry_says_nothing_about_a_target(patience, opens):
    health = Health(random.Random(0).random)
    for _ in range(6):
        hangs = Act(before_head=[Wait(1e6)])
        await perform(ScriptedUpstream(a=[hangs]), plan("a"), deadline=patience, health=health)

    (state,) = [state for _, state, *_ in health.states(asyncio.get_running_loop().time())]

    assert (state is not State.CLOSED) == opens

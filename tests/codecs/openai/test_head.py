import pytest

from proxy.codecs.openai.head import MAX_SETTLED, MAX_SHARED, Heads
from proxy.core.secret import Secret
from proxy.core.shape import ChatRequest, SettledHeaders, Target

PARENT = ("traceparent", "00-1-2-01")
STATE = ("tracestate", "a=b")
VIA = ("via", "1.1 here")


def target(**more):
    return Target("p", "m", "openai", "http://p.test/v1", **more)


def asked(*forward, stream=False):
    return ChatRequest(body={}, forward=forward, stream=stream)


def at_length(request, to):
    """The caller's, ours, the target's; the last of a name counts."""
    lines = dict(request.forward) | {
        "content-type": "application/json",
        "accept": "text/event-stream" if request.stream else "application/json",
    }
    if to.api_key:
        lines["authorization"] = f"Bearer {to.api_key.reveal()}"
    return tuple((lines | dict(to.headers)).items())


TARGETS = [
    {},
    {"api_key": Secret("sk-ours"), "headers": (("x-team", "blue"),)},
    {"api_key": Secret("sk-ours"), "headers": (("authorization", "own"), ("via", "other"))},
    {"headers": (("traceparent", "00-own"),)},
    {"headers": (("tracestate", "own=1"),)},
    {"api_key": Secret("sk-callers"), "passthrough": True},
]
FORWARDED = [
    (),
    (VIA,),
    (PARENT,),
    (PARENT, VIA),
    (PARENT, STATE, VIA),
    (PARENT, STATE),
    (("openai-beta", "x"), PARENT, STATE, VIA),
    (PARENT, VIA, ("via", "again")),
    (PARENT, VIA, PARENT),
    (STATE, PARENT),
]


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("forward", FORWARDED)
@pytest.mark.parametrize("more", TARGETS)
def test_a_head_is_the_same_in_the_same_order_whether_or_not_it_is_shared(more, forward, stream):
    to, request = target(**more), asked(*forward, stream=stream)
    heads = Heads(to)
    for _ in range(2):
        trace, headers = heads.of(request)

        assert (*trace, *headers) == at_length(request, to)


def test_calls_share_all_but_their_place_in_a_trace():
    heads = Heads(target(api_key=Secret("sk-ours")))
    other = ("traceparent", "00-3-4-00")
    first, second = heads.of(asked(PARENT, VIA)), heads.of(asked(other, STATE, VIA))

    assert (first[0], second[0]) == ((PARENT,), (other, STATE))
    assert isinstance(first[1], SettledHeaders)
    assert first[1] is second[1]
    assert heads.of(asked(PARENT, VIA, stream=True))[1] is not first[1]


def test_a_key_that_is_the_callers_is_not_kept():
    heads = Heads(target(api_key=Secret("sk-callers"), passthrough=True))
    heads.of(asked(PARENT, VIA))

    assert not heads.settled


def test_what_callers_add_cannot_fill_the_memory():
    heads = Heads(target())
    for at in range(5 * MAX_SETTLED):
        heads.of(asked(PARENT, ("via", f"1.1 host-{at}")))

        assert len(heads.settled) <= MAX_SETTLED


def test_what_callers_add_at_length_is_sent_and_not_kept():
    heads, long = Heads(target()), ("idempotency-key", "x" * MAX_SHARED)
    trace, headers = heads.of(asked(PARENT, long, VIA))

    assert (trace, headers[:2]) == ((), (PARENT, long))
    assert not heads.settled

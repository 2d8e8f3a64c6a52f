import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.core.trace import MAX_MEMBERS, MAX_STATE, Traces

TRACE = "0af7651916cd43dd8448eb211c80319c"
PARENT = "b7ad6b7169203331"
GOOD = f"00-{TRACE}-{PARENT}-01"


def take(*headers, sampled=False):
    draws = {64: 1, 192: 2 << 64 | 3}
    traces = Traces(draws.get, lambda _: sampled)
    return traces.take([(name.encode(), value.encode("latin-1")) for name, value in headers])


def test_a_caller_s_trace_goes_on_with_a_span_of_our_own():
    trace = take(("accept", "*/*"), ("traceparent", GOOD))

    assert (trace.id, trace.parent, trace.span) == (TRACE, PARENT, "0000000000000001")
    assert trace.sampled
    assert trace.headers() == (("traceparent", f"00-{TRACE}-0000000000000001-01"),)


def test_a_call_without_a_trace_begins_one():
    trace = take(sampled=True)

    assert (trace.span, trace.id, trace.parent) == (f"{3:016x}", f"{2:032x}", "")
    assert trace.sampled
    assert not take().sampled


@pytest.mark.parametrize("drawn", [0, 1, 1 << 64])
def test_no_id_is_ever_zero(drawn):
    trace = Traces(lambda _: drawn).take([])

    assert int(trace.id, 16) == 1
    assert int(trace.span, 16) == 1


@pytest.mark.parametrize(
    "value",
    [
        "",
        "garbage",
        GOOD.upper(),
        GOOD[:-1],
        GOOD + "-more",
        GOOD + "0",
        f"ff-{TRACE}-{PARENT}-01",
        f"ff-{TRACE}-{PARENT}-01-more",
        f"0-{TRACE}-{PARENT}-01",
        f"00-{'0' * 32}-{PARENT}-01",
        f"00-{TRACE}-{'0' * 16}-01",
        f"00-{TRACE}-{PARENT}-0x",
        f"00_{TRACE}_{PARENT}_01",
        f"01-{TRACE}-{PARENT}-011",
        f"{GOOD},{GOOD}",
    ],
)
def test_what_is_malformed_begins_a_fresh_trace(value):
    trace = take(("traceparent", value), ("tracestate", "a=1"))

    assert trace.id == f"{2:032x}"
    assert (trace.parent, trace.state) == ("", "")


def test_two_parents_are_none():
    assert take(("traceparent", GOOD), ("traceparent", GOOD)).parent == ""


def test_white_space_around_a_parent_is_nothing():
    assert take(("traceparent", f" {GOOD}\t")).parent == PARENT


@pytest.mark.parametrize("more", ["", "-what-comes-later"])
def test_a_later_version_is_read_as_far_as_it_is_known(more):
    trace = take(("traceparent", f"cc-{TRACE}-{PARENT}-ff{more}"))

    assert trace.parent == PARENT
    assert trace.headers()[0][1] == f"00-{TRACE}-{trace.span}-03"


def test_an_unsampled_trace_stays_unsampled():
    assert not take(("traceparent", f"00-{TRACE}-{PARENT}-00"), sampled=True).sampled


def test_the_state_of_others_goes_on_as_it_came():
    states = (("tracestate", "congo=t61rcWkgMzE, a@b=1"), ("tracestate", "rojo=00f067aa0ba902b7"))
    trace = take(("traceparent", GOOD), *states)

    assert trace.headers()[1] == ("tracestate", "congo=t61rcWkgMzE,a@b=1,rojo=00f067aa0ba902b7")


@pytest.mark.parametrize(
    "state",
    [
        "",
        " , ",
        "no value",
        "UPPER=1",
        "a=1=2",
        "a=\x7f",
        "a=1,a=2",
        "a=é",
        ",".join(f"k{n}=1" for n in range(MAX_MEMBERS + 1)),
        ",".join(f"{key}={'x' * (MAX_STATE // 3)}" for key in "abc"),
    ],
)
def test_a_state_that_is_malformed_or_too_large_is_left_out(state):
    trace = take(("traceparent", GOOD), ("tracestate", state))

    assert trace.parent == PARENT
    assert len(trace.headers()) == 1


def test_a_state_alone_means_nothing():
    assert take(("tracestate", "a=1")).state == ""


@given(st.binary(max_size=80), st.binary(max_size=80))
def test_what_goes_out_is_well_formed_whatever_came_in(parent, state):
    traces = Traces(lambda bits: 1 << (bits - 1))
    trace = traces.take([(b"traceparent", parent), (b"tracestate", state)])
    again = traces.take([(n.encode(), v.encode("latin-1")) for n, v in trace.headers()])

    assert (again.id, again.parent, again.state) == (trace.id, trace.span, trace.state)

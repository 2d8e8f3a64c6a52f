import io
from dataclasses import fields

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.core import jsons
from proxy.core.content import Content
from proxy.core.errors import Kind, Tried
from proxy.core.facts import Outcome, Run
from proxy.core.usage import Usage
from proxy.watch.log import MAX_VALUE, CallLog, shows_colour
from tests.support.log_schema import SCHEMA, checked
from tests.support.told import TRACE, began, ended, failed, refused


class Terminal(io.StringIO):
    def isatty(self):
        return True


def lines(*facts, form="json", stream=None):
    stream = stream or io.StringIO()
    log = CallLog(stream, form)
    for fact in facts:
        log.on(fact)
    return stream.getvalue().split("\n")[:-1]


def record(*facts):
    (line,) = lines(*facts)
    return checked(line)


def test_a_call_is_one_line_when_it_has_ended():
    assert lines(began()) == []
    assert len(lines(began(), ended())) == 1


def test_the_line_tells_who_was_tried_who_served_and_what_it_used():
    told = record(ended())

    assert told["at"] == 1_790_000_000.5
    assert (told["event"], told["level"], told["request_id"]) == ("call", "info", "req_1")
    assert told["trace_id"] == TRACE.id
    assert (told["alias"], told["model"], told["target"]) == ("chat", "chat", "b/m")
    assert told["served_model"] == "m-2026-01-01"
    assert (told["outcome"], told["status"], told["error"]) == ("served", 200, None)
    assert told["attempts"] == [
        {
            "target": "a/m",
            "result": "overloaded",
            "status": 529,
            "code": "overloaded_error",
            "ms": 3.2,
        },
        {"target": "b/m", "result": "served", "status": None, "code": None, "ms": 40.0},
    ]
    assert (told["ttft_ms"], told["duration_ms"], told["overhead_ms"]) == (43.2, 100.0, 0.21)
    assert (told["bytes_in"], told["bytes_out"]) == (120, 2400)
    assert (told["prompt_tokens"], told["completion_tokens"]) == (10, 5)
    assert (told["cached_tokens"], told["reasoning_tokens"]) == (4, 2)
    assert told["cost_usd"] == 0.0000125
    assert told["dropped"] == ["seed"]
    assert (told["team"], told["key_id"]) == ("blue", "key_1")
    assert "job" not in told


def test_unknown_usage_is_null_and_not_zero():
    told = record(
        ended(usage=None, ttft_ms=None, dropped=(), cost_usd=None, overhead_ms=None, trace=None)
    )

    assert (told["prompt_tokens"], told["ttft_ms"], told["overhead_ms"]) == (None, None, None)
    assert (told["cost_usd"], told["trace_id"]) == (None, None)
    assert "dropped" not in told


def test_who_is_not_known_is_left_out():
    told = record(ended(team="", key_id="", job=""))

    assert {"team", "key_id", "job"}.isdisjoint(told)


def test_a_job_s_call_names_its_job():
    assert record(ended(job="job_1"))["job"] == "job_1"


def test_a_configuration_fault_makes_the_line_a_warning_that_names_it():
    told = record(failed(kind=Kind.AUTH, message="bad key"), ended())

    assert told["level"] == "warning"
    assert told["configuration_faults"] == [
        {"target": "a/m", "error": "auth", "message": "bad key"}
    ]


def test_a_targets_weather_is_no_warning_when_the_call_was_served():
    assert record(failed(), ended())["level"] == "info"


def test_a_call_that_ended_badly_is_a_warning():
    told = record(ended(outcome=Outcome.CUT, kind=Kind.TRUNCATED))

    assert (told["level"], told["outcome"], told["error"]) == ("warning", "cut", "truncated")
    assert record(ended(outcome=Outcome.FAILED, kind=Kind.CONNECT))["level"] == "warning"


def test_faults_of_one_call_do_not_stick_to_the_next():
    first, second = lines(failed(kind=Kind.AUTH), ended(), ended())

    assert "configuration_faults" in first
    assert "configuration_faults" not in second


def test_long_names_are_cut():
    long = "x" * 5000
    told = record(
        failed(kind=Kind.AUTH, message=long),
        ended(
            asked=long,
            alias=long,
            target=long,
            served=long,
            attempts=(Tried(long, Kind.AUTH, 401, long, 1.0),),
        ),
    )

    for name in ("model", "alias", "target", "served_model"):
        assert len(told[name]) == MAX_VALUE + 1
    assert len(told["attempts"][0]["code"]) == MAX_VALUE + 1


def test_a_refused_call_is_a_line_too():
    told = record(refused())

    assert (told["outcome"], told["target"], told["error"]) == ("refused", None, "unknown_model")
    assert told["attempts"] == []


def test_every_member_of_a_line_is_in_the_schema_and_the_other_way_round():
    run = Run("b/m", Usage(9, 2), None, is_guess=True)
    cut = ended(job="job_1", cache="miss", outcome=Outcome.CUT, runs=(run,))
    told = record(failed(kind=Kind.AUTH), cut)

    assert set(told) == set(SCHEMA["properties"])
    assert all(entry["description"] for entry in SCHEMA["properties"].values())


NAMES = st.text(max_size=40)
COUNTS = st.none() | st.integers(0, 10**7)
TIMES = st.floats(0, 1e7, allow_nan=False)
KINDS = st.sampled_from(Kind)


@given(
    st.fixed_dictionaries(
        {},
        optional={
            "alias": NAMES,
            "asked": NAMES,
            "target": st.none() | NAMES.filter(bool),
            "attempts": st.lists(
                st.builds(
                    Tried,
                    NAMES,
                    st.none() | KINDS,
                    st.none() | st.integers(100, 599),
                    st.none() | NAMES,
                    TIMES,
                    st.booleans(),
                ),
                max_size=3,
            ).map(tuple),
            "outcome": st.sampled_from(Outcome),
            "status": st.integers(100, 599),
            "kind": st.none() | KINDS,
            "stream": st.booleans(),
            "ttft_ms": st.none() | TIMES,
            "duration_ms": TIMES,
            "overhead_ms": st.none() | TIMES,
            "usage": st.none()
            | st.builds(
                Usage, st.integers(0, 9), st.integers(0, 9), COUNTS, COUNTS, COUNTS, COUNTS
            ),
            "dropped": st.lists(NAMES, max_size=2).map(tuple),
            "served": NAMES,
            "team": NAMES,
            "job": NAMES,
            "trace": st.none() | st.just(TRACE),
        },
    )
)
def test_whatever_a_call_was_its_line_is_as_the_schema_says(changes):
    record(ended(**changes))


def test_a_fact_tells_nothing_that_is_not_meant_to_be_logged():
    # What is new in a fact belongs into the line, or here.
    elsewhere = {"runs", "began", "hushed"}
    renamed = {
        *("call", "asked", "kind", "usage", "trace", "served"),
        *("surface", "alias", "target", "attempts", "outcome", "status", "stream", "ttft_ms"),
        *("duration_ms", "dropped", "cost_usd", "overhead_ms", "bytes_in", "bytes_out"),
        *("team", "key_id", "job", "cache", "at"),
    }

    assert {field.name for field in fields(ended())} == elsewhere | renamed


def test_a_person_reads_a_sentence():
    (line,) = lines(ended(), form="text")

    assert "a/m=overloaded > b/m=served" in line
    assert "\x1b" not in line


def test_auto_is_json_where_nobody_looks():
    assert lines(ended(), form="auto")[0].startswith("{")


@pytest.mark.parametrize(
    ("environ", "colour"),
    [({}, True), ({"NO_COLOR": ""}, True), ({"NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False)],
)
def test_a_terminal_gets_colours_unless_they_are_unwanted(monkeypatch, environ, colour):
    for name in ("NO_COLOR", "TERM"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environ.items():
        monkeypatch.setenv(name, value)

    assert ("\x1b[32m" in lines(ended(), form="auto", stream=Terminal())[0]) is colour
    assert shows_colour(Terminal()) is colour
    assert not shows_colour(io.StringIO())
    assert "\x1b" not in lines(ended(), form="json", stream=Terminal())[0]


def test_a_closed_pipe_stops_the_log_and_not_the_calls():
    stream = io.StringIO()
    log = CallLog(stream, "json")
    stream.close()

    log.on(ended())
    log.on(ended())

    assert stream.closed


async def test_the_last_lines_are_out_when_the_log_is_closed():
    stream = io.StringIO()
    log = CallLog(stream, "json")
    log.on(ended())
    before = stream.getvalue()
    log.close()

    assert before == ""
    assert checked(stream.getvalue())["request_id"] == "req_1"


def test_lines_of_many_are_those_of_each():
    facts = [failed(), ended(), began(), ended(asked="x" * 5000), ended(asked="\ud800"), refused()]
    stream = io.StringIO()

    CallLog(stream, "json").on_many(iter(facts))

    assert stream.getvalue().split("\n")[:-1] == lines(*facts)


def test_a_fact_that_cannot_be_told_costs_no_line_of_those_before():
    stream = io.StringIO()

    with pytest.raises(TypeError):
        CallLog(stream, "json").on_many(iter([ended(), ended(at="late")]))

    assert stream.getvalue().count("\n") == 1


def test_what_was_said_in_calls_of_one_name_stands_behind_each_of_them():
    stream = io.StringIO()
    log = CallLog(stream, "json")
    for at in (1.0, 3.0):
        log.say(Content("req_1", "chat", at, {"prompt": f"at {at}"}, None, is_cut=False))
    # Of the second of them nothing was understood.
    log.on_many(iter([ended(at=1.0), ended(at=2.0), ended(at=3.0)]))
    told = [jsons.decode(line.encode()) for line in stream.getvalue().splitlines()]

    assert [(line["event"], line["at"]) for line in told] == [
        ("call", 1.0), ("content", 1.0), ("call", 2.0), ("call", 3.0), ("content", 3.0),
    ]  # fmt: skip
    assert [line["request"]["prompt"] for line in (told[1], told[4])] == ["at 1.0", "at 3.0"]


def test_what_was_guessed_in_part_is_said_to_be():
    run = Run("b/m", Usage(9, 2), None, is_guess=True)
    other = Run("c/m", Usage(9, 2), None)
    left = record(ended(outcome=Outcome.CANCELLED, runs=(run,)))

    assert left["usage_is_estimate"] is True
    assert record(ended(runs=(run, other)))["usage_is_estimate"] is True
    assert "usage_is_estimate" not in record(ended(runs=(other, other)))
    assert "usage_is_estimate" not in record(ended(outcome=Outcome.CUT, runs=(other,)))

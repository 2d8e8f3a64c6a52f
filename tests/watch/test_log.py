import io
from decimal import Decimal

from proxy.core import jsons
from proxy.core.errors import Kind, Tried
from proxy.core.facts import AnswerBegan, AttemptFailed, CallEnded, Outcome
from proxy.core.usage import Usage
from proxy.watch.log import MAX_VALUE, CallLog


class Stopped:
    def wall(self):
        return 1_790_000_000.5


def ended(**changes):
    fields = {
        "call": "req_1",
        "surface": "chat",
        "alias": "chat",
        "asked": "chat",
        "target": "b/m",
        "attempts": (
            Tried("a/m", Kind.OVERLOADED, 529, "overloaded_error", 3.2),
            Tried("b/m", None, None, None, 40.0),
        ),
        "outcome": Outcome.SERVED,
        "status": 200,
        "kind": None,
        "stream": True,
        "ttft_ms": 43.21,
        "duration_ms": 99.96,
        "usage": Usage(10, 5, cached=4, reasoning=2),
        "dropped": ("seed",),
        "cost_usd": Decimal("0.0000125"),
    }
    return CallEnded(**{**fields, **changes})


def failed(kind):
    return AttemptFailed("req_1", "chat", "a/m", kind, 401, None, "bad key", 1.0, moved_on=True)


def lines(*facts, form="json"):
    stream = io.StringIO()
    log = CallLog(Stopped(), stream, form)
    for fact in facts:
        log.on(fact)
    return stream.getvalue().splitlines()


def record(*facts):
    (line,) = lines(*facts)
    return jsons.decode_object(line.encode())


def test_a_call_is_one_line_when_it_has_ended():
    assert lines(AnswerBegan("req_1", "chat", "b/m", 43.2)) == []
    assert len(lines(AnswerBegan("req_1", "chat", "b/m", 43.2), ended())) == 1


def test_the_line_tells_who_was_tried_who_served_and_what_it_used():
    told = record(ended())

    assert told["at"] == 1_790_000_000.5
    assert (told["event"], told["level"], told["request_id"]) == ("call", "info", "req_1")
    assert (told["alias"], told["model"], told["target"]) == ("chat", "chat", "b/m")
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
    assert (told["ttft_ms"], told["duration_ms"]) == (43.2, 100.0)
    assert (told["prompt_tokens"], told["completion_tokens"]) == (10, 5)
    assert (told["cached_tokens"], told["reasoning_tokens"]) == (4, 2)
    assert told["cost_usd"] == 0.0000125
    assert told["dropped"] == ["seed"]


def test_unknown_usage_is_null_and_not_zero():
    told = record(ended(usage=None, ttft_ms=None, dropped=(), cost_usd=None))

    assert (told["prompt_tokens"], told["ttft_ms"]) == (None, None)
    assert told["cost_usd"] is None
    assert "dropped" not in told


def test_a_configuration_fault_makes_the_line_a_warning_that_names_it():
    told = record(failed(Kind.AUTH), ended())

    assert told["level"] == "warning"
    assert told["configuration_faults"] == [
        {"target": "a/m", "error": "auth", "message": "bad key"}
    ]


def test_a_targets_weather_is_no_warning_when_the_call_was_served():
    assert record(failed(Kind.OVERLOADED), ended())["level"] == "info"


def test_a_call_that_ended_badly_is_a_warning():
    told = record(ended(outcome=Outcome.CUT, kind=Kind.TRUNCATED))

    assert (told["level"], told["outcome"], told["error"]) == ("warning", "cut", "truncated")


def test_faults_of_one_call_do_not_stick_to_the_next():
    first, second = lines(failed(Kind.AUTH), ended(), ended())

    assert "configuration_faults" in first
    assert "configuration_faults" not in second


def test_a_long_name_is_cut():
    assert len(record(ended(asked="x" * 5000))["model"]) == MAX_VALUE + 1


def test_a_person_reads_a_sentence():
    (line,) = lines(ended(), form="text")

    assert "a/m=overloaded > b/m=served" in line
    assert "first token 43 ms" in line
    assert "10+5 tokens  $0.0000125" in line


def test_a_refused_call_says_why_in_the_sentence():
    refused = ended(
        attempts=(),
        usage=None,
        cost_usd=None,
        ttft_ms=None,
        kind=Kind.UNKNOWN_MODEL,
        outcome=Outcome.REFUSED,
    )

    (line,) = lines(refused, form="text")

    assert "unknown_model" in line
    assert "tokens" not in line
    assert "$" not in line


def test_a_call_without_a_model_or_a_reason_still_reads():
    (line,) = lines(ended(asked="", attempts=(), kind=None), form="text")

    assert "(no model)" in line


def test_a_name_cannot_write_to_the_operators_terminal():
    (line,) = lines(ended(asked="\x1b[2Jevil\u202e"), form="text")

    assert "\x1b" not in line
    assert "\u202e" not in line


def test_auto_is_json_where_nobody_looks():
    assert lines(ended(), form="auto")[0].startswith("{")


def test_a_closed_pipe_stops_the_log_and_not_the_calls():
    stream = io.StringIO()
    log = CallLog(Stopped(), stream, "json")
    stream.close()

    log.on(ended())
    log.on(ended())

    assert stream.closed

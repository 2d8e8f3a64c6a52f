from dataclasses import replace

import pytest

from proxy.sim.call import Call, Ending
from proxy.sim.dialect import Ask
from proxy.sim.grade import (
    LEFT,
    LEFT_LATE,
    RETURN,
    STORM,
    Grade,
    Mark,
    judge,
    judge_leaving,
    judge_return,
    seen,
    told,
    worst,
)
from proxy.sim.heard import Heard
from proxy.sim.scenarios import TEXT, scenarios

ROWS = scenarios()
CUT = ROWS["cut_mid_stream"]
LATE = 10.0
WORDS = len(TEXT.split())
HALF = " ".join(TEXT.split()[:6])
ERROR = {"message": "no", "code": "upstream_reset"}
CLEAN = Heard(
    stream=True,
    status=200,
    text=TEXT,
    model="healthy",
    finish="stop",
    usage={"completion_tokens": WORDS},
    done=True,
    took=1.0,
)


def heard(**fields):
    return replace(CLEAN, **fields)


def call(model, ending=Ending.FAILED, began=0.0, said=0):
    ask = Ask(model, stream=True, said="x", prompt_tokens=1)
    return Call("/", {}, {}, ask, number=1, began=began, said=said, ending=ending)


SERVED = [call("cut_mid_stream"), call("healthy", Ending.ANSWERED, 1.0, WORDS)]


def mark(answer, scenario=CUT, calls=SERVED):
    return judge(scenario, answer, calls, LATE)


def test_the_whole_answer_passes():
    assert mark(heard()) == Mark(Grade.PASS)


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"took": 10.1}, "late"),
        ({"usage": None}, "no usage"),
        ({"done": False}, "no [DONE]"),
        ({"finish": ""}, "finish reason missing"),
        ({"finish": "length"}, "finish reason length"),
        ({"text": f"{HALF} {TEXT}"}, "not as it was said"),
        ({"text": TEXT.replace("word: whoever", "word:whoever")}, "not as it was said"),
        ({"text": f"{TEXT} {TEXT}"}, "not as it was said"),
    ],
)
def test_a_flaw_is_told(fields, why):
    flawed = mark(heard(**fields))

    assert flawed.grade is Grade.PARTIAL
    assert why in flawed.why


@pytest.mark.parametrize("text", [HALF, "", f"{HALF} {TEXT[-20:]}", TEXT[:-1], "Something else."])
def test_half_an_answer_that_looks_whole_fails(text):
    assert mark(heard(text=text)).grade is Grade.FAIL


@pytest.mark.parametrize(
    "fields",
    [
        {"text": HALF, "error": ERROR, "done": False},
        {"text": "", "error": ERROR, "done": False},
        {"status": 502, "text": "", "error": ERROR, "done": False},
        {"status": 429, "text": "", "error": ERROR, "done": False},
        {"status": 503, "text": "", "done": False},
        {"text": HALF, "broken": "reset", "done": False},
        {"status": 0, "text": "", "broken": "connect", "done": False},
    ],
)
def test_an_honest_error_is_safe(fields):
    assert mark(heard(**fields)).grade is Grade.SAFE


@pytest.mark.parametrize(
    "fields",
    [
        {"hung": True},
        {"hung": True, "status": 0, "text": ""},
        {"garbled": True},
        {"text": HALF, "error": ERROR, "done": True},
        {"status": 400, "text": "", "error": ERROR, "done": False},
        {"status": 401, "text": "", "error": ERROR, "done": False},
        {"status": 0, "text": "", "done": False},
    ],
)
def test_what_nobody_may_do_fails(fields):
    failed = mark(heard(**fields))

    assert failed.grade is Grade.FAIL
    assert failed.why


@pytest.mark.parametrize(
    ("status", "code", "grade"),
    [
        (400, "context_length_exceeded", Grade.PASS),
        (413, "context_length_exceeded", Grade.PASS),
        (400, None, Grade.PARTIAL),
        (400, "something", Grade.PARTIAL),
        (200, "context_length_exceeded", Grade.SAFE),
        (502, "context_length_exceeded", Grade.FAIL),
    ],
)
def test_the_callers_own_mistake_is_told_as_such(status, code, grade):
    error = {"message": "too long", "code": code}
    refused = Heard(stream=False, status=status, error=error)

    assert mark(refused, ROWS["context_length"]).grade is grade


def test_the_callers_own_mistake_may_be_made_good_by_another_target():
    assert mark(heard(), ROWS["context_length"]).grade is Grade.PASS


@pytest.mark.parametrize(
    ("calls", "why"),
    [
        ([call("m")] * (STORM + 1), f"{STORM + 1} attempts"),
        ([call("m", None), *SERVED], "m still works for nobody"),
    ],
)
def test_what_providers_had_to_bear_is_a_flaw(calls, why):
    assert mark(heard(), calls=calls) == Mark(Grade.PARTIAL, why)


@pytest.mark.parametrize(
    ("after", "grade"), [(0.1, Grade.PARTIAL), (0.97, Grade.PASS), (1.5, Grade.PASS)]
)
def test_a_retry_after_is_to_be_kept(after, grade):
    limited = ROWS["429_retry_after"]
    calls = [call(limited.name), call(limited.name, began=after), SERVED[1]]

    assert mark(heard(), limited, calls).grade is grade


def test_without_a_hint_one_may_ask_again_at_once():
    free = ROWS["429_no_hint"]

    assert mark(heard(), free, [call(free.name)] * 2).grade is Grade.PASS


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({}, ""),
        ({"model": "chaos/healthy"}, ""),
        ({"model": "alias", "headers": {"x-target": "chaos/healthy"}}, ""),
        ({"model": "alias"}, "does not tell who served it"),
        ({"usage": {"completion_tokens": 1}}, "wrong usage"),
    ],
)
def test_the_account_is_looked_at_where_it_is_the_matter(fields, why):
    account = ROWS["accounting"]
    calls = [call(account.name), SERVED[1]]

    assert mark(heard(**fields), account, calls).why == why
    assert mark(heard(model="alias")).grade is Grade.PASS


def test_who_served_must_be_known_to_be_compared():
    account = ROWS["accounting"]

    assert mark(heard(model="alias"), account, []).grade is Grade.PASS


def test_the_worst_mark_counts():
    marks = [Mark(grade) for grade in (Grade.PASS, Grade.SAFE, Grade.PARTIAL)]

    assert worst(marks).grade is Grade.SAFE


@pytest.mark.parametrize(
    ("grade", "back", "expected"),
    [
        (Grade.PASS, 2.0, Grade.PASS),
        (Grade.PASS, RETURN + 1, Grade.PARTIAL),
        (Grade.PASS, None, Grade.PARTIAL),
        (Grade.SAFE, 2.0, Grade.SAFE),
    ],
)
def test_a_model_must_serve_again_after_its_recovery(grade, back, expected):
    assert judge_return([Mark(Grade.PASS), Mark(grade)], back).grade is expected


@pytest.mark.parametrize(
    ("noticed", "expected"),
    [
        (0.0, Grade.PASS),
        (LEFT, Grade.PASS),
        (LEFT + 0.1, Grade.PARTIAL),
        (LEFT_LATE + 1, Grade.FAIL),
        (None, Grade.FAIL),
    ],
)
def test_a_caller_who_leaves_is_heard_by_the_provider(noticed, expected):
    assert judge_leaving(noticed).grade is expected


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({}, "200, whole, [DONE], 1.0 s"),
        ({"stream": False, "took": 0.25}, "200, whole, 250 ms"),
        ({"text": "one", "done": False}, "200, 1 word, 1.0 s"),
        (
            {"text": HALF, "error": ERROR, "done": False},
            "200, 6 words, error upstream_reset, 1.0 s",
        ),
        ({"status": 502, "error": {"type": "t"}, "done": False}, "502, error t, 1.0 s"),
        ({"status": 502, "error": {}, "done": False}, "502, error without a code, 1.0 s"),
        ({"status": 0, "text": "", "broken": "reset", "done": False}, "no words, reset, 1.0 s"),
        ({"garbled": True, "text": "", "done": False}, "200, no words, garbage, 1.0 s"),
        (
            {"hung": True, "status": 0, "text": "", "took": 150.0},
            "nothing, no words, still waiting after 150 s",
        ),
    ],
)
def test_what_the_caller_saw_is_told_in_words(fields, words):
    assert told(heard(**fields)) == words


def test_what_the_providers_saw_is_told_in_words():
    calls = [call("a"), call("a"), call("a", None), call("b", Ending.LEFT), *SERVED[1:]]

    assert seen(calls) == "a failed ×2, a still running, b cancelled, healthy answered"  # noqa: RUF001
    assert seen([call("a", Ending.STOPPED)]) == "a stopped"
    assert seen([]) == "nothing"

"""The last calls are remembered, as far as there is room, and whoever listens hears of everything at once."""

import pytest

from proxy.core import jsons
from proxy.core.errors import Kind, Tried
from proxy.core.facts import AnswerResumed, HedgeEnded, Outcome
from proxy.watch import recent
from proxy.watch.recent import KEPT, MAX_LIST, MAX_VALUE, TARGETS, TRIES, Recent
from tests.support.told import FAILED, SERVED, began, ended, failed, refused


def heard(memory):
    said = []
    memory.listen(lambda name, data: said.append((name, jsons.decode(data))))
    return said


def test_a_call_is_told_whole_and_without_a_word_of_it():
    memory = Recent()
    memory.on(ended())
    (call,) = memory.calls()

    assert call == {
        "seq": 1,
        "at": 1_790_000_000.5,
        "id": "req_1",
        "surface": "chat",
        "alias": "chat",
        "asked": "chat",
        "target": "b/m",
        "served_model": "m-2026-01-01",
        "outcome": "served",
        "status": 200,
        "error": None,
        "stream": True,
        "ttft_ms": 43.2,
        "duration_ms": 100.0,
        "overhead_ms": 0.21,
        "attempts": [
            {
                "target": "a/m",
                "result": "overloaded",
                "status": 529,
                "code": "overloaded_error",
                "skipped": False,
                "at_ms": 1.0,
                "ms": 3.2,
            },
            {
                "target": "b/m",
                "result": "served",
                "status": None,
                "code": None,
                "skipped": False,
                "at_ms": 3.0,
                "ms": 40.0,
            },
        ],
        "runs": ["b/m"],
        "dropped": ["seed"],
        "prompt_tokens": 10,
        "completion_tokens": 5,
        "cost_usd": 0.0000125,
        "team": "blue",
        "key_id": "key_1",
        "job": None,
        "trace_id": "0af7651916cd43dd8448eb211c80319c",
    }


def test_a_call_that_nobody_served_says_so():
    memory = Recent()
    memory.on(refused(trace=None, team="", key_id=""))
    (call,) = memory.calls()

    assert (call["outcome"], call["error"], call["target"]) == ("refused", "unknown_model", None)
    assert (call["ttft_ms"], call["overhead_ms"], call["cost_usd"]) == (None, None, None)
    assert (call["prompt_tokens"], call["trace_id"], call["attempts"]) == (None, None, [])


def test_the_newest_comes_first_and_only_so_many_are_kept():
    memory = Recent()
    for number in range(KEPT + 7):
        memory.on(ended(call=f"req_{number}"))
    calls = memory.calls()

    assert len(calls) == KEPT
    assert [calls[0]["id"], calls[0]["seq"]] == [f"req_{KEPT + 6}", KEPT + 7]
    assert calls[-1]["id"] == "req_7"


def test_a_target_that_was_passed_over_has_no_time_and_no_try():
    memory = Recent()
    skipped = Tried("c/m", Kind.OVERLOADED, None, None, 0.0, skipped=True)
    memory.on(ended(attempts=(skipped, SERVED)))
    (call,) = memory.calls()

    assert (call["attempts"][0]["at_ms"], call["attempts"][0]["skipped"]) == (None, True)
    assert set(memory.tries()) == {"b/m"}


def test_the_last_tries_of_each_target_are_kept_oldest_first():
    memory = Recent()
    memory.on(ended())
    for number in range(TRIES):
        memory.on(ended(attempts=(Tried("b/m", None, None, None, float(number)),)))

    assert memory.tries()["a/m"] == [{"ms": FAILED.ms, "result": Kind.OVERLOADED}]
    assert [each["ms"] for each in memory.tries()["b/m"]] == list(range(TRIES))


def test_of_too_many_targets_the_one_that_was_asked_longest_ago_is_forgotten():
    memory = Recent()
    for number in range(TARGETS):
        memory.on(ended(attempts=(Tried(f"p/{number}", None, None, None, 1.0),)))
    memory.on(ended(attempts=(Tried("p/0", None, None, None, 1.0),)))
    memory.on(ended(attempts=(Tried("p/new", None, None, None, 1.0),)))

    assert len(memory.tries()) == TARGETS
    assert {"p/0", "p/new"} <= set(memory.tries())
    assert "p/1" not in memory.tries()


def test_names_and_lists_that_are_too_long_are_shortened():
    memory = Recent()
    long = "x" * (MAX_VALUE + 9)
    memory.on(
        ended(
            asked=long,
            dropped=(long,) * (MAX_LIST + 5),
            attempts=(Tried(long, Kind.OVERLOADED, 500, long, 1.0),) * (MAX_LIST + 5),
        )
    )
    (call,) = memory.calls()

    assert len(call["asked"]) == MAX_VALUE + 1
    assert len(call["dropped"]) == len(call["attempts"]) == MAX_LIST
    assert {len(each["code"]) for each in call["attempts"]} == {MAX_VALUE + 1}
    assert {len(name) for name in memory.tries()} == {MAX_VALUE + 1}
    assert len(jsons.encode(call)) < 64 * 1024


def test_whoever_listens_hears_every_kind_of_event():
    memory = Recent()
    said = heard(memory)
    memory.on(failed())
    memory.on(began())
    memory.on(AnswerResumed("req_1", "chat", "c/m", "restart"))
    memory.on(HedgeEnded("req_1", "chat", "second"))
    memory.on(ended())

    named = {"call": "req_1", "alias": "chat"}
    assert said[:-1] == [
        (
            "attempt_failed",
            {
                **named,
                "target": "a/m",
                "kind": "overloaded",
                "status": 529,
                "ms": 3.2,
                "moved_on": True,
            },
        ),
        ("answer_began", {**named, "target": "b/m", "ttft_ms": 43.2, "stream": True}),
        ("answer_resumed", {**named, "target": "c/m", "mode": "restart"}),
        ("hedge_ended", {**named, "winner": "second"}),
    ]
    assert said[-1] == ("call_ended", memory.calls()[0])


def test_what_a_provider_said_of_a_failure_is_not_passed_on():
    memory = Recent()
    said = heard(memory)
    memory.on(failed(message="the prompt 'my secret' is too long"))

    assert "secret" not in str(said)


def test_whoever_left_hears_nothing_more_and_may_leave_again():
    memory, said = Recent(), []

    def listener(name, data):
        said.append(name)
        memory.leave(listener)

    memory.listen(listener)
    memory.on(ended())
    memory.on(ended())
    memory.leave(listener)

    assert said == ["call_ended"]


def test_nothing_but_calls_is_written_while_nobody_listens(monkeypatch: pytest.MonkeyPatch):
    written = []
    monkeypatch.setattr(recent.jsons, "encode", written.append)
    memory = Recent()
    memory.on(began())
    memory.on_many(iter([ended(outcome=Outcome.CUT), began(), ended()]))

    assert [call["outcome"] for call in memory.calls()] == ["served", "cut"]
    assert not written


def test_the_last_calls_are_told_however_they_came_together(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(recent, "KEPT", 5)
    memory = Recent()
    for count in (3, 1, 4):
        memory.on_many(iter([ended() for _ in range(count)]))

    assert [call["seq"] for call in memory.calls()] == [8, 7, 6, 5, 4]
    assert len(memory._packs) == 2


def test_what_was_not_heard_yet_is_heard_before_anything_is_read():
    late = [ended(), ended()]
    memory = Recent(lambda: memory.on(late.pop()))

    assert len(memory.calls()) == 1
    assert len(memory.tries()["b/m"]) == 2


def test_many_are_remembered_and_told_as_each_is():
    facts = [failed(), began(), ended(), began(call="2"), ended(call="2")]
    apart, together, alone = Recent(), Recent(), Recent()
    one, other = heard(apart), heard(together)

    for fact in facts:
        apart.on(fact)
    together.on_many(iter(facts))
    alone.on_many(iter(facts))

    assert one == other != []
    assert apart.calls() == together.calls() == alone.calls()
    assert apart.tries() == together.tries() == alone.tries()


def test_it_is_curious_of_beginnings_while_somebody_listens():
    curious = []
    memory = Recent(curious=curious)
    one, other = lambda *_: None, lambda *_: None

    seen = [list(curious)]
    memory.listen(one)
    memory.listen(other)
    memory.leave(one)
    seen.append(list(curious))
    memory.leave(other)
    seen.append(list(curious))

    assert seen == [[], [memory], []]

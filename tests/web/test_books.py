"""What a call comes to: told once, priced by what each target used."""

from dataclasses import replace
from decimal import Decimal

import pytest

from proxy.core.errors import Kind
from proxy.core.facts import AnswerBegan, CallEnded, Outcome, Run
from proxy.core.usage import Usage
from proxy.engine.resume import Share
from proxy.gate.caller import Caller
from proxy.web.books import Accounts, Books
from proxy.web.call import Call
from proxy.web.refusal import Refusal
from tests.support.told import WALL, Stopped

USED = Usage(10, 5)


class Kept:
    """Whoever has to hear how a call ended."""

    def __init__(self):
        self.heard = []

    def end(self, ended):
        self.heard.append(ended)

    ended = end


def books(prices=None, curious=("somebody",)):
    """Books, what they told and what they asked prices for."""
    told, asked = [], []

    def cost(target, served, usage, tier):
        asked.append((target, served, usage, tier))
        return (prices or {}).get(target)

    return Books(Accounts(told.append, cost, curious=curious), Stopped()), told, asked


def called(**more):
    return Call("req_1", 99.0, "chat", target="a/m", ttft_ms=20.0, **more)


@pytest.mark.parametrize(
    ("path", "surface", "anthropic"),
    [("/v1/chat/completions", "chat", False), ("/v1/messages", "messages", True)],
)
def test_a_call_that_was_turned_away_is_told_as_refused(path, surface, anthropic):
    written, told, _ = books()
    scope = {"path": path, "headers": [(b"x-request-id", b"req_7")]}
    refusal = Refusal(413, "request_too_large", "too large", kind=Kind.TOO_LARGE)
    written.turned_away(scope, surface, refusal)

    (ended,) = told
    assert (ended.call, ended.surface, ended.at) == ("req_7", surface, WALL)
    assert (ended.outcome, ended.status, ended.kind) == (Outcome.REFUSED, 413, Kind.TOO_LARGE)
    assert (ended.target, ended.attempts, ended.trace) == (None, (), None)
    assert ended.bytes_out == len(refusal.body("req_7", anthropic=anthropic))


def test_whoever_left_before_anybody_served_the_call_is_told_of_with_whose_it_was():
    written, told, _ = books()
    scope = {"path": "/api/jobs/j/llm-call", "headers": []}
    scope["firstbyte.caller"] = Caller(team="acme", key="key_1")
    written.turned_away(scope, "jobs", None)

    (ended,) = told
    assert (ended.outcome, ended.status, ended.kind) == (Outcome.CANCELLED, 499, Kind.CANCELLED)
    assert (ended.surface, ended.team, ended.key_id) == ("jobs", "acme", "key_1")


def test_who_begins_to_answer_is_told():
    written, told, _ = books()
    call = called(stream=True)
    before = call.is_spoken_of
    written.began(call, "chat")

    assert told == [AnswerBegan("req_1", "chat", "a/m", 20.0, True, None, WALL)]
    assert (before, call.is_spoken_of) == (False, True)


@pytest.mark.parametrize(
    ("curious", "stream", "is_out", "told_of", "hushed"),
    [
        ((), True, False, 1, False),
        ((), True, True, 0, True),
        ((), False, False, 0, False),
        (("somebody",), True, True, 1, False),
        (("somebody",), False, False, 1, False),
    ],
)
def test_of_an_answer_that_is_out_only_the_curious_hear_that_it_began(
    curious, stream, is_out, told_of, hushed
):
    written, told, _ = books(curious=curious)
    call = called(stream=stream)
    written.began(call, "chat", is_out=is_out)

    assert (len(told), call.is_spoken_of) == (told_of, True)
    assert written.ended(call).hushed is hushed


def test_a_call_that_ends_is_told_to_everybody_once():
    written, told, _ = books()
    call = called(charge=Kept(), errand=Kept(), outcome=Outcome.SERVED, status=200)
    written.close(call)

    assert [type(fact) for fact in told] == [CallEnded]
    assert told == call.charge.heard == call.errand.heard
    assert (told[0].duration_ms, told[0].at, told[0].outcome) == (1000.0, WALL, Outcome.SERVED)


def test_a_call_of_nobody_is_told_to_observers_alone():
    written, told, _ = books()
    written.close(called())

    assert [fact.target for fact in told] == ["a/m"]
    assert written.ended(called()) == told[0]


def test_an_answer_is_priced_by_the_names_that_it_gave():
    written, _, asked = books({"a/m": Decimal("0.25")})
    call = called(served="m-2026", tier="flex")
    written.account(call, [Share("a/m", USED)])

    assert asked == [("a/m", "m-2026", USED, "flex")]
    assert call.runs == (Run("a/m", USED, Decimal("0.25")),)
    assert call.cost == Decimal("0.25")


def test_what_is_not_known_to_be_used_has_no_price():
    written, _, asked = books()
    call = called()
    written.account(call, [Share("a/m", None)])

    assert (asked, call.runs, call.cost) == ([], (Run("a/m", None, None),), None)


def test_an_earlier_part_is_priced_by_its_target_alone_and_added():
    written, _, asked = books({"a/m": Decimal(1), "b/m": Decimal(2)})
    call = called(served="m-2026")
    written.account(call, [Share("a/m", USED), Share("b/m", USED)])

    assert [each[:2] for each in asked] == [("a/m", ""), ("b/m", "m-2026")]
    assert call.cost == Decimal(3)


def test_a_sum_is_known_where_the_price_of_all_that_was_used_is():
    known, _, _ = books({"a/m": Decimal(1)})
    costs = []
    for runs in (
        [Share("a/m", USED), Share("b/m", None)],
        [Share("a/m", USED), Share("b/m", USED)],
        [Share("a/m", None), Share("b/m", None)],
    ):
        call = called()
        known.account(call, runs)
        costs.append(call.cost)

    assert costs == [Decimal(1), None, None]


def test_that_a_whole_answer_begins_is_told_only_where_somebody_needs_to_hear_it():
    told, curious = [], []
    written = Books(Accounts(told.append, lambda *_: None, curious=curious), Stopped())
    unheard, streamed, heard = called(), called(stream=True), called()
    written.began(unheard, "chat")
    written.began(streamed, "chat")
    curious.append("somebody")
    written.began(heard, "chat")

    assert [fact.stream for fact in told] == [True, False]
    assert unheard.is_spoken_of


def test_what_fails_keeps_nothing_else_from_being_told(caplog):
    def tell(_):
        raise RuntimeError("nobody listens")

    class Broken(Kept):
        def end(self, ended):
            super().end(ended)
            raise RuntimeError("no charge")

        ended = end

    call = called(charge=Broken(), errand=Broken(), outcome=Outcome.SERVED)
    Books(Accounts(tell, lambda *_: None), Stopped()).close(call)

    assert len(call.charge.heard) == len(call.errand.heard) == 1
    assert [message.partition(": ")[2] for message in caplog.messages] == [
        "the end of the call is not told",
        "the call is not charged",
        "whoever sent the call does not hear of its end",
    ]


class Estimating(Kept):
    """A charge that knows what went out."""

    def __init__(self):
        super().__init__()
        self.asked = []

    def so_far(self, told, sent, before):
        self.asked.append((told, sent, before))
        return replace(told, completion=7)


def test_an_answer_that_ended_early_used_what_was_told_and_what_went_out():
    written, told, asked = books({"a/m": Decimal(2)})
    call = called(served="m-2026", charge=Estimating())
    written.account(call, [Share("a/m", USED, True)], 1_500)
    written.close(call)

    assert call.charge.asked == [(USED, 1_500, 0)]
    assert asked == [("a/m", "m-2026", Usage(10, 7), "")]
    assert told[0].usage == Usage(10, 7)
    assert told[0].runs == (Run("a/m", Usage(10, 7), Decimal(2), is_guess=True),)
    assert told[0].cost_usd == Decimal(2)


def test_what_others_had_said_of_it_is_not_its_own():
    written, _, _ = books({"a/m": Decimal(1), "b/m": Decimal(2)})
    call = called(charge=Estimating())
    shares = [Share("a/m", USED, True), Share("c/m", None), Share("b/m", USED, True)]
    written.account(call, shares, 1_500)

    assert call.charge.asked == [(USED, 1_500, 5)]
    assert [run.is_guess for run in call.runs] == [True, False, True]
    assert (call.usage, call.cost) == (Usage(20, 12), Decimal(3))


def test_what_was_told_is_taken_down_where_nothing_can_be_estimated(caplog):
    class Broken(Estimating):
        def so_far(self, told, sent, before):
            raise RuntimeError("no estimate")

    written, _, _ = books({"a/m": Decimal(2)})
    broken, nobodys = called(charge=Broken()), called()
    for call in (broken, nobodys):
        written.account(call, [Share("a/m", USED, True)], 1_500)

    assert broken.usage == nobodys.usage == USED
    assert "what went out of the answer is not estimated" in caplog.text

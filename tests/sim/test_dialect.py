from proxy.sim.anthropic import Anthropic
from proxy.sim.dialect import Answer, Ask, Complaint, Dialect, Finish, RefusedError
from proxy.sim.openai import OpenAI


def test_both_protocols_are_dialects():
    dialects: list[Dialect] = [OpenAI(), Anthropic()]

    assert all(dialect.ping.endswith(b"\n\n") for dialect in dialects)


def test_hidden_reasoning_is_counted_too():
    ask = Ask("echo", stream=False, said="hi", prompt_tokens=1, hidden=True)
    answer = Answer(ask, 1, 0, Finish.STOP, reasoning=("Let", " me", " see"))

    assert answer.reasoning_tokens == 3


def test_a_refusal_carries_its_complaint():
    complaint = Complaint(400, "no model", param="model")

    assert RefusedError(complaint).complaint is complaint
    assert str(RefusedError(complaint)) == "no model"

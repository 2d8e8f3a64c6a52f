import json

import pytest

from proxy.codecs.ollama.faults import event_fault, fault
from proxy.core.errors import Kind


@pytest.mark.parametrize(
    ("status", "sentence", "kind"),
    [
        (400, '"gemma3:1b" does not support tools', Kind.UNSUPPORTED),
        (400, '"llama3" does not support thinking', Kind.UNSUPPORTED),
        (400, "invalid think value", Kind.INVALID_REQUEST),
        (400, "the input length exceeds the context length", Kind.CONTEXT_LENGTH),
        (400, "prompt too long; exceeded max context length by 9 tokens", Kind.CONTEXT_LENGTH),
        (500, "request (9 tokens) exceeds the available context size", Kind.CONTEXT_LENGTH),
        (401, "unauthorized", Kind.AUTH),
        (403, "this model requires a subscription", Kind.PERMISSION),
        (404, "model 'x' not found", Kind.NOT_FOUND),
        (429, "slow down", Kind.RATE_LIMIT),
        (500, "llama runner process has terminated", Kind.SERVER_ERROR),
        (502, "upstream unreachable", Kind.SERVER_ERROR),
        (503, "server busy, please try again", Kind.OVERLOADED),
    ],
)
def test_a_response_is_named_by_its_sentence_and_its_status(status, sentence, kind):
    error = fault(status, {}, json.dumps({"error": sentence}).encode())

    assert (error.kind, error.message, error.status) == (kind, sentence, status)


@pytest.mark.parametrize(
    ("sentence", "kind"),
    [
        ("unauthorized", Kind.AUTH),
        ("model 'x' not found", Kind.NOT_FOUND),
        ("server busy, please try again.  maximum pending requests exceeded", Kind.OVERLOADED),
        ("an error was encountered while running the model", Kind.SERVER_ERROR),
        ("the input length exceeds the context length", Kind.CONTEXT_LENGTH),
    ],
)
def test_inside_a_200_the_sentence_alone_must_do(sentence, kind):
    error = event_fault({"error": sentence})

    assert error is not None
    assert (error.kind, error.message, error.status) == (kind, sentence, None)


@pytest.mark.parametrize("value", [{}, {"message": {}, "type": "x"}, {"error": ""}, {"done": True}])
def test_a_part_of_an_answer_is_no_failure(value):
    assert event_fault(value) is None

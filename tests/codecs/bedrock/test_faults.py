import json

import pytest

from proxy.codecs.bedrock.faults import body_fault, event_fault, fault
from proxy.core.errors import Kind


def named(status, name, message="Oh."):
    headers = {"x-amzn-errortype": f"{name}:http://internal.amazon.com/coral/x/"}
    return fault(status, headers, json.dumps({"message": message}).encode())


@pytest.mark.parametrize(
    ("status", "name", "kind"),
    [
        (400, "ValidationException", Kind.INVALID_REQUEST),
        (400, "ServiceQuotaExceededException", Kind.QUOTA),
        (403, "AccessDeniedException", Kind.PERMISSION),
        (403, "UnrecognizedClientException", Kind.AUTH),
        (403, "InvalidSignatureException", Kind.AUTH),
        (403, "ExpiredTokenException", Kind.AUTH),
        (404, "ResourceNotFoundException", Kind.NOT_FOUND),
        (404, "UnknownOperationException", Kind.NOT_FOUND),
        (408, "ModelTimeoutException", Kind.UPSTREAM_TIMEOUT),
        (424, "ModelErrorException", Kind.SERVER_ERROR),
        (429, "ThrottlingException", Kind.RATE_LIMIT),
        (429, "ModelNotReadyException", Kind.OVERLOADED),
        (500, "InternalServerException", Kind.SERVER_ERROR),
        (500, "InternalServerError", Kind.SERVER_ERROR),
        (503, "ServiceUnavailableException", Kind.OVERLOADED),
        (418, "TeapotException", Kind.INVALID_REQUEST),
    ],
)
def test_the_name_decides(status, name, kind):
    error = named(status, name)

    assert error.kind is kind
    assert error.type == name
    assert error.status == status
    assert error.message == "Oh."


@pytest.mark.parametrize(
    ("message", "kind"),
    [
        ("Input is too long for requested model.", Kind.CONTEXT_LENGTH),
        ("too many input tokens", Kind.CONTEXT_LENGTH),
        ("prompt is too long: 250000 tokens > 200000 maximum", Kind.CONTEXT_LENGTH),
        (
            "The model returned the following errors: input length and `max_tokens` exceed context limit: 9 + 8 > 16",
            Kind.CONTEXT_LENGTH,
        ),
        ("This model's maximum context length is 8192 tokens.", Kind.CONTEXT_LENGTH),
        ("The provided model identifier is invalid.", Kind.NOT_FOUND),
        ("Invocation of model ID x with on-demand throughput isn't supported.", Kind.NOT_FOUND),
        ("text content blocks must be non-empty", Kind.INVALID_REQUEST),
    ],
)
def test_a_refused_request_may_mean_something_else(message, kind):
    payload = json.dumps({"message": message}).encode()

    assert named(400, "ValidationException", message).kind is kind
    assert event_fault("validationException", payload).kind is kind


def test_the_status_decides_where_nothing_has_a_name():
    assert fault(429, {}, b"").kind is Kind.RATE_LIMIT
    assert fault(403, {}, b'{"Message":"No."}').message == "No."


def test_the_name_may_stand_in_the_body():
    error = fault(400, {}, b'{"__type":"com.amazon#ThrottlingException","message":"Slow."}')

    assert (error.kind, error.type) == (Kind.RATE_LIMIT, "ThrottlingException")


@pytest.mark.parametrize(
    ("original", "kind"),
    [
        (429, Kind.RATE_LIMIT),
        (503, Kind.OVERLOADED),
        (504, Kind.UPSTREAM_TIMEOUT),
        (400, Kind.SERVER_ERROR),
        (500, Kind.SERVER_ERROR),
        ("503", Kind.SERVER_ERROR),
    ],
)
def test_a_failed_model_server_is_named_by_what_it_said_of_itself(original, kind):
    payload = {"originalStatusCode": original, "originalMessage": "upstream"}
    error = event_fault("modelStreamErrorException", json.dumps(payload).encode())

    assert error.kind is kind
    assert error.status == 424
    assert error.message == "upstream"


def test_a_frame_without_a_payload_still_has_a_sentence():
    assert "without a message" in event_fault("serviceUnavailableException", b"").message
    assert event_fault("", b"").kind is Kind.SERVER_ERROR


def test_a_body_that_names_nothing_is_no_failure():
    assert body_fault({}) is None
    assert body_fault({"Output": []}) is None
    assert body_fault({"Output": {"__type": "a#AccessDeniedException"}}).kind is Kind.PERMISSION

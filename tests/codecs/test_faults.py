import json

import pytest

from proxy.codecs.faults import (
    check_choice,
    error_event,
    event_fault,
    fault,
    no_event,
    page,
    parsed,
)
from proxy.core import jsons
from proxy.core.errors import Kind, ProxyError

RESETS = {"x-ratelimit-reset-tokens": "40s", "x-ratelimit-remaining-tokens": "0"}


def body(message="no", **more):
    return json.dumps({"error": {"message": message, **more}}).encode()


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (301, Kind.MISCONFIGURED),
        (400, Kind.INVALID_REQUEST),
        (401, Kind.AUTH),
        (402, Kind.QUOTA),
        (403, Kind.PERMISSION),
        (404, Kind.NOT_FOUND),
        (405, Kind.INVALID_REQUEST),
        (408, Kind.UPSTREAM_TIMEOUT),
        (409, Kind.SERVER_ERROR),
        (410, Kind.NOT_FOUND),
        (412, Kind.PERMISSION),
        (413, Kind.TOO_LARGE),
        (422, Kind.INVALID_REQUEST),
        (425, Kind.SERVER_ERROR),
        (429, Kind.RATE_LIMIT),
        (498, Kind.OVERLOADED),
        (500, Kind.SERVER_ERROR),
        (502, Kind.SERVER_ERROR),
        (503, Kind.OVERLOADED),
        (504, Kind.UPSTREAM_TIMEOUT),
        (520, Kind.SERVER_ERROR),
        (524, Kind.UPSTREAM_TIMEOUT),
        (529, Kind.OVERLOADED),
        (999, Kind.SERVER_ERROR),
    ],
)
def test_a_status_alone_has_a_kind(status, kind):
    assert fault(status, {}, b"").kind is kind


@pytest.mark.parametrize(
    ("status", "said", "kind"),
    [
        (429, {"code": "insufficient_quota", "type": "insufficient_quota"}, Kind.QUOTA),
        (429, {"type": "exceeded_current_quota_error"}, Kind.QUOTA),
        (429, {"code": "1113"}, Kind.QUOTA),
        (429, {"type": "engine_overloaded_error"}, Kind.OVERLOADED),
        (
            400,
            {"code": "context_length_exceeded", "type": "invalid_request_error"},
            Kind.CONTEXT_LENGTH,
        ),
        (400, {"message": "prompt is too long: 9 tokens > 8 maximum"}, Kind.CONTEXT_LENGTH),
        (400, {"message": "This model's maximum context length is 8 tokens"}, Kind.CONTEXT_LENGTH),
        (400, {"message": "Your credit balance is too low"}, Kind.QUOTA),
        (400, {"message": "Incorrect API key provided: x"}, Kind.AUTH),
        (400, {"code": "content_policy_violation"}, Kind.CONTENT_FILTER),
        (400, {"message": "violates our content management policy"}, Kind.CONTENT_FILTER),
        (400, {"code": "unsupported_parameter"}, Kind.UNSUPPORTED),
        (400, {"code": "DeploymentNotFound"}, Kind.NOT_FOUND),
        (400, {"message": "authentication of server invalid"}, Kind.INVALID_REQUEST),
        (413, {"code": "rate_limit_exceeded", "type": "tokens"}, Kind.RATE_LIMIT),
        (403, {"message": "this is about a context window, or so"}, Kind.PERMISSION),
        (401, {"type": "invalid_request_error"}, Kind.AUTH),
        (412, {"message": "Suspended: you have reached your spending limit"}, Kind.QUOTA),
        (400, {"code": "tool_use_failed", "type": "invalid_request_error"}, Kind.INVALID_REQUEST),
        (503, {"type": "server_error"}, Kind.OVERLOADED),
    ],
)
def test_the_providers_words_come_before_the_status(status, said, kind):
    assert fault(status, {}, body(**said)).kind is kind


@pytest.mark.parametrize(
    ("value", "kind", "status"),
    [
        ({"error": {"message": "no", "type": "overloaded_error"}}, Kind.OVERLOADED, None),
        ({"error": {"message": "no", "type": "invalid_request_error"}}, Kind.INVALID_REQUEST, None),
        ({"error": {"message": "no", "code": 502}}, Kind.SERVER_ERROR, 502),
        ({"error": {"message": "no", "code": 429}}, Kind.RATE_LIMIT, 429),
        ({"error": "no"}, Kind.SERVER_ERROR, None),
        ({"base_resp": {"status_code": 1008, "status_msg": "no"}}, Kind.QUOTA, None),
        ({"base_resp": {"status_code": 1000, "status_msg": "no"}}, Kind.SERVER_ERROR, None),
    ],
)
def test_an_error_inside_a_200_has_the_kind_of_its_class(value, kind, status):
    failure = event_fault(value)

    assert (failure.kind, failure.status, failure.message) == (kind, status, "no")


def test_an_error_without_a_message_still_has_one():
    assert event_fault({"error": {"code": "x"}}).message == (
        "the provider reported an error without a message"
    )


def test_what_is_no_error_has_no_fault():
    assert event_fault({"choices": []}) is None


def test_an_event_named_error_is_one_whatever_it_holds():
    assert error_event(b'{"odd": 1}').message == '{"odd": 1}'


def test_the_providers_type_code_and_param_are_kept():
    failure = fault(400, {}, body(type="t", code="c", param="messages[0]"))

    assert (failure.type, failure.code, failure.param) == ("t", "c", "messages[0]")


def test_our_own_description_of_a_body_says_the_status():
    assert fault(502, {}, b"<html>").message == "HTTP 502 with an HTML page, not JSON"
    assert page(b"<html>") == "an HTML page, not JSON"


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": "7"}, 7),
        ({"retry-after-ms": "1500", "retry-after": "7"}, 1.5),
        ({"retry-after": "Sat, 21 Nov 2026 10:00:30 GMT"}, None),
        (
            {
                "retry-after": "Sat, 21 Nov 2026 10:00:30 GMT",
                "date": "Sat, 21 Nov 2026 10:00:00 GMT",
            },
            30,
        ),
        (
            {
                "retry-after": "Sat, 21 Nov 2026 10:00:30 GMT",
                "date": "Sat, 21 Nov 2026 10:00:00 -0000",
            },
            30,
        ),
        ({"retry-after": "7", "date": "yesterday"}, 7),
    ],
)
def test_a_hint_is_read_against_the_responses_own_date(headers, seconds):
    assert fault(429, headers, b"").retry_after == seconds


@pytest.mark.parametrize(
    ("status", "headers", "message", "seconds"),
    [
        (429, {}, "Please try again in 7.66s.", 7.66),
        (429, {"retry-after": "3"}, "Please try again in 7.66s.", 3),
        (429, RESETS, "Please try again in 7.66s.", 7.66),
        (429, RESETS, "no", 40),
        (503, RESETS, "Please try again in 7.66s.", None),
    ],
)
def test_a_limit_without_a_hint_says_in_its_sentence_or_by_its_reset_how_long_it_lasts(
    status, headers, message, seconds
):
    assert fault(status, headers, body(message)).retry_after == seconds


@pytest.mark.parametrize(("code", "seconds"), [(429, 7.0), (503, None)])
def test_a_limit_inside_a_200_says_so_in_its_sentence(code, seconds):
    said = {"error": {"message": "Please try again in 7s.", "code": code}}

    assert event_fault(said).retry_after == seconds


@pytest.mark.parametrize(
    ("status", "raw", "kind"),
    [
        (400, '{"error":{"message":"maximum context length is 8"}}', Kind.CONTEXT_LENGTH),
        (400, '{"error":{"message":"no","code":"unsupported_parameter"}}', Kind.UNSUPPORTED),
        (400, '{"error":{"message":"no","code":"invalid_api_key"}}', Kind.INVALID_REQUEST),
        (400, "Incorrect API key provided: x", Kind.INVALID_REQUEST),
        (429, "You are out of credits", Kind.RATE_LIMIT),
    ],
)
def test_what_is_said_behind_a_router_is_of_the_request_and_never_of_our_key(status, raw, kind):
    said = body("Provider returned error", code=status, metadata={"raw": raw})

    assert fault(status, {}, said).kind is kind


def test_a_number_is_a_vendors_word_only_where_no_type_stands_beside_it():
    bare = {"error": {"code": "1001", "message": "no"}}
    typed = {"error": {"code": "1001", "message": "no", "type": "internal_server_error"}}

    assert event_fault(bare).kind is Kind.AUTH
    assert event_fault(typed).kind is Kind.SERVER_ERROR


@pytest.mark.parametrize(
    ("stray", "kind"),
    [
        (b"", Kind.EMPTY),
        (b'{"error": {"message": "busy", "type": "overloaded_error"}}', Kind.OVERLOADED),
        (b'{"odd": 1}', Kind.MALFORMED),
        (b"<html><title>Oops</title>", Kind.MALFORMED),
        (b"nonsense", Kind.MALFORMED),
    ],
)
def test_a_stream_without_an_event_says_what_came_instead(stray, kind):
    assert no_event(stray, event_fault).kind is kind


def test_a_prompt_that_openrouter_has_flagged_is_filtered_and_no_key_is_forbidden_anything():
    flagged = {"reasons": ["violence"], "provider_name": "x"}
    refused = fault(403, {}, body("x requires moderation", code=403, metadata=flagged))
    forbidden = fault(403, {}, body("no access", code=403, metadata={"provider_name": "x"}))

    assert refused.kind is Kind.CONTENT_FILTER
    assert refused.message == "x requires moderation"
    assert forbidden.kind is Kind.PERMISSION


@pytest.mark.parametrize(
    ("body", "kind", "said"),
    [
        (b" \n", Kind.EMPTY, "empty body"),
        (b"{", Kind.MALFORMED, "is not JSON"),
        (b"[]", Kind.MALFORMED, "is not JSON"),
        (b"<html><title>Bad Gateway</title></html>", Kind.MALFORMED, "Bad Gateway"),
    ],
)
def test_a_body_that_is_no_answer_says_what_it_is(body, kind, said):
    with pytest.raises(ProxyError, match=said) as caught:
        parsed(body, jsons.decode_object)

    assert caught.value.kind is kind


def test_a_body_is_read_as_its_protocol_wants_it():
    assert parsed(b'{"a": 1}', jsons.decode_object) == {"a": 1}
    assert parsed(b"[1]", jsons.decode) == [1]


def test_a_choice_may_be_a_failure_by_itself():
    for choice in ({}, {"error": None}, {"error": True}):
        check_choice(choice)
    with pytest.raises(ProxyError) as caught:
        check_choice({"error": {"code": 429, "message": "full"}})

    assert caught.value.kind is Kind.RATE_LIMIT

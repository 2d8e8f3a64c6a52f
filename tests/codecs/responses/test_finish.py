import pytest

from proxy.codecs.responses.finish import finish_of


@pytest.mark.parametrize(
    ("response", "called", "finish"),
    [
        ({"status": "completed"}, False, "stop"),
        ({"status": "completed"}, True, "tool_calls"),
        ({}, False, "stop"),
        ({"status": "completed", "incomplete_details": None}, True, "tool_calls"),
        ({"status": "incomplete"}, False, "length"),
        ({"status": "incomplete"}, True, "length"),
        ({"incomplete_details": {"reason": "max_output_tokens"}}, True, "length"),
        ({"incomplete_details": {"reason": "content_filter"}}, True, "content_filter"),
        ({"incomplete_details": {"reason": "max_messages"}}, False, "length"),
        ({"incomplete_details": {"reason": "steered"}}, False, "length"),
    ],
)
def test_a_status_and_its_reason_are_a_finish(response, called, finish):
    assert finish_of(response, called=called) == finish

import pytest

from proxy.surfaces.responses.response import begun, echo_of, ended


def test_a_response_repeats_what_was_asked_for_and_what_holds_without():
    body = {
        "temperature": 0.2,
        "tools": [{"type": "custom", "name": "n"}],
        "store": None,
        "input": "hi",
    }
    echo = echo_of(body)

    assert echo["temperature"] == 0.2
    assert echo["tools"] == body["tools"]
    assert echo["store"] is True
    assert echo["tool_choice"] == "auto"
    assert "input" not in echo


def test_objects_are_repeated_with_what_holds_for_their_other_members():
    echo = echo_of({"reasoning": {"effort": "low"}, "text": {"verbosity": "low"}})

    assert echo["reasoning"] == {"effort": "low", "summary": None}
    assert echo["text"] == {"format": {"type": "text"}, "verbosity": "low"}


def test_a_response_begins_empty():
    response = begun("resp_1", 7, "m", {})

    assert response["status"] == "in_progress"
    assert (response["id"], response["created_at"], response["model"]) == ("resp_1", 7, "m")
    assert (response["output"], response["usage"], response["error"]) == ([], None, None)
    assert response["parallel_tool_calls"] is True


@pytest.mark.parametrize(
    ("finish", "members"),
    [
        ("stop", {"status": "completed"}),
        ("tool_calls", {"status": "completed"}),
        (None, {"status": "completed"}),
        (
            "length",
            {"status": "incomplete", "incomplete_details": {"reason": "max_output_tokens"}},
        ),
        (
            "content_filter",
            {"status": "incomplete", "incomplete_details": {"reason": "content_filter"}},
        ),
    ],
)
def test_the_finish_tells_how_it_ended(finish, members):
    assert ended(finish) == members

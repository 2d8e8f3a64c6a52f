import pytest

from proxy.codecs.gemini.answer import Answer, is_answer
from proxy.core.errors import Kind, ProxyError
from tests.support.google import answer, chunks, event

BLOCKED = {"promptFeedback": {"blockReason": "SAFETY"}, "usageMetadata": {"promptTokenCount": 5}}


def both(finish=None):
    candidates = [
        {
            "index": at,
            "content": {"parts": [{"text": text}]},
            **({"finishReason": finish} if finish else {}),
        }
        for at, text in enumerate("ab")
    ]
    return {"candidates": candidates}


def test_the_answers_identity_is_the_providers():
    made = answer(event({"text": "a"}), event({"text": "b"}, finish="STOP"))

    assert (made["id"], made["model"], made["created"]) == ("r1", "gemini-3.8-flash", 1)


def test_an_identity_is_made_up_where_there_is_none_and_stays_the_same():
    said = {"candidates": [{"content": {"parts": [{"text": "a"}]}, "finishReason": "STOP"}]}
    one, other = answer(said), answer(said)

    assert one["id"].startswith("chatcmpl-")
    assert one["id"] == other["id"]
    assert one["model"] == "gemini-3.8-flash"


def test_usage_comes_last_and_once():
    counted = {"promptTokenCount": 5, "candidatesTokenCount": 2}
    said = chunks(
        event({"text": "a"}, usageMetadata=counted), event(finish="STOP", usageMetadata=counted)
    )

    assert said[-1]["choices"] == []
    assert said[-1]["usage"]["total_tokens"] == 7
    assert sum("usage" in chunk for chunk in said) == 1


def test_candidates_are_choices():
    made = answer(both(), both("STOP"), body={"n": 2})

    assert [choice["message"]["content"] for choice in made["choices"]] == ["aa", "bb"]
    assert [choice["index"] for choice in made["choices"]] == [0, 1]


@pytest.mark.parametrize("reason", ["SAFETY", "OTHER", "PROHIBITED_CONTENT", 1])
def test_a_refused_prompt_is_filtered_content(reason):
    made = answer({**BLOCKED, "promptFeedback": {"blockReason": reason}})

    assert made["choices"][0]["finish_reason"] == "content_filter"
    assert made["choices"][0]["message"]["content"] == ""
    assert made["usage"]["prompt_tokens"] == 5


@pytest.mark.parametrize(
    "said", [{"text": "Step one: mix the "}, {"functionCall": {"name": "mix", "args": {}}}]
)
@pytest.mark.parametrize("whole", [True, False])
def test_an_answer_that_is_blocked_after_it_began_is_filtered_content(said, whole):
    made = answer({**event(said), **BLOCKED}) if whole else answer(event(said), BLOCKED)

    [choice] = made["choices"]
    assert choice["finish_reason"] == "content_filter"
    assert choice["message"]["content"] == said.get("text")


def test_a_candidate_that_had_its_own_reason_keeps_it():
    first, second = both()["candidates"]
    made = answer({"candidates": [{**first, "finishReason": "MAX_TOKENS"}, second]}, BLOCKED)

    assert [choice["finish_reason"] for choice in made["choices"]] == ["length", "content_filter"]


@pytest.mark.parametrize(
    "feedback", [None, {}, {"blockReason": "BLOCK_REASON_UNSPECIFIED"}, {"blockReason": 0}]
)
def test_feedback_without_a_reason_refuses_nothing(feedback):
    made = answer({**event({"text": "a"}, finish="STOP"), "promptFeedback": feedback})

    assert made["choices"][0]["finish_reason"] == "stop"


@pytest.mark.parametrize(
    ("response", "why"),
    [
        (7, "a number in place of an answer"),
        ([], "an array in place of an answer"),
        ({"candidates": {}}, "candidates that are an object"),
        ({"candidates": [7]}, "a candidate that is a number"),
        ({"candidates": [{"index": 128}]}, "an index from 0 to 127"),
        ({"candidates": [{"index": -1}]}, "an index from 0 to 127"),
        ({"candidates": [{"index": True}]}, "an index from 0 to 127"),
        ({"error": None}, "an object in place of an answer"),
    ],
)
def test_what_is_no_answer_is_malformed(response, why):
    with pytest.raises(ProxyError, match=why) as caught:
        Answer(1, "m", "gemini").take(response)

    assert caught.value.kind is Kind.MALFORMED


def test_an_error_in_place_of_an_answer_is_raised_as_what_it_is():
    error = {"error": {"code": 503, "message": "Overloaded.", "status": "UNAVAILABLE"}}
    with pytest.raises(ProxyError, match="Overloaded") as caught:
        Answer(1, "m", "gemini").take(error)

    assert caught.value.kind is Kind.OVERLOADED


def test_an_answer_of_nothing_is_empty():
    with pytest.raises(ProxyError) as caught:
        Answer(1, "m", "gemini").end()

    assert caught.value.kind is Kind.EMPTY


def test_it_ends_when_every_candidate_that_was_asked_for_has_a_reason():
    made = Answer(1, "m", "gemini", asked=2)
    made.take(event({"text": "a"}, finish="STOP"))

    assert not made.ended
    made.take(both("STOP"))
    assert made.ended


def test_some_member_makes_an_object_an_answer():
    assert is_answer({"usageMetadata": {}})
    assert not is_answer({"this": {}})


def test_the_tier_that_served_is_told_beside_the_usage():
    counts = {"promptTokenCount": 1, "candidatesTokenCount": 1}
    [*_, told] = chunks(
        event({"text": "a"}, finish="STOP", usageMetadata={**counts, "serviceTier": "flex"})
    )
    [*_, untold] = chunks(event({"text": "a"}, finish="STOP", usageMetadata=counts))

    assert told["service_tier"] == "flex"
    assert "service_tier" not in untold


@pytest.mark.parametrize(("model", "searches"), [("gemini-3.8-flash", 2), ("gemini-2.5-flash", 1)])
def test_newer_models_ask_for_each_query_and_older_ones_for_an_answer(model, searches):
    candidate = {
        "content": {"parts": [{"text": "Rain."}]},
        "finishReason": "STOP",
        "groundingMetadata": {"webSearchQueries": ["rain", "cork"]},
    }
    made = Answer(1, model, "gemini")
    made.take({"candidates": [candidate], "usageMetadata": {"promptTokenCount": 3}})

    assert made.end()[-1]["usage"]["server_tool_use"] == {"web_search_requests": searches}

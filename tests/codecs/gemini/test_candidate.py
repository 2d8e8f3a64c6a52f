import pytest

from proxy.codecs.gemini.candidate import Candidate
from proxy.core.build import Builder
from proxy.core.errors import Kind, ProxyError
from proxy.core.fold import fold
from tests.support.google import answer, candidate, chunks, decoder, event, finish, message, sse

MAKER = "gemini/gemini-3.8-flash"
PNG = {"inlineData": {"mimeType": "image/png", "data": "AAAA"}}


def test_text_and_thoughts_go_their_own_ways():
    said = message(
        event({"text": "Hmm", "thought": True}),
        event({"text": "", "thought": True}, {"text": 7, "thought": True}),
        event({"text": "Hi "}, {"text": ""}, {"text": 7}, {"text": "there"}, finish="STOP"),
    )

    assert said == {"role": "assistant", "content": "Hi there", "reasoning_content": "Hmm"}


def test_the_role_comes_first_and_the_finish_last():
    first, *_, last = chunks(event({"text": "Hi"}, finish="STOP"))

    assert first["choices"][0]["delta"] == {"role": "assistant", "content": ""}
    assert last["choices"] == [{"index": 0, "delta": {}, "finish_reason": "stop"}]


@pytest.mark.parametrize(
    "silent",
    [
        {},
        {"content": None},
        {"content": {}},
        {"content": {"parts": None}},
        {"content": {"parts": [7, {}]}},
        {"content": {"parts": [{"executableCode": {}}, {"codeExecutionResult": {}}]}},
        {"content": {"parts": [{"inlineData": 7}, {"inlineData": {"data": ""}}]}},
        {"content": {"parts": [{**PNG, "thought": True}]}},
    ],
)
def test_a_candidate_may_say_nothing(silent):
    said = {"candidates": [{**silent, "finishReason": "MAX_TOKENS"}]}

    assert fold(chunks(said))["choices"][0]["finish_reason"] == "length"
    assert message(said)["content"] == ""


def test_images_and_sound():
    sound = {"inlineData": {"mimeType": "audio/L16;rate=24000", "data": "BBBB"}}
    said = message(event({"text": "Look"}, PNG, PNG, sound, finish="STOP"))

    assert [each["image_url"]["url"] for each in said["images"]] == [
        "data:image/png;base64,AAAA"
    ] * 2
    assert said["audio"] == {"id": "audio_r1_0", "data": "BBBB"}


def test_an_image_keeps_its_signature():
    said = message(event({**PNG, "thoughtSignature": "c2ln"}, PNG, finish="STOP"))
    signed, plain = said["images"]

    assert signed["extra_content"] == {"google": {"thought_signature": "c2ln", "maker": MAKER}}
    assert "extra_content" not in plain


def test_parts_of_unknown_kinds_are_counted():
    reader = decoder()
    reader.feed(sse(event({"smell": 1}, {"toolCall": {}}, {"thoughtSignature": "x"})))

    assert reader.unknown == 1


def test_a_later_finish_reason_replaces_an_earlier_one():
    said = [event({"text": "a"}, finish="STOP"), event({"text": "b"}, finish="STOP")]

    assert finish(*said) == "stop"
    assert message(*said)["content"] == "ab"
    assert finish(*said, event(finish="RECITATION")) == "content_filter"


def test_a_filter_ends_what_has_no_reason_of_its_own():
    made = [Candidate(Builder(1, model="m"), 0, MAKER, "seed") for _ in range(2)]
    made[0].stop()
    for each in made:
        each.block()

    assert [each.end()[-1]["choices"][0]["finish_reason"] for each in made] == [
        "stop",
        "content_filter",
    ]


def test_a_failed_turn_tells_why():
    odd = candidate(event(finish="MALFORMED_FUNCTION_CALL"), finishMessage="print(")
    with pytest.raises(ProxyError, match="MALFORMED_FUNCTION_CALL: print") as caught:
        answer(odd)

    assert caught.value.kind is Kind.MALFORMED


def test_the_signature_of_a_text_comes_before_the_finish():
    *_, block, _ = chunks(
        event({"text": "Hi"}), event({"text": "", "thoughtSignature": "CsQB"}, finish="STOP")
    )

    assert block["choices"][0]["delta"] == {
        "thinking_blocks": [
            {
                "type": "reasoning.encrypted",
                "format": "google-gemini-v1",
                "data": "CsQB",
                "maker": MAKER,
            }
        ]
    }


def test_sources_become_annotations():
    grounding = {"groundingChunks": [{"web": {"uri": "https://a.test", "title": "A"}}]}
    said = message(
        event({"text": "Hi"}), candidate(event(finish="STOP"), groundingMetadata=grounding)
    )

    assert said["annotations"][0]["url_citation"] == {
        "start_index": 0,
        "end_index": 2,
        "url": "https://a.test",
        "title": "A",
    }


def probable(token, *parts):
    result = {"chosenCandidates": [{"token": token, "logProbability": -1}]}
    return candidate(event(*parts), logprobsResult=result)


def test_log_probabilities_go_with_the_text_that_they_are_of():
    said = [probable("Hi", {"text": "Hm", "thought": True}, {"text": "Hi"}), probable("<end>")]
    choices = [chunk["choices"][0] for chunk in chunks(*said, event(finish="STOP"))]
    told = [choice for choice in choices if choice.get("logprobs")]

    assert [choice["delta"] for choice in told] == [{"content": "Hi"}, {}]
    assert [choice["logprobs"]["content"][0]["token"] for choice in told] == ["Hi", "<end>"]


def test_an_answer_that_goes_on_gives_the_token_to_go_on_with():
    said = candidate(event({"text": "Once"}, finish="CONTINUATION"), continuationToken="more")

    assert finish(said) == "length"
    assert message(said)["extra_content"] == {"google": {"continuation_token": "more"}}


def test_calls_that_are_in_pieces_are_closed_at_the_end():
    call = {"functionCall": {"name": "a", "willContinue": True}}
    said = message(event(call), event(finish="STOP"))

    assert said["tool_calls"][0]["function"]["arguments"] == "{}"
    assert finish(event(call), event(finish="STOP")) == "tool_calls"

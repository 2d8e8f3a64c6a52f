import pytest

from proxy.core.errors import Kind, ProxyError
from tests.support.google import call, config, native

OLD, NEW, NEWEST = "gemini-2.0-flash", "gemini-3.8-flash", "gemini-4-argon"


@pytest.mark.parametrize(
    ("model", "fields", "written"),
    [
        (
            NEW,
            {"temperature": 0.2, "top_p": 0.9, "top_k": 40},
            {"temperature": 0.2, "topP": 0.9, "topK": 40},
        ),
        (
            OLD,
            {"frequency_penalty": 0.5, "presence_penalty": -1},
            {"frequencyPenalty": 0.5, "presencePenalty": -1},
        ),
        (OLD, {"max_tokens": 9}, {"maxOutputTokens": 9}),
        (OLD, {"max_completion_tokens": 7, "max_tokens": 9}, {"maxOutputTokens": 7}),
        (NEW, {"n": 3}, {"candidateCount": 3}),
        (NEW, {"n": 1}, {}),
        (NEW, {"stop": "END"}, {"stopSequences": ["END"]}),
        (NEW, {"stop": []}, {}),
        (NEW, {"seed": 7}, {"seed": 7}),
        (NEW, {"seed": -1}, {"seed": 2**31 - 1}),
        (NEW, {"seed": 2**40 + 5}, {"seed": 5}),
        (NEW, {"logprobs": True, "top_logprobs": 30}, {"responseLogprobs": True, "logprobs": 20}),
        (NEW, {"logprobs": False, "top_logprobs": 0}, {}),
        (NEW, {"modalities": ["text"]}, {}),
        (NEW, {"modalities": []}, {}),
        (NEW, {"modalities": ["text", "image"]}, {"responseModalities": ["TEXT", "IMAGE"]}),
        (
            NEW,
            {"modalities": ["audio"], "audio": {"voice": "Kore", "format": "pcm16"}},
            {
                "responseModalities": ["AUDIO"],
                "speechConfig": {"voiceConfig": {"prebuiltVoiceConfig": {"voiceName": "Kore"}}},
            },
        ),
        (NEW, {"audio": {"voice": {"id": "x"}}}, {}),
        (
            NEW,
            {"generationConfig": {"topK": 3, "mediaResolution": "LOW"}, "top_k": 4},
            {"topK": 4, "mediaResolution": "LOW"},
        ),
    ],
)
def test_fields_that_have_a_form_here(model, fields, written):
    assert config(model, **fields) == written
    assert call(model, **fields).dropped == ()


@pytest.mark.parametrize(
    ("model", "fields", "written", "dropped"),
    [
        (
            NEWEST,
            {"temperature": 0.2, "top_p": 1, "top_k": 4},
            {},
            ("temperature", "top_p", "top_k"),
        ),
        (NEW, {"frequency_penalty": 1, "presence_penalty": 0}, {}, ("frequency_penalty",)),
        (NEW, {"stop": ["a", ""]}, {"stopSequences": ["a"]}, ("stop",)),
        (NEW, {"stop": list("abcdef")}, {"stopSequences": list("abcde")}, ("stop",)),
        (NEW, {"metadata": {"team": "a"}}, {}, ("metadata",)),
        (NEW, {"user": "u"}, {}, ("user",)),
        (NEW, {"audio": {"format": "wav"}}, {}, ("audio.format",)),
        (NEW, {"safety_identifier": "u"}, {}, ("safety_identifier",)),
        (NEW, {"service_tier": "scale"}, {}, ("service_tier",)),
        (
            NEW,
            {"logit_bias": {"1": 2}, "store": True, "verbosity": "low"},
            {},
            ("logit_bias", "store", "verbosity"),
        ),
        (NEW, {"something_new": 1}, {}, ("something_new",)),
        (NEW, {"something_new": None}, {}, ()),
    ],
)
def test_fields_that_have_none_are_named(model, fields, written, dropped):
    assert config(model, **fields) == written
    assert call(model, **fields).dropped == dropped


@pytest.mark.parametrize(
    ("tier", "native_tier"),
    [("auto", None), ("default", "standard"), ("flex", "flex"), ("priority", "priority")],
)
def test_service_tiers(tier, native_tier):
    assert native(NEW, service_tier=tier).get("serviceTier") == native_tier


def test_vertex_takes_labels_and_no_tier():
    fields = {
        "metadata": {"Team Name": "Blue & Green", "9": "x", "team": "z" * 70},
        "user": "Someone@example.test",
        "service_tier": "flex",
    }
    made = native(NEW, "vertex", **fields)

    assert made["labels"] == {
        "team_name": "blue___green",
        "team": "z" * 63,
        "user": "someone_example_test",
    }
    assert "serviceTier" not in made
    assert call(NEW, "vertex", **fields).dropped == ("service_tier", "metadata")


def test_labels_in_the_providers_own_form_come_last_and_go_to_vertex_only():
    fields = {"metadata": {"a": "b", "c": "d"}, "labels": {"a": "B", "E": "f"}}

    assert native(NEW, "vertex", **fields)["labels"] == {"a": "B", "c": "d", "E": "f"}
    assert "labels" not in native(NEW, **fields)
    assert call(NEW, **fields).dropped == ("metadata", "labels")


def test_the_newer_name_of_the_user_comes_first():
    made = native(NEW, "vertex", safety_identifier="new", user="old")

    assert made["labels"] == {"user": "new"}


@pytest.mark.parametrize(
    ("model", "fields", "param", "kind"),
    [
        (NEWEST, {"n": 2}, "n", Kind.UNSUPPORTED),
        (NEW, {"n": 9}, "n", Kind.UNSUPPORTED),
        (NEW, {"n": 0}, "n", Kind.UNSUPPORTED),
        (NEW, {"n": "2"}, "n", Kind.INVALID_REQUEST),
        (NEW, {"seed": True}, "seed", Kind.INVALID_REQUEST),
        (NEW, {"temperature": "hot"}, "temperature", Kind.INVALID_REQUEST),
        (NEW, {"presence_penalty": True}, "presence_penalty", Kind.INVALID_REQUEST),
        (NEW, {"stop": 7}, "stop", Kind.INVALID_REQUEST),
        (NEW, {"max_tokens": 1.5}, "max_completion_tokens", Kind.INVALID_REQUEST),
        (NEW, {"modalities": ["smell"]}, "modalities", Kind.UNSUPPORTED),
        (NEW, {"modalities": "text"}, "modalities", Kind.INVALID_REQUEST),
        (NEW, {"user": 7}, "user", Kind.INVALID_REQUEST),
        (NEW, {"metadata": "x"}, "metadata", Kind.INVALID_REQUEST),
        (NEW, {"generation_config": []}, "generationConfig", Kind.INVALID_REQUEST),
    ],
)
def test_what_cannot_be_written_is_refused_with_its_place(model, fields, param, kind):
    with pytest.raises(ProxyError) as caught:
        call(model, **fields)

    assert caught.value.param == param
    assert caught.value.kind is kind

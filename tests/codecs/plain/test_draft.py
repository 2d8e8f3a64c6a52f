import pytest

from proxy.codecs.plain.draft import Draft, one_answer, only_text, passed, reader, stops_of
from proxy.core.errors import Kind, ProxyError

FIELDS = {
    "a": passed("a"),
    "b": passed("b", "bee"),
    "max_tokens": passed("max_tokens", "limit"),
    "max_completion_tokens": passed("max_completion_tokens", "limit"),
}


def filled(body, params=None):
    draft = Draft("m")
    read = reader(FIELDS)
    chat, native = read.overlaid(body, params or {})
    read.take(chat, draft)
    return draft.body, draft.dropped, native


def test_fields_go_by_the_table_and_others_are_dropped_and_named():
    body = {"model": "x", "stream": True, "a": 1, "b": 2, "user": "u", "odd": 3, "c": None}

    assert filled(body) == ({"a": 1, "bee": 2}, ["user", "odd"], {})


def test_stops_that_say_nothing_are_left_out_and_named():
    silent, saying = Draft("m"), Draft("m")

    assert (stops_of(silent, ["", "a"]), silent.dropped) == (["a"], ["stop"])
    assert (stops_of(saying, " "), saying.dropped) == ([" "], [])


def test_null_is_absent():
    assert filled({"a": None, "b": 0}) == ({"bee": 0}, [], {})


def test_a_targets_parameters_replace_the_callers():
    assert filled({"a": 1}, {"a": 2, "native_only": {"x": 1}, "store": True, "model": "m"}) == (
        {"a": 2},
        ["store"],
        {"native_only": {"x": 1}},
    )


def test_a_targets_limit_replaces_the_callers_under_either_name():
    assert filled({"max_completion_tokens": 9}, {"max_tokens": 5})[0] == {"limit": 5}
    assert filled({"max_tokens": 9}, {"max_completion_tokens": 5})[0] == {"limit": 5}


def test_a_drop_is_named_once():
    draft = Draft("m")
    draft.drop("a")
    draft.drop("a")

    assert draft.dropped == ["a"]


def test_system_texts_and_our_own_sentences_become_one_message():
    draft = Draft("m", messages=[{"role": "user", "content": "hi"}])

    assert draft.conversation() == [{"role": "user", "content": "hi"}]

    draft.sentences.append("c")
    draft.system += ["a", "b"]

    assert draft.conversation() == [
        {"role": "system", "content": "a\n\nb\n\nc"},
        {"role": "user", "content": "hi"},
    ]


@pytest.mark.parametrize(
    ("take", "good"), [(one_answer, 1), (only_text, ["text"]), (only_text, [])]
)
def test_what_is_the_default_passes(take, good):
    draft = Draft("m")
    take(draft, good)

    assert draft == Draft("m")


@pytest.mark.parametrize(
    ("take", "bad", "param"), [(one_answer, 2, "n"), (only_text, ["text", "audio"], "modalities")]
)
def test_what_cannot_be_had_is_refused(take, bad, param):
    with pytest.raises(ProxyError) as caught:
        take(Draft("m"), bad)

    assert (caught.value.kind, caught.value.param) == (Kind.UNSUPPORTED, param)

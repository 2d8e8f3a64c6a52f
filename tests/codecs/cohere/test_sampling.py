import pytest

from proxy.codecs.cohere import sampling
from proxy.codecs.plain.draft import Draft
from proxy.core.errors import Kind, ProxyError


def written(take, value):
    draft = Draft("m")
    take(draft, value)
    return draft.body, draft.dropped


@pytest.mark.parametrize(("value", "sent"), [(0, 0.01), (0.5, 0.5), (1, 0.99), (7, 0.99)])
def test_a_number_is_brought_within_its_bounds(value, sent):
    assert written(sampling.within("top_p", 0.01, 0.99, "p"), value) == ({"p": sent}, [])


@pytest.mark.parametrize(
    ("value", "body", "dropped"),
    [
        (0.5, {"frequency_penalty": 0.5}, []),
        (2, {"frequency_penalty": 1.0}, []),
        (0, {}, []),
        (-1, {}, ["frequency_penalty"]),
    ],
)
def test_a_penalty_is_between_none_and_one(value, body, dropped):
    assert written(sampling.penalty("frequency_penalty"), value) == (body, dropped)


@pytest.mark.parametrize(
    ("value", "body"),
    [("a", {"stop_sequences": ["a"]}), (["a", "b"], {"stop_sequences": ["a", "b"]}), ([], {})],
)
def test_stops_are_a_list(value, body):
    assert written(sampling.stop, value) == (body, [])


@pytest.mark.parametrize(("value", "body"), [("", {}), (["", "a"], {"stop_sequences": ["a"]})])
def test_a_stop_that_says_nothing_is_left_out_and_named(value, body):
    assert written(sampling.stop, value) == (body, ["stop"])


@pytest.mark.parametrize(("value", "body"), [(True, {"logprobs": True}), (False, {})])
def test_log_probabilities_are_asked_for(value, body):
    assert written(sampling.logprobs, value) == (body, [])


def test_of_two_penalties_one_is_taken():
    draft = Draft("m", body={"frequency_penalty": 0.1, "presence_penalty": 0.2})
    sampling.settle(draft)

    assert (draft.body, draft.dropped) == ({"frequency_penalty": 0.1}, ["presence_penalty"])

    alone = Draft("m", body={"presence_penalty": 0.2})
    sampling.settle(alone)

    assert (alone.body, alone.dropped) == ({"presence_penalty": 0.2}, [])


@pytest.mark.parametrize(
    ("take", "value", "kind", "param"),
    [
        (sampling.within("temperature", 0, 1), "hot", Kind.INVALID_REQUEST, "temperature"),
        (sampling.penalty("presence_penalty"), "x", Kind.INVALID_REQUEST, "presence_penalty"),
        (sampling.stop, 5, Kind.INVALID_REQUEST, "stop"),
        (sampling.stop, [5], Kind.INVALID_REQUEST, "stop[0]"),
        (sampling.stop, list("abcdef"), Kind.UNSUPPORTED, "stop"),
    ],
)
def test_what_has_no_form_is_refused(take, value, kind, param):
    with pytest.raises(ProxyError) as caught:
        written(take, value)

    assert (caught.value.kind, caught.value.param) == (kind, param)

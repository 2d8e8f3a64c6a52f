import pytest

from proxy.codecs.embeddings import answer
from proxy.core import vectors
from proxy.core.errors import Kind, ProxyError
from proxy.core.steps import done
from tests.support.embedding import target

FAILURE = ProxyError(Kind.QUOTA, "no more")


def no_fault(_value):
    return None


@pytest.mark.parametrize(
    ("value", "fault", "kind"),
    [
        ({"data": []}, no_fault, Kind.EMPTY),
        ({"data": None}, no_fault, Kind.MALFORMED),
        ({}, no_fault, Kind.MALFORMED),
        ({"data": []}, lambda _value: FAILURE, Kind.QUOTA),
        ({}, lambda _value: FAILURE, Kind.QUOTA),
    ],
)
def test_an_answer_without_a_list_is_the_failure_that_it_says(value, fault, kind):
    with pytest.raises(ProxyError) as caught:
        answer.listed(value, "data", fault)

    assert caught.value.kind is kind


def test_a_list_is_one_whatever_else_is_said():
    assert answer.listed({"data": [1]}, "data", lambda _value: FAILURE) == [1]


def test_an_unreadable_vector_is_told_by_its_place():
    with pytest.raises(ProxyError) as caught:
        done(answer.read([[1.0], ["x"]]))

    assert caught.value.kind is Kind.MALFORMED
    assert caught.value.message.startswith("vector 2 of the provider's answer is unreadable: ")


@pytest.mark.parametrize(
    ("value", "count"), [(0, 0), (3, 3), (-1, None), (True, None), (1.0, None), ("3", None)]
)
def test_a_count_is_a_whole_number_or_nothing(value, count):
    assert answer.count(value) == count


@pytest.mark.parametrize(
    ("value", "who", "model"),
    [("x", None, "x"), ("", target("openai", "m"), "m"), (3, None, "")],
)
def test_the_model_is_the_providers_name_for_it_else_the_targets(value, who, model):
    assert answer.model_of(value, who) == model


def test_a_member_of_what_is_no_object_is_none():
    assert answer.member({"a": 1}, "a") == 1
    assert answer.member([], "a") is None


def test_a_page_in_place_of_an_answer_is_told_as_one():
    with pytest.raises(ProxyError, match="Bad gateway"):
        done(answer.parsed(b"<html><title>Bad gateway</title></html>"))


def test_many_vectors_are_read_in_steps():
    item = vectors.to_base64([0.5] * 1024)
    steps = answer.read([item] * 100)
    turns = 0
    while next(steps, answer) is not answer:
        turns += 1

    assert turns == 100 * 1024 // answer.NUMBERS
    assert len(done(answer.read([item] * 100))) == 100

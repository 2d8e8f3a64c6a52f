import pytest

from proxy.codecs.vendors.draft import Draft
from proxy.codecs.vendors.wish import NONE_TO_HIGH, Wish, level, taken, wish_of
from proxy.core.shape import ChatRequest
from tests.support.written import target


def draft(**body):
    return Draft(ChatRequest(body=body), target())


@pytest.mark.parametrize(
    ("body", "wish"),
    [
        ({}, Wish(None)),
        ({"reasoning_effort": "HIGH"}, Wish(on=True, effort="high")),
        ({"reasoning_effort": "none"}, Wish(on=False, effort="none")),
        ({"reasoning_effort": 3}, Wish(None)),
        ({"thinking": {"type": "disabled"}}, Wish(on=False)),
        ({"thinking": {"type": "adaptive"}}, Wish(on=True)),
        ({"thinking": {"type": "enabled", "budget_tokens": 9}}, Wish(on=True, budget=9)),
        ({"thinking": {"type": "enabled", "budget_tokens": 0}}, Wish(on=True)),
        ({"thinking": {}}, Wish(None)),
        (
            {"thinking": {"type": "enabled"}, "reasoning_effort": "none"},
            Wish(on=False, effort="none"),
        ),
    ],
)
def test_a_wish_is_read_from_effort_and_thinking(body, wish):
    made = draft(**body)

    assert wish_of(made) == wish
    assert taken(made) == wish
    assert not made.members


@pytest.mark.parametrize(
    ("said", "sent", "dropped"),
    [
        ("xhigh", "high", []),
        ("Low", "low", []),
        ("low", "low", []),
        ("odd", None, ["reasoning_effort"]),
        (7, None, ["reasoning_effort"]),
        (None, None, []),
    ],
)
def test_a_level_is_put_into_the_vendors_words_or_dropped(said, sent, dropped):
    made = draft(reasoning_effort=said)
    level(made, NONE_TO_HIGH)

    assert (made.value("reasoning_effort"), made.dropped) == (sent, dropped)

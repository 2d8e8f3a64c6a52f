import pytest

from proxy.core.build import Builder
from proxy.core.usage import Usage
from proxy.surfaces.invariants import Checked, InvariantError, Violation, refuse

BUILD = Builder(1, "id", "m")
ROLE, STOP, USAGE = BUILD.role(), BUILD.finish("stop"), BUILD.usage(Usage(1, 2))


def breaches(*chunks, done=True):
    told = []
    checked = Checked(told.append)
    for chunk in chunks:
        checked.chunk(chunk)
    if done:
        checked.done()
    return told


def call(**members):
    return BUILD.delta({"tool_calls": [members]})


def test_a_proper_answer_breaks_nothing():
    assert breaches(ROLE, BUILD.text("a"), STOP, USAGE) == []


def test_a_proper_answer_with_calls_and_choices_breaks_nothing():
    assert (
        breaches(
            ROLE,
            BUILD.role(1),
            BUILD.tool_open(0, "a", "f"),
            BUILD.tool_arguments(0, '{"x":'),
            BUILD.tool_arguments(0, "1}"),
            call(index=1, id="b", function={"name": "get_"}),
            call(index=1, function={"name": "tide", "arguments": '"\ud83d"'}),
            call(index=2, id="c", type="custom", custom={"name": "sh"}),
            call(index=2, custom={"input": "ls"}),
            BUILD.delta({"reasoning_details": [{"index": 0}], "tags": ["x"]}),
            BUILD.delta({"reasoning_details": [{"index": 0}], "tags": ["y"]}),
            BUILD.finish("tool_calls"),
            BUILD.finish("stop", 1),
        )
        == []
    )


@pytest.mark.parametrize(
    ("chunks", "violation"),
    [
        ([ROLE, Builder(1, "other", "m").text("a"), STOP], Violation.IDENTITY),
        ([ROLE, Builder(2, "id", "m").text("a"), STOP], Violation.IDENTITY),
        ([ROLE, Builder(1, "id", "n").text("a"), STOP], Violation.IDENTITY),
        ([BUILD.text("a"), STOP], Violation.ROLE_MISSING),
        ([ROLE, ROLE, STOP], Violation.ROLE_REPEATED),
        ([ROLE, STOP, BUILD.text("a")], Violation.AFTER_FINISH),
        ([ROLE, STOP, STOP], Violation.AFTER_FINISH),
        ([ROLE, BUILD.role(2), STOP], Violation.CHOICE_ORDER),
        ([ROLE, {**ROLE, "choices": [{"delta": {}}]}, STOP], Violation.CHOICE_ORDER),
        ([ROLE, BUILD.tool_open(1, "a", "f"), STOP], Violation.TOOL_ORDER),
        ([ROLE, BUILD.tool_arguments(0, "{}"), STOP], Violation.TOOL_ORDER),
        ([ROLE, call(id="a", function={"arguments": "{}"}), STOP], Violation.TOOL_ORDER),
        (
            [
                ROLE,
                BUILD.tool_open(0, "a", "f"),
                call(index=0, id="a", function={"arguments": "{}"}),
                STOP,
            ],
            Violation.TOOL_REPEATED,
        ),
        (
            [
                ROLE,
                BUILD.tool_open(0, "a", "f"),
                call(index=0, function={"name": "f", "arguments": "{}"}),
                STOP,
            ],
            Violation.TOOL_REPEATED,
        ),
        ([ROLE, BUILD.tool_open(0, "a", "f"), BUILD.finish("tool_calls")], Violation.ARGUMENTS),
        (
            [
                ROLE,
                BUILD.tool_open(0, "a", "f"),
                BUILD.tool_arguments(0, "{"),
                BUILD.finish("tool_calls"),
            ],
            Violation.ARGUMENTS,
        ),
        (
            [ROLE, BUILD.delta({"annotations": [{}]}), BUILD.delta({"annotations": [{}]}), STOP],
            Violation.LIST_INDEX,
        ),
        ([ROLE, STOP, USAGE, USAGE], Violation.USAGE),
        ([ROLE, USAGE, STOP], Violation.USAGE),
        ([ROLE, {**STOP, "usage": Usage(1, 2).wire()}], Violation.USAGE),
        ([ROLE, BUILD.text("a")], Violation.UNFINISHED),
    ],
)
def test_each_breach_is_told(chunks, violation):
    assert breaches(*chunks) == [violation]


def test_members_that_say_nothing_break_nothing():
    assert breaches(ROLE, BUILD.delta({"tool_calls": None, "annotations": None}), STOP) == []


def test_arguments_may_be_cut_by_a_limit():
    assert breaches(ROLE, BUILD.tool_open(0, "a", "f"), BUILD.finish("length")) == []


def test_nothing_comes_after_an_end():
    for end, more in (("done", "done"), ("late", "done"), ("done", "late"), ("late", "late")):
        told = []
        checked = Checked(told.append)
        getattr(checked, end)()
        getattr(checked, more)()

        assert told == [Violation.AFTER_END]


def test_no_chunk_comes_after_an_end():
    told = []
    checked = Checked(told.append)
    checked.late()
    checked.chunk(ROLE)

    assert told == [Violation.AFTER_END]


def test_a_breach_is_told_once():
    assert breaches(ROLE, ROLE, ROLE, STOP) == [Violation.ROLE_REPEATED]


def test_an_answer_that_is_cut_need_not_be_finished():
    told = []
    checked = Checked(told.append)
    checked.chunk(ROLE)
    checked.late()

    assert told == []


def test_tests_raise():
    with pytest.raises(InvariantError, match="role_repeated"):
        refuse(Violation.ROLE_REPEATED)

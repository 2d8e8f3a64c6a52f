"""`commit: complete`: nothing is shown until the provider has finished, so that everything is still a failure."""

import pytest

from tests.support.script import (
    ROLE,
    Act,
    ScriptedUpstream,
    Wait,
    chunk,
    event,
    perform,
    plan,
    says,
    slow,
    whole,
)

pytestmark = pytest.mark.virtual_time

COMPLETE = slow(commit="complete", idle_timeout=20.0)
LIMITS = {"a": COMPLETE, "b": COMPLETE}
HALF = chunk({"content": "half"})


@pytest.mark.parametrize(
    ("act", "kind"),
    [
        (Act(body=[ROLE, HALF]), "truncated"),
        (Act(body=[ROLE, HALF, event(b"{broken")]), "malformed"),
        (
            Act(body=[ROLE, HALF, event({"error": {"message": "no", "code": "overloaded"}})]),
            "overloaded",
        ),
        (Act(body=[ROLE, HALF, Wait(1e6)]), "idle_timeout"),
    ],
)
async def test_what_breaks_after_the_first_byte_still_moves_on(act, kind):
    scene = await perform(
        ScriptedUpstream(a=[act], b=[says("whole")]), plan("a", "b", limits=LIMITS)
    )

    assert (scene.text, scene.late) == ("whole", None)
    assert scene.tried == [f"a/m={kind}", "b/m=served"]


async def test_the_answer_is_replayed_with_its_usage():
    scene = await perform(ScriptedUpstream(a=[says("x", "y")]), plan("a", "b", limits=LIMITS))

    assert scene.text == "xy"
    assert scene.usage.total == 5
    assert scene.log == ["a asked", "committed", "a closed"]


async def test_the_whole_is_bounded_by_the_total_time():
    drips = Act(body=[item for _ in range(100) for item in (HALF, Wait(10.0))])

    scene = await perform(
        ScriptedUpstream(a=[drips]), plan("a", limits={"a": COMPLETE}, total=60.0)
    )

    assert scene.error.meaning.status == 504
    assert scene.seconds == pytest.approx(60.0)


async def test_a_whole_answer_to_a_streaming_caller_is_complete_already():
    scene = await perform(ScriptedUpstream(a=[whole("hello")]), plan("a", limits=LIMITS))

    assert scene.text == "hello"


async def test_a_stream_that_ended_in_one_read_is_complete_already():
    act = Act(body=[HALF + chunk({}, "stop").rstrip()])

    scene = await perform(ScriptedUpstream(a=[act]), plan("a", limits=LIMITS))

    assert scene.text == "half"


async def test_an_answer_that_is_only_said_at_its_end_is_complete_already():
    act = Act(body=[chunk({"content": "all"}, "stop").rstrip()])

    scene = await perform(ScriptedUpstream(a=[act]), plan("a", limits=LIMITS))

    assert (scene.text, scene.late) == ("all", None)

"""After a cut: what the next target is asked, what the caller reads, and when nothing may be done."""

import pytest

from proxy.config.schema import Live
from proxy.core import jsons
from proxy.core.errors import Kind
from proxy.core.facts import AnswerResumed
from proxy.core.shape import Capabilities
from proxy.core.usage import Usage
from proxy.engine.resume import Share
from tests.support.script import (
    ROLE,
    STOP,
    Act,
    ScriptedUpstream,
    Wait,
    asks,
    chunk,
    event,
    fails,
    perform,
    plan,
    says,
    slow,
    target,
)

pytestmark = pytest.mark.virtual_time

CALL = {"id": "c", "type": "function", "function": {"name": "f", "arguments": "{}"}}


def cut(*words):
    return Act(body=[ROLE, *[chunk({"content": word}) for word in words]])


def messages(call):
    return jsons.decode_object(call.body)["messages"]


async def resumed(mode, *, b=None, request=None, targets=None, **acts):
    upstream = ScriptedUpstream(a=[cut("1, 2, ")], b=b or [says("3, 4")], **acts)
    names = ["a", "b", *acts]
    the_plan = plan(*names, live=Live(recover=mode), targets=targets)
    return await perform(upstream, the_plan, request), upstream


async def test_off_ends_in_the_error():
    scene, upstream = await resumed("off")

    assert (scene.text, scene.late.kind) == ("1, 2, ", Kind.TRUNCATED)
    assert len(upstream.calls) == 1


async def test_restart_asks_anew_and_says_that_the_first_answer_is_void():
    scene, upstream = await resumed("restart")

    assert scene.text == "1, 2, 3, 4"
    assert messages(upstream.calls[1]) == messages(upstream.calls[0])
    (mark,) = [c["firstbyte"] for c in scene.chunks if "firstbyte" in c]
    assert mark == {"fallback_attempts": ["a/m"], "resumed_from_partial": False, "restarted": True}
    assert scene.tried == ["a/m=truncated", "b/m=served"]


async def test_prefill_gives_what_was_said_as_the_assistants_unfinished_message():
    able = {"b": target("b", capabilities=Capabilities(prefill=True))}

    scene, upstream = await resumed("prefill", targets=able)

    assert scene.text == "1, 2, 3, 4"
    assert messages(upstream.calls[1])[-1] == {"role": "assistant", "content": "1, 2,"}
    (mark,) = [c["firstbyte"] for c in scene.chunks if "firstbyte" in c]
    assert mark == {"fallback_attempts": ["a/m"], "resumed_from_partial": True}


@pytest.mark.parametrize(
    ("said", "goes_on", "read"),
    [
        ("1, 2, ", [" 3, 4"], "1, 2, 3, 4"),
        ("1, 2,", [" 3, 4"], "1, 2, 3, 4"),
        ("def f():\n    ", ["\n", "    ", "return 1"], "def f():\n    return 1"),
        ("One.\n\n", ["\n", "Two."], "One.\n\nTwo."),
        ("One.\n", ["\n\n", "\nTwo."], "One.\n\n\nTwo."),
        ("One. ", ["Two.", "  Three."], "One. Two.  Three."),
    ],
)
@pytest.mark.parametrize("mode", ["prefill", "user_turn"])
async def test_blanks_at_the_seam_come_once(mode, said, goes_on, read):
    upstream = ScriptedUpstream(a=[cut(said)], b=[says(*goes_on)])

    scene = await perform(upstream, plan("a", "b", live=Live(recover=mode)))

    assert (scene.text, scene.late) == (read, None)


async def test_where_two_went_on_nothing_is_said_twice():
    upstream = ScriptedUpstream(a=[cut("1, ")], b=[cut(" 2, ")], c=[says(" 3")])

    scene = await perform(upstream, plan("a", "b", "c", live=Live(recover="user_turn")))

    assert scene.text == "1, 2, 3"
    assert messages(upstream.calls[2])[1]["content"] == "1, 2,"


async def test_after_nothing_but_blanks_the_answer_begins_anew_and_says_so():
    upstream = ScriptedUpstream(a=[cut("\n\n")], b=[says("\n\n1")])

    scene = await perform(upstream, plan("a", "b", live=Live(recover="user_turn")))

    assert messages(upstream.calls[1]) == messages(upstream.calls[0])
    (mark,) = [c["firstbyte"] for c in scene.chunks if "firstbyte" in c]
    assert mark == {"fallback_attempts": ["a/m"], "resumed_from_partial": False, "restarted": True}


async def test_a_target_that_refuses_a_prefill_gets_a_user_turn():
    _, upstream = await resumed("prefill")

    assert messages(upstream.calls[1])[-2:] == [
        {"role": "assistant", "content": "1, 2,"},
        {"role": "user", "content": "Continue exactly where you left off."},
    ]


async def test_user_turn_asks_to_continue():
    scene, upstream = await resumed("user_turn")

    assert scene.late is None
    assert [m["role"] for m in messages(upstream.calls[1])] == ["user", "assistant", "user"]


async def test_usage_of_all_runs_is_summed():
    first = cut("1, ")
    first.body.append(chunk(usage={"prompt_tokens": 3, "completion_tokens": 1}))
    first.body.append(event({"error": {"message": "broke", "type": "server_error"}}))
    upstream = ScriptedUpstream(a=[first], b=[says("2")])

    scene = await perform(upstream, plan("a", "b", live=Live(recover="user_turn")))

    assert (scene.usage.prompt, scene.usage.completion) == (6, 3)
    last = [c for c in scene.chunks if c.get("usage")][-1]
    assert last["usage"]["total_tokens"] == 9


async def test_who_goes_on_is_another_target_sooner_than_another_key_of_the_one_that_was_cut():
    keys = {f"a{key}": target("a", credential=f"{key}") for key in range(3)}
    stalled = cut("1, ")
    stalled.body.append(Wait(1e6))
    upstream = ScriptedUpstream(a=[stalled, Act(before_head=[Wait(1e6)])], b=[says("2")])
    the_plan = plan(keys, "b", live=Live(recover="user_turn"), targets=keys)

    scene = await perform(upstream, the_plan)

    assert (scene.text, scene.tried) == ("1, 2", ["a/m=idle_timeout", "b/m=served"])


async def test_a_stall_is_resumed_too():
    stalled = cut("1, ")
    stalled.body.append(Wait(1e6))
    upstream = ScriptedUpstream(a=[stalled], b=[says("2")])
    the_plan = plan("a", "b", live=Live(recover="user_turn"), limits={"a": slow(idle_timeout=5.0)})

    scene = await perform(upstream, the_plan)

    assert (scene.text, scene.late) == ("1, 2", None)


FORM = {"type": "json_schema", "json_schema": {"name": "n", "schema": {"type": "object"}}}


@pytest.mark.parametrize("mode", ["prefill", "user_turn"])
@pytest.mark.parametrize("form", [FORM, {"type": "json_object"}])
async def test_nobody_goes_on_in_the_middle_of_json_because_all_would_begin_it_again(mode, form):
    upstream = ScriptedUpstream(a=[cut('{"a": ')], b=[says('{"a": 1}')])
    the_plan = plan("a", "b", live=Live(recover=mode))

    scene = await perform(upstream, the_plan, asks(response_format=form))

    assert (scene.text, scene.late.kind) == ('{"a": ', Kind.TRUNCATED)
    assert "b asked" not in scene.log


@pytest.mark.parametrize(
    ("mode", "form", "said"),
    [
        ("restart", FORM, '{"a": '),
        ("user_turn", FORM, " \n"),
        ("user_turn", {"type": "text"}, "1, "),
    ],
)
async def test_json_is_begun_anew_and_text_goes_on(mode, form, said):
    upstream = ScriptedUpstream(a=[cut(said)], b=[says("2")])
    the_plan = plan("a", "b", live=Live(recover=mode))

    scene = await perform(upstream, the_plan, asks(response_format=form))

    assert (scene.late, scene.tried[-1]) == (None, "b/m=served")


async def test_nothing_is_continued_after_a_part_of_a_tool_call():
    call = {"index": 0, "id": "c", "type": "function", "function": {"name": "f", "arguments": "{"}}
    upstream = ScriptedUpstream(a=[Act(body=[ROLE, chunk({"tool_calls": [call]})])], b=[says("b")])

    scene = await perform(upstream, plan("a", "b", live=Live(recover="restart")))

    assert scene.late.kind is Kind.TRUNCATED
    assert "b asked" not in scene.log


@pytest.mark.parametrize("mode", ["prefill", "user_turn"])
async def test_what_one_of_several_choices_has_said_is_not_gone_on_with_in_all_of_them(mode):
    scene, upstream = await resumed(mode, request=asks(n=2))

    assert (scene.text, scene.late.kind) == ("1, 2, ", Kind.TRUNCATED)
    assert len(upstream.calls) == 1


async def test_several_choices_of_which_one_has_begun_can_be_asked_for_anew():
    scene, upstream = await resumed("restart", request=asks(n=2))

    assert (scene.text, scene.late) == ("1, 2, 3, 4", None)
    assert messages(upstream.calls[1]) == messages(upstream.calls[0])


async def test_a_choice_that_has_ended_is_never_void():
    ended = cut("1, 2, ")
    ended.body.append(STOP)
    upstream = ScriptedUpstream(a=[ended], b=[says("3")])

    scene = await perform(upstream, plan("a", "b", live=Live(recover="restart")), asks(n=2))

    assert scene.late.kind is Kind.TRUNCATED
    assert "b asked" not in scene.log


@pytest.mark.parametrize(
    ("begun", "whole"),
    [
        ("Count: ", "Count: 1, 2,"),
        (
            [{"type": "text", "text": "Count: "}],
            [
                {"type": "text", "text": "Count: "},
                {"type": "text", "text": "1, 2,"},
            ],
        ),
    ],
)
async def test_an_answer_that_the_caller_began_stays_one_message(begun, whole):
    asked = asks(
        messages=[{"role": "user", "content": "hi"}, {"role": "assistant", "content": begun}]
    )
    able = {name: target(name, capabilities=Capabilities(prefill=True)) for name in "ab"}

    _, upstream = await resumed("prefill", request=asked, targets=able)

    assert messages(upstream.calls[1])[1:] == [{"role": "assistant", "content": whole}]


@pytest.mark.parametrize("more", [{"content": None}, {"content": "ok", "tool_calls": [CALL]}])
async def test_a_message_of_the_assistant_that_begins_no_answer_is_left_alone(more):
    last = {"role": "assistant", **more}
    asked = asks(messages=[{"role": "user", "content": "hi"}, last])

    _, upstream = await resumed("user_turn", request=asked)

    assert messages(upstream.calls[1])[1:3] == [last, {"role": "assistant", "content": "1, 2,"}]


def cut_by(**error):
    return Act(
        body=[ROLE, chunk({"content": "1, 2, "}), event({"error": {"message": "no", **error}})]
    )


@pytest.mark.parametrize("mode", ["restart", "prefill", "user_turn"])
@pytest.mark.parametrize(
    ("error", "kind"),
    [
        ({"code": "content_filter"}, Kind.CONTENT_FILTER),
        ({"code": "context_length_exceeded"}, Kind.CONTEXT_LENGTH),
        ({"type": "invalid_request_error"}, Kind.INVALID_REQUEST),
    ],
)
async def test_nobody_is_asked_to_get_around_what_the_request_is_at_fault_for(mode, error, kind):
    upstream = ScriptedUpstream(a=[cut_by(**error)], b=[says("3, 4")])

    scene = await perform(upstream, plan("a", "b", live=Live(recover=mode)))

    assert (scene.text, scene.late.kind) == ("1, 2, ", kind)
    assert "b asked" not in scene.log


async def test_what_fallback_on_names_is_recovered_from_as_well():
    upstream = ScriptedUpstream(a=[cut_by(code="content_filter")], b=[says("3, 4")])
    the_plan = plan("a", "b", live=Live(recover="restart"), fallback_on={Kind.CONTENT_FILTER})

    scene = await perform(upstream, the_plan)

    assert (scene.text, scene.late) == ("1, 2, 3, 4", None)


async def test_nothing_is_continued_where_nobody_is_left():
    upstream = ScriptedUpstream(a=[cut("1, ")])

    scene = await perform(upstream, plan("a", live=Live(recover="restart")))

    assert scene.late.kind is Kind.TRUNCATED


def citing(place, text="3, 4"):
    note = {"type": "url_citation", "url_citation": {"url": "http://x", **place}}
    other = {"type": "file_citation", "file_citation": {"index": 3}}
    said = chunk({"content": text, "annotations": [note, other]})
    return Act(body=[ROLE, said, STOP])


def cited(scene):
    deltas = [choice["delta"] for c in scene.chunks for choice in c.get("choices") or ()]
    return [note for delta in deltas for note in delta.get("annotations") or ()]


@pytest.mark.parametrize(("mode", "by"), [("restart", 0), ("prefill", 6), ("user_turn", 6)])
async def test_a_citation_of_a_further_run_stands_at_its_place_in_the_whole_text(mode, by):
    scene, _ = await resumed(mode, b=[citing({"start_index": 0, "end_index": 4})])
    note, other = cited(scene)

    assert note["url_citation"] == {"url": "http://x", "start_index": by, "end_index": by + 4}
    assert other == {"type": "file_citation", "file_citation": {"index": 3}}


async def test_a_citation_behind_blanks_that_came_again_stands_at_its_place_in_the_whole_text():
    again = citing({"start_index": 1, "end_index": 5}, " 3, 4")
    scene, _ = await resumed("user_turn", b=[again])
    place = cited(scene)[0]["url_citation"]

    assert scene.text == "1, 2, 3, 4"
    assert scene.text[place["start_index"] : place["end_index"]] == "3, 4"


async def test_a_citation_without_a_place_stays_as_it_is():
    scene, _ = await resumed("user_turn", b=[citing({"start_index": None})])

    assert cited(scene)[0]["url_citation"] == {"url": "http://x", "start_index": None}


async def test_who_was_only_outrun_goes_on_after_everybody_who_was_not_asked():
    hedged = {"a": slow(hedge_after=1.0)}
    late = Act(body=[Wait(60.0), *says("a").body])
    upstream = ScriptedUpstream(a=[late, says("5")], b=[cut("1, 2, ")], c=[cut("3, 4, ")])
    the_plan = plan("a", "b", "c", live=Live(recover="user_turn"), limits=hedged)

    scene = await perform(upstream, the_plan)

    assert (scene.text, scene.late) == ("1, 2, 3, 4, 5", None)
    assert scene.tried == ["a/m=outrun", "b/m=truncated", "c/m=truncated", "a/m=served"]


async def test_the_first_cause_is_always_told():
    scene, _ = await resumed("user_turn", b=[fails(503)])

    assert scene.late.kind is Kind.TRUNCATED
    assert scene.tried == ["a/m=truncated", "b/m=overloaded"]


async def test_a_second_cut_is_resumed_from_all_that_was_said():
    scene, upstream = await resumed("user_turn", b=[cut("3, 4, ")], c=[says("5")])

    assert scene.text == "1, 2, 3, 4, 5"
    assert messages(upstream.calls[2])[1]["content"] == "1, 2, 3, 4,"


async def test_attempts_bound_the_runs_as_well():
    upstream = ScriptedUpstream(a=[cut("1, ")], b=[says("2")])

    scene = await perform(upstream, plan("a", "b", live=Live(recover="restart"), max_attempts=1))

    assert scene.late.kind is Kind.TRUNCATED
    assert "b asked" not in scene.log


async def test_a_cut_in_the_reasoning_asks_for_the_whole_answer():
    thinks = Act(body=[ROLE, chunk({"reasoning_content": "hm"})])
    upstream = ScriptedUpstream(a=[thinks], b=[says("2")])

    scene = await perform(upstream, plan("a", "b", live=Live(recover="prefill")))

    assert messages(upstream.calls[1]) == messages(upstream.calls[0])
    (mark,) = [c["firstbyte"] for c in scene.chunks if "firstbyte" in c]
    assert (mark["resumed_from_partial"], mark["restarted"]) == (False, True)


async def test_going_on_is_a_fact():
    scene, _ = await resumed("user_turn")

    (fact,) = [f for f in scene.facts if isinstance(f, AnswerResumed)]
    assert (fact.target, fact.mode) == ("b/m", "user_turn")


async def test_the_request_of_the_caller_is_never_changed():
    request = asks()
    before = jsons.encode(request.body)

    await resumed("user_turn", request=request)

    assert jsons.encode(request.body) == before


async def test_a_recovery_that_fails_counts_nothing_twice():
    first = cut("1, ")
    first.body.append(chunk(usage={"prompt_tokens": 3, "completion_tokens": 1}))
    upstream = ScriptedUpstream(a=[first], b=[fails(503)])

    scene = await perform(upstream, plan("a", "b", live=Live(recover="user_turn")))

    assert (scene.late.kind, scene.usage.total) == (Kind.TRUNCATED, 4)


async def test_a_run_that_was_cut_has_what_its_provider_told_before_and_at_least_what_it_said():
    opened = chunk({"role": "assistant", "content": ""}, usage={"prompt_tokens": 9})
    words = [chunk({"content": "four"}) for _ in range(10)]
    first, second = Act(body=[opened, *words]), Act(body=[opened, *words[:5]])
    upstream = ScriptedUpstream(a=[first], b=[second], c=[says("3")])

    scene = await perform(upstream, plan("a", "b", "c", live=Live(recover="user_turn")))

    assert scene.shares == [
        Share("a/m", Usage(9, 10), True),
        Share("b/m", Usage(9, 5), True),
        Share("c/m", Usage(3, 2)),
    ]
    assert scene.usage == Usage(21, 17)


async def test_the_last_run_has_what_was_told_where_nobody_goes_on():
    opened = chunk({"role": "assistant", "content": ""}, usage={"prompt_tokens": 9})
    upstream = ScriptedUpstream(a=[Act(body=[opened, chunk({"content": "1"})])], b=[fails(500)])

    scene = await perform(upstream, plan("a", "b", live=Live(recover="restart")))

    assert scene.late is not None
    assert scene.shares == [Share("a/m", Usage(9, 0), True)]

from proxy.core.shape import ChatRequest, Target
from proxy.route.lessons import MAX_KEPT, MAX_TAUGHT, SPAN, Lessons

NOW = 1000.0
PLAIN = ChatRequest({})
REASONS = ChatRequest({"reasoning_effort": "high"})
OPTIONS = frozenset({"stream_options"})


def target(model="m", credential="k", base_url="http://x", **details):
    return Target("p", model, "openai", base_url, credential=credential, **details)


def learned(*names, request=PLAIN):
    lessons = Lessons()
    lessons.learn(target(), request, frozenset(names), NOW)
    return lessons


def test_what_was_learned_holds_for_an_hour():
    lessons = learned("stream_options")
    before = lessons.taught(target(), PLAIN, NOW + SPAN - 1)
    after = lessons.taught(target(), PLAIN, NOW + SPAN)

    assert not before.quirks.stream_options
    assert after == target()
    assert not lessons.known


def test_all_keys_of_a_target_are_taught_and_nobody_else():
    lessons = learned("stream_options")

    assert not lessons.taught(target(credential="l"), PLAIN, NOW).quirks.stream_options
    for other in (target("n"), target(base_url="http://y")):
        assert lessons.taught(other, PLAIN, NOW) is other


def test_what_a_cascades_step_sets_itself_stays():
    lessons = learned("temperature", "seed", "max_tokens")
    taught = lessons.taught(target(params={"seed": 5, "max_tokens": 9}), PLAIN, NOW)

    assert taught.quirks.drop == {"temperature"}
    assert taught.quirks.rename == {"max_tokens": "max_completion_tokens"}


def test_what_is_refused_while_it_reasons_may_be_taken_otherwise():
    lessons = learned("temperature", request=REASONS)

    assert lessons.taught(target(), REASONS, NOW).quirks.drop == {"temperature"}
    assert lessons.taught(target(), PLAIN, NOW) == target()


def test_lessons_add_up_and_begin_anew_once_they_are_forgotten():
    lessons = learned("store")
    lessons.learn(target(), PLAIN, frozenset({"user"}), NOW)
    both = lessons.taught(target(), PLAIN, NOW).quirks.drop
    lessons.learn(target(), PLAIN, frozenset({"seed"}), NOW + SPAN)

    assert both == {"store", "user"}
    assert lessons.taught(target(), PLAIN, NOW + SPAN).quirks.drop == {"seed"}


def test_of_a_limits_two_names_the_last_refused_is_the_wrong_one():
    lessons = learned("max_tokens", "user")
    lessons.learn(target(), PLAIN, frozenset({"max_completion_tokens"}), NOW)
    quirks = lessons.taught(target(), PLAIN, NOW).quirks

    assert quirks.rename == {"max_completion_tokens": "max_tokens"}
    assert quirks.drop == {"user"}


def test_a_taught_target_is_made_once():
    lessons, own = learned("stream_options"), target()

    assert lessons.taught(own, PLAIN, NOW) is lessons.taught(own, PLAIN, NOW)


def test_a_callers_own_key_is_not_kept():
    lessons, own = learned("stream_options"), target(passthrough=True)

    assert lessons.taught(own, PLAIN, NOW) is not lessons.taught(own, PLAIN, NOW)


def test_so_many_keys_are_kept_and_no_more():
    lessons = learned("stream_options")
    first = lessons.taught(target(credential="0"), PLAIN, NOW)
    for number in range(1, MAX_TAUGHT + 1):
        lessons.taught(target(credential=str(number)), PLAIN, NOW)

    assert lessons.taught(target(credential="0"), PLAIN, NOW) is not first


def test_so_many_lessons_are_kept_and_the_oldest_goes():
    lessons = Lessons()
    for number in range(MAX_KEPT + 1):
        lessons.learn(target(str(number)), PLAIN, OPTIONS, NOW)

    assert len(lessons.known) == MAX_KEPT
    assert lessons.taught(target("0"), PLAIN, NOW) == target("0")
    assert lessons.taught(target("1"), PLAIN, NOW) != target("1")

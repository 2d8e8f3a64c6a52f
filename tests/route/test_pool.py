import random
from collections import Counter

import pytest

from proxy.config.schema import Limits
from proxy.core.shape import Target
from proxy.route.health import Health
from proxy.route.plan import Candidate
from proxy.route.pool import choose

START = 1000.0


def candidate(name, weight=1.0, credential=""):
    return Candidate(
        Target(name, "m", "openai", "http://x", credential=credential), Limits(), weight
    )


def health():
    return Health(lambda: 0.5)


def spread(candidates, balance, *, session="", records=None, calls=3000):
    rng = random.Random(7)
    records = records or health()
    chosen = Counter()
    for turn in range(calls):
        # The planner begins with another one at each call.
        at = turn % len(candidates)
        turned = candidates[at:] + candidates[:at]
        chosen[choose(turned, balance, records, rng.random, session).target.name] += 1
    return {name: count / calls for name, count in chosen.items()}


def test_one_is_no_choice():
    only = candidate("a")

    assert choose([only], "least_busy", health(), lambda: 0.99) is only


def test_the_least_busy_of_two_is_chosen():
    records = health()
    busy, idle = candidate("a"), candidate("b")
    records.enter(busy.target, START)

    assert choose([busy, idle], "least_busy", records, lambda: 0.5) is idle


def test_a_weight_makes_room_for_more():
    records = health()
    big, small = candidate("a", weight=3.0), candidate("b")
    for _ in range(2):
        records.enter(big.target, START)
    records.enter(small.target, START)

    assert choose([small, big], "least_busy", records, lambda: 0.5) is big


@pytest.mark.parametrize("balance", ["least_busy", "fastest"])
def test_of_many_two_are_drawn_and_everybody_is_drawn_at_times(balance):
    shares = spread([candidate(n) for n in "abcd"], balance)

    assert all(share == pytest.approx(0.25, abs=0.05) for share in shares.values())
    assert len(shares) == 4


def test_a_busy_one_of_many_is_avoided():
    records = health()
    several = [candidate(n) for n in "abcd"]
    for _ in range(50):
        records.enter(several[0].target, START)

    assert spread(several, "least_busy", records=records).get("a/m", 0) == 0


def test_weights_share_calls_in_proportion():
    shares = spread([candidate("a", 1.0), candidate("b", 3.0)], "weighted")

    assert shares["b/m"] == pytest.approx(0.75, abs=0.03)


def test_rounding_never_leaves_nobody():
    several = [candidate("a", 0.1), candidate("b", 0.2)]

    assert choose(several, "weighted", health(), lambda: 1.0) is several[1]


def test_the_fastest_is_chosen_while_it_is_not_busier():
    records = health()
    fast, slow = candidate("a"), candidate("b")
    for one, wait in ((fast, 0.1), (slow, 1.0)):
        entry = records.enter(one.target, START)
        records.spoke(entry, START + wait)
        records.ended(entry)

    alone = choose([slow, fast], "fastest", records, lambda: 0.5)
    for _ in range(20):
        records.enter(fast.target, START)

    assert alone is fast
    assert choose([slow, fast], "fastest", records, lambda: 0.5) is slow


def test_a_session_stays_where_its_cache_is_warm():
    several = [candidate(n) for n in "abcde"]

    homes = {s: spread(several, "least_busy", session=s, calls=20) for s in map(str, range(200))}

    assert all(len(shares) == 1 for shares in homes.values())
    counts = Counter(next(iter(shares)) for shares in homes.values())
    assert len(counts) == 5
    assert max(counts.values()) < 80


def test_a_session_moves_only_where_its_home_is_gone():
    several = [candidate(n) for n in "abcde"]
    for session in map(str, range(100)):
        home = choose(several, "least_busy", health(), lambda: 0.5, session)
        fewer = [c for c in several if c is not several[0]]

        again = choose(fewer, "least_busy", health(), lambda: 0.5, session)

        assert again is home or home is several[0]


def test_sessions_follow_weights_and_tell_keys_apart():
    pair = [candidate("a", 1.0, "k1"), candidate("a", 3.0, "k2")]

    homes = Counter(
        choose(pair, "least_busy", health(), lambda: 0.5, str(n)).target.credential
        for n in range(2000)
    )

    assert homes["k2"] / 2000 == pytest.approx(0.75, abs=0.05)

"""The keys of an alias: what it may say otherwise, and where a key of a pool stands."""

import pytest

from proxy.config.fields.limits import CASCADING, OVERRIDES
from proxy.config.fields.models import ALIAS
from proxy.config.problems import ConfigError
from tests.support.configs import loaded


def test_an_alias_may_say_otherwise_what_is_said_for_all():
    assert OVERRIDES.keys() | CASCADING.keys() <= ALIAS.fields.keys()
    assert not any(ALIAS.fields[name].default for name in {**OVERRIDES, **CASCADING})


def test_each_equal_of_a_pool_may_say_all_that_a_target_may():
    options = "{target: mock/a, params: {n: 1}, rpm: 5, retries: 1, base_model: b}"
    equals = options.replace("{target", "{weight: 2, target")
    single = loaded(f"models: {{c: {{cascade: [{options}]}}}}").models["c"].cascade[0]
    pool = loaded(f"models: {{c: {{cascade: [{{pool: [{equals}]}}]}}}}").models["c"].cascade[0]

    assert (pool.targets[0].params, pool.targets[0].limits) == (single.params, single.limits)


@pytest.mark.parametrize(
    ("step", "said"),
    [
        ("{target: mock/a, weight: 2}", "a step of one has nothing to share"),
        ("{target: mock/a, balance: fastest}", "a step of one has nothing to choose"),
        ("{pool: [mock/a], retries: 1}", "is for a target of the pool, not for the pool itself"),
        ("{pool: [{pool: [mock/a]}]}", "a pool cannot stand within a pool"),
    ],
)
def test_a_key_in_the_wrong_place_is_told_where_it_belongs(step, said):
    with pytest.raises(ConfigError, match=said):
        loaded(f"models: {{c: {{cascade: [{step}]}}}}")

from proxy.commands.steps import steps
from proxy.config.schema import Alias, PoolRef, TargetRef

A, B, C = (TargetRef("p", model) for model in "abc")


def test_steps_stand_in_order():
    assert steps(Alias("x", (A, B))) == "p/a > p/b"


def test_the_equals_of_a_pool_stand_within_brackets():
    assert steps(Alias("x", (A, PoolRef((B, C)), A))) == "p/a > (p/b | p/c) > p/a"
    assert steps(Alias("x", (PoolRef((B,)),))) == "(p/b)"

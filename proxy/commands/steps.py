"""An alias's cascade on one line: `a/x > (b/y | c/z)`, steps in order and the equals of a pool within brackets."""

from proxy.config.schema import Alias, PoolRef, TargetRef


def steps(alias: Alias) -> str:
    """The line, as `firstbyte models` and the banner of `firstbyte serve` show it."""
    return " > ".join(map(_step, alias.cascade))


def _step(step: TargetRef | PoolRef) -> str:
    if isinstance(step, PoolRef):
        return f"({' | '.join(map(_name, step.targets))})"
    return _name(step)


def _name(ref: TargetRef) -> str:
    return f"{ref.provider}/{ref.model}"

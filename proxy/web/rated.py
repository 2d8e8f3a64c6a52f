"""What a plan's targets take in a minute, as a charge wants to know it."""

from proxy.gate.limits import Rated
from proxy.route.plan import Plan


def rated_of(plan: Plan) -> tuple[Rated, ...]:
    """Who may be asked, each with what it takes in a minute."""
    return tuple(
        Rated(each.target.name, each.limits.rpm, each.limits.tpm, first=at == 0)
        for at, step in enumerate(plan.steps)
        for each in step.candidates
    )

from dataclasses import replace

from proxy.config.schema import Limits
from proxy.gate.limits import Rated
from proxy.route.plan import Candidate, Step
from proxy.web.rated import rated_of
from tests.support.script import plan, target


def test_all_who_may_be_asked_are_named_with_what_they_take():
    equals = Step(
        (Candidate(target("a"), Limits(rpm=5)), Candidate(target("b"), Limits(tpm=9))),
    )
    last = Step((Candidate(target("c"), Limits()),))

    assert rated_of(replace(plan("a"), steps=(equals, last))) == (
        Rated("a/m", 5, 0),
        Rated("b/m", 0, 9),
        Rated("c/m", 0, 0, first=False),
    )

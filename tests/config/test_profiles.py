"""What merging means: maps merge, all else replaces, places stay."""

from proxy.config.positions import parse, plain_value
from proxy.config.problems import Findings, Place
from proxy.config.profiles import chosen, merged, split


def tree_of(text, source="f"):
    return parse(text.encode(), source, Findings())


def test_maps_merge_and_all_else_replaces():
    base = tree_of("a: {x: 1, y: [1, 2]}\nb: {c: 1}\nd: 1\n")
    over = tree_of("a: {y: [3]}\nb: 2\nd: {e: 1}\nf: 1\n")

    assert plain_value(merged(base, over)) == {
        "a": {"x": 1, "y": [3]},
        "b": 2,
        "d": {"e": 1},
        "f": 1,
    }


def test_each_value_keeps_its_place():
    whole = merged(tree_of("a: 1\nb: 2\n", "base"), tree_of("\n\nb: 3\n", "over"))

    assert whole.entries["a"].place == Place("base", 1, 1)
    assert whole.entries["b"].node.place == Place("over", 3, 4)


def test_profiles_are_parted_from_the_rest():
    base, profiles = split(tree_of("a: 1\nprofiles: {dev: {b: 1}}\n"))

    assert plain_value(base) == {"a": 1}
    assert plain_value(profiles) == {"dev": {"b": 1}}
    assert plain_value(split(tree_of("profiles: 3\n"))[1]) == {}


def test_a_profile_is_chosen_by_name():
    findings = Findings()
    _, profiles = split(tree_of("profiles: {dev: {b: 1}, bare: }\n"))
    origin = Place("--profile")

    assert plain_value(chosen(profiles, "dev", origin, findings)) == {"b": 1}
    assert plain_value(chosen(profiles, "bare", origin, findings)) == {}
    assert chosen(profiles, "dve", origin, findings) is None
    assert [problem.message for problem in findings.problems] == [
        "the profile 'dve' does not exist; did you mean 'dev'?"
    ]

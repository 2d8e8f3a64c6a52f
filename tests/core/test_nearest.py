from proxy.core.nearest import nearest

KNOWN = ("model", "models", "messages", "tools")


def test_the_nearest_comes_first_and_what_is_far_not_at_all():
    assert nearest("modle", KNOWN) == ["model"]
    assert nearest("modle", KNOWN, most=2) == ["model", "models"]
    assert nearest("xyz", KNOWN) == []


def test_with_a_low_cutoff_more_is_near():
    assert nearest("toxxx", KNOWN) == []
    assert nearest("toxxx", KNOWN, cutoff=0.3) == ["tools"]

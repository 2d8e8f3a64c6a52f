"""Long texts are cut wherever they stand; all else stays."""

from proxy.core.shorten import shortened


def test_only_long_texts_are_cut():
    value = {"a": "xxxx", "longer": ["xxx", {"b": "xxxxx"}, 12345, None]}

    assert shortened(value, 3) == {"a": "xxx…", "longer": ["xxx", {"b": "xxx…"}, 12345, None]}


def test_nothing_is_changed_in_place():
    value = {"a": ["xxxx"]}
    shortened(value, 3)

    assert value == {"a": ["xxxx"]}

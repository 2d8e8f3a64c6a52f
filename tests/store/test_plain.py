import pytest

from proxy.store.plain import plain


@pytest.mark.parametrize(
    ("text", "kept"),
    [("", ""), ("a\x00b", "a\x00b"), ("größer", "größer"), ("a\ud800b\udfff", "a?b?")],
)
def test_only_what_has_no_utf8_is_changed(text, kept):
    assert plain(text) == kept

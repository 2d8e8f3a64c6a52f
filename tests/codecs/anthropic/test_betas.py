import pytest

from proxy.codecs.anthropic.betas import abroad, listed, stem


def test_the_names_of_several_headers_are_each_told_once():
    assert listed(["a-2026-01-01, b", "b,,c ", ""]) == ["a-2026-01-01", "b", "c"]


@pytest.mark.parametrize(
    ("name", "bare"),
    [
        ("context-1m-2025-08-07", "context-1m"),
        ("claude-code-20250219", "claude-code"),
        ("undated", "undated"),
    ],
)
def test_a_name_without_its_date(name, bare):
    assert stem(name) == bare


def test_what_only_announces_a_client_or_wishes_for_little_stays_at_home():
    kept, left = abroad(
        [
            "claude-code-20250219",
            "interleaved-thinking-2025-05-14",
            "oauth-2025-04-20",
            "new-thing-2027-01-01",
            "prompt-caching-scope-2026-01-05",
        ]
    )

    assert kept == ["interleaved-thinking-2025-05-14", "new-thing-2027-01-01"]
    assert left == ("claude-code-20250219", "oauth-2025-04-20", "prompt-caching-scope-2026-01-05")

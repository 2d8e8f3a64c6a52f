import pytest

from proxy.core.duration import seconds


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("250ms", 0.25),
        ("8s", 8.0),
        ("1.5s", 1.5),
        ("10m", 600.0),
        ("1h", 3600.0),
        ("3", 3.0),
        (" 3s ", 3.0),
        ("0s", 0.0),
        (3, 3.0),
        (0.5, 0.5),
        (0, 0.0),
    ],
)
def test_durations_are_read_as_seconds(value, expected):
    assert seconds(value) == pytest.approx(expected)


@pytest.mark.parametrize(
    "value",
    [
        "",
        "s",
        "-1s",
        "1d",
        "1 s",
        "1e3",
        "\u0661s",
        "9" * 400,
        -1,
        True,
        None,
        [],
        float("nan"),
        float("inf"),
        10**400,
    ],
)
def test_what_is_no_duration_is_none(value):
    assert seconds(value) is None

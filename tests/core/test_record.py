"""A record compares, hashes and copies as a frozen dataclass does, and has no room for more."""

from dataclasses import asdict, replace

import pytest

from proxy.core.record import record


@record
class Point:
    x: int
    y: int = 2


def test_a_record_is_known_by_its_values():
    assert Point(1) == Point(1, 2)
    assert {Point(1): "a"}[Point(1, 2)] == "a"
    assert replace(Point(1), y=3) == Point(1, 3)
    assert asdict(Point(1)) == {"x": 1, "y": 2}


def test_a_record_has_no_room_for_more():
    with pytest.raises(AttributeError):
        Point(1).z = 3

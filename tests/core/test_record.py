"""A record compares, hashes and copies as a frozen dataclass does, and has no room for more."""

import copy
import pickle
from dataclasses import asdict, field, replace

import pytest

from proxy.core.record import let_go, record


@record
class Point:
    x: int
    y: int = 2
    hidden: str = field(default="", repr=False)
    aside: float = field(default=0.0, compare=False)
    named: dict[str, int] = field(default_factory=dict, hash=False)

    @property
    def far(self) -> int:
        """Away from the corner."""
        return self.x + self.y


def test_a_record_is_known_by_its_values():
    assert Point(1) == Point(1, 2)
    assert {Point(1): "a"}[Point(1, 2)] == "a"
    assert replace(Point(1), y=3) == Point(1, 3)
    assert asdict(Point(1)) == {"x": 1, "y": 2, "hidden": "", "aside": 0.0, "named": {}}


def test_a_record_is_made_by_place_and_by_name():
    point = Point(1, y=3, named={"a": 1})

    assert (point.x, point.y, point.named, point.far) == (1, 3, {"a": 1}, 4)
    assert Point(1).named is not Point(1).named
    with pytest.raises(TypeError):
        Point()
    with pytest.raises(TypeError):
        Point(1, z=2)


def test_what_a_field_says_of_itself_holds():
    point = Point(1, hidden="secret", aside=5.0)

    assert "secret" not in repr(point)
    assert point == Point(1, hidden="secret")
    assert hash(point) == hash(Point(1, hidden="secret"))
    assert point != Point(1)


def test_a_record_is_copied_and_sent_whole():
    point = Point(1, named={"a": 1})

    assert copy.copy(point) == point
    assert copy.deepcopy(point) == point
    assert pickle.loads(pickle.dumps(point)) == point  # noqa: S301 (our own)


def test_a_record_has_no_room_for_more():
    with pytest.raises(AttributeError):
        Point(1).z = 3


def test_no_field_of_a_record_is_set():
    with pytest.raises(AttributeError):
        Point(1).x = 3


def test_what_a_record_lets_go_of_is_gone_for_all_who_hold_it():
    point = Point(1, named={"a": 1})
    other = point
    let_go(point, named={}, hidden="")

    assert other == Point(1)
    with pytest.raises(AttributeError):
        let_go(point, z=1)

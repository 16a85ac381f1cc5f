"""What is worked out once for an object: when it is asked for, and for that object alone."""

import copy
import pickle
from dataclasses import dataclass, field, fields, replace

import pytest

from transforms.verify.once import once


@dataclass(frozen=True)
class Sum:
    numbers: tuple[int, ...]
    worked: list[int] = field(default_factory=list, compare=False)

    @once
    def total(self) -> int:
        """All together."""
        self.worked.append(1)
        return sum(self.numbers)

    @once
    def least(self) -> int:
        return min(self.numbers)


class Twice(Sum):
    @once
    def total(self) -> int:
        return 2 * sum(self.numbers)


def test_it_is_worked_out_when_it_is_asked_for_and_then_kept() -> None:
    one = Sum((1, 2))
    assert one.worked == []
    assert [one.total, one.total, one.least] == [3, 3, 1]
    assert one.worked == [1]


def test_it_is_no_field_and_tells_no_two_apart() -> None:
    one, other = Sum((1, 2)), Sum((1, 2))
    assert one.total == 3
    assert [each.name for each in fields(Sum)] == ["numbers", "worked"]
    assert one == other
    assert repr(one) == "Sum(numbers=(1, 2), worked=[1])"


def test_another_object_has_its_own() -> None:
    one = Sum((1, 2))
    assert one.total == 3
    assert replace(one, numbers=(5, 6)).total == 11
    assert Twice((1, 2)).total == 6
    assert one.total == 3


def test_a_copy_keeps_it() -> None:
    one = Sum((1, 2))
    assert one.total == 3
    for other in (copy.copy(one), copy.deepcopy(one), pickle.loads(pickle.dumps(one))):
        assert other.total == 3
        assert other.worked == [1]


def test_what_failed_is_tried_again() -> None:
    none = Sum(())
    for _ in range(2):
        with pytest.raises(ValueError, match="empty"):
            _ = none.least
    assert "least" not in vars(none)


def test_the_class_has_what_works_it_out() -> None:
    assert isinstance(Sum.total, once)
    assert Sum.total.__doc__ == "All together."

"""What is worked out at most once for an object, when it is first asked for."""

from collections.abc import Callable
from typing import Any, Generic, TypeVar, overload

Of = TypeVar("Of")
Made = TypeVar("Made")


class once(Generic[Of, Made]):  # noqa: N801  # it is used as a decorator
    """`functools.cached_property` without the lock that it has before Python 3.12, which takes longer than much of what
    is kept. For what one thread looks at, or what may be worked out twice."""

    def __init__(self, work: Callable[[Of], Made]) -> None:
        self.work = work
        self.__doc__ = work.__doc__

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    @overload
    def __get__(self, of: None, owner: type) -> "once[Of, Made]": ...
    @overload
    def __get__(self, of: Of, owner: type) -> Made: ...
    def __get__(self, of: Any, owner: type) -> Any:
        if of is None:
            return self
        made = of.__dict__[self.name] = self.work(of)
        return made

"""Down the tree of captions, for those who have no other way to look: from part to part, after what fits best."""

from collections.abc import Iterator
from dataclasses import replace

from schemas.span import Span
from transforms.engines.planner import wording
from transforms.engines.planner.case import Case
from transforms.engines.planner.observation import Item, Observation
from transforms.engines.planner.search import FOUND, Wanted, wanted_of

_OTHERS = frozenset({"clip_retrieval", "caption_zoom"})


def by_tree(case: Case) -> Iterator[None]:
    """The parts at the top until one fits, then down to the smallest part that the best caption lies in."""
    if case.desk.tools & _OTHERS or "get_caption" not in case.desk.tools:
        return
    wanted = (wanted_of(case.ask.main, case.ask.quotes), Wanted(case.ask.choices, ()))
    best, last = (0.0, "", Span(0.0, 0.0)), 1
    number = 0
    while number < last and best[0] < FOUND:
        number += 1
        found = _open(case, str(number), wanted[0])
        last = max(last, len(found.parts))
        best = max([best, *((_fit(wanted, item), str(number), item.span) for item in found.items)])
        yield
    fit, path, span = best
    while fit > 0.0:
        inside = [name for name, part in _open(case, path, wanted[0]).parts if part.contains(span.middle_s)]
        if not inside:
            return
        path = inside[0]
        found = _open(case, path, wanted[0])
        fit, span = max(((_fit(wanted, item), item.span) for item in found.items), default=(0.0, span))
        yield


def _open(case: Case, path: str, wanted: Wanted) -> Observation:
    """What the captions say of a part, and what somebody finds in it, where anybody looks."""
    wish = wording.go_down(case.voice, path, wanted.topic)
    told, seen = case.desk.caption(path, wish), case.desk.look_into(path, wish)
    return replace(told, items=(*told.items, *seen.items))


def _fit(wanted: tuple[Wanted, ...], item: Item) -> float:
    return max(one.fit(item.text) for one in wanted)

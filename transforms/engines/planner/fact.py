"""Questions whose answer stands somewhere in the video: find the place, look or listen there, answer."""

from transforms.engines.planner.case import Case
from transforms.engines.planner.choices import Support
from transforms.engines.planner.closer import dwell
from transforms.engines.planner.ways import WAYS


def solve(case: Case) -> Support:
    """Goes one way after the other until an answer stands, or ways or calls run out; then the best guess."""
    for way in WAYS:
        for _ in way(case):
            found = case.weigh()
            if case.sure(found):
                return _settle(case, found[0])
    found = case.weigh()
    return _settle(case, found[0]) if found else Support("", 0.0, None)


def _settle(case: Case, best: Support) -> Support:
    """Makes sure that the evidence on screen was looked at closely enough to be seen there."""
    if best.item is None or not dwell(case, best.item, "to make sure of it"):
        return best
    again = [support for support in case.weigh() if support.text == best.text]
    return again[0] if again else best

"""The same tool is not called twice with the same arguments."""

from collections import Counter

from schemas.trajectory import Verdict
from transforms.verify.case import Case, accept, filtered

NAME = "repeats"


def check(case: Case) -> Verdict:
    calls = Counter((call.name, call.arguments_json) for call in case.calls)
    for (name, arguments), times in calls.items():
        if times > 1:
            return filtered(NAME, "repeated_call", f"{name} is called {times} times with {arguments}", float(times))
    return accept(NAME, 1.0)

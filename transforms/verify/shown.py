"""Every look shows something: what the teacher read, the model can see.

A zoom that came when the visual budget was used up told the teacher of the picture and shows the model nothing.
"""

from schemas.trajectory import Verdict
from transforms.tools.registry import SHOWING
from transforms.verify.case import Case, accept, filtered

NAME = "shown"


def check(case: Case) -> Verdict:
    blind = blind_looks(case)
    if blind:
        return filtered(
            NAME,
            "nothing_shown",
            f"{blind[0]} came when the visual budget was used up; raise ground.frames_per_trajectory",
            float(len(blind)),
        )
    return accept(NAME, 0.0)


def blind_looks(case: Case) -> list[str]:
    """Names of the calls of tools that show frames, which show none."""
    called = {call.id: call.name for call in case.calls}
    names = [called.get(turn.call_id, "") for turn in case.looks if not turn.frame_refs]
    return [name for name in names if name in SHOWING]

"""Every look shows something: what the teacher read, the model can see.

A zoom that came when the visual budget was used up told the teacher of the picture and shows the model nothing; one
that names a number of frames shows so many.
"""

from schemas.chat import Call
from schemas.span import Span
from schemas.trajectory import Verdict
from transforms.media.frames import spread
from transforms.tools.rates import asked_frames
from transforms.tools.registry import SHOWING
from transforms.tools.windows import arguments_of, window_of
from transforms.verify.case import Case, accept, filtered

NAME = "shown"


def check(case: Case) -> Verdict:
    blind = blind_looks(case)
    if blind:
        return filtered(
            NAME,
            "nothing_shown",
            f"{blind[0]} came when the visual budget was used up; {_advice(case)}",
            float(len(blind)),
        )
    for turn in case.looks:
        call = case.called.get(turn.call_id)
        if call is not None and len(turn.frame_refs) < (asked := _asked(case, call)):
            detail = f"{call.name} shows {len(turn.frame_refs)} of the {asked} frames it was called for"
            detail += f": the visual budget was used up; {_advice(case)}"
            return filtered(NAME, "fewer_shown", detail, float(asked - len(turn.frame_refs)))
    return accept(NAME, 0.0)


def _advice(case: Case) -> str:
    """Which budget it was that is used up: frames, or else pixels."""
    if sum(len(turn.frame_refs) for turn in case.turns) >= case.ground.frames_per_trajectory:
        return "raise ground.frames_per_trajectory"
    return "raise ground.pixels_per_trajectory, or lower ground.pixels_per_frame"


def _asked(case: Case, call: Call) -> int:
    """How many frames a call names that the video has in its window; 0 where it names no number."""
    window = window_of(call)
    asked = asked_frames(arguments_of(call), window) if window is not None and call.name in SHOWING else None
    if window is None or not asked or asked < 1:
        return 0
    return len(spread(case.times, Span(window.start_s, min(window.end_s, case.timeline.duration_s)), asked))


def blind_looks(case: Case) -> list[str]:
    """Names of the calls of tools that show frames, which show none."""
    calls = [case.called.get(turn.call_id) for turn in case.looks if not turn.frame_refs]
    return [call.name for call in calls if call is not None and call.name in SHOWING]

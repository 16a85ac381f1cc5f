"""What the deployed tools would have shown for the calls of a conversation: pure, before any frame is decoded."""

from dataclasses import dataclass

from schemas.scan import FrameTimes
from schemas.settings import Ground
from schemas.span import Span
from schemas.timeline import Timeline
from schemas.trajectory import Turn
from transforms.tools import overview
from transforms.tools.base import Look, Observation, View, parse_arguments
from transforms.tools.registry import TOOLS


@dataclass(frozen=True, slots=True)
class Grounded:
    """The index of a turn and what it shows."""

    turn: int
    look: Look


def looks(turns: tuple[Turn, ...], times: FrameTimes, timeline: Timeline, settings: Ground) -> tuple[Grounded, ...]:
    """A look for the opening turn and for every tool turn that is not an error, within the visual budget.

    The budget is spent in the order of the conversation: a call that comes when it is used up shows no frames and says
    so, just as the deployed tool would.
    """
    return _spent(turns, times, timeline, settings)[0]


def frames_left(turns: tuple[Turn, ...], times: FrameTimes, timeline: Timeline, settings: Ground) -> int:
    """How many frames the call after these turns may show."""
    return _spent(turns, times, timeline, settings)[1]


def _spent(
    turns: tuple[Turn, ...], times: FrameTimes, timeline: Timeline, settings: Ground
) -> tuple[tuple[Grounded, ...], int]:
    """The looks of a conversation, and the frames that are left."""
    whole = timeline.width * timeline.height
    per_frame = max(1, min(settings.pixels_per_frame, whole))
    done: list[Grounded] = []
    frames, pixels = settings.frames_per_trajectory, settings.pixels_per_trajectory
    for index, turn in enumerate(turns):
        seen = Observation(turn.read_text, turn.spans, turn.item_ids)
        if index == 1:
            look = opening_look(times, timeline, settings)
        elif turn.role == "tool" and not turn.error:
            call = turns[index - 1].calls[0]
            tool = TOOLS[call.name]
            view = View(times, settings.frames_per_call, min(frames, pixels // per_frame), settings.pixels_per_frame)
            look = tool.look(seen, parse_arguments(tool, call.arguments_json), view)
        else:
            continue
        frames -= len(look.requests)
        pixels -= sum(min(request.max_pixels, whole) for request in look.requests)
        done.append(Grounded(index, look))
    return tuple(done), max(0, min(frames, pixels // per_frame))


def opening_look(times: FrameTimes, timeline: Timeline, settings: Ground) -> Look:
    """The overview that opens every conversation about a video, and every RL row."""
    whole = Observation("", (Span(0.0, timeline.duration_s),))
    view = View(times, settings.overview_frames, settings.overview_frames, settings.pixels_per_frame)
    return overview.look(whole, overview.Overview(), view)

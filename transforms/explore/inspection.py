"""What somebody is shown who looks at a window for the teacher, and how what he says is told."""

from collections.abc import Sequence

from schemas.scan import FrameTimes
from schemas.settings import Inspector
from schemas.span import Span
from schemas.timeline import Timeline
from schemas.trajectory import Frame
from transforms.engines.chat import Chat
from transforms.engines.context import one_line
from transforms.engines.inspector import Inspected, Sight, inspect
from transforms.media.frames import displayed_at, during, spread
from transforms.store import Store
from transforms.tools.base import FrameRequest
from transforms.tools.inspect import UNSURE
from transforms.tools.scene import lines_in, meets

NOTHING_SHOWN = f"{UNSURE}no frame is on screen in this window."


def requests_of(times: FrameTimes, span: Span, settings: Inspector) -> tuple[FrameRequest, ...]:
    """The frames to look at: spread evenly over a window, each of them on screen at some time of it; none where the
    picture ends before the window or begins after it."""
    shown = (pts_s for pts_s in spread(times, span, settings.frames) if during(displayed_at(times, pts_s), span))
    return tuple(FrameRequest(pts_s, None, settings.pixels) for pts_s in shown)


async def looked(
    chat: Chat,
    timeline: Timeline,
    span: Span,
    frames: Sequence[Frame],
    question: str,
    settings: Inspector,
    store: Store,
) -> str:
    """What is told of a window whose frames were fetched; where there are none, nobody is asked.

    Raises:
        EngineError: as `inspect`.
    """
    if not frames:
        return NOTHING_SHOWN
    return told(await inspect(chat, sight_of(timeline, span, frames), question, settings, store), settings.sure)


def sight_of(timeline: Timeline, span: Span, frames: Sequence[Frame]) -> Sight:
    """Frames of a window, and its words."""
    return Sight(
        span,
        tuple(frame.pts_s for frame in frames),
        tuple(frame.sha256 for frame in frames),
        tuple(item.text for item in timeline.speech if item.sure and meets(item.span, span)),
        tuple(line.text for line in lines_in(timeline, span)),
    )


def told(seen: Inspected, sure: float) -> str:
    """An answer with its evidence; below `sure` no answer, but what is missing (as VideoSEAL's inspector says it)."""
    confidence = f"Confidence: {seen.confidence:.2f}"
    evidence = f"Evidence: {one_line(seen.evidence)}"
    if seen.confidence >= sure:
        return "\n".join([f"Answer: {one_line(seen.answer)}", evidence, confidence])
    return "\n".join([f"{UNSURE}{one_line(seen.missing) or 'this is not enough to be sure.'}", evidence, confidence])

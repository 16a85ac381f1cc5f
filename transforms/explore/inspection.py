"""What somebody is shown who looks at a window for the teacher, and how what he says is told."""

from collections.abc import Sequence

from schemas.span import Span
from schemas.timeline import Timeline
from transforms.engines.captions import ClipFacts
from transforms.engines.context import one_line
from transforms.engines.inspector import Inspected, Sight
from transforms.tools.inspect import UNSURE
from transforms.tools.scene import lines_in, meets


def sight_of(timeline: Timeline, clips: Sequence[ClipFacts], span: Span, frames: int) -> Sight:
    """At most so many of the pictures that were kept of the clips of a window, spread over it, and its words.

    Where none of them lies in the window itself, the one of its clips that is nearest to its middle is shown.
    """
    kept = [pair for clip in clips for pair in zip(clip.pts_s, clip.pictures, strict=True)]
    nearest = sorted(kept, key=lambda pair: abs(pair[0] - span.middle_s))[:1]
    within = [pair for pair in kept if span.contains(pair[0])] or nearest
    count = min(frames, len(within))
    chosen = [within[int((n + 0.5) * len(within) / count)] for n in range(count)]
    return Sight(
        span,
        tuple(pts_s for pts_s, _ in chosen),
        tuple(picture for _, picture in chosen),
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

"""Saying what a clip shows: the protocol, and `signals`, which puts measured facts into words and says no more."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Any, Protocol

from schemas.scan import Sample
from schemas.span import Span


@dataclass(frozen=True, slots=True)
class ClipFacts:
    """What a captioner may use: the clip's span, its sampled frames as numbers, and a few pictures as blob digests."""

    span: Span
    samples: tuple[Sample, ...]
    pictures: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Said:
    """A caption and how sure the captioner is of it, 0 to 1."""

    text: str
    score: float


class Captioner(Protocol):
    identity: dict[str, Any]

    async def caption(self, facts: ClipFacts) -> Said:
        """One clip in words.

        Raises:
            EngineError: the captioner failed; its error text never becomes a caption.
        """
        ...

    async def summarise(self, captions: Sequence[str], duration_s: float) -> Said:
        """The whole video in words, from the captions of its clips."""
        ...


class Signals:
    """Measured facts in words. Brightness and motion are means over the clip's sampled frames, 0 to 255."""

    identity: dict[str, Any] = {"engine": "signals", "version": "1"}

    async def caption(self, facts: ClipFacts) -> Said:
        if not facts.samples:
            return Said(f"a {facts.span.length_s:.1f} s clip", 1.0)
        # The first sample's motion is measured across the cut before the clip; it says nothing of the clip itself.
        moving = fmean(s.motion for s in facts.samples[1:]) if len(facts.samples) > 1 else 0.0
        light = fmean(s.luma for s in facts.samples)
        colors = Counter(name for sample in facts.samples for name in sample.colors[:2])
        top = [name for name, _ in sorted(colors.items(), key=lambda pair: (-pair[1], pair[0]))[:2]]
        look = f"{_scale(moving, _MOTION)}, {_scale(light, _LIGHT)}, mostly {' and '.join(top)}"
        return Said(f"{look}; {facts.span.length_s:.1f} s long", 1.0)

    async def summarise(self, captions: Sequence[str], duration_s: float) -> Said:
        motion = Counter(text.split(",", 1)[0] for text in captions if "," in text)
        parts = [f"{count} of {len(captions)} clips have {name}" for name, count in motion.most_common()]
        return Said("; ".join(parts) + "." if parts else f"{len(captions)} clips.", 1.0)


# Upper bounds and words. Read off the sample videos and real footage: still slides stay under 1, talking heads under 6.
_MOTION = ((1.0, "a still picture"), (6.0, "a little motion"), (18.0, "steady motion"), (256.0, "strong motion"))
_LIGHT = ((50.0, "dark"), (110.0, "dim"), (180.0, "bright"), (256.0, "very bright"))


def _scale(value: float, steps: tuple[tuple[float, str], ...]) -> str:
    return next(word for bound, word in steps if value < bound)

"""Saying what a clip shows: the protocol, and `signals`, which puts measured facts into words and says no more."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Any, Literal, Protocol

from schemas.scan import Sample
from schemas.span import Span
from schemas.timeline import EntityKind
from transforms.counted import counted
from transforms.store import Store


@dataclass(frozen=True, slots=True)
class ClipFacts:
    """What a captioner may use: the clip's span, its sampled frames as numbers, a few pictures as blob digests with
    their times, and what is heard and read meanwhile."""

    span: Span
    samples: tuple[Sample, ...]
    pts_s: tuple[float, ...]
    pictures: tuple[str, ...]
    speech: tuple[str, ...] = ()
    lines: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Mention:
    """Somebody or something in a caption, in the words the caption has for it, without an article."""

    kind: EntityKind
    words: str


@dataclass(frozen=True, slots=True)
class Said:
    """A caption, how sure the captioner is of it, 0 to 1, and who and what it speaks of."""

    text: str
    score: float
    seen: tuple[Mention, ...] = ()


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of the video and what is said of it."""

    span: Span
    text: str


class Captioner(Protocol):
    """Calls that cost something are memos in the store that is passed."""

    identity: dict[str, Any]
    name: str
    """What items of the timeline name as their engine."""
    tells_scenes: bool
    """Whether scenes are summed up between clips and video."""

    async def caption(self, facts: ClipFacts, store: Store) -> Said:
        """One clip in words.

        Raises:
            EngineError: the captioner failed; its error text never becomes a caption.
        """
        ...

    async def same(self, mentions: Sequence[str], store: Store) -> list[list[int]]:
        """Which of these mentions are the same person or thing: groups of numbers from 1, the best name first. It is
        a model's word, so that numbers may be of no mention, or stand twice.

        Raises:
            EngineError: as `caption`.
        """
        ...

    async def sum_up(self, level: Literal["scene", "video"], parts: Sequence[Part], store: Store) -> str:
        """A stretch of the video, or all of it, in a few sentences, from what is said of its parts.

        Raises:
            EngineError: as `caption`.
        """
        ...


class Signals:
    """Measured facts in words. Brightness and motion are means over the clip's sampled frames, 0 to 255.

    It costs next to nothing, so that nothing is kept.
    """

    identity: dict[str, Any] = {"engine": "signals", "version": "3"}
    name = "signals"
    tells_scenes = False

    async def caption(self, facts: ClipFacts, store: Store) -> Said:
        if not facts.samples:
            return Said(f"a {facts.span.length_s:.1f} s clip", 1.0)
        # The first sample's motion is measured across the cut before the clip; it says nothing of the clip itself.
        moving = fmean(s.motion for s in facts.samples[1:]) if len(facts.samples) > 1 else 0.0
        light = fmean(s.luma for s in facts.samples)
        colors = Counter(name for sample in facts.samples for name in sample.colors[:2])
        top = [name for name, _ in sorted(colors.items(), key=lambda pair: (-pair[1], pair[0]))[:2]]
        look = f"{_scale(moving, _MOTION)}, {_scale(light, _LIGHT)}, mostly {' and '.join(top)}"
        return Said(f"{look}; a clip of {facts.span.length_s:.1f} s", 1.0)

    async def same(self, mentions: Sequence[str], store: Store) -> list[list[int]]:
        return []

    async def sum_up(self, level: Literal["scene", "video"], parts: Sequence[Part], store: Store) -> str:
        motion = Counter(part.text.split(",", 1)[0] for part in parts if "," in part.text)
        if len(motion) == 1:
            return f"{next(iter(motion))} throughout."
        told = [
            f"{count} of {len(parts)} clips {'has' if count == 1 else 'have'} {name}"
            for name, count in motion.most_common()
        ]
        return "; ".join(told) + "." if told else f"{counted(len(parts), 'clip')}."


# Upper bounds and words. Read off the sample videos and real footage: still slides stay under 1, talking heads under 6.
_MOTION = ((1.0, "a still picture"), (6.0, "a little motion"), (18.0, "steady motion"), (256.0, "strong motion"))
_LIGHT = ((50.0, "dark"), (110.0, "dim"), (180.0, "bright"), (256.0, "very bright"))


def _scale(value: float, steps: tuple[tuple[float, str], ...]) -> str:
    return next(word for bound, word in steps if value < bound)

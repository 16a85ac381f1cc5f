"""Builds timelines by hand, and many more by hash for loops over properties."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import replace

from schemas.codec import digest
from schemas.scan import FrameTimes
from schemas.source import Box
from schemas.span import Span, seconds
from schemas.timeline import Shot, Speech, TextLine, Timeline, Word
from transforms.engines.embed import Bm25
from transforms.store import Store
from transforms.tools.scene import Scene, open_scene

LineSpec = tuple[str, float, float] | tuple[str, float, float, Box] | tuple[str, float, float, Box, bool]
SpeechSpec = tuple[str, float, float] | tuple[str, float, float, bool]

MIDDLE: Box = (0.1, 0.4, 0.9, 0.6)


def make_timeline(
    lines: Iterable[LineSpec] = (),
    speech: Iterable[SpeechSpec] = (),
    duration_s: float = 60.0,
    video_id: str = "v",
    timed_words: bool = True,
) -> Timeline:
    """A timeline from `(text, start_s, end_s, box?, sure?)` and `(text, start_s, end_s, sure?)`.

    Words share the time of their segment evenly; without `timed_words` segments have none, as subtitles do.
    """
    written = tuple(_line(n, *spec) for n, spec in enumerate(lines))
    spoken = tuple(_speech(n, timed_words, *spec) for n, spec in enumerate(speech))
    whole = Shot("shot-0", Span(0.0, duration_s))
    return Timeline(
        video_id=video_id,
        sha256=digest(video_id),
        duration_s=duration_s,
        width=640,
        height=360,
        frames=int(duration_s * 25),
        times="",
        shots=(whole,),
        clips=(whole,),
        lines=written,
        speech=spoken,
        captions=(),
        has_audio=bool(spoken),
    )


def _line(n: int, text: str, start_s: float, end_s: float, box: Box = MIDDLE, sure: bool = True) -> TextLine:
    return TextLine(f"line-{n}", Span(start_s, end_s), text, box, 0.95 if sure else 0.4, sure, "test")


def _speech(n: int, timed: bool, text: str, start_s: float, end_s: float, sure: bool = True) -> Speech:
    parts = text.split()
    step = (end_s - start_s) / max(1, len(parts))
    words = tuple(
        Word(part, Span(seconds(start_s + k * step), seconds(start_s + (k + 1) * step)), 0.9)
        for k, part in enumerate(parts)
    )
    return Speech(f"speech-{n}", Span(start_s, end_s), text, words if timed else (), 0.9 if sure else 0.2, sure, "test")


class Dice:
    """Numbers that hang on a name alone."""

    def __init__(self, name: str) -> None:
        self._name, self._n = name, 0

    def below(self, limit: int) -> int:
        self._n += 1
        return int(digest(self._name, self._n)[:12], 16) % limit

    def pick(self, options: Sequence[str]) -> str:
        return options[self.below(len(options))]


_NOUNS = (
    "harbour bridge garden engine market museum station forest planet window ladder kitchen river castle camera orchard"
    " tunnel bakery lantern library pottery glacier canyon village cathedral lighthouse workshop railway meadow volcano"
)
_VERBS = "carries opens follows covers repairs watches measures crosses paints counts lifts guards reaches"
_MORE = "silver northern wooden ancient quiet narrow golden distant crowded frozen hollow public modern sandy rusty"
NOUNS, VERBS, ADJECTIVES = _NOUNS.split(), _VERBS.split(), _MORE.split()


def random_timeline(name: str) -> Timeline:
    """Slides with titles, bullets that build up, cards with near-twins and speech in sentences, all by hash."""
    dice = Dice(name)
    lines: list[LineSpec] = [("CHANNEL NINE", 0.0, 1000.0, (0.8, 0.0, 1.0, 0.1))]
    speech: list[SpeechSpec] = []
    t = 0.0
    for _ in range(6 + dice.below(8)):
        length = 6.0 + dice.below(14)
        kind = dice.below(3)
        if kind == 0:
            shown = [_card(dice) for _ in range(1 + dice.below(3))]
            lines += [(text, t, t + length, _row(k)) for k, text in enumerate(shown)]
        elif kind == 1:
            bullets = [_bullet(dice) for _ in range(2 + dice.below(3))]
            step = length / (len(bullets) + 1)
            lines += [(text, seconds(t + k * step), t + length, _row(k)) for k, text in enumerate(bullets)]
        at = t + 0.3
        while at < t + length - 4 and dice.below(5):
            text = _sentence(dice)
            took = 0.3 * len(text.split())
            speech.append((text, seconds(at), seconds(at + took)))
            at += took + 0.2 + dice.below(3) * 0.4
        t += length
    kept = [(text, start, min(end, t), *rest) for text, start, end, *rest in lines]
    return make_timeline(kept, speech, t, name)


def _row(k: int) -> Box:
    return (0.1, 0.1 + 0.15 * k, 0.7, 0.2 + 0.15 * k)


def _card(dice: Dice) -> str:
    noun = dice.pick(NOUNS).upper()
    return (
        f"{noun} {10 + dice.below(40)} OPENS AT {8 + dice.below(9):02d}:{5 * dice.below(12):02d}",
        f"{dice.pick(ADJECTIVES)} {noun}".upper(),
        f"{noun} {1900 + dice.below(120)}",
    )[dice.below(3)]


def _bullet(dice: Dice) -> str:
    words = f"{dice.pick(ADJECTIVES)} {dice.pick(NOUNS)} {dice.pick(VERBS)} the {dice.pick(NOUNS)}".split()
    return " ".join(words[: 2 + dice.below(4)]).removesuffix(" the").capitalize()


def _sentence(dice: Dice) -> str:
    subject = f"The {dice.pick(ADJECTIVES)} {dice.pick(NOUNS)} {dice.pick(VERBS)}"
    number = f" {20 + dice.below(300)}" if dice.below(3) == 0 else " the"
    tail = f" {dice.pick(ADJECTIVES)} {dice.pick(NOUNS)}" + (f" near the {dice.pick(NOUNS)}" if dice.below(2) else "")
    return f"{subject}{number}{tail}."


def found_by_words(timeline: Timeline) -> Scene:
    """The scene of a timeline whose texts are found by BM25, which keeps nothing in the store; 25 frames a second."""
    return replace(asyncio.run(open_scene(timeline, Bm25(), Store("memory://none"))), times=frame_times(timeline))


def frame_times(timeline: Timeline) -> Callable[[], Awaitable[FrameTimes]]:
    """25 frames a second."""
    pts_s = tuple(seconds(n / 25) for n in range(max(1, round(25 * timeline.duration_s))))

    async def times() -> FrameTimes:
        return FrameTimes(pts_s, timeline.duration_s)

    return times

"""Draws ten minutes with known content into an mp4, within a minute, and says what is true of it."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from PIL import Image

from samples.make_samples import Clock, clock, encode, pictures
from samples.picture import paste_strip
from samples.script import Card, Film
from schemas.span import Span
from tests.planted.script import FADE_S, LONG, Fade, film, parts, starts
from tests.planted.speech import sentences, track
from tests.truth import Shown, Truth

ENCODER: Mapping[str, str] = {"crf": "23", "preset": "ultrafast", "threads": "1", "x264-params": "cpu-independent=1"}
"""Of libx264: quick, and the same bytes each time."""


def draw(path: Path, length_s: float | None = None) -> Truth:
    """Writes the film, or its first seconds."""
    made = film()
    whole = clock(made)
    times = whole if length_s is None else Clock(whole.ticks[: whole.run(0, length_s).stop + 1], whole.base)
    end_s = times.at(times.frames)
    encode(made, times, faded(made, times), track(end_s), path, ENCODER)
    return Truth(lines(end_s), sentences(end_s), tuple(times.at(frame) for frame in range(times.frames)))


def faded(made: Film, times: Clock) -> Iterator[Image.Image]:
    """All frames in order: scenes dissolve out of the last picture before them, or come through black. The strip stays
    as it is."""
    black = Image.new("RGB", (made.width, made.height))
    before = black
    for number, picture in enumerate(pictures(made, times)):
        fade, since_s = _fade_at(times.at(number))
        if fade == "dissolve":
            picture = Image.blend(before, picture, since_s / FADE_S)
        else:
            before = picture
        if fade == "black":
            picture = Image.blend(black, picture, abs(since_s) / (FADE_S / 2))
        paste_strip(picture, number)
        yield picture


def lines(end_s: float) -> tuple[Shown, ...]:
    """The lines of all cards that come before a time, by the first frame that shows them, to the first that does not.

    A line that fades counts while more than half of it is there.
    """
    times = clock(film())
    shown = []
    for card, cut in (*_cards(), *((one, 0.0) for one in LONG)):
        span = _without_fades(Span(cut + card.start_s, cut + card.end_s))
        frames = times.run(span.start_s, min(span.end_s, end_s))
        if frames:
            at = Span(times.at(frames.start), times.at(frames.stop))
            shown += [Shown(line.text, at) for line in card.lines]
    return tuple(sorted(shown, key=lambda one: one.span))


def _cards() -> Iterator[tuple[Card, float]]:
    for cut, (_, scene) in zip(starts(), parts(), strict=False):
        yield from ((card, cut) for card in scene.cards)


def _fade_at(t_s: float) -> tuple[Fade, float]:
    """What fades at a time, and how many seconds ago its scene began; below 0 when it has yet to begin."""
    for cut, (fade, _) in zip(starts(), parts(), strict=False):
        first_s = {"cut": 0.0, "dissolve": 0.0, "black": -FADE_S / 2}[fade]
        if fade != "cut" and first_s <= t_s - cut < first_s + FADE_S:
            return fade, t_s - cut
    return "cut", 0.0


def _without_fades(span: Span) -> Span:
    """The span without the half of a fade in which the card is weak. A dissolve shows a last picture for longer."""
    start_s, end_s = span.start_s, span.end_s
    for cut, (fade, _) in zip(starts(), parts(), strict=False):
        weak_s, strong_s = {"cut": (0.0, 0.0), "dissolve": (0.5, 0.5), "black": (-0.25, 0.25)}[fade]
        if cut <= start_s < cut + strong_s * FADE_S:
            start_s = cut + strong_s * FADE_S
        if end_s == cut:
            end_s = cut + weak_s * FADE_S
    return Span(start_s, end_s)

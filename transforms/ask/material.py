"""What a timeline offers to ask about, gathered once for all templates, and how a question is put together."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from schemas.codec import digest
from schemas.settings import Template
from schemas.source import Answer, Evidence, Kind, Question
from schemas.span import Span
from schemas.timeline import Timeline
from transforms.ask.cloze import Cloze
from transforms.ask.groups import Item, given_away, sets_of
from transforms.ask.likeness import EchoIndex
from transforms.ask.pick import pick, shuffled
from transforms.ask.readable import tidy
from transforms.ask.said import Heard, Phrase, WordTimes, all_phrases, heard_words, said_phrases
from transforms.ask.shown import Shown, shown_lines

MARGIN_S = 1.0
"""What is asked of a moment holds this long before and after it: at worst, times are known to half a second."""

AROUND_S = 2.0
"""A line that stays is evidence of a moment for this long before and after it: frames of a look lie seconds apart."""

ONSET_S = 4.0
"""Lines that come up at least this far apart can be told apart by the second they come up at."""


@dataclass(frozen=True, slots=True)
class Material:
    """`lines` and `phrases` may be asked about; `separate` are sets of lines that are never on screen together,
    `onsets` sets of lines that come up at different times, `spoken` sets of phrases that are whole sentences or all are
    not. `written` and `heard` hold all text of the video, sure or not, `words` all its words, `times` finds them."""

    timeline: Timeline
    lines: tuple[Shown, ...]
    phrases: tuple[Phrase, ...]
    words: tuple[Heard, ...]
    times: WordTimes
    written: EchoIndex
    heard: EchoIndex
    separate: tuple[tuple[Shown, ...], ...]
    onsets: tuple[tuple[Shown, ...], ...]
    spoken: tuple[tuple[Phrase, ...], ...]

    def pick(self, options: Sequence[str], *seed: object) -> str:
        """One of several wordings, by what is asked."""
        return pick(options, self.timeline.video_id, *seed)


def gather(timeline: Timeline) -> Material:
    lines, phrases = shown_lines(timeline), said_phrases(timeline)
    return Material(
        timeline=timeline,
        lines=lines,
        phrases=phrases,
        words=tuple(heard_words(timeline)),
        times=WordTimes(heard_words(timeline)),
        written=EchoIndex(tidy(line.text) for line in timeline.lines),
        heard=EchoIndex(phrase.text for phrase in all_phrases(timeline)),
        separate=tuple(sets_of(lines, lambda a, b: not near(a.span, b.span, 0.0))),
        onsets=tuple(sets_of(lines, lambda a, b: abs(a.span.start_s - b.span.start_s) >= ONSET_S)),
        spoken=tuple(sets_of(phrases, told_apart)),
    )


def near(a: Span, b: Span, margin_s: float = MARGIN_S) -> bool:
    """Whether two spans overlap, or would if one were longer by the margin at both ends."""
    return a.start_s - margin_s < b.end_s and b.start_s < a.end_s + margin_s


def told_apart(a: Phrase, b: Phrase) -> bool:
    """Whether two phrases can be choices of one question: both are sentences or neither is, and a transcript, which
    knows times by the line, says which of them is heard when."""
    return a.sentence == b.sentence and not near(a.span, b.span, 0.0) and a.segments.isdisjoint(b.segments)


def leads_to(clue: Shown | Phrase, answer: Shown | Phrase, group: Sequence[Shown | Phrase]) -> bool:
    """Whether a clue leads to one of a group alone: it is at the time of no other, as far as tools tell times, and its
    words do not point there."""
    others = [other for other in group if other is not answer]
    if any(near(_told(clue), _told(other)) for other in others):
        return False
    return not given_away(answer.text, [other.text for other in others], clue.text)


def _told(item: Shown | Phrase) -> Span:
    return item.told if isinstance(item, Phrase) else item.span


def ask(
    material: Material,
    template: Template,
    text: str,
    kind: Kind,
    answer: Answer,
    choices: Sequence[str] = (),
    evidence: Sequence[Evidence] = (),
) -> Question:
    """A question with an id that hangs on its content alone."""
    shown = [answer.start_s, answer.end_s] if isinstance(answer, Span) else answer
    name = digest(text, kind, shown, list(choices))[:8]
    return Question(
        id=f"{material.timeline.video_id}/{template}/{name}",
        video_id=material.timeline.video_id,
        text=text,
        kind=kind,
        answer=answer,
        choices=tuple(choices),
        evidence=tuple(evidence),
        origin=f"ask/{template}",
    )


def ask_which(
    material: Material,
    template: Template,
    text: str,
    answer: Item,
    group: Sequence[Item],
    evidence: Sequence[Evidence],
) -> Question:
    """A choice among a set, its members in an order that hangs on the question."""
    choices = shuffled([item.text for item in group], material.timeline.video_id, text)
    return ask(material, template, text, "choice", answer.text, choices, evidence)


def hardest(material: Material, options: Sequence[Cloze]) -> list[Cloze]:
    """Gaps in the order in which they are to be tried: names first, then long words; short ones are guessed easily.

    Among words of about one length the hash decides.
    """
    mixed = shuffled(options, material.timeline.video_id)
    return sorted(mixed, key=lambda cloze: (not cloze.name, -(len(cloze.word) // 3)))


def moment(span: Span, *seed: object) -> int | None:
    """A whole second that lies `MARGIN_S` inside a span; None when there is none."""
    whole = range(math.ceil(span.start_s + MARGIN_S), math.floor(span.end_s - MARGIN_S) + 1)
    return pick(whole, *seed) if whole else None

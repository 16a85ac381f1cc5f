"""Questions about the order of events: lines that come up, sentences that are said."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from schemas.source import Evidence, Question
from transforms.ask.groups import Item, sets_of
from transforms.ask.material import Material, ask, ask_which
from transforms.ask.pick import pick, shuffled
from transforms.ask.readable import is_telling

APART_S = 2.0
"""Events are put in order only when each begins this much later than the one before, in seconds."""

SHOWN_S = 10.0
"""Of a line that stays, the first seconds are what its place in an order hangs on."""


@dataclass(frozen=True, slots=True)
class Event:
    """Something that begins at `start_s`, in words."""

    text: str
    quoted: str
    start_s: float
    evidence: tuple[Evidence, ...]


def lines_in_order(material: Material) -> Iterator[Question]:
    """Three or four lines in the order in which they come up."""
    for group in sets_of(_lines(material), _apart):
        wordings = (
            "Put these texts in the order in which they first appear on screen.",
            "In which order do these lines come up on screen?",
            "Sort these on-screen texts by when they are first shown, earliest first.",
        )
        yield from _in_order(material, group, wordings)


def events_in_order(material: Material) -> Iterator[Question]:
    """Lines and sentences mixed, in the order in which they begin."""
    lines = [Event(f'"{e.quoted}" appears on screen', e.quoted, e.start_s, e.evidence) for e in _lines(material)]
    said = [Event(f'the speaker says "{e.quoted}"', e.quoted, e.start_s, e.evidence) for e in _sentences(material)]
    lines, said = shuffled(lines, material.timeline.video_id), shuffled(said, material.timeline.video_id)
    for n in range(min(len(lines), len(said)) // 2):
        group = [*lines[2 * n : 2 * n + 2], *said[2 * n : 2 * n + 2]]
        if all(_apart(a, b) for i, a in enumerate(group) for b in group[:i]):
            wordings = (
                "Put these events in the order in which they happen.",
                "In which order do these things happen in the video?",
                "What happens first, and what after that? Sort these events.",
            )
            yield from _in_order(material, group, wordings)


def sentences_in_order(material: Material) -> Iterator[Question]:
    """Sentences in the order in which they are said."""
    for group in sets_of(_sentences(material), _apart):
        wordings = (
            "Put these sentences in the order in which they are said.",
            "In which order does the speaker say these sentences?",
        )
        yield from _in_order(material, group, wordings)


def first_or_last(material: Material) -> Iterator[Question]:
    """Which of some lines comes up first, or last."""
    for group in sets_of(_lines(material), _apart):
        if _counted(group):
            continue
        ordered = sorted(group, key=lambda event: event.start_s)
        last = pick((False, True), material.timeline.video_id, [event.text for event in ordered])
        which = "last" if last else "first"
        wording = material.pick(
            (
                f"Which of these texts appears on screen {which}?",
                f"Of these lines, which one comes up {which} in the video?",
            ),
            which,
            ordered[0].text,
        )
        answer: Item = ordered[-1] if last else ordered[0]
        yield ask_which(material, "order", wording, answer, group, [e for event in ordered for e in event.evidence])


def _lines(material: Material) -> list[Event]:
    """Lines whose coming up can be seen: those of the first frame have always been there."""
    return [
        Event(line.text, line.text, line.span.start_s, (line.seen(end_s=line.span.start_s + SHOWN_S),))
        for line in material.lines
        if line.span.start_s > 0 and not is_telling(line.text)
    ]


def _sentences(material: Material) -> list[Event]:
    return [
        Event(phrase.text, phrase.text, phrase.span.start_s, phrase.heard())
        for phrase in material.phrases
        if phrase.sentence and not is_telling(phrase.text)
    ]


def _apart(a: Event, b: Event) -> bool:
    return abs(a.start_s - b.start_s) >= APART_S


def _in_order(material: Material, group: Sequence[Event], wordings: Sequence[str]) -> Iterator[Question]:
    if _counted(group):
        return
    ordered = sorted(group, key=lambda event: event.start_s)
    names = [event.text for event in ordered]
    wording = material.pick(wordings, names)
    choices = shuffled(names, material.timeline.video_id, wording)
    evidence = [piece for event in ordered for piece in event.evidence]
    yield ask(material, "order", wording, "order", tuple(names), choices, evidence)


def _counted(group: Sequence[Event]) -> bool:
    """Whether numbers in all of the texts rise or fall with time, as in numbered steps: then nobody need look."""
    numbers = []
    for event in sorted(group, key=lambda event: event.start_s):
        found = re.search(r"[0-9]+", event.quoted)
        if not found:
            return False
        numbers.append(int(found[0]))
    return numbers == sorted(numbers) or numbers == sorted(numbers, reverse=True)


FORMS = (lines_in_order, events_in_order, first_or_last, sentences_in_order)

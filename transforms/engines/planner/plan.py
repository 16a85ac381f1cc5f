"""From a question to its answer: which way to take, and the words of the last turn."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from schemas.source import LETTERS
from schemas.span import Span
from transforms.engines.planner import count, wording
from transforms.engines.planner.closer import part_of
from transforms.engines.planner.extract import MOST_WORDS
from transforms.engines.planner.fact import Case, by_anchor, by_edge, by_matter, by_other_side, by_time, dwell, solve
from transforms.engines.planner.observation import Item
from transforms.engines.planner.order import close_up, pick_one, put_in_order, sightings
from transforms.engines.planner.spans import find_when
from transforms.engines.planner.words import coverage, likeness, spelled, surface
from transforms.text import tokens

HOLDS = 0.8
"""A statement is taken for true when something seen or heard says this much of it."""


@dataclass(frozen=True, slots=True)
class Answer:
    """`text` in the form that was asked for, `items` the evidence, `why` the last reasoning."""

    text: str
    why: str


def answer(case: Case) -> Answer:
    ask = case.ask
    if ask.kind == "order":
        return in_order(case)
    if ask.kind == "span":
        when = find_when(case)
        said = f"{when.span.start_s:.1f}-{max(when.span.end_s, when.span.start_s + 0.1):.1f}"
        return Answer(said, conclude(case, [when.item] if when.item else [], f"{said} s"))
    if ask.kind == "count":
        tally = count.how_many(case)
        number = spelled(tally.number)
        return Answer(number, conclude(case, tally.items, number, counted=tally.counted))
    if ask.kind == "choice":
        return choose(case)
    best = solve(case)
    text = shorten(wording.clean(best.text)) or "unknown"
    return Answer(text, conclude(case, [best.item] if best.item else [], wording.quoted(text)))


def in_order(case: Case) -> Answer:
    order, found = put_in_order(case)
    close_up(case, found)
    order, found = put_in_order(case)
    letters = ", ".join(LETTERS[n] for n in order)
    return Answer(letters, conclude(case, [found[n].item for n in order if found[n].item], letters, in_turn=True))


def choose(case: Case) -> Answer:
    ask = case.ask
    if is_yes_no(ask.choices):
        return yes_no(case)
    if count.counts_things(ask):
        tally = count.how_many(case)
        return lettered(case, count.nearest(case, tally), tally.items)
    times = [time_of(choice) for choice in ask.choices]
    if all(time is not None for time in times) and re.search(r"\bwhen\b|\btime\b|\bmoment\b|\bseconds?\b", ask.text, re.IGNORECASE):
        when = find_when(case)
        n = max(range(len(times)), key=lambda n: (nearness(when.span, times[n]), -n))
        return lettered(case, n, [when.item] if when.item else [])
    if ask.pick and ask.anchor is None and ask.when is None and not ask.negative and picks_among(case):
        n, found = pick_one(case)
        close_up(case, found)
        n, found = pick_one(case)
        return lettered(case, n, [s.item for s in sorted(found, key=lambda s: s.start_s) if s.item])
    if ask.negative:
        return least(case)
    best = solve(case)
    return lettered(case, ask.choices.index(best.text) if best.text in ask.choices else 0, [best.item] if best.item else [])


def picks_among(case: Case) -> bool:
    """`first` and `last` order the choices unless they belong to the stretch (the first slide, the last line)."""
    return not case.ask.edge or bool(re.search(r"\b(?:first|last)\W*(?:$|[:,?])", case.ask.main.strip(), re.IGNORECASE))


def least(case: Case) -> Answer:
    """Which is not there: all are looked for, and the one with the least trace is the answer."""
    found = sightings(case, case.ask.choices)
    close_up(case, found)
    found = sightings(case, case.ask.choices)
    n = min(range(len(found)), key=lambda n: (found[n].fit, n))
    return lettered(case, n, [s.item for s in found if s.item and s is not found[n]][:3], missing=True)


def yes_no(case: Case) -> Answer:
    """Whether the statement is borne out by anything seen or heard."""
    ask = case.ask
    top: tuple[float, Item | None] = (0.0, None)
    for way in (by_time, by_anchor, by_edge, by_matter, by_other_side):
        for _ in way(case):
            items = [i for i in case.desk.items() if ask.side in ("any", i.sense)]
            fits = [(max(likeness(q, i.text) for q in ask.quotes) if ask.quotes else coverage(ask.matter, i.text), i) for i in items]
            top = max(fits, key=lambda pair: pair[0], default=top)
            if top[0] >= HOLDS:
                break
        if top[0] >= HOLDS:
            break
    if top[1] is not None and top[0] >= HOLDS:
        dwell(case, top[1], "to make sure of it")
    true = top[0] >= HOLDS
    wanted = {"yes", "true"} if true != ask.negative else {"no", "false"}
    n = next((n for n, choice in enumerate(ask.choices) if set(tokens(choice)) & wanted), 0)
    return lettered(case, n, [top[1]] if top[1] and true else [])


def is_yes_no(choices: Sequence[str]) -> bool:
    heads = {tokens(choice)[0] for choice in choices if tokens(choice)}
    return len(choices) == 2 and heads in ({"yes", "no"}, {"true", "false"})


def time_of(text: str) -> Span | None:
    """A time or a stretch that a choice names."""
    found = re.fullmatch(
        r"\D*?(?:(\d+):(\d\d)|(\d+(?:\.\d+)?))\s*(?:s|sec|seconds)?(?:\s*(?:-|–|to|and)\s*(?:(\d+):(\d\d)|(\d+(?:\.\d+)?))\s*(?:s|sec|seconds)?)?\W*",
        text,
    )
    if found is None:
        return None
    start = int(found[1]) * 60.0 + int(found[2]) if found[1] else float(found[3])
    end = int(found[4]) * 60.0 + int(found[5]) if found[4] else float(found[6]) if found[6] else start
    return Span(start, end) if start <= end else None


def nearness(when: Span, time: Span | None) -> float:
    if time is None:
        return -1e9
    if time.length_s == 0:
        return -abs(time.start_s - when.start_s)
    return when.overlap_s(time) - abs(time.middle_s - when.middle_s) / 1000


def lettered(case: Case, n: int, items: Sequence[Item | None], missing: bool = False) -> Answer:
    letter = LETTERS[n]
    said = f"{letter}, {wording.quoted(case.ask.choices[n])}"
    return Answer(letter, conclude(case, [i for i in items if i], said, missing=missing))


def shorten(text: str) -> str:
    """At most as many words as a short answer has."""
    words = surface(text)
    return text if len(words) <= MOST_WORDS else text[: words[MOST_WORDS - 1][2]]


def conclude(
    case: Case, items: Sequence[Item | None], said: str, counted: bool = False, in_turn: bool = False, missing: bool = False
) -> str:
    """The last reasoning: the evidence with its time, and what follows from it."""
    voice, real = case.voice, [i for i in items if i is not None and (i.sense == "hear" or i.window is not None)]
    real = list(dict.fromkeys(part for item in real if item.sense != "picture" for part in parts(case, item)))
    if not real:
        return voice.pick(
            "guess",
            (
                f"Nothing that I saw or heard settles it; {said} fits best.",
                f"I found no clear evidence. My best guess is {said}.",
                f"What I looked at does not decide the question, so I go for {said}.",
            ),
        )
    told = " ".join(tell(voice, item) for item in (real[:6] if in_turn or counted else real[:3]))
    if missing:
        return f"{told} I found no trace of the other one, so the answer is {said}."
    if in_turn:
        return f"{told} {voice.pick('turn', ('Put in order of time, that gives', 'So the order is', 'By their times the order is'))} {said}."
    if counted:
        return f"{told} {voice.pick('sum', ('That makes', 'Counted together, that is', 'So the number is'))} {said}."
    return f"{told} {voice.pick('so', ('So the answer is', 'That settles it:', 'This points to', 'The answer is therefore'))} {said}."


def parts(case: Case, item: Item) -> list[Item]:
    """The lines that a text on screen was put together from, those with most to do with the question first."""
    if item.sense != "see" or any(i.text == item.text for i in case.desk.items()):
        return [item]
    lines = [i for i in case.desk.items() if part_of(i, item)]
    return sorted(lines, key=lambda i: (-case.worth(i), i.span))[:3] or [item]


def tell(voice: wording.Voice, item: Item) -> str:
    at, text = wording.stretch(item.span), wording.quoted(item.text)
    if item.sense == "hear":
        return voice.pick("tell_hear", (f"{at.capitalize()} the speaker says {text}.", f"I hear {text} {at}."))
    return voice.pick("tell_see", (f"{at.capitalize()} the screen shows {text}.", f"{text} stands on screen {at}."))


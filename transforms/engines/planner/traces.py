"""Everything seen and heard, each with what stands around it, and how far it has to do with a question."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from schemas.span import Span
from transforms.engines.planner.clauses import Relation
from transforms.engines.planner.desk import Desk
from transforms.engines.planner.frames import looked_at, next_look
from transforms.engines.planner.observation import Clip, Item
from transforms.engines.planner.question import Ask
from transforms.engines.planner.search import LOOSE, run_on
from transforms.engines.planner.words import content, rarity, stem, stems
from transforms.text import same_text

TOGETHER_S = 0.4
"""Texts on screen that share at least this long stand there together."""

NEAR_S = 1.0
"""What a look showed so near to a clip is the line that the clip is said to show: it may reach a little into it."""

BESIDE_SEEN = 0.7
BESIDE_HEARD = 0.5
"""What a word weighs that stands on screen beside a text, or in the phrases before and after it."""


@dataclass(frozen=True, slots=True)
class Focus:
    """A stretch that the question hangs on, and how surely it is the right one (0 to 1)."""

    span: Span
    relation: Relation
    fit: float


@dataclass(frozen=True, slots=True)
class Trace:
    """One thing seen or heard with what stands around it; not `single` when it was put together from several."""

    item: Item
    around: str
    single: bool = True


def traces(desk: Desk) -> list[Trace]:
    """Everything seen and heard, each with its company: texts on screen together, phrases before and after.

    What a search promised but nobody has looked at yet is among them, with no window.
    """
    items = desk.items()
    see, hear = [i for i in items if i.sense == "see"], [i for i in items if i.sense == "hear"]
    found = [Trace(item, "\n".join(i.text for i in items if i.sense != "hear" and _with(i, item))) for item in see]
    found += [Trace(item, "", single=False) for item in cards(see)]
    for n, item in enumerate(hear):
        found.append(Trace(item, "\n".join(i.text for i in hear[max(0, n - 1) : n + 2] if _near(i, item))))
    found += [Trace(item, item.text, single=False) for item in run_on(hear)]
    found += [Trace(item, "") for item in items if item.sense == "picture"]
    for clip in unseen(desk):
        found += [Trace(Item(clip.span, line, "see"), clip.text) for line in clip.lines]
        found += [Trace(Item(clip.span, look, "picture"), clip.text) for look in clip.looks]
    return found


def cards(see: Sequence[Item]) -> list[Item]:
    """Texts that stand on screen at one moment, as one text, with the time that they share."""
    groups: dict[tuple[str, ...], Item] = {}
    for item in see:
        group = [other for other in see if other is item or other.span.contains(item.span.middle_s)]
        if len(group) > 1:
            span = Span(max(i.span.start_s for i in group), max(item.span.middle_s, min(i.span.end_s for i in group)))
            texts = tuple(i.text for i in group)
            groups.setdefault(texts, Item(span, " ".join(texts), "see", item.window))
    return list(groups.values())


def unseen(desk: Desk) -> list[Clip]:
    """Clips that a search brought up and no close look has been through, with those of their lines that no look has
    shown yet: what lasts for a moment only may stand between two frames."""
    clips = dict.fromkeys(clip for observation in desk.seen for clip in observation.clips)
    lines = [item for item in desk.items() if item.sense == "see"]
    return [_not_shown(clip, lines, desk) for clip in clips if next_look(desk, clip.span) is not None]


def _not_shown(clip: Clip, seen: Sequence[Item], desk: Desk) -> Clip:
    """The clip with the lines alone that looks have not shown in it, or near it."""
    around = Span(max(0.0, clip.span.start_s - NEAR_S), clip.span.end_s + NEAR_S)
    near = [item.text for item in seen if item.span.overlap_s(around) > 0]
    left = tuple(line for line in clip.lines if not any(same_text(line, text) for text in near))
    return Clip(clip.span, left, () if looked_at(desk, clip.span) else clip.looks)


def topic_words(ask: Ask) -> dict[str, float]:
    """Stems of the question's words with their weight: its matter counts, its words of asking a little."""
    loose = {stem(word): LOOSE for word in ask.content}
    return loose | {stem(word): 1.0 for word in (*ask.matter, *(w for quote in ask.quotes for w in content(quote)))}


def aboutness(words: Mapping[str, float], trace: Trace, seen: Counter[str], count: int) -> float:
    """Share of the question's words in the item, rare ones weighing more; those only around it count for less.

    A question that has words of asking alone says little of its topic: one half, and up to one with all of them.
    """
    own, near = stems(trace.item.text), stems(trace.around)
    beside = BESIDE_SEEN if trace.item.sense == "see" else BESIDE_HEARD
    there = {word: 1.0 if word in own else beside if word in near else 0.0 for word in words}
    worth = {word: weight * rarity(word, seen, count) for word, weight in words.items()}
    total = sum(worth.values())
    share = sum(worth[word] * there[word] for word in words) / total if total else 0.0
    return share if 1.0 in words.values() else 0.5 + 0.5 * share


def nearness(focuses: Sequence[Focus], span: Span) -> float:
    """How well a stretch stands to those that the question hangs on, 0 to 1."""
    return max((focus.fit * _timely(focus, span) for focus in focuses), default=0.0)


def side_weight(ask: Ask, item: Item) -> float:
    """What is asked to be seen may also be said, but that is weaker evidence; and a promise is weaker than a look."""
    if item.sense == "picture":
        return 0.6 if ask.side != "hear" else 0.3
    weight = 1.0 if ask.side in ("any", item.sense) else 0.5
    return weight if item.sense == "hear" or item.window is not None else 0.75 * weight


def _timely(focus: Focus, span: Span) -> float:
    other = focus.span
    if focus.relation == "while":
        gap = max(other.start_s - span.end_s, span.start_s - other.end_s, 0.0)
        if gap > 0.0:
            return 0.5 * math.exp(-gap / 3.0)
        return 0.7 + 0.3 * min(1.0, span.overlap_s(other) / max(0.1, min(span.length_s, other.length_s)))
    if focus.relation == "begins":
        return math.exp(-abs(span.start_s - other.middle_s) / 3.0)
    gap = span.start_s - other.end_s if focus.relation == "after" else other.start_s - span.end_s
    return math.exp(-max(gap, 0.0) / 10.0) if gap >= -1.0 else 0.1


def _with(a: Item, b: Item) -> bool:
    return a.span.overlap_s(b.span) >= min(TOGETHER_S, 0.5 * min(a.span.length_s, b.span.length_s))


def _near(a: Item, b: Item) -> bool:
    return max(a.span.start_s - b.span.end_s, b.span.start_s - a.span.end_s) <= 3.0

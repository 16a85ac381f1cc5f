"""Which choice the evidence speaks for."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from schemas.span import Span
from transforms.engines.planner.desk import Desk
from transforms.engines.planner.observation import Clip, Item
from transforms.engines.planner.place import placed
from transforms.engines.planner.question import Ask, Relation, blank
from transforms.engines.planner.search import LOOSE, run_on
from transforms.engines.planner.words import content, likeness, rarity, stem, stems, weights

TOGETHER_S = 0.4
"""Texts on screen that share at least this long stand there together."""


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
class Support:
    """What speaks for a text: `score` 0 to 1 and the evidence, which is None where there is none."""

    text: str
    score: float
    item: Item | None


@dataclass(frozen=True, slots=True)
class Scene:
    """One thing seen or heard with what stands around it."""

    item: Item
    around: str
    single: bool = True


def scenes(desk: Desk) -> list[Scene]:
    """Everything seen and heard, each with its company: texts on screen together, phrases before and after.

    What a search promised but nobody has looked at yet is among them, with no window.
    """
    items = desk.items()
    see, hear = [i for i in items if i.sense == "see"], [i for i in items if i.sense == "hear"]
    found = [Scene(item, "\n".join(i.text for i in items if i.sense == "picture" and _with(i, item))) for item in see]
    found = [Scene(s.item, "\n".join([s.around, *(i.text for i in see if _with(i, s.item))])) for s in found]
    found += [Scene(item, "", False) for item in cards(see)]
    for n, item in enumerate(hear):
        found.append(Scene(item, "\n".join(i.text for i in hear[max(0, n - 1) : n + 2] if _near(i, item))))
    found += [Scene(item, item.text, False) for item in run_on(hear)]
    found += [Scene(item, "") for item in items if item.sense == "picture"]
    for clip in unseen(desk):
        found += [Scene(Item(clip.span, line, "see"), clip.text) for line in clip.lines]
        found += [Scene(Item(clip.span, look, "picture"), clip.text) for look in clip.looks]
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
    """Clips that a search brought up and no look has covered."""
    looked = [o.window for o in desk.seen if o.tool == "caption_zoom" and o.window is not None]
    clips = dict.fromkeys(clip for observation in desk.seen for clip in observation.clips)
    return [c for c in clips if not any(c.span.overlap_s(w) >= 0.8 * c.span.length_s for w in looked)]


def supports(ask: Ask, desk: Desk, focuses: Sequence[Focus]) -> list[Support]:
    """What speaks for each choice, in the order of the choices."""
    around = scenes(desk)
    return [_support(ask, desk, choice, around, focuses) for choice in ask.choices]


def _support(ask: Ask, desk: Desk, choice: str, around: Sequence[Scene], focuses: Sequence[Focus]) -> Support:
    told = _filled(ask, choice)
    about = {word: weight for word, weight in topic_words(ask).items() if word not in stems(choice)}
    seen = weights(scene.item.text for scene in around)
    best = Support(choice, 0.0, None)
    whole = max((likeness(choice, scene.item.text) for scene in around if scene.single), default=0.0)
    for scene in around:
        fit = likeness(choice, scene.item.text)
        if not scene.single and fit <= whole + 0.05:
            continue
        if told and likeness(told, scene.item.text) >= 0.9:
            score = 1.0
        elif fit < 0.3:
            continue
        else:
            near = max((focus.fit * timely(focus, scene.item.span) for focus in focuses), default=0.0)
            on_topic = aboutness(about, scene, seen, len(around))
            context = 0.2 + 0.6 * near + 0.2 * on_topic if focuses else 0.4 + 0.6 * on_topic
            score = fit * context * side_weight(ask, scene.item) * placed(ask, desk, scene.item) * (0.8 if told else 1.0)
        if score > best.score + 1e-9:
            best = Support(choice, score, scene.item)
    return best


def topic_words(ask: Ask) -> dict[str, float]:
    """Stems of the question's words with their weight: its matter counts, its words of asking a little."""
    weighted = {stem(word): LOOSE for word in ask.content}
    return weighted | {stem(word): 1.0 for word in (*ask.matter, *(w for quote in ask.quotes for w in content(quote)))}


def aboutness(words: Mapping[str, float], scene: Scene, seen: Counter[str], count: int) -> float:
    """Share of the question's words in the item, rare ones weighing more; those only around it count for less. A
    question that has words of asking alone says little of its topic: one half, and up to one with all of them."""
    own, near = stems(scene.item.text), stems(scene.around)
    beside = BESIDE_SEEN if scene.item.sense == "see" else BESIDE_HEARD
    there = {word: 1.0 if word in own else beside if word in near else 0.0 for word in words}
    worth = {word: weight * rarity(word, seen, count) for word, weight in words.items()}
    total = sum(worth.values())
    share = sum(worth[word] * there[word] for word in words) / total if total else 0.0
    return share if 1.0 in words.values() else 0.5 + 0.5 * share


def timely(focus: Focus, span: Span) -> float:
    """How well a stretch stands to the one the question hangs on, 0 to 1."""
    other = focus.span
    if focus.relation == "while":
        gap = max(other.start_s - span.end_s, span.start_s - other.end_s, 0.0)
        if gap == 0.0:
            shared = span.overlap_s(other) / max(0.1, min(span.length_s, other.length_s))
            return 0.7 + 0.3 * min(1.0, shared)
        return 0.5 * math.exp(-gap / 3.0)
    if focus.relation == "begins":
        return math.exp(-abs(span.start_s - other.middle_s) / 3.0)
    if focus.relation == "after":
        gap = span.start_s - other.end_s
    else:
        gap = other.start_s - span.end_s
    return math.exp(-max(gap, 0.0) / 10.0) if gap >= -1.0 else 0.1


def side_weight(ask: Ask, item: Item) -> float:
    """What is asked to be seen may also be said, but that is weaker evidence; and a promise is weaker than a look."""
    if item.sense == "picture":
        return 0.6 if ask.side != "hear" else 0.3
    weight = 1.0 if ask.side in ("any", item.sense) else 0.5
    return weight if item.sense == "hear" or item.window is not None else 0.75 * weight


def _filled(ask: Ask, choice: str) -> str:
    """The question's sentence with the choice in its gap."""
    for text in (*ask.quotes, ask.main):
        gap = blank(text)
        if gap is not None and (gap[0] or gap[1]):
            return f"{gap[0]} {choice} {gap[1]}".strip()
    return ""


def _with(a: Item, b: Item) -> bool:
    return a.span.overlap_s(b.span) >= min(TOGETHER_S, 0.5 * min(a.span.length_s, b.span.length_s))


def _near(a: Item, b: Item) -> bool:
    return max(a.span.start_s - b.span.end_s, b.span.start_s - a.span.end_s) <= 3.0

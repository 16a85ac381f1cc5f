"""Which choice the evidence speaks for."""

from collections.abc import Sequence
from dataclasses import dataclass

from transforms.engines.planner.desk import Desk
from transforms.engines.planner.observation import Item
from transforms.engines.planner.place import placed
from transforms.engines.planner.question import Ask
from transforms.engines.planner.quotes import blank
from transforms.engines.planner.traces import Focus, Trace, aboutness, nearness, side_weight, topic_words, traces
from transforms.engines.planner.words import likeness, stems, weights

LEAST = 0.3
"""A text that is less like a choice says nothing for it."""


@dataclass(frozen=True, slots=True)
class Support:
    """What speaks for a text: `score` 0 to 1 and the evidence, which is None where there is none."""

    text: str
    score: float
    item: Item | None


def supports(ask: Ask, desk: Desk, focuses: Sequence[Focus]) -> list[Support]:
    """What speaks for each choice, in the order of the choices."""
    known = traces(desk)
    return [_support(ask, desk, choice, known, focuses) for choice in ask.choices]


def _support(ask: Ask, desk: Desk, choice: str, known: Sequence[Trace], focuses: Sequence[Focus]) -> Support:
    """The best of what speaks for a choice: how it is worded, when it is, what it is about, and where it stands."""
    told = _filled(ask, choice)
    about = {word: weight for word, weight in topic_words(ask).items() if word not in stems(choice)}
    seen = weights(trace.item.text for trace in known)
    whole = max((likeness(choice, trace.item.text) for trace in known if trace.single), default=0.0)
    best = Support(choice, 0.0, None)
    for trace in known:
        fit = likeness(choice, trace.item.text)
        if fit < LEAST or (not trace.single and fit <= whole + 0.05):
            continue
        if told and likeness(told, trace.item.text) >= 0.9:
            score = 1.0
        else:
            on_topic, near = aboutness(about, trace, seen, len(known)), nearness(focuses, trace.item.span)
            context = 0.2 + 0.6 * near + 0.2 * on_topic if focuses else 0.4 + 0.6 * on_topic
            score = fit * context * side_weight(ask, trace.item) * placed(ask, desk, trace.item)
            score *= 0.8 if told else 1.0
        if score > best.score + 1e-9:
            best = Support(choice, score, trace.item)
    return best


def _filled(ask: Ask, choice: str) -> str:
    """The question's sentence with the choice in its gap; empty when it has no gap."""
    for text in (*ask.quotes, ask.main):
        gap = blank(text)
        if gap is not None and (gap[0] or gap[1]):
            return f"{gap[0]} {choice} {gap[1]}".strip()
    return ""

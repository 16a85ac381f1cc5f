"""One question under way."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from transforms.engines.planner.choices import Support, supports
from transforms.engines.planner.desk import Desk
from transforms.engines.planner.extract import answers
from transforms.engines.planner.observation import Item
from transforms.engines.planner.question import Ask
from transforms.engines.planner.quotes import blank, quotes
from transforms.engines.planner.traces import Focus
from transforms.engines.planner.wording import Voice
from transforms.engines.planner.words import coverage, holds, likeness

SURE_CHOICE = (0.5, 0.12)
SURE_OPEN = (0.42, 0.04)
"""An answer stands when its evidence has the first score and lies by the second before the next one's."""


@dataclass(slots=True)
class Case:
    """The question, what is known so far, and the stretches that it hangs on."""

    ask: Ask
    desk: Desk
    voice: Voice
    focuses: list[Focus] = field(default_factory=list)
    _leader: tuple[int, Item | None] = (-1, None)

    def weigh(self) -> list[Support]:
        """What speaks for each answer, best first."""
        if self.ask.choices:
            return sorted(supports(self.ask, self.desk, self.focuses), key=lambda s: -s.score)
        return answers(self.ask, self.desk, self.focuses)

    def sure(self, found: Sequence[Support]) -> bool:
        """Whether the first answer stands; never on a promise that was not looked at."""
        least, margin = SURE_CHOICE if self.ask.kind == "choice" else SURE_OPEN
        best = found[0].item if found and found[0].score >= least else None
        if best is None or (best.sense == "see" and best.window is None):
            return False
        return len(found) == 1 or found[0].score - found[1].score >= margin

    def worth(self, item: Item) -> float:
        """What an item has to do with the question, 0 to 1: evidence first, then choices, quotes and words."""
        if self._leads(item):
            return 1.0
        texts = (*self.ask.choices, *self.ask.all_quotes, *(q for choice in self.ask.choices for q in quotes(choice)))
        of_texts = max((likeness(text, item.text) for text in texts), default=0.0)
        near = any(focus.span.overlap_s(item.span) > 0 for focus in self.focuses)
        fills_a_gap = any(blank(quote) for quote in self.ask.all_quotes)
        of_open = 0.35 if self.ask.kind == "open" and not fills_a_gap else 0.0
        return max(0.9 * of_texts, 0.8 * coverage(self.ask.matter, item.text), 0.4 * near, of_open)

    def _leads(self, item: Item) -> bool:
        """Whether it is the evidence for the answer that leads now."""
        looks = len(self.desk.seen)
        if self._leader[0] != looks:
            self._leader = (looks, next((s.item for s in self.weigh()[:1] if s.item is not None), None))
        best = self._leader[1]
        if best is None or item.sense != best.sense or item.span.overlap_s(best.span) == 0:
            return False
        return holds(best.text, item.text)

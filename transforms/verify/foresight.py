"""Nothing is told of a stretch before it was opened.

The teacher reads text on screen in search results that show the deployed model nothing but times. Repeated from there
it comes from nowhere in the row, and a model would learn to know what it has not seen.
"""

from schemas.trajectory import Verdict
from transforms.boxes import MOSTLY
from transforms.verify.case import Case, accept, filtered
from transforms.verify.known import Place, spaced, texts_in

NAME = "foresight"


def check(case: Case) -> Verdict:
    question = case.trajectory.question
    told, shown = _Told([question.text, *question.choices]), set[int]()
    known = set[str]()
    thoughts = iter(case.thoughts)
    for turn in case.turns:
        if turn.role == "assistant":
            for text, places in texts_in(case.known, next(thoughts)):
                if text in known or _seen(case, shown, places) or told.holds(text) or _shown(case, shown, text):
                    known.add(text)
                else:
                    detail = f"{text!r} is told before anything showed it or said it"
                    return filtered(NAME, "told_before_seen", detail, 1.0)
        else:
            told.texts.append(turn.look_text)
            shown.update(turn.frame_refs)
    return accept(NAME, 0.0)


def _seen(case: Case, shown: set[int], places: tuple[Place, ...]) -> bool:
    """Whether a frame shows one of the places, then: a crop only where most of the place lies in it."""
    return any(case.shown(shown, span, box) >= MOSTLY for span, box in places)


def _shown(case: Case, shown: set[int], text: str) -> bool:
    """Whether a line that says it, among other words, was displayed in a frame."""
    wanted = f" {text} "
    return _seen(case, shown, tuple(place for words, place in case.known.lines if wanted in words))


class _Told:
    """What the conversation has told so far in words. They are only taken apart when they are needed, and once."""

    def __init__(self, texts: list[str]) -> None:
        self.texts = texts
        self._words = ""

    def holds(self, text: str) -> bool:
        self._words += "".join(map(spaced, self.texts))
        self.texts.clear()
        return f" {text} " in self._words

"""Nothing is told of a stretch before it was opened.

The teacher reads text on screen in search results that show the deployed model nothing but times. Repeated from there
it comes from nowhere in the row, and a model would learn to know what it has not seen.
"""

import re
from collections import deque

from schemas.trajectory import Turn, Verdict
from transforms.boxes import MOSTLY
from transforms.verify.case import Case, accept, filtered
from transforms.verify.known import Known, Place, spaced, texts_in

NAME = "foresight"

_JOINING = re.compile(r"^(?:and|or) | (?:and|or)$")
"""What may be of the thought itself, which joins texts with it."""


def check(case: Case) -> Verdict:
    question = case.trajectory.question
    told, thoughts = _Told(case.known, [question.text, *question.choices]), iter(case.thoughts)
    shown: set[int] = set()
    known: set[str] = set()
    for turn in case.turns:
        if turn.role == "assistant":
            for text, places in texts_in(case.known, next(thoughts)):
                if (
                    text in known
                    or _seen(case, shown, places)
                    or told.holds(text)
                    or _shown(case, shown, text)
                    or _joined(case, shown, told, text)
                ):
                    known.add(text)
                else:
                    detail = f"{text!r} is told before anything showed it or said it"
                    return filtered(NAME, "told_before_seen", detail, 1.0)
        else:
            told.learns(turn)
            shown.update(turn.frame_refs)
    return accept(NAME, 0.0)


def _seen(case: Case, shown: set[int], places: tuple[Place, ...]) -> bool:
    """Whether a frame shows one of the places, then: a crop only where most of the place lies in it."""
    return any(case.shown(shown, span, box) >= MOSTLY for span, box in places)


def _shown(case: Case, shown: set[int], text: str) -> bool:
    """Whether a line that says it, among other words, was displayed in a frame."""
    wanted = f" {text} "
    return _seen(case, shown, tuple(place for words, place in case.known.lines if wanted in words))


def _joined(case: Case, shown: set[int], told: "_Told", text: str) -> bool:
    """Whether a text was told or displayed but for an `and` or `or` at an end: a thought that lists what the screen
    shows has the words of a voice that will go on like that. Asked only of what would else be turned away."""
    bare = _JOINING.sub("", text)
    return bare != text and (told.holds(bare) or _shown(case, shown, bare))


class _Told:
    """What the conversation has told so far in words. They are only taken apart when they are needed, and once; those
    of speech that a look quotes are known."""

    def __init__(self, known: Known, texts: list[str]) -> None:
        self._known, self._texts = known, deque(texts)
        self._quoted = self._words = ""

    def learns(self, turn: Turn) -> None:
        self._texts.append(turn.look_text)
        for id in turn.item_ids:
            item = self._known.speech.get(id)
            if item is not None and f'"{item.text}"' in turn.look_text:
                self._quoted += self._known.spoken[id]

    def holds(self, text: str) -> bool:
        wanted = f" {text} "
        if wanted in self._quoted or wanted in self._words:
            return True
        while self._texts:
            words = spaced(self._texts.popleft())
            self._words += words
            if wanted in words:
                return True
        return False

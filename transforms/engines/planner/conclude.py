"""The words of the last turn: the evidence with its time, and what follows from it."""

from collections.abc import Sequence

from schemas.span import union
from transforms.engines.planner.case import Case
from transforms.engines.planner.closer import cut_off
from transforms.engines.planner.frames import by_all_looks, part_of, shown
from transforms.engines.planner.observation import Item
from transforms.engines.planner.wording import about, quoted, stretch

MOST_TOLD = 3
MOST_LISTED = 6


def conclude(case: Case, items: Sequence[Item | None], said: str) -> str:
    """What settles the question."""
    ends = ("So the answer is", "That settles it:", "This points to", "The answer is therefore")
    return _evidence(case, items, MOST_TOLD, said, case.voice.pick("so", ends))


def conclude_order(case: Case, items: Sequence[Item | None], said: str) -> str:
    """Things in order of time."""
    ends = ("Put in order of time, that gives", "So the order is", "By their times the order is")
    return _evidence(case, items, MOST_LISTED, said, case.voice.pick("turn", ends))


def conclude_pick(case: Case, items: Sequence[Item | None], said: str) -> str:
    """The first or the last of some things."""
    which = case.ask.pick or "first"
    ends = (f"The {which} of them is", f"So {which} comes", f"By their times the {which} one is")
    return _evidence(case, items, MOST_LISTED, said, case.voice.pick("pick", ends))


def conclude_count(case: Case, items: Sequence[Item | None], said: str) -> str:
    """Things that were counted."""
    ends = ("That makes", "Counted together, that is", "So the number is")
    return _evidence(case, items, MOST_LISTED, said, case.voice.pick("sum", ends))


def conclude_missing(case: Case, items: Sequence[Item | None], said: str) -> str:
    """All but one were found."""
    return _evidence(case, items, MOST_TOLD, said, "I found no trace of the other one, so the answer is")


def _evidence(case: Case, items: Sequence[Item | None], most: int, said: str, end: str) -> str:
    voice = case.voice
    real = [part for item in items if item is not None for part in _parts(case, item)]
    if not real:
        return voice.pick(
            "guess",
            (
                f"Nothing that I saw or heard settles it; {said} fits best.",
                f"I found no clear evidence. My best guess is {said}.",
                f"What I looked at does not decide the question, so I go for {said}.",
            ),
        )
    told = " ".join(_tell(case, item, said) for item in list(dict.fromkeys(real))[:most])
    return f"{told} {end} {said}."


def _parts(case: Case, item: Item) -> list[Item]:
    """What may be told of an item: speech as it is; of text on screen the lines that frames will show, those with most
    to do with the question first; nothing of what the picture was said to look like."""
    if item.sense != "see":
        return [item] if item.sense == "hear" else []
    if item.window is not None and any(line.text == item.text for line in case.desk.items()):
        return [item] if shown(case.desk, item) else []
    lines = [line for line in case.desk.items() if part_of(line, item) and shown(case.desk, line)]
    return sorted(lines, key=lambda line: (-case.worth(line), line.span))[:MOST_TOLD]


def _tell(case: Case, item: Item, said: str) -> str:
    """Speech is told with its times. So is what is on screen where these are the answer, and close looks have shown
    them; else about when it is."""
    sought = (*case.ask.all_quotes, *case.ask.choices, said.strip('"'))
    text = quoted(item.text, keep=next((part for part in sought if part.lower() in item.text.lower()), ""))
    pick = case.voice.pick
    if item.sense == "hear":
        at = stretch(item.span)
        return pick("tell_hear", (f"{at.capitalize()} the speaker says {text}.", f"I hear {text} {at}."))
    at = stretch(item.span) if case.ask.kind == "span" else _about(case, item)
    return pick("tell_see", (f"{at.capitalize()} the screen shows {text}.", f"{text} is on screen {at}."))


def _about(case: Case, item: Item) -> str:
    """About when a text is on screen. Of one that has come while it was looked at and is still there as the looks end
    no end is said; else from when until when it was seen."""
    whole = by_all_looks(case.desk, item)
    span = whole.shown or whole.span
    # Looks that meet are one: what ends where one of them does has ended when the next one is without it.
    looked = [run for run in union(case.desk.looks) if run.overlap_s(span) > 0]
    if not looked:
        return about(span)
    begun, _ = cut_off(whole, looked[0], case.desk.duration_s)
    _, stays = cut_off(whole, looked[-1], case.desk.duration_s)
    return f"from about {round(span.start_s)} s on" if stays and not begun else about(span)

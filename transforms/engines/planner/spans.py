"""When something is on screen or said: from when to when."""

import re
from dataclasses import dataclass

from schemas.span import Span
from transforms.engines.planner import wording
from transforms.engines.planner.case import Case
from transforms.engines.planner.closer import cut_off, listen, look_for, watch
from transforms.engines.planner.desk import LONGEST_S
from transforms.engines.planner.observation import Item
from transforms.engines.planner.search import FITS_WELL, FOUND, Hit, Wanted, clip_fit, opposite, search, wanted_of
from transforms.engines.planner.ways import MAY_SHOW

PAD_S, PAD_SHARE = 2.0, 0.1
"""A window starts so much before the clips that were found and ends so much after them, or this share of their length:
the first of its frames, of which there are eight as a rule, lies before them then, and the last one after them."""

STEP_S = 10.0
"""How much further to look at first when a text touches the edge of the window; then twice as far."""

MOST_STEPS = 4

NEAR_S = 8.0
MOST_PHRASES = 5
MOST_SPOKEN_S = 40.0
"""A quote may run over so many phrases, which stand within `NEAR_S` of the one that was found."""

SAME_S = 1.5
"""Two appearances with a shorter gap between them are one."""

_LATE = re.compile(r"\b(?:credits?|thanks?|thanked|end|ending|final|last|closing)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Stay:
    """The stretch that was found and the evidence; `item` is None for a guess."""

    span: Span
    item: Item | None


def find_when(case: Case) -> Stay:
    """The stretch that shows or says what the question is about."""
    ask = case.ask
    text = ask.main if ask.quotes or ask.anchor is None else ask.text
    wanted = wanted_of(text, ask.quotes or ask.all_quotes)
    guess: Stay | None = None
    for side in (ask.side,) if ask.side == "any" else (ask.side, opposite(ask.side)):
        hits = search(case.desk, case.voice, wanted, side)
        for hit in hits[:2]:
            if hit.fit < FOUND and guess is not None:
                break
            stay = _spoken(case, hit, wanted) if hit.item is not None else _on_screen(case, hit, wanted)
            if stay is not None and hit.fit >= (FOUND if side == ask.side else FITS_WELL):
                return stay
            # Where nothing was seen, the place is better than another text.
            guess = guess or stay or (Stay(hit.span, None) if hit.fit >= FOUND else None)
    return guess or _by_looking(case)


def runs_of(items: list[Item]) -> list[Item]:
    """Appearances of one text: pieces with hardly a gap between them are one."""
    runs: list[Item] = []
    for item in sorted(items, key=lambda item: item.span):
        if runs and item.span.start_s - runs[-1].span.end_s <= SAME_S:
            last = runs[-1]
            span = Span(last.span.start_s, max(last.span.end_s, item.span.end_s))
            runs[-1] = Item(span, last.text, "see", last.window or item.window)
        else:
            runs.append(item)
    return runs


def _spoken(case: Case, hit: Hit, wanted: Wanted) -> Stay:
    """The phrase, or as many in a row as it takes to say a quote that runs over several."""
    case.desk.known = wording.heard(case.voice, [hit.item] if hit.item else [])
    if wanted.quotes and hit.fit < FITS_WELL:
        listen(case, Span(max(0.0, hit.span.start_s - NEAR_S), hit.span.end_s + NEAR_S), "to hear the whole of it")
    spoken = [item for item in case.desk.items() if item.sense == "hear"]
    rows = [spoken[n : n + size] for size in range(1, MOST_PHRASES + 1) for n in range(len(spoken) - size + 1)]
    best, top = hit.item, hit.fit
    for row in rows:
        together = Item(Span(row[0].span.start_s, row[-1].span.end_s), " ".join(i.text for i in row), "hear")
        near = together.span.overlap_s(hit.span) > 0
        if near and together.span.length_s <= MOST_SPOKEN_S and wanted.fit(together.text) > top + 0.02:
            best, top = together, wanted.fit(together.text)
    return Stay(best.span if best else hit.span, best)


def _on_screen(case: Case, hit: Hit, wanted: Wanted) -> Stay | None:
    """The text's whole stay: the clips that have it in a row at first, then on while it touches the window's edge."""
    span = _chain(case, hit, wanted)
    pad_s = max(PAD_S, PAD_SHARE * span.length_s)
    end_s = case.desk.duration_s if case.desk.duration_s is not None else span.end_s + pad_s
    window = Span(max(0.0, span.start_s - pad_s), min(end_s, span.end_s + pad_s))
    window = watch(case, window, MAY_SHOW).window or window
    item = _best_line(case, wanted, hit)
    if item is None:
        look_for(case, hit.span, MAY_SHOW, lambda line: wanted.fit(line.text) >= _least_fit(hit))
        item = _best_line(case, wanted, hit)
    for step in range(MOST_STEPS):
        at_start, at_end = cut_off(item, window, case.desk.duration_s) if item is not None else (False, False)
        if case.desk.left == 0 or not (at_start or at_end):
            break
        far_s = min(STEP_S * 2**step, case.desk.widest_s - 0.5)
        if at_start:
            further = Span(max(0.0, window.start_s - far_s), window.start_s + 0.5)
        else:
            further = Span(max(0.0, window.end_s - 0.5), min(end_s, window.end_s + far_s))
        if not watch(case, further, "to see how far it goes").understood:
            break
        window = Span(min(window.start_s, further.start_s), max(window.end_s, further.end_s))
        item = _best_line(case, wanted, hit)
    return Stay(item.span, item) if item is not None else None


def _chain(case: Case, hit: Hit, wanted: Wanted) -> Span:
    """The clip with those in a row with it that fit as well."""
    found = [clip for observation in case.desk.seen for clip in observation.clips]
    span = hit.span
    for clip in sorted(found, key=lambda clip: (abs(clip.span.middle_s - hit.span.middle_s), clip.span)):
        touches = clip.span.start_s <= span.end_s + 0.2 and clip.span.end_s >= span.start_s - 0.2
        if touches and clip_fit(clip, wanted) >= max(FOUND, hit.fit - 0.1):
            span = Span(min(span.start_s, clip.span.start_s), max(span.end_s, clip.span.end_s))
    return span


def _least_fit(hit: Hit) -> float:
    """How well a line must fit to be what a search found."""
    return min(FOUND, 0.7 * hit.fit)


def _best_line(case: Case, wanted: Wanted, hit: Hit) -> Item | None:
    """The line that fits best, in its longest appearance unless the question wants the first or the last."""
    lines = [i for i in case.desk.items() if i.sense == "see" and i.window is not None]
    fits = [(wanted.fit(line.text), line) for line in lines]
    good = [(fit, line) for fit, line in fits if fit >= _least_fit(hit) and fit > 0]
    if not good:
        return None
    top = max(fit for fit, _ in good)
    runs = runs_of([line for fit, line in good if fit >= top - 0.05])
    if case.ask.pick:
        return runs[-1] if case.ask.pick == "last" else runs[0]
    return max(runs, key=lambda run: run.span.length_s)


def _by_looking(case: Case) -> Stay:
    """Nothing was found by its words: text near the end or the start of the video, whichever the question is about."""
    if case.ask.when.span is not None:
        return Stay(case.ask.when.span, None)
    end_s = case.desk.duration_s if case.desk.duration_s is not None else LONGEST_S
    late = case.ask.edge == "end" or bool(_LATE.search(case.ask.text))
    start_s = max(0.0, end_s - LONGEST_S) if late else 0.0
    window = Span(start_s, min(end_s, start_s + LONGEST_S))
    if case.ask.side != "hear":
        watch(case, window, "as nothing was found by its words")
    near = [i for i in case.desk.items() if i.sense == "see" and i.span.overlap_s(window) > 0]
    if not near:
        return Stay(window, None)
    item = max(near, key=lambda i: (i.span.length_s, -i.span.start_s))
    return Stay(item.span, item)

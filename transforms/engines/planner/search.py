"""Where in the video to look: what a search for words on screen or for words said brings up."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from schemas.span import Span
from transforms.engines.planner import wording
from transforms.engines.planner.clauses import Side
from transforms.engines.planner.desk import Desk
from transforms.engines.planner.observation import Clip, Item
from transforms.engines.planner.times import without_times
from transforms.engines.planner.wording import Voice
from transforms.engines.planner.words import content, coverage, likeness, matter, other_number, surface

FOUND = 0.45
"""A search result with this fit is taken for the place that was meant."""

FITS_WELL = 0.8

LOOSE = 0.3
"""Weight of a question's words of asking, of which a text may be made too, against the words of its matter."""

HALF_S = 4.5
"""How far a look around the cut between two clips goes to either side."""

PADS_S = (0.0, 0.5, 1.0)
"""A clip is looked at with so much before and after it; the seed decides."""

NEXT_PHRASE_S = 2.0
"""Two phrases with at most this pause between them may be one sentence."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for: quotes count word by word, words by how many of them are there, `loose` ones by much less."""

    quotes: tuple[str, ...]
    words: tuple[str, ...]
    loose: tuple[str, ...] = ()

    @property
    def topic(self) -> str:
        return wording.topic(self.quotes, self.words or self.loose)

    def fit(self, text: str) -> float:
        """0 to 1. A quote that is there is worth more than any number of loose words."""
        of_words = coverage(self.words, text)
        if self.loose:
            of_words = (of_words + LOOSE * coverage(self.loose, text)) / ((1.0 if self.words else 0.0) + LOOSE)
        if not self.quotes:
            return of_words
        return 0.85 * max(likeness(quote, text) for quote in self.quotes) + 0.15 * of_words

    def queries(self, form: int) -> list[str]:
        """What to search with: the quotes alone or with the words around them, then the words alone, then the words in
        their other number; words of asking only where there is nothing else."""
        quotes, words = " ".join(self.quotes), " ".join(self.words or (() if self.quotes else self.loose))
        first = quotes if form % 2 == 0 else f"{quotes} {words}".strip()
        other = " ".join(other_number(word) for word in self.words) if not self.quotes else ""
        return list(dict.fromkeys(query for query in map(wording.clean, (first, words, other)) if query))

    def glued(self) -> list[str]:
        """Short quotes as one word each: readers of pictures lose spaces."""
        short = [[word for word, _, _ in surface(quote)] for quote in self.quotes]
        query = " ".join("".join(words) for words in short if 2 <= len(words) <= 3)
        return [query] if query else []


@dataclass(frozen=True, slots=True)
class Hit:
    """A stretch that may hold what is looked for; `item` is the speech it was found by, `clip` the clip."""

    span: Span
    fit: float
    item: Item | None = None
    clip: Clip | None = None


def wanted_of(text: str, quotes: Sequence[str]) -> Wanted:
    """What a question's text, or a clause of it, asks to look for."""
    for quote in quotes:
        text = text.replace(quote, " ")
    text = without_times(text)
    words = matter(text)
    return Wanted(tuple(quotes), tuple(words), tuple(word for word in content(text) if word not in words))


def search(desk: Desk, voice: Voice, wanted: Wanted, side: Side, rather: Side = "any") -> list[Hit]:
    """Stretches by fit, best first. Where nothing is known of the side, both are searched unless one fits well, the
    one that is `rather` meant first."""
    if side != "any":
        return seen_hits(desk, voice, wanted) if side == "see" else heard_hits(desk, voice, wanted)
    see_first = rather == "see" or (rather == "any" and sides(side, voice)[0] == "see")
    hits: list[Hit] = []
    for one in (seen_hits, heard_hits) if see_first else (heard_hits, seen_hits):
        hits += one(desk, voice, wanted)
        if hits and max(hit.fit for hit in hits) >= FITS_WELL:
            break
    return sorted(hits, key=lambda hit: -hit.fit)


def sides(side: Side, voice: Voice) -> tuple[Side, ...]:
    """What to try, in which order; it is the seed that decides where the question says nothing."""
    if side != "any":
        return (side,)
    return ("see", "hear") if voice.number("see_first", 4) else ("hear", "see")


def opposite(side: Side) -> Side:
    return "hear" if side == "see" else "see" if side == "hear" else "any"


def seen_hits(desk: Desk, voice: Voice, wanted: Wanted, top_k: int = 0) -> list[Hit]:
    """Clips by how well their texts fit."""
    hits: list[Hit] = []
    for n, query in enumerate([*wanted.queries(voice.number("form", 2)), *wanted.glued()]):
        wish = wording.search_screen_again if n else wording.search_screen
        found = desk.clips(query, top_k or 4 + voice.number("top_k", 4), wish(voice, wanted.topic))
        hits += [Hit(clip.span, clip_fit(clip, wanted), clip=clip) for clip in found.clips]
        if any(hit.fit >= FOUND for hit in hits):
            break
    pad_s = PADS_S[voice.number("pad", len(PADS_S))]
    best = across_cuts(sorted(dict.fromkeys(hits), key=lambda hit: -hit.fit))
    return [replace(hit, span=Span(max(0.0, hit.span.start_s - pad_s), hit.span.end_s + pad_s)) for hit in best]


def heard_hits(desk: Desk, voice: Voice, wanted: Wanted, top_k: int = 0) -> list[Hit]:
    """Phrases, and neighbours as one where the words run on from one phrase into the next."""
    hits: list[Hit] = []
    for n, query in enumerate(wanted.queries(voice.number("form", 2))):
        wish = wording.search_speech_again if n else wording.search_speech
        found = desk.phrases(query, top_k or 5 + voice.number("top_k", 4), wish(voice, wanted.topic))
        hits += [Hit(item.span, wanted.fit(item.text), item) for item in found.items]
        for item in run_on(found.items):
            fit = wanted.fit(item.text)
            if fit > 0.05 + max(hit.fit for hit in hits if hit.span.overlap_s(item.span) > 0):
                hits.append(Hit(item.span, fit, item))
        if any(hit.fit >= FOUND for hit in hits):
            break
    return sorted(dict.fromkeys(hits), key=lambda hit: -hit.fit)


def across_cuts(hits: list[Hit]) -> list[Hit]:
    """Two clips that touch and fit alike become one hit where they meet: a text that is in both is surely there, while
    in one of them it may stand for a moment only."""
    met: list[Hit] = []
    while hits:
        hit, *hits = hits
        beside = [other for other in hits if other.fit >= max(FOUND, hit.fit - 0.1) and _touch(other.span, hit.span)]
        if hit.fit < FOUND or not beside:
            met.append(hit)
            continue
        hits.remove(beside[0])
        early, late = sorted((hit.span, beside[0].span))
        span = Span(max(early.start_s, late.start_s - HALF_S), min(late.end_s, late.start_s + HALF_S))
        met.append(replace(hit, span=span))
    return met


def run_on(items: Sequence[Item]) -> list[Item]:
    """Speech that follows at once on other speech, both as one."""
    spoken = sorted((item for item in items if item.sense == "hear"), key=lambda item: item.span)
    pairs = zip(spoken, spoken[1:], strict=False)
    return [
        Item(Span(a.span.start_s, max(a.span.end_s, b.span.end_s)), f"{a.text} {b.text}", "hear", a.window or b.window)
        for a, b in pairs
        if b.span.start_s - a.span.end_s <= NEXT_PHRASE_S and a.span != b.span
    ]


def clip_fit(clip: Clip, wanted: Wanted) -> float:
    """Of the whole clip, and a little more for the one line that says it all."""
    whole = wanted.fit("\n".join((*clip.lines, *clip.looks)))
    return 0.9 * whole + 0.1 * max((wanted.fit(line) for line in clip.lines), default=0.0)


def _touch(a: Span, b: Span) -> bool:
    return abs(a.end_s - b.start_s) <= 0.15 or abs(b.end_s - a.start_s) <= 0.15

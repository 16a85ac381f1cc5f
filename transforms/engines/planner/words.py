"""Words as the planner compares them: content words by their stems, phrases inside texts, numbers in any spelling."""

import functools
import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence

from transforms.text import contains, digits, similar, tokens

STOP = frozenset(
    "a an and any are as at be been being but by can could did do does doing done else for from had has have having he"
    " her hers him his how i if in into is it its itself just many me more most much my no nor not of off on one only or"
    " other our out over own same she should so some such than that the their them then there these they thing things"
    " this those through to too up us very was we were what whatever when where which while who whom whose why will with"
    " would you your following exactly please give name between each both during while whilst after before until once"
    " right directly immediately next moment time point video film clip part here all also get got go goes going let lets"
    " im youre theyre were weve thats dont doesnt isnt cant wont whats theres now okay ok well really actually basically"
    " like about upon onto into without within against among".split()
)
"""Words that say nothing about what a question is about."""

HEARD = frozenset(
    "say says said saying mention mentions mentioned mentioning speaker speakers narrator presenter lecturer talk talks"
    " talked talking hear hears heard speech spoken speak speaks speaking tell tells told telling voice voiceover explain"
    " explains explained announce announces announced aloud utter utters uttered audio discuss discusses discussed states"
    " stated remark remarks sentence".split()
)
"""Words of questions about what is said."""

SPEAKERS = frozenset("speaker speakers narrator presenter lecturer voice voiceover".split())
"""Those of them that name who speaks."""

SEEN = frozenset(
    "screen text texts slide slides title titles titled sign signs caption captions captioned read reads shown show shows"
    " showing written write writes visible appear appears appeared appearing display displays displayed see sees seen"
    " look looks logo logos picture pictured image images card cards label labels labelled labeled board poster banner"
    " bullet bullets heading headings headline headlines headed list lists listed credit credits page website url"
    " diagram chart table handwriting handwritten printed subtitle subtitles burnt onscreen print typed frame frames"
    " displaying depicted footage scene scenes shot shots watch corner box boxes circle drawing drawn background top bottom"
    " underlined highlighted arrow credited".split()
)
"""Words of questions about what is to be seen."""

ASKING = frozenset(
    "word words phrase phrases line lines first last second third order earliest latest come comes came occur occurs"
    " happen happens begin begins beginning start starts end ends ending final opening closing number count often"
    " second seconds minute minutes long answer question number main kind type near around below above under underneath"
    " beside called call calls named according mean means use uses used using exact full complete whole point points item items"
    " statement option options true false correct".split()
)
"""Words that shape a question more than they name its matter; used as matter only when nothing else is left."""

SLIP = 0.85
"""From this edit similarity on, two phrases differ by a slip of reading or hearing."""

_WORD = re.compile(r"[^\W_]+(?:[.,:'’/@-][^\W_]+)*%?")
_SMALL = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen"
    " eighteen nineteen"
).split()
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
_VALUES = {word: n for n, word in enumerate(_SMALL)} | {word: 10 * n for n, word in enumerate(_TENS, start=2)}


def surface(text: str) -> list[tuple[str, int, int]]:
    """The words as they are written, with where they start and end."""
    return [(m[0], m.start(), m.end()) for m in _WORD.finditer(text)]


@functools.lru_cache(maxsize=16384)
def stem(word: str) -> str:
    """A word without its usual English endings: enough to let `bullets` meet `bullet`."""
    for ending, put in (("ies", "y"), ("sses", "ss"), ("ing", ""), ("ed", ""), ("es", "e"), ("s", "")):
        if word.endswith(ending) and len(word) - len(ending) >= 3 and not word.endswith("ss"):
            word = word[: len(word) - len(ending)] + put
            break
    return word[:-1] if len(word) > 4 and word.endswith("e") else word


@functools.lru_cache(maxsize=16384)
def plain(text: str) -> tuple[str, ...]:
    """Tokens with number words as digits: `two` and `2` are one."""
    return tuple(str(_VALUES[word]) if word in _VALUES else word for word in tokens(text))


@functools.lru_cache(maxsize=16384)
def stems(text: str) -> frozenset[str]:
    return frozenset(stem(word) for word in plain(text))


def matter(text: str) -> list[str]:
    """The words that a question is about, in their order: neither stop words nor words of asking, seeing and hearing."""
    return [word for word in content(text) if word not in HEARD | SEEN | ASKING]


def content(text: str) -> list[str]:
    """All words that are not stop words, in their order."""
    return [word for word in dict.fromkeys(tokens(text)) if word not in STOP]


def find(phrase: Sequence[str], text: Sequence[str]) -> int:
    """Where the words stand in a row in the text's words; -1 when they don't."""
    size = len(phrase)
    if size:
        for start in range(len(text) - size + 1):
            if text[start] == phrase[0] and list(text[start : start + size]) == list(phrase):
                return start
    return -1


def holds(text: str, phrase: str) -> bool:
    """Whether the text has the phrase, word by word, number words and digits alike."""
    return contains(text, phrase) or find(plain(phrase), plain(text)) >= 0


def coverage(wanted: Iterable[str], text: str) -> float:
    """Share of the wanted words (by stem) that the text has."""
    need = {stem(word) for word in wanted}
    return len(need & stems(text)) / len(need) if need else 0.0


@functools.lru_cache(maxsize=65536)
def likeness(phrase: str, text: str) -> float:
    """How far the text says the phrase, 0 to 1: 1 word by word, less for slips of a letter or for some of its words.

    Digits have to agree: one price is not nearly another.
    """
    if holds(text, phrase):
        return 1.0
    wanted, words = plain(phrase), plain(text)
    numbers = {word for word in wanted if digits(word)}
    if not wanted or not numbers <= set(words):
        return 0.0
    near = _near(wanted, words)
    if near >= SLIP:
        return 0.9 * near
    share = coverage([word for word in wanted if word not in STOP] or wanted, text)
    all_of_it = coverage(wanted, text)
    return (0.5 + 0.35 * all_of_it) * share if share >= 0.5 else 0.4 * share


def _near(wanted: Sequence[str], words: Sequence[str]) -> float:
    """The best likeness of letters over all runs of as many words."""
    goal, size = " ".join(wanted), len(wanted)
    runs = [" ".join(words[n : n + size]) for n in range(max(1, len(words) - size + 1))]
    return max((similar(goal, run) for run in runs if abs(len(run) - len(goal)) <= len(goal) // 5 + 1), default=0.0)


def weights(texts: Iterable[str]) -> Counter[str]:
    """In how many of the texts each stem stands."""
    return Counter(word for text in texts for word in stems(text))


def rarity(word: str, seen: Counter[str], count: int) -> float:
    """1 for a word that one text has, less for words that many have (inverse document frequency, scaled)."""
    return math.log(1 + count / max(1, seen[word])) / math.log(1 + max(2, count))


def value(word: str) -> float | None:
    """The number that a word is, in digits or as an English number word up to ninety; None for other words."""
    lowered = word.casefold().strip("%.")
    if lowered in _VALUES:
        return float(_VALUES[lowered])
    grouped = re.fullmatch(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?", lowered)
    bare = lowered.replace(",", "") if grouped else lowered
    return float(bare) if re.fullmatch(r"\d+(?:\.\d+)?", bare) else None


def spelled(number: float) -> str:
    return str(int(number)) if float(number).is_integer() else f"{number:g}"

"""Which texts a person would quote in a question: no debris of OCR, no markup, nothing too short or too common."""

import re
import unicodedata

from transforms.text import tokens

LONGEST_LINE = 80
"""Characters of a line on screen; longer ones are body text that nobody quotes whole."""

_MARKUP = re.compile(r"[<>|\[\]{}`~\\#\"“”„‟«»＜＞｜]|_{2,}|\.{4,}")
_BULLETS = "•·‣▪●○□■◦*-–—→ \t"
_COMMON = (
    "a about actually after again all also always am an and any anything are as at basically be because been before"
    " being but by can cannot cant could did didnt do does doesnt doing dont down each even every everything few for"
    " from further get go going gonna got had has have having he her here him his how i if im in into is isnt it its"
    " ive just know let lets like lot made make makes many may maybe me might more most much must my never new no nor"
    " not now of off okay on once one only or other our out over own really right same say see shall she should so"
    " some something still such than that thats the their them then there therefore these they thing things this those"
    " through to too two under until up us use used using very want was way we well were what when where which while"
    " who whom why will with would yes you your youre"
)
COMMON = frozenset(_COMMON.split())
"""English words that carry no content of their own."""

_TELLING = (
    "agenda begin beginning bye chapter conclusion copyright credits directed end ending final finally first goodbye"
    " hello hi intro introduction last lastly lesson next outline overview part presented questions references second"
    " start step subscribe summary thank thanks third title today welcome"
)
TELLING = frozenset(_TELLING.split())
"""Words that tell where in a video they stand, whoever has not seen it."""

_VOWEL = re.compile(r"[aeiouy]", re.IGNORECASE)


def tidy(text: str) -> str:
    """A line as it would be quoted: spaces joined, bullets and hanging punctuation taken off."""
    return " ".join(text.split()).lstrip(_BULLETS).rstrip(" .,;:–—\t")


def quotable(text: str) -> bool:
    """Whether a text can stand in double quotes inside a prompt: no quotes, no tags of media, tools or templates."""
    return not _MARKUP.search(text) and all(unicodedata.category(c)[0] not in "CS" or c in "+$€£°%" for c in text)


def readable_line(text: str) -> bool:
    """Whether a tidied line on screen makes sense by itself, as far as its letters tell."""
    if not quotable(text) or len(text) > LONGEST_LINE or text.endswith("-") or re.search(r"\w[-‐]$", text):
        return False
    if any(unicodedata.category(c) == "No" for c in text):
        return False
    solid = sum(c.isalnum() or c.isspace() for c in text)
    parts = text.split()
    return (
        weight(text) >= (5 if len(parts) == 1 else 4)
        and solid >= 0.75 * len(text)
        and 3 * sum(weight(part) < 2 for part in parts) <= len(parts)
        and not any(_debris(part) for part in parts)
        and any(len(word) > 3 or not word.isascii() or word[0].isdigit() for word in content_words(text))
    )


def weight(text: str) -> int:
    """Letters and digits; an ideograph or syllable sign counts as two."""
    return sum(2 if unicodedata.east_asian_width(c) == "W" else 1 for c in text if c.isalnum())


def content_words(text: str) -> list[str]:
    """Normalised words that carry content: numbers, and words that are not common English ones."""
    return [word for word in tokens(text) if word not in COMMON and (len(word) > 1 or not word.isascii())]


def is_telling(text: str) -> bool:
    """Whether a text says where in a video it stands ("Introduction", "Thank you", "Step 2")."""
    return not TELLING.isdisjoint(tokens(text))


def _debris(part: str) -> bool:
    """A word that OCR made of something that is no word: `AdVpRG`, `l1I0`, `jmmn`."""
    core = part.strip(".,:;!?()'’")
    if len(re.findall(r"[a-z](?=[A-Z])", core)) > 1:
        return True
    if len(re.findall(r"[A-Za-z](?=[0-9])|[0-9](?=[A-Za-z])", core)) > 2:
        return True
    return core.isascii() and core.isalpha() and len(core) > 3 and not core.isupper() and not _VOWEL.search(core)

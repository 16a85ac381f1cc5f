"""One name for each person, object and place of a video: pure functions around what a model says of mentions.

The captions of clips are written apart, so that the same woman may be "woman in a green coat" in one and "lady" in the
next. What a model says is only which mentions are the same; names are words of the captions, never new ones.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from schemas.span import Span, union
from schemas.timeline import Entity
from transforms.engines.captions import Mention, Said

_ARTICLE = r"(?:(?<!\w)(?P<article>an?|the)\s+)?"


@dataclass(frozen=True, slots=True)
class Named:
    """A mention and the position of its clip."""

    clip: int
    mention: Mention


Group = tuple[int, ...]
"""Positions of mentions that are the same, the one whose words are the name first."""


def mentions_of(said: Sequence[Said]) -> tuple[Named, ...]:
    """The mentions of all clips, in order, each once a clip. One whose words do not stand in its caption is left out:
    it could not be renamed, and nothing vouches for it."""
    found: dict[tuple[int, str], Named] = {}
    for clip, one in enumerate(said):
        for mention in one.seen:
            if _pattern([mention.words]).search(one.text):
                found.setdefault((clip, mention.words.casefold()), Named(clip, mention))
    return tuple(found.values())


def merge(groups: Sequence[Group], told: Sequence[Sequence[int]], mentions: Sequence[Named]) -> list[Group]:
    """The groups after those that were told to be the same, as numbers from 1, became one; in order of appearance.

    A number of no group counts for nothing, one that comes again counts where it came first, and so does what is of
    another kind than the first of its group: a person is no place, whoever says so.
    """
    joined: dict[int, Group] = {}
    gone: set[int] = set()
    for numbers in told:
        known = [n - 1 for n in dict.fromkeys(numbers) if 1 <= n <= len(groups) and n - 1 not in gone]
        same = [n for n in known if _kind(groups[n], mentions) == _kind(groups[known[0]], mentions)]
        if len(same) > 1:
            gone.update(same)
            joined[min(same)] = tuple(position for n in same for position in groups[n])
    return [joined.get(n, group) for n, group in enumerate(groups) if n in joined or n not in gone]


def _kind(group: Group, mentions: Sequence[Named]) -> str:
    return mentions[group[0]].mention.kind


def rename(said: Sequence[Said], mentions: Sequence[Named], groups: Sequence[Group]) -> tuple[str, ...]:
    """The captions with every mention under the name of its group."""
    names: list[dict[str, str]] = [{} for _ in said]
    bare: set[str] = set()
    for group in groups:
        first = mentions[group[0]]
        name = first.mention.words
        if not _has_article(said[first.clip].text, name):
            bare.add(name)
        for named in (mentions[position] for position in group):
            names[named.clip][named.mention.words.casefold()] = name
    return tuple(_renamed(one.text, of, bare) for one, of in zip(said, names, strict=True))


def _renamed(text: str, names: Mapping[str, str], bare: set[str]) -> str:
    """`names` are by the case-folded words they replace; those in `bare` stand without an article."""
    if all(words == name.casefold() for words, name in names.items()):
        return text

    def put(found: re.Match[str]) -> str:
        words, article = " ".join(found["words"].split()), found["article"] or ""
        # Of a few letters (the Turkish i) the pattern takes more for the same than folding does.
        name = names.get(words.casefold(), words)
        if words.casefold() == name.casefold():
            return found[0]
        if name in bare:
            article = ""
        elif article.casefold() in ("a", "an"):
            article = "an" if name[0].casefold() in "aeiou" else "a"
        put_in = f"{article} {name}" if article else name
        starts = not found.string[: found.start()].rstrip() or found.string[: found.start()].rstrip()[-1] in ".!?"
        return put_in[0].upper() + put_in[1:] if starts and found[0][0].isupper() else put_in

    return _pattern(list(names)).sub(put, text)


def _has_article(text: str, words: str) -> bool:
    found = _pattern([words]).search(text)
    return bool(found and found["article"])


def _pattern(all_words: Sequence[str]) -> re.Pattern[str]:
    """Finds any of the words, the longest first, whatever their case and spacing, as whole words with their article."""
    longest = sorted(all_words, key=lambda words: (-len(words), words))
    return re.compile(f"{_ARTICLE}(?P<words>{'|'.join(map(_spelled, longest))})", re.IGNORECASE)


def _spelled(words: str) -> str:
    start = "" if _written_together(words[0]) else r"(?<!\w)"
    end = "" if _written_together(words[-1]) else r"(?!\w)"
    return start + r"\s+".join(map(re.escape, words.split())) + end


def _written_together(character: str) -> bool:
    """Whether words are not set apart where this character stands, as in Chinese and Japanese."""
    return unicodedata.east_asian_width(character) in "WF"


def entities_of(
    mentions: Sequence[Named], groups: Sequence[Group], clips: Sequence[Span], engine: str
) -> tuple[Entity, ...]:
    """The registry: who and what the video shows, in order of appearance."""
    found = []
    for n, group in enumerate(sorted(groups, key=min), 1):
        named = [mentions[position] for position in group]
        words = tuple(dict.fromkeys(one.mention.words for one in named))
        spans = union(clips[one.clip] for one in named)
        found.append(Entity(f"e{n}", named[0].mention.kind, words[0], words, spans, engine))
    return tuple(found)

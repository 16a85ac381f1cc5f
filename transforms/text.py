"""Normalising and matching text that was read off a screen, heard, typed by a person or written by a model.

Spacing, case and punctuation are what OCR and people vary; digits are what tells near-twins apart ("GATE 14" and
"GATE 41"), so nothing here ever forgives a digit.
"""

import functools
import re
import unicodedata

_APOSTROPHES = "'\u2018\u2019\u02bc\u2032`\u00b4"
_FOLDED = str.maketrans(
    dict.fromkeys(_APOSTROPHES, "'")
    | dict.fromkeys("\u201c\u201d\u201e\u00ab\u00bb\u2033", '"')
    | dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212", "-")
    | dict.fromkeys("\u00ad\u200b\u200c\u200d\u2060\ufeff")
)
_NUMBER_JOINERS = ".,:/"
_MEANT = "%#@&"
# What `_pieces_of_any` finds, for most texts of all: many times as fast.
_ASCII = r"[a-z0-9]+(?:[.,:/'](?:(?<=')|(?<=[0-9].)(?=[0-9]))[a-z0-9]+)*"
_ASCII = rf"{_ASCII}|(?<!\S)-(?=[0-9]){_ASCII}"
_ASCII_WORD = re.compile(_ASCII)
_ASCII_PIECE = re.compile(rf"{_ASCII}|[%#@&+<=>|~$]")
# The same in parts: a minus that is of a number, marks that join nothing, marks that join numbers.
_ASCII_MINUS = re.compile(r"-(?<!\S.)[0-9]")
_ASCII_LOOSE = re.compile(rf"[{_NUMBER_JOINERS}'](?:(?<![a-z0-9].)|(?![a-z0-9])|(?<!')(?:(?<![0-9].)|(?![0-9])))")
_ASCII_JOINT = re.compile(rf"[0-9][{_NUMBER_JOINERS}][0-9]")
_ASCII_SPACES = bytes(c if chr(c).isalnum() else ord(" ") for c in range(128)) + bytes(128)
"""Bytes of ASCII text, with spaces for what is of no word."""
_ASCII_SPACES_OR_JOINTS = bytes(c if chr(c) in _NUMBER_JOINERS else space for c, space in enumerate(_ASCII_SPACES))
"""The same, where marks stay that join numbers."""
_GLUED_LETTERS = 8


def normalise(text: str) -> str:
    """NFKC, case folded, one spelling of quotes, dashes and white space; digits and letters stay as they are."""
    if text.isascii():
        # The same, of which nothing is left to do but this. To see that it stands on one line with single spaces, as
        # most does, takes a third of the time of splitting it.
        plain = _plain(text)
        return plain.strip(" ") if plain.isprintable() and "  " not in plain else " ".join(plain.split())
    # The marks are folded first: NFKC would take some of them apart into a space and an accent.
    return " ".join(unicodedata.normalize("NFKC", text.translate(_FOLDED)).casefold().translate(_FOLDED).split())


@functools.lru_cache(maxsize=8192)
def tokens(text: str) -> tuple[str, ...]:
    """The words and numbers of a text, normalised: `3.5`, `12:30` and `-5` stay whole, `don't` becomes `dont`.

    Ideographs and kana, which are written without spaces, are one token each.
    """
    if text.isascii():
        return tuple(_words(text))
    # A piece is a word to its last character, or a single symbol.
    return tuple(piece for piece in _pieces_of_any(normalise(text)) if piece[-1].isalnum() or _in_word(piece[-1]))


def digits(text: str) -> tuple[str, ...]:
    """The runs of digits in reading order: what near-twins differ in."""
    return tuple("".join(c if c.isdecimal() else " " for c in normalise(text)).split())


def same_text(a: str, b: str) -> bool:
    """Whether two readings say the same, spacing, case and punctuation aside.

    Digits, their separators and signs, and symbols such as `%`, `+` and `$` have to agree.
    """
    left, right = _squash(a), _squash(b)
    return left == right if left or right else normalise(a) == normalise(b)


def similar(a: str, b: str) -> float:
    """Edit similarity, 0 to 1: one minus the edit distance over the length of the longer, without spaces and marks.

    A digit weighs no more than a letter here; ask `digits` where near-twins matter.
    """
    left, right = _squash(a), _squash(b)
    if not left or not right:
        return float(same_text(a, b))
    return 1.0 - _edit_distance(left, right) / max(len(left), len(right))


def may_hold(words: tuple[str, ...], text: str) -> bool:
    """Whether one of the words, in lower case, stands anywhere in the text: to ask first what an expression cannot be
    without takes a tenth of the time of the expression, or less."""
    lower = text.lower()
    for word in words:  # noqa: SIM110  # a generator takes twice as long
        if word in lower:
            return True
    return False


def contains(text: str, needle: str) -> bool:
    """Whether the needle's words stand in the text, one after another, however they are spaced.

    A match starts and ends at the edge of a word or number: `art` is not in `party`, `1` not in `14`. Only a needle of
    several words and at least eight letters may also begin or end inside a word, as OCR glues words together.
    """
    pieces = _pieces(needle)
    if not pieces:
        return False
    if f" {' '.join(pieces)} " in f" {' '.join(_pieces(text))} ":
        # Nearly all that is found is found like this, in a third of the time.
        return True
    wanted, whole = _squash(needle), _squash(text)
    at = whole.find(wanted)
    if at < 0:
        return False
    edges = _edges(text)
    glued = len(pieces) > 1 and sum(c.isalpha() for c in wanted) >= _GLUED_LETTERS
    while at >= 0:
        end = at + len(wanted)
        if (at in edges or (glued and whole[at].isalpha())) and (end in edges or (glued and whole[end - 1].isalpha())):
            return True
        at = whole.find(wanted, at + 1)
    return False


def continues(beginning: str, text: str) -> bool:
    """Whether `text` begins with `beginning` and goes on; a number that goes on is another number."""
    start, whole = _squash(beginning), _squash(text)
    return 0 < len(start) < len(whole) and whole.startswith(start) and not _cuts_number(whole, len(start))


def part_of(part: str, text: str) -> bool:
    """Whether `part` stands somewhere in `text`, which says more; words may be cut off, numbers not."""
    piece, whole = _squash(part), _squash(text)
    if not 0 < len(piece) < len(whole):
        return False
    at = whole.find(piece)
    while at >= 0:
        if not _cuts_number(whole, at) and not _cuts_number(whole, at + len(piece)):
            return True
        at = whole.find(piece, at + 1)
    return False


def _cuts_number(whole: str, at: int) -> bool:
    return whole[at - 1 : at].isdecimal() and whole[at : at + 1].isdecimal()


@functools.lru_cache(maxsize=8192)
def _pieces(text: str) -> tuple[str, ...]:
    """Words, numbers, ideographs and symbols that carry meaning, in order."""
    return tuple(_found(_ASCII_PIECE, _plain(text))) if text.isascii() else _pieces_of_any(normalise(text))


def _plain(text: str) -> str:
    """ASCII text, of which nothing else is to be normalised to find its words."""
    return text.replace("`", "'").lower()


def _words(text: str) -> list[str]:
    """`tokens` of ASCII text. An expression takes 1.5 to 2.5 times as long to find words as to split what is
    made ready."""
    plain = _plain(text)
    if "-" in plain and _ASCII_MINUS.search(plain):
        return _found(_ASCII_WORD, plain)
    if "'" not in plain and not _ASCII_JOINT.search(plain):
        return plain.encode().translate(_ASCII_SPACES).decode().split()
    joined = _ASCII_LOOSE.sub(" ", plain).replace("'", "")
    return joined.encode().translate(_ASCII_SPACES_OR_JOINTS).decode().split()


def _found(expression: re.Pattern[str], plain: str) -> list[str]:
    pieces = expression.findall(plain)
    return pieces if "'" not in plain else [piece.replace("'", "") for piece in pieces]


def _pieces_of_any(plain: str) -> tuple[str, ...]:
    """`_pieces`, character by character, of a normalised text in any script."""
    pieces: list[str] = []
    last = -1
    for at, c in enumerate(plain):
        before, after = plain[at - 1 : at], plain[at + 1 : at + 2]
        glued = last == at - 1 and bool(pieces)
        if _ideograph(c) or c in _MEANT or unicodedata.category(c) in ("Sm", "Sc"):
            pieces.append(c)
        elif _in_word(c):
            joins = glued and not _ideograph(before) and (_in_word(before) or before in _NUMBER_JOINERS + "-'")
            if joins:
                pieces[-1] += c
            else:
                pieces.append(c)
        elif c in _NUMBER_JOINERS and glued and before.isdecimal() and after.isdecimal():
            pieces[-1] += c
        elif c == "-" and after.isdecimal() and (not before or before.isspace()):
            pieces.append(c)
        elif not (c == "'" and glued and _in_word(before) and _in_word(after)):
            continue
        last = at
    return tuple(pieces)


@functools.lru_cache(maxsize=8192)
def _squash(text: str) -> str:
    """The pieces without spaces, except between two numbers: `1 4` is not `14`."""
    squashed = ""
    for piece in _pieces(text):
        squashed += " " + piece if squashed[-1:].isdecimal() and piece[0].isdecimal() else piece
    return squashed


@functools.lru_cache(maxsize=1024)
def _edges(text: str) -> frozenset[int]:
    """Where in the squashed text a piece begins or ends, or letters turn into a number or back."""
    edges, at = {0}, 0
    whole = _squash(text)
    for piece in _pieces(text):
        at += whole[at] == " "
        edges |= {at, at + len(piece)}
        edges |= {at + n for n in range(1, len(piece)) if _turns(piece[n - 1], piece[n])}
        at += len(piece)
    return frozenset(edges)


def _turns(before: str, after: str) -> bool:
    return before.isalpha() and after.isdecimal() or before.isdecimal() and after.isalpha()


@functools.lru_cache(maxsize=4096)
def _in_word(c: str) -> bool:
    """Whether a character is of a word or number; nothing, as beside the ends of a text, is not."""
    return bool(c) and unicodedata.category(c)[0] in "LNM"


def _ideograph(c: str) -> bool:
    return (
        "\u3040" <= c <= "\u30ff"
        or "\u3400" <= c <= "\u4dbf"
        or "\u4e00" <= c <= "\u9fff"
        or "\uf900" <= c <= "\ufaff"
        or "\U00020000" <= c <= "\U0003ffff"
    )


def _edit_distance(a: str, b: str) -> int:
    """Levenshtein distance by bit vectors, a column at a time (Hyyrö 2003, after Myers 1999)."""
    if not a:
        return len(b)
    where: dict[str, int] = {}
    for at, c in enumerate(a):
        where[c] = where.get(c, 0) | 1 << at
    mask, last = (1 << len(a)) - 1, 1 << (len(a) - 1)
    rises, falls, distance = mask, 0, len(a)
    for c in b:
        match = where.get(c, 0)
        diagonal = (((match & rises) + rises) ^ rises) | match | falls
        up, down = falls | ~(diagonal | rises) & mask, rises & diagonal
        distance += bool(up & last) - bool(down & last)
        up, down = (up << 1 | 1) & mask, down << 1 & mask
        rises, falls = down | ~(diagonal | up) & mask, up & diagonal
    return distance

"""Names are made consistent by what stands in the captions; what a model makes up changes nothing."""

import pytest

from schemas.span import Span
from schemas.timeline import Entity
from transforms.engines.captions import Mention, Said
from transforms.perceive.names import Named, entities_of, mentions_of, merge, rename


def said(text: str, *people: str, objects: tuple[str, ...] = ()) -> Said:
    seen = [Mention("person", words) for words in people] + [Mention("object", words) for words in objects]
    return Said(text, 1.0, tuple(seen))


CLIPS = [
    said("A woman in a green coat opens a door.", "woman in a green coat", objects=("door",)),
    said("The lady waves. A lady's hat lies on the table.", "lady", objects=("hat", "door")),
    said("An old man meets Anna.", "old man", "Anna"),
]
MENTIONS = mentions_of(CLIPS)


def test_only_what_stands_in_the_caption_is_a_mention() -> None:
    assert [(one.clip, one.mention.words) for one in MENTIONS] == [
        (0, "woman in a green coat"),
        (0, "door"),
        (1, "lady"),
        (1, "hat"),
        (2, "old man"),
        (2, "Anna"),
    ]


@pytest.mark.parametrize(
    ("text", "words", "there"),
    [
        ("Party guests dance.", "art", False),
        ("The RED   car stops.", "red car", True),
        ("Cars stop.", "car", False),
        ("C++ (the book) lies there.", "C++", True),
        ("一个女人在厨房里切菜", "女人", True),
        ("A man-eater waits.", "man", True),
    ],
)
def test_whole_words_count(text: str, words: str, there: bool) -> None:
    assert (mentions_of([said(text, words)]) != ()) == there


GROUPS = [(n,) for n in range(6)]

MERGES = {
    "nothing": ([], GROUPS),
    "two": ([[3, 1]], [(2, 0), (1,), (3,), (4,), (5,)]),
    "numbers of no mention": ([[1, 0, 3, 7, -2, 9999]], [(0, 2), (1,), (3,), (4,), (5,)]),
    "only numbers of no mention": ([[0, 99], [], [5]], GROUPS),
    "one twice in a group": ([[1, 1, 3, 3]], [(0, 2), (1,), (3,), (4,), (5,)]),
    "one in two groups": ([[1, 3], [3, 6], [6, 5]], [(0, 2), (1,), (3,), (5, 4)]),
    "a person and a thing": ([[1, 2, 3]], [(0, 2), (1,), (3,), (4,), (5,)]),
    "things first": ([[2, 1]], GROUPS),
}


@pytest.mark.parametrize("name", MERGES)
def test_what_is_told_to_be_the_same(name: str) -> None:
    told, merged = MERGES[name]
    assert merge(GROUPS, told, MENTIONS) == merged


def test_groups_of_groups_keep_the_first_name() -> None:
    assert merge([(2, 0), (4,), (5,)], [[3, 1]], MENTIONS) == [(5, 2, 0), (4,)]


def test_captions_say_the_name_with_its_article_and_case() -> None:
    assert rename(CLIPS, MENTIONS, [(0, 2), (1,), (3,), (4,), (5,)]) == (
        "A woman in a green coat opens a door.",
        "The woman in a green coat waves. A woman in a green coat's hat lies on the table.",
        "An old man meets Anna.",
    )
    assert rename(CLIPS, MENTIONS, [(5, 2), (4, 0), (1,), (3,)]) == (
        "An old man opens a door.",
        "Anna waves. Anna's hat lies on the table.",
        "An old man meets Anna.",
    )


def test_nothing_is_renamed_twice() -> None:
    texts = [said("A cook and a waiter talk.", "cook", "waiter"), said("A waiter and a cook laugh.", "cook", "waiter")]
    mentions = mentions_of(texts)
    swapped = rename(texts, mentions, [(0, 3), (1, 2)])
    assert swapped == ("A cook and a waiter talk.", "A cook and a waiter laugh.")


def test_the_longest_mention_is_renamed_first() -> None:
    texts = [said("A man in red greets a man.", "man in red", "man"), said("A guard and a boy sit.", "guard", "boy")]
    mentions = mentions_of(texts)
    assert rename(texts, mentions, [(2, 0), (3, 1)])[0] == "A guard greets a boy."


def test_without_groups_of_several_nothing_changes() -> None:
    assert rename(CLIPS, MENTIONS, [(n,) for n in range(6)]) == tuple(one.text for one in CLIPS)


def test_letters_that_only_the_pattern_takes_for_the_same_are_left() -> None:
    texts = [said("Işık yanıyor beside a lamp.", "ışık"), said("A lamp.", "lamp")]
    assert rename(texts, mentions_of(texts), [(1, 0)])[1] == "A lamp."


def test_the_registry() -> None:
    spans = [Span(0.0, 5.0), Span(5.0, 9.0), Span(9.0, 12.0)]
    assert entities_of(MENTIONS, [(2, 0), (5, 4)], spans, "eyes") == (
        Entity("e1", "person", "lady", ("lady", "woman in a green coat"), (Span(0.0, 9.0),), "eyes"),
        Entity("e2", "person", "Anna", ("Anna", "old man"), (Span(9.0, 12.0),), "eyes"),
    )
    far = [Named(0, Mention("place", "hall")), Named(2, Mention("place", "hall"))]
    (hall,) = entities_of(far, [(0, 1)], spans, "eyes")
    assert (hall.name, hall.mentions, hall.spans) == ("hall", ("hall",), (spans[0], spans[2]))

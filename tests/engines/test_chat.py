"""A reply taken apart: thoughts, words, answer; and JSON as models write it."""

import json

import pytest

from schemas.chat import MOST_NESTED, Call, ChatReply, clean, read_json
from transforms.engines.chat import split_answer, split_thought, tidy_reply


@pytest.mark.parametrize(
    ("text", "thought", "words"),
    [
        ("Gate 14.", "", "Gate 14."),
        (" as it is \n", "", " as it is \n"),
        ("<think>a</think>b", "a", "b"),
        ("\n<think>\na\n</think>\n\nb", "a", "b"),
        ("<THINK>a</Think> b", "a", "b"),
        ("<thinking>a</thinking>b", "a", "b"),
        ("<think>a</think><think>b</think>c", "a\nb", "c"),
        ("<think></think>b", "", "b"),
        ("a</think>b", "a", "b"),
        ("a</think>b<think>c</think>d", "a\nc", "bd"),
        ("<think>I write <think> here</think>b", "I write\nhere", "b"),
        ("<think>a<think>b</think>c</think>d", "a\nb\nc", "d"),
        ("b<think>never closed", "never closed", "b"),
        ("<think>never <answer>A</answer>", "never <answer>A</answer>", ""),
    ],
)
def test_thoughts_are_taken_out_of_the_words(text: str, thought: str, words: str) -> None:
    assert split_thought(text) == (thought, words)


@pytest.mark.parametrize(
    ("text", "words", "answer"),
    [
        ("Gate 14.", "Gate 14.", ""),
        ("It is. <answer> A </answer> bye", "It is.", "A"),
        ("<answer>A</answer> No: <ANSWER>B</ANSWER>", "A No:", "B"),
        ("<answer><answer>B</answer></answer>", "", "B"),
        ("<answer>A <answer>B</answer>", "A", "B"),
        ("<answer>two\nlines</answer>", "", "two\nlines"),
        ("<answer></answer>", "", ""),
        ("</answer>no<answer>", "</answer>no<answer>", ""),
    ],
)
def test_the_last_and_innermost_answer_counts(text: str, words: str, answer: str) -> None:
    assert split_answer(text) == (words, answer)


def test_tidying_twice_changes_nothing_more() -> None:
    reply = ChatReply("<think>a\ud800</think>b", "c", (Call("i", "n", "\udc00"),), "stop")
    once = tidy_reply(reply)
    assert once == ChatReply("b", "c\na\ufffd", (Call("i", "n", "\ufffd"),), "stop", reasoning_as="content")
    assert tidy_reply(once) == once


def test_a_reply_names_where_its_reasoning_came() -> None:
    assert tidy_reply(ChatReply("<think>a</think>b", "c", (), "stop", reasoning_as="reasoning")).reasoning_as == (
        "reasoning"
    )


@pytest.mark.parametrize("text", ["[" * 100_000, "[" * 100 + "]" * 100, "9" * 5000, "{", "", "\0", "nan"])
def test_what_is_no_json_is_a_value_error(text: str) -> None:
    with pytest.raises(ValueError):
        read_json(text)


def test_json_is_read_with_its_surrogates_replaced() -> None:
    assert read_json('{"\\ud800": ["\\udfff", 1, null, 2.5, true]}') == {"\ufffd": ["\ufffd", 1, None, 2.5, True]}
    assert json.dumps(read_json("[NaN]")) == "[NaN]"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('{"a": 1, "b": [], "a": 2}', {"a": 2, "b": []}),
        ('["\\/", "\\n", "\\\\u00e9", "\\u00e9"]', ["/", "\n", "\\u00e9", "é"]),
        ('"\\ud83d\\ude00 \\ud83d"', "\U0001f600 \ufffd"),
        ('["\ud83d\ude00"]', ["\U0001f600"]),
        (f'["{"[{" * 40}"]', ["[{" * 40]),
    ],
    ids=["a key twice", "escapes", "half a letter", "half letters as they are", "brackets in a text"],
)
def test_json_is_read_as_it_stands(text: str, value: object) -> None:
    assert read_json(text) == value


@pytest.mark.parametrize(("opens", "closes"), [("[", "]"), ('{"a":', "}"), ('[{"é":', "}]")])
def test_json_is_read_as_deep_as_anybody_follows(opens: str, closes: str) -> None:
    levels = MOST_NESTED // (opens.count("[") + opens.count("{"))
    deepest = opens * levels + "1" + closes * levels
    assert read_json(deepest) == json.loads(deepest)
    with pytest.raises(ValueError, match="nested too deep"):
        read_json(f"[{deepest}]")


def test_clean_text_is_left_alone() -> None:
    text = "Où est “Zoë”? \U0001f600 \0"
    assert clean(text) is text

"""Foreign markup is quoted, and everything comes back."""

import random

import pytest

from transforms.dialects.escape import escape, escape_strings, find_markup, unescape, unescape_strings

MARKUP = (
    "<image>",
    "<video>",
    "<AUDIO>",
    "</think>",
    "<tool_call>",
    "</tool_response>",
    "<answer>",
    "<tools>",
    "<function=zoom>",
    "<parameter=start_s>",
    "<|im_start|>",
    "<|vision_start|>",
    "<|turn>",
    "<turn|>",
    "<bos>",
    "<s>",
    "<start_of_turn>",
    "<｜begin▁of▁sentence｜>",
    "[INST]",
    "[/INST]",
    "[TOOL_CALLS]",
    "[IMG]",
)

PLAIN = (
    "",
    "a < b and c > d",
    "x<y>z",
    "if (a<b && c>d)",
    "<html><body>",
    "[1] a note, see [2]",
    "back\\slash and C:\\data",
    "3 <| 4 and |> pipes",
    "The image shows a video, and the answer is: think!",
    "Grüße, 你好, 🎬",
)


@pytest.mark.parametrize("markup", MARKUP)
def test_markup_is_found_and_quoted_readably(markup: str) -> None:
    text = f"before {markup} after"
    assert find_markup(text) == markup
    assert escape(text) == f"before {markup[0]}\\{markup[1:]} after"
    assert find_markup(escape(text)) is None
    assert unescape(escape(text)) == text


@pytest.mark.parametrize("text", PLAIN)
def test_ordinary_text_is_left_alone(text: str) -> None:
    assert find_markup(text) is None
    assert escape(text) == text
    assert unescape(text) == text


def test_quoted_markup_is_quoted_once_more() -> None:
    assert escape("<\\image>") == "<\\\\image>"
    assert unescape(escape("<\\image> <image>")) == "<\\image> <image>"


def test_any_text_comes_back() -> None:
    chance = random.Random(7)
    pieces = [
        "<",
        "</",
        ">",
        "[",
        "]",
        "\\",
        "|",
        "｜",
        "image",
        "im_end",
        "INST",
        "s>",
        "=a",
        "\n",
        " ",
        "tool_call>",
        "é",
    ]
    pieces += MARKUP
    for _ in range(6_000):
        text = "".join(chance.choice(pieces) for _ in range(chance.randint(0, 9)))
        assert unescape(escape(text)) == text
        assert find_markup(escape(text)) is None


def test_strings_inside_data_are_quoted() -> None:
    value = {"query": "<image> door", "<s>": [1, None, True, "<|im_end|>", 2.5]}
    quoted = {"query": "<\\image> door", "<\\s>": [1, None, True, "<\\|im_end|>", 2.5]}
    assert escape_strings(value) == quoted
    assert unescape_strings(quoted) == value

"""Markup in foreign text, and a readable way to write it down so that no trainer takes it for its own.

A question, a line of OCR or a teacher's words may hold `<image>` (trainers count those against the images of a row),
`<tool_call>` (it would end a call early) or `<|im_start|>` (it would end the message). Markup is quoted with a
backslash behind its opening bracket, `<image>` → `<\\image>`, and what is quoted already gets one backslash more, as
mail programs quote `From ` lines: so every text comes back exactly, and text without markup is left as it is.
"""

import re
from collections.abc import Callable
from typing import Any

_NAMES = (
    # where trainers put media: verl, ms-swift, LLaMA-Factory, TRL, InternVL, Gemma
    "image|video|audio|img|box|bbox|ref|quad|ref-object|img_context|image_soft_token|audio_soft_token|start_of_image"
    "|end_of_image|image_pad|video_pad|"
    # how conversations with tools are spelled: Hermes, Qwen3, Qwen3.5, and the answers of reasoning models
    "think|thinking|answer|tool|tools|tool_call|tool_calls|tool_response|tool_result|function|parameter|"
    # and how the agents of papers are
    "final|video_zoom|grounding|observation|information|search|request_grounding|reasoning|"
    # sentence and turn tokens of Llama, Mistral, Gemma and older models
    "bos|eos|pad|unk|mask|s|cls|sep|sys|start_of_turn|end_of_turn|fim_prefix|fim_middle|fim_suffix|endoftext"
)
_PLAIN = r"[^\s<>\[\]|｜\\]"
_BODIES = (
    rf"/?(?:{_NAMES})(?:=[\w.-]+)?\s*/?>",
    rf"[|｜]{_PLAIN}{{1,60}}[|｜]?>",
    rf"/?{_PLAIN}{{1,60}}[|｜]>",
)
_SQUARE = (
    r"/?(?:INST|SYSTEM_PROMPT|AVAILABLE_TOOLS|TOOL_CALLS|TOOL_RESULTS|TOOL_CONTENT|CALL_ID|THINK|IMG|IMG_BREAK|IMG_END"
    r"|gMASK)\]"
)
_MARKUP = re.compile(rf"<(?:{'|'.join(_BODIES)})|\[(?:{_SQUARE})", re.IGNORECASE)
_QUOTABLE = re.compile(rf"(<)(\\*)({'|'.join(_BODIES)})|(\[)(\\*)({_SQUARE})", re.IGNORECASE)


_MAYBE_SQUARE = re.compile(r"\[\\*/?[A-Za-z]")


def may_hold_markup(text: str) -> bool:
    """Whether there may be markup. Most texts hold nothing like it, and to see that takes a hundredth of the time."""
    return "<" in text or ("[" in text and bool(_MAYBE_SQUARE.search(text)))


def find_markup(text: str) -> str | None:
    """The first piece of markup in the text: a media or tool tag, or a token of a chat template. None when clean."""
    if not may_hold_markup(text):
        return None
    found = _MARKUP.search(text)
    return found.group() if found else None


def escape(text: str) -> str:
    """The text with its markup quoted: `find_markup` finds none in it, and `unescape` gives the text back."""
    if not may_hold_markup(text):
        return text
    return _QUOTABLE.sub(lambda m: _bracket(m) + "\\" + _slashes(m) + _body(m), text)


def unescape(text: str) -> str:
    """Takes one backslash from every quoted piece of markup."""
    if not may_hold_markup(text):
        return text
    return _QUOTABLE.sub(lambda m: _bracket(m) + _slashes(m)[1:] + _body(m), text)


def escape_strings(value: Any) -> Any:
    """Plain data with every string in it escaped, keys of dicts too."""
    return _map_strings(value, escape)


def unescape_strings(value: Any) -> Any:
    """Plain data with every string in it unescaped, keys of dicts too."""
    return _map_strings(value, unescape)


def _map_strings(value: Any, change: Callable[[str], str]) -> Any:
    if isinstance(value, str):
        return change(value)
    if isinstance(value, list):
        return [_map_strings(item, change) for item in value]
    if isinstance(value, dict):
        return {change(key): _map_strings(item, change) for key, item in value.items()}
    return value


def _bracket(m: re.Match[str]) -> str:
    return m.group(1) or m.group(4)


def _slashes(m: re.Match[str]) -> str:
    return m.group(2) or m.group(5) or ""


def _body(m: re.Match[str]) -> str:
    return m.group(3) or m.group(6)

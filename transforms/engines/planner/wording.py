"""Saying what was found, as one who watches: varied by the question and the seed, never by chance."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

from schemas.codec import digest
from schemas.span import Span
from transforms.engines.planner.observation import Item

MOST_QUOTED = 90
"""Characters of a quote in the reasoning; longer ones are cut between words."""

_STOPPED_TWICE = re.compile(r"""(?:(?<=[.!?。！？]")|(?<=[.!?。！？]'"))\.(?=\s|$)""")
_TAG = re.compile(r"</?\s*[A-Za-z_][\w-]*\s*/?>|<\|[^|<>]*\|>")


@dataclass(frozen=True, slots=True)
class Voice:
    """Picks wordings and habits by the hash of what is asked and the seed: the same request, the same words."""

    key: str
    turn: int

    def pick(self, what: str, options: Sequence[str]) -> str:
        return options[self.number(f"{what}/{self.turn}", len(options))]

    def number(self, what: str, below: int) -> int:
        """A number from 0 to below-1 that is the same at every turn of a conversation."""
        return int(digest(self.key, what)[:8], 16) % below


def clean(text: str) -> str:
    """Foreign text without what could pass for markup of an answer, on one line."""
    return " ".join(_TAG.sub(" ", text).split())


def quoted(text: str, keep: str = "") -> str:
    """Foreign text between quotation marks of our own. A long one is cut between words, where it has any, but not what
    is to be kept of it."""
    flat, keep = clean(text).replace('"', "'"), clean(keep).replace('"', "'")
    kept_at = flat.lower().find(keep.lower())
    begins, ends = (kept_at, kept_at + len(keep)) if kept_at >= 0 else (0, 0)
    start = max(0, min(begins, ends - MOST_QUOTED))
    if start:
        start += flat[start:begins].find(" ") + 1
    end = min(len(flat), max(ends, start + MOST_QUOTED))
    if end < len(flat) and " " in flat[ends:end]:
        end = flat.rindex(" ", ends, end)
    return f'"{"… " if start else ""}{flat[start:end]}{" …" if end < len(flat) else ""}"'


def stopped_once(text: str) -> str:
    """Sentences that end with a quoted sentence, which brings its own full stop."""
    return _STOPPED_TWICE.sub("", text)


def stretch(span: Span) -> str:
    return f"from {span.start_s:.1f} to {span.end_s:.1f} s"


def about(shown: Span) -> str:
    """When something is on screen, in whole seconds, given from the first to the last frame that shows it. A
    single second is not the end, when it is gone."""
    first_s, last_s = round(shown.start_s), round(shown.end_s)
    if first_s < last_s and shown.length_s >= 1.0:
        return f"from about {first_s} s until about {last_s} s"
    within_s = ceil(shown.start_s)
    return f"at about {within_s} s" if shown.contains(within_s) else f"at about {shown.middle_s:.1f} s"


def listing(parts: Sequence[str], joined_by: str = "and") -> str:
    return f"{', '.join(parts[:-1])} {joined_by} {parts[-1]}" if len(parts) > 1 else "".join(parts)


def topic(quotes: Sequence[str], words: Sequence[str]) -> str:
    """What is looked for, in the question's own words."""
    if quotes:
        return listing([quoted(text) for text in quotes[:4]])
    return listing([clean(word) for word in words[:4]]) or "what the question is about"


def search_speech_again(voice: Voice, what: str) -> str:
    return voice.pick(
        "search_again",
        (
            f"That did not bring up {what}; I search once more in other words.",
            f"I do not find {what} among these, so I try another search.",
            f"Other words may find {what}.",
        ),
    )


def search_screen_again(voice: Voice, what: str) -> str:
    """What stands in the clips that were found is not shown by a search, so nothing is said of it."""
    return voice.pick(
        "search_again",
        (
            f"I search for {what} once more, in other words.",
            f"Before I look closely, I try another search for {what}.",
            f"Other words may find {what}.",
        ),
    )


def search_screen(voice: Voice, what: str) -> str:
    return voice.pick(
        "search_screen",
        (
            f"I need the place where {what} can be seen, so I search the pictures for it.",
            f"Somewhere the picture should show {what}; I look for the clips that fit.",
            f"To find out, I search for the part of the video that shows {what}.",
            f"First I have to find where the screen shows {what}.",
        ),
    )


def go_down(voice: Voice, path: str, what: str) -> str:
    return voice.pick(
        "go_down",
        (
            f"I want to know what part {path} of the video shows, and whether {what} is there.",
            f"Part {path} may show {what}, so I ask what is seen there.",
            f"To find {what} I go to part {path} of the video.",
        ),
    )


def search_speech(voice: Voice, what: str) -> str:
    return voice.pick(
        "search_speech",
        (
            f"I search what is said for {what}.",
            f"The speech should tell; I look for the phrases with {what}.",
            f"I need the place where the speaker says something of {what}.",
            f"First I have to find when the speech comes to {what}.",
        ),
    )


def watch(voice: Voice, span: Span, reason: str) -> str:
    reason = f" {reason}" if reason else ""
    return voice.pick(
        "watch",
        (
            f"I look closely {stretch(span)}{reason}.",
            f"I watch the picture {stretch(span)}{reason}.",
            f"The stretch {stretch(span)} deserves a close look{reason}.",
            f"Let me see what the screen shows {stretch(span)}{reason}.",
        ),
    )


def listen(voice: Voice, span: Span, reason: str) -> str:
    reason = f" {reason}" if reason else ""
    return voice.pick(
        "listen",
        (
            f"I listen {stretch(span)}{reason}.",
            f"I want to hear what is said {stretch(span)}{reason}.",
            f"The words {stretch(span)} deserve a closer hearing{reason}.",
        ),
    )


def seen(voice: Voice, items: Sequence[Item], window: Span) -> str:
    """What a close look showed, each text with the time in which frames show it."""
    if not items:
        return voice.pick(
            "seen_nothing",
            (
                f"{stretch(window).capitalize()} the picture shows no text that helps.",
                f"I see nothing {stretch(window)} that answers the question.",
                f"Nothing {stretch(window)} settles it.",
            ),
        )
    texts: dict[str, list[str]] = {}
    for at, text in dict.fromkeys((about(item.span), quoted(item.text)) for item in items):
        texts.setdefault(at, []).append(text)
    told = listing([f"{listing(together)} {at}" for at, together in texts.items()])
    return voice.pick(
        "seen",
        (
            f"The screen shows {told}.",
            f"I can read {told}.",
            f"The picture has the text {told}.",
            f"There I see {told}.",
        ),
    )


def roughly(voice: Voice, item: Item) -> str:
    """What stays on screen, and about from when to when frames show it."""
    text, at = quoted(item.text), about(item.span)
    return voice.pick(
        "roughly",
        (
            f"{text} is on screen {at}.",
            f"{at.capitalize()} the screen shows {text}.",
            f"I can read {text} {at}.",
        ),
    )


def heard(voice: Voice, items: Sequence[Item]) -> str:
    """What was said, each phrase with its time."""
    if not items:
        return voice.pick(
            "heard_nothing", ("Nothing that was said helps so far.", "The speech gives no answer so far.")
        )
    if len(items) > 1:
        told = listing([f"{quoted(i.text)} {stretch(i.span)}" for i in sorted(items, key=lambda item: item.span)])
        return voice.pick("heard", (f"The speaker says {told}.", f"I hear {told}.", f"What is said is {told}."))
    text, at = quoted(items[0].text), stretch(items[0].span)
    return voice.pick(
        "heard", (f"{at.capitalize()} the speaker says {text}.", f"I hear {text} {at}.", f"The words {at} are {text}.")
    )
